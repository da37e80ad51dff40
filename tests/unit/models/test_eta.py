"""Estimates by hand: kitchen, way and both half services; only what the log says by then, and never in the past."""

from hypothesis import given, settings
from hypothesis import strategies as st

from models.city import City
from models.commands import AcceptOrder, AnnounceReady, ArriveAtDoor, CancelOrder, MarkReady, PickUp
from models.eta import ERRORS_FROM, Eta, Etas, Prediction, Prep, estimate, follow, prep_ms
from models.events import Fact
from models.ids import Instant, OrderId
from models.order import OrderStatus
from models.quantiles import quantile
from tests.unit.models.builders import (
    CITY,
    D1,
    MINUTE,
    O1,
    O2,
    R1,
    R2,
    Town,
    delivered_town,
    minute,
    opened_town,
    order_town,
    placed,
    rules,
    shift,
)

AS_HAND_WORKED = 17 + 2 + 3 + 2
"""An order nobody has cooked like before: 17 min of kitchen, half a service, 960 m, half a service."""


def _followed(log: list[Fact]) -> tuple[Etas, list[Prediction]]:
    etas = Etas(City(CITY))
    return etas, [told for fact in log for told in follow(etas, fact)]


def _expected(town: Town, now: float, order: OrderId = O1) -> float:
    """Minutes after the beginning that the order is expected at."""
    etas, _ = _followed(town.log)
    return (estimate(etas, town.order(order), rules(), minute(now)).expected - minute(0)) / MINUTE


def _cooked(n: int, minutes: int) -> Etas:
    """A city whose restaurant r2 has had n orders ready after so many minutes."""
    prep = Prep(n * minutes * MINUTE, n)
    return Etas(City(CITY), prep, {R2: prep})


def test_seventeen_minutes_are_assumed_until_twenty_were_seen() -> None:
    assert prep_ms(Etas(City(CITY)), R1) == 17 * MINUTE
    assert prep_ms(_cooked(19, 11), R1) == 17 * MINUTE
    assert prep_ms(_cooked(20, 11), R1) == 11 * MINUTE


def test_a_kitchen_s_own_mean_grows_on_five_orders_of_the_city_s() -> None:
    """(1 × 5 + 5 × 17) / 6 = 15; after 20 orders of 11 minutes the kitchen's is the city's."""
    one = Etas(City(CITY), Prep(5 * MINUTE, 1), {R1: Prep(5 * MINUTE, 1)})

    assert prep_ms(one, R1) == 15 * MINUTE
    assert prep_ms(_cooked(20, 11), R2) == 11 * MINUTE


def test_a_kitchen_learns_from_each_order_that_got_ready() -> None:
    town = opened_town().do(placed(), AcceptOrder(O1)).do(MarkReady(O1), at=minute(5)).do(placed(O2), at=minute(6))
    etas, _ = _followed(town.log)

    assert etas.everywhere == etas.kitchens[R1] == Prep(5 * MINUTE, 1)
    assert _expected(town, now=6, order=O2) == 6 + 15 + 2 + 3 + 2


def test_an_order_nobody_has_cooked_like_before_is_estimated_by_hand() -> None:
    assert _expected(opened_town().do(placed()), now=0) == AS_HAND_WORKED


def test_food_that_stands_there_is_no_longer_guessed() -> None:
    town = opened_town().do(placed(), AcceptOrder(O1)).do(MarkReady(O1), at=minute(9))

    assert _expected(town, now=9) == 9 + 2 + 3 + 2


def test_food_that_waits_longer_than_thought_leaves_now() -> None:
    assert _expected(opened_town().do(placed()), now=30) == 30 + 2 + 3 + 2


def test_a_pick_up_that_was_seen_is_where_the_way_begins() -> None:
    town = order_town(OrderStatus.PREPARING).do(PickUp(O1, D1), at=minute(12))

    assert _expected(town, now=13) == 12 + 2 + 3 + 2


def test_an_arrival_that_was_seen_leaves_half_a_service() -> None:
    town = order_town(OrderStatus.PREPARING).do(PickUp(O1, D1), at=minute(12)).do(ArriveAtDoor(O1, D1), at=minute(20))

    assert _expected(town, now=20) == 20 + 2


@given(st.sampled_from([s for s in OrderStatus if order_town(s).order().open]), st.integers(1, 300))
def test_no_estimate_lies_in_the_past(status: OrderStatus, now: int) -> None:
    town = order_town(status)
    etas, _ = _followed(town.log)
    eta = estimate(etas, town.order(), rules(), minute(now))

    assert min(eta.expected, eta.p10) >= minute(now)


