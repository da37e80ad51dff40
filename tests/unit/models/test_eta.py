"""What customers are told: when it is told anew, by which band, and what came of it."""

from itertools import pairwise

import pytest

from models.calibration import Calibration
from models.city import City
from models.commands import (
    AcceptOrder,
    AnnounceReady,
    ArriveAtDoor,
    ArriveAtRestaurant,
    BecomeFree,
    CancelOrder,
    Deliver,
    MarkReady,
    PickUp,
    UnassignOrder,
)
from models.estimates import MODEL, Band, Prediction, Score
from models.eta import Etas, follow
from models.events import Fact
from models.forecast import Since, Stage
from models.ids import OrderId
from models.zones import zone_of
from tests.unit.models.builders import (
    CENTRE,
    CITY,
    D1,
    FAR,
    MINUTE,
    O1,
    O2,
    R1,
    T0,
    TRAVEL,
    Town,
    delivered_town,
    minute,
    opened_town,
    placed,
    shift,
)

SERVED = 2 + 3 + 2
"""Half a service, 960 m, half a service."""


def _followed(log: list[Fact]) -> tuple[Etas, list[Prediction], list[Score]]:
    etas = Etas(City(CITY))
    made = [one for fact in log for one in follow(etas, fact)]
    return etas, [p for p in made if isinstance(p, Prediction)], [s for s in made if isinstance(s, Score)]


def _told(town: Town) -> list[Prediction]:
    return _followed(town.log)[1]


def _ready(at: float, promise: float = 40) -> Town:
    """A car stands at the restaurant, whose kitchen announced the food for this minute."""
    town = opened_town().do(shift()).tick(0.5)
    return town.do(placed(promise=promise), AcceptOrder(O1), AnnounceReady(O1, minute(at)))


def _delivered(end: float = 30) -> Town:
    """Placed at 0.5, told for 20; ready at 20, fetched at 22, delivered at this minute."""
    town = _ready(20).assign(D1, O1).do(ArriveAtRestaurant(D1))
    town.do(MarkReady(O1), at=minute(20)).do(PickUp(O1, D1), at=minute(22))
    return town.do(Deliver(O1, D1), BecomeFree(D1), at=minute(end))


def test_a_customer_is_told_at_the_placement_and_with_each_fact_of_the_order() -> None:
    town = opened_town().do(shift(), placed(), AcceptOrder(O1))
    etas, told, _ = _followed(town.log)

    assert [(p.order, p.seq, p.made_at, p.model) for p in told] == [(O1, seq, minute(0), MODEL) for seq in (5, 6)]
    assert etas.seq == town.city.seq
    assert etas.shown == {O1: told[-1]}


def test_an_estimate_says_what_it_stood_on() -> None:
    """The kitchen's mean and of how many orders, the expected pick-up, and who carries it."""
    town = _ready(20)
    before, after = _told(town)[-1].inputs, _told(town.assign(D1, O1))[-1].inputs

    assert (before.kitchen_ms, before.kitchen_seen, before.driver) == (17 * MINUTE, 0, None)
    assert (after.driver, after.picked_up) == (D1, minute(20))

    town.do(MarkReady(O1), at=minute(5))

    assert _told(town)[-1].inputs.kitchen_seen == 1
    assert _told(town)[-1].inputs.kitchen_ms == (4.5 * MINUTE + 2 * 17 * MINUTE) // 3


def test_an_estimate_has_the_restaurant_s_mean_beside_it() -> None:
    assert _told(_ready(20))[-1].baseline == minute(0.5 + 17 + SERVED)


def test_a_tick_tells_anew_only_what_moved_by_a_minute() -> None:
    """Overdue food moves with the clock: each minute is told once, not each second."""
    town = _ready(20).assign(D1, O1).do(ArriveAtRestaurant(D1))
    told = len(_told(town))
    for n in [19, 20, 20 + 59 / 60, 21, 21.5, 22]:
        town.tick(n)
    anew = _told(town)[told:]

    assert [p.made_at for p in anew] == [minute(n) for n in (21, 22)]
    assert [p.eta.expected for p in anew] == [minute(n + SERVED) for n in (21, 22)]


