"""An order, its estimate and its plan → its chance to be late, its slack, and the stage that eats it."""

import msgspec
import pytest

from models.chance import Belief
from models.city import City
from models.commands import AcceptOrder, ArriveAtRestaurant, MarkReady
from models.estimates import Told
from models.eta import Etas, follow
from models.forecast import Parts, Since, Stage
from models.risk import Judged, Measure, eaten, needs_action
from tests.unit.models.builders import CITY, D1, MINUTE, O1, Town, minute, opened_town, placed, shift


def told(town: Town) -> tuple[Etas, Told]:
    etas = Etas(City(CITY))
    for fact in town.log:
        follow(etas, fact)
    return etas, etas.told[O1]


def judged(town: Town, **beliefs: Belief) -> Judged:
    etas, one = told(town)
    measure = Measure(etas, {kind: beliefs.get(kind.value, Belief()) for kind in Since})
    return measure.judge(etas.city.orders[O1], one.latest, one.plan)


def cooking(promise: float = 40) -> Town:
    return opened_town().do(shift(), placed(promise=promise), AcceptOrder(O1))


def test_an_order_with_time_to_spare_has_no_stage_that_eats_it() -> None:
    found = judged(cooking(promise=90).tick(1))

    assert found.chance < 100
    assert (found.stage, found.over_ms) == (None, 0)
    assert not needs_action(found)


def test_slack_is_from_p80_to_the_promise() -> None:
    town = cooking().tick(1)

    assert judged(town).slack_ms == minute(40) - told(town)[1].latest.eta.p80


def test_food_that_takes_longer_than_planned_eats_the_slack() -> None:
    """Seventeen minutes are usual; after 35 it is expected later still."""
    found = judged(cooking(promise=30).tick(29))

    assert found.stage is Stage.PREPARE
    assert found.over_ms > 10 * MINUTE
    assert needs_action(found)


def test_past_its_promise_an_order_is_late_for_sure() -> None:
    found = judged(cooking(promise=20).tick(21))

    assert found.chance == 1000
    assert found.late_ms > MINUTE


def test_what_came_of_such_chances_before_changes_what_is_believed() -> None:
    """Chances of nine in ten and more that never came true: of them a fifth is believed, and of the minutes too."""
    calm, town = Belief(), cooking(promise=27).tick(20)
    first = judged(town)
    for _ in range(32):
        calm.learn(min(first.chance, 999), False)
    after = judged(town, placed=calm)

    assert after.chance == (8 * first.chance) // 40
    assert after.late_ms == pytest.approx(first.late_ms / 5, abs=MINUTE)


def test_the_stage_that_takes_longest_beyond_its_plan_is_named() -> None:
    town = cooking().do(MarkReady(O1), at=minute(10)).assign(D1, O1).do(ArriveAtRestaurant(D1), at=minute(12))
    order, plan = town.order(), Parts(*(n * MINUTE for n in (10, 0, 2, 2, 5, 2)))

    def left(**minutes: int) -> Parts:
        usual = {"prepare": 0, "assign": 0, "approach": 0, "wait": 2, "ride": 5, "hand_over": 2}
        return Parts(**{stage: n * MINUTE for stage, n in (usual | minutes).items()})

    assert eaten(order, plan, left(), minute(12)) == (None, 0)
    assert eaten(order, plan, left(wait=6), minute(12)) == (Stage.WAIT, 4 * MINUTE)
    assert eaten(order, plan, left(wait=6, ride=12), minute(12)) == (Stage.RIDE, 7 * MINUTE)


def test_of_two_stages_that_lost_the_same_it_is_the_one_it_is_in() -> None:
    town = cooking().do(MarkReady(O1), at=minute(14)).assign(D1, O1)
    plan = Parts(*(n * MINUTE for n in (10, 0, 2, 2, 5, 2)))
    left = msgspec.structs.replace(plan, prepare=0, approach=6 * MINUTE)

    assert eaten(town.order(), plan, left, minute(14)) == (Stage.APPROACH, 4 * MINUTE)


def test_of_two_others_that_lost_the_same_it_is_the_earlier() -> None:
    town = cooking().do(MarkReady(O1), at=minute(10)).assign(D1, O1)
    plan = Parts(*(n * MINUTE for n in (10, 0, 2, 2, 5, 2)))
    left = msgspec.structs.replace(plan, prepare=0, wait=6 * MINUTE, ride=9 * MINUTE)

    assert eaten(town.order(), plan, left, minute(10)) == (Stage.WAIT, 4 * MINUTE)