def test_the_range_stands_on_the_errors_assumed_until_twenty_were_delivered() -> None:
    few, many = (Etas(opened_town().do(placed()).city, errors=[MINUTE] * n) for n in (ERRORS_FROM - 1, ERRORS_FROM))
    order, mid = few.city.orders[O1], minute(AS_HAND_WORKED)

    assert estimate(few, order, rules(), minute(0)) == Eta(mid, mid - 6 * MINUTE, mid + 12 * MINUTE, mid + 18 * MINUTE)
    assert estimate(many, order, rules(), minute(0)) == Eta(mid, mid + MINUTE, mid + MINUTE, mid + MINUTE)


@given(st.lists(st.integers(-60 * MINUTE, 60 * MINUTE), max_size=40).map(sorted), st.integers(0, 60))
def test_a_range_never_turns_over(errors: list[int], now: int) -> None:
    etas = Etas(opened_town().do(placed()).city, errors=errors)
    eta = estimate(etas, etas.city.orders[O1], rules(), minute(now))

    assert eta.p10 <= eta.p80 <= eta.p90


def test_a_quantile_is_a_value_that_was_seen() -> None:
    """Nearest rank: the smallest value that so many per cent are not above."""
    ten = tuple(range(1, 11))

    assert [quantile(ten, q) for q in (0, 1, 10, 11, 50, 80, 90, 91, 100)] == [1, 1, 1, 2, 5, 8, 9, 10, 10]
    assert quantile((7,), 50) == 7


def test_errors_are_learned_from_the_first_estimate_alone() -> None:
    """Delivered at 30, told 24 at the placement: 6 minutes late, whatever was told later."""
    etas, _ = _followed(delivered_town((O1, 0, 30)).log)

    assert etas.errors == [(30 - AS_HAND_WORKED) * MINUTE]
    assert (etas.first, etas.shown) == ({}, {})


def test_errors_are_kept_in_order() -> None:
    etas, _ = _followed(delivered_town((O1, 0, 30), (O2, 31, 33)).log)

    assert etas.errors == sorted(etas.errors)
    assert len(etas.errors) == 2


def test_a_cancelled_order_teaches_nothing() -> None:
    etas, _ = _followed(order_town(OrderStatus.PREPARING).do(CancelOrder(O1, "customer")).log)

    assert (etas.errors, etas.first, etas.shown) == ([], {}, {})


def test_a_customer_is_told_at_the_placement_and_with_each_fact_of_the_order() -> None:
    town = opened_town().do(shift(), placed(), AcceptOrder(O1))
    etas, told = _followed(town.log)

    assert [(p.order, p.seq, p.made_at) for p in told] == [(O1, seq, minute(0)) for seq in (5, 6)]
    assert etas.seq == town.city.seq


def test_a_tick_tells_anew_only_what_moved_by_a_minute() -> None:
    """Overdue food moves with the clock: from minute 17 on, each minute is told once, not each second."""
    town = opened_town().do(placed())
    seconds = [16, 17, 17 + 59 / 60, 18, 18.5, 19]
    for n in seconds:
        town.tick(n)
    _, told = _followed(town.log)

    assert [p.made_at for p in told] == [minute(n) for n in (0, 18, 19)]
    assert [p.eta.expected for p in told] == [minute(AS_HAND_WORKED + n) for n in (0, 1, 2)]


def test_a_city_that_is_not_open_tells_nobody_anything() -> None:
    town = Town()
    town.refusal(placed())

    assert _followed(town.log)[1] == []


def _told_until(town: Town, end: Instant) -> list[Prediction]:
    return [p for p in _followed(town.log)[1] if p.made_at < end]


def _day(announced: int, ready: int) -> Town:
    """Two orders of one kitchen; the first gets ready at this minute, and the kitchen says beforehand when."""
    town = (
        opened_town().do(placed(), AcceptOrder(O1), AnnounceReady(O1, minute(announced))).do(placed(O2), at=minute(1))
    )
    for n in range(2, 50):
        town.tick(n)
        if n == ready:
            town.do(MarkReady(O1))
    return town


@settings(max_examples=25, deadline=None)
@given(*[st.integers(3, 49)] * 4)
def test_the_future_never_changes_an_estimate_made_before(say: int, ready: int, say_2: int, ready_2: int) -> None:
    """An estimate that reads the ready time before the food stands there is a leak."""
    before = minute(min(ready, ready_2))

    assert _told_until(_day(say, ready), before) == _told_until(_day(say_2, ready_2), before)