def test_a_tick_tells_anew_when_the_stage_is_another() -> None:
    """An arrival at the restaurant names no order: the next tick speaks of it, though the minute is the same."""
    town = _ready(5).assign(D1, O1).do(MarkReady(O1), at=minute(2)).do(ArriveAtRestaurant(D1))
    told = len(_told(town))
    anew = _told(town.tick(2.1).tick(2.2))[told:]

    assert [(p.made_at, p.stage) for p in anew] == [(minute(2.1), Stage.WAIT)]


def test_a_tick_tells_anew_when_the_band_is_another() -> None:
    """Expected at 27, P80 at a promise of 28.5: seconds later it is past it, long before the minute is another."""
    town = _ready(20, promise=28.5).assign(D1, O1).do(ArriveAtRestaurant(D1))
    told = _told(town)
    for n in range(72):
        town.tick(20 + n / 60)
    anew = _told(town)[len(told) :]

    assert (told[-1].band, anew[0].band) == (Band.ON_TIME, Band.AT_RISK)
    assert anew[0].eta.expected - told[-1].eta.expected < MINUTE
    assert anew[0].eta.p80 - minute(28.5) in range(1, 5_001)


@pytest.mark.parametrize(("early", "band"), [("p50", Band.LATE), ("p80", Band.AT_RISK), ("p90", Band.ON_TIME)])
def test_a_promise_is_at_risk_before_p80_and_late_before_p50(early: str, band: Band) -> None:
    """A promise of exactly the quantile is kept; a millisecond less is not. P90 says nothing of it."""
    at = getattr(_told(_ready(20))[-1].eta, early)

    def band_of(promised: int) -> Band:
        return _told(_ready(20, promise=(promised - T0) / MINUTE))[-1].band

    order = [Band.ON_TIME, Band.AT_RISK, Band.LATE]

    assert band_of(at - 1) is band
    assert order.index(band_of(at)) == max(0, order.index(band) - 1)


def test_quantiles_are_ordered_and_none_lies_in_the_past() -> None:
    for one in _told(_delivered()):
        eta = one.eta

        assert one.made_at <= eta.p10 <= eta.p50 <= eta.p80 <= eta.p90


def test_at_the_door_no_quantile_is_before_now() -> None:
    town = (
        _ready(5).assign(D1, O1).do(MarkReady(O1), PickUp(O1, D1), at=minute(5)).do(ArriveAtDoor(O1, D1), at=minute(9))
    )
    last = _told(town.tick(30))[-1]

    assert last.eta.p10 == last.eta.expected == last.made_at == minute(30)


def test_an_order_stands_in_the_line_from_the_next_tick_on() -> None:
    """Placed behind another, it is told the next hand; the tick gives it its place."""
    town = opened_town().do(shift(), placed(O1), AcceptOrder(O1), AnnounceReady(O1, minute(10))).tick(1)
    etas, _, _ = _followed(town.log)

    assert list(etas.line.there) == [O1]

    town.do(placed(O2), AcceptOrder(O2), AnnounceReady(O2, minute(5)))
    behind = _told(town)[-1].inputs.picked_up
    first = [p for p in _told(town.tick(2)) if p.order == O2][-1].inputs.picked_up

    assert first == minute(2 + 8)
    assert behind > minute(10)


def test_each_kind_of_knowledge_is_scored_once_with_the_baseline_beside() -> None:
    """Delivered at 30: told 27 when placed and when ready, and 29 when fetched."""
    _, told, scores = _followed(_delivered().log)
    firsts = {s.since: s for s in scores}

    assert [(s.order, s.restaurant, s.ended_at, s.model) for s in scores] == [(O1, R1, minute(30), MODEL)] * 3
    assert sorted(firsts) == sorted(Since)
    assert [firsts[k].made_at for k in Since] == [minute(n) for n in (0.5, 20, 22)]
    assert [firsts[k].baseline_error_ms / MINUTE for k in Since] == [30 - 17.5 - 7, 30 - 27, 30 - 29]
    assert firsts[Since.READY].error_ms == 30 * MINUTE - (20 + SERVED) * MINUTE
    assert firsts[Since.PICKED_UP].error_ms == 1 * MINUTE
    assert firsts[Since.PLACED].error_ms == minute(30) - told[0].eta.expected


def test_a_score_says_whether_the_range_held_and_how_wide_and_jumpy_it_was() -> None:
    _, told, scores = _followed(_delivered().log)
    first, steps = told[0].eta, [p.eta.expected for p in told]
    (placed_first,) = (s for s in scores if s.since is Since.PLACED)

    assert placed_first.width_ms == first.p90 - first.p10
    assert placed_first.covered is (first.p10 <= minute(30) <= first.p90) is True
    assert {s.jump_ms for s in scores} == {max(abs(b - a) for a, b in pairwise(steps))}
    assert {s.covered for s in _followed(_delivered(end=200).log)[2]} == {False}


def test_a_score_is_of_the_zone_of_its_restaurant() -> None:
    assert {s.zone for s in _followed(_delivered().log)[2]} == {zone_of(TRAVEL.on_map(CENTRE))}


def test_each_kind_learns_from_its_own_errors() -> None:
    etas, _, scores = _followed(_delivered().log)
    fresh = sum(Calibration().counts)

    assert {kind: sum(one.counts) - fresh for kind, one in etas.calibrations.items()} == dict.fromkeys(Since, 1)
    assert len({tuple(one.counts) for one in etas.calibrations.values()}) == 3 == len(scores)


def test_what_was_learnt_moves_the_next_estimate() -> None:
    """A city whose orders come half an hour late tells a later P80 for the same forecast."""
    late = [(OrderId(f"l{n:02}"), 60.0 * n, 60.0 * n + 55) for n in range(12)]
    town = delivered_town(*late)
    before, after = (next(p for p in _told(town) if p.order == order) for order, *_ in (late[0], late[-1]))

    assert after.eta.p80 - after.eta.expected > before.eta.p80 - before.eta.expected


def test_a_cancelled_order_teaches_nothing() -> None:
    etas, _, scores = _followed(_ready(20).assign(D1, O1).do(MarkReady(O1), CancelOrder(O1, "customer")).log)

    assert scores == []
    assert etas.calibrations == Etas(City(CITY)).calibrations
    assert (etas.told, etas.shown) == ({}, {})


def test_an_order_that_lost_its_driver_is_told_so_at_once() -> None:
    town = _ready(5).do(MarkReady(O1), at=minute(5)).assign(D1, O1).do(UnassignOrder(O1, "flat tyre"))

    assert [p.stage for p in _told(town)[-2:]] == [Stage.APPROACH, Stage.ASSIGN]
    assert _told(town)[-1].inputs.driver is None


def test_two_orders_at_once_are_told_apart() -> None:
    town = delivered_town((O1, 0, 30), (O2, 31, 33))
    _, told, scores = _followed(town.log)

    assert {p.order for p in told} == {O1, O2}
    assert [(s.order, s.since) for s in scores] == [(o, k) for o in (O1, O2) for k in sorted(Since)]


def test_a_driver_far_off_makes_a_later_estimate_than_one_at_the_door() -> None:
    near, far = (opened_town().do(shift(point=p), placed(), AcceptOrder(O1), MarkReady(O1)) for p in (CENTRE, FAR))

    assert _told(near.assign(D1, O1))[-1].eta.expected == minute(1 + 2 + SERVED)
    assert _told(far.assign(D1, O1))[-1].eta.expected == minute(10 + 2 + SERVED)


def test_a_city_that_is_not_open_tells_nobody_anything() -> None:
    town = Town()
    town.refusal(placed())

    assert _followed(town.log)[1:] == ([], [])


def test_facts_of_no_order_tell_nobody_anything() -> None:
    assert _told(opened_town().do(shift()).tick(1)) == []
