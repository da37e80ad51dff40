"""Chances that were told → by tenths, how many came late; a tenth that is off is named."""

from infra.bench import risk
from infra.bench.risk import Asked, asked, told
from models.commands import AcceptOrder, BecomeFree, CancelOrder, Deliver, MarkReady, PickUp
from tests.unit.models.builders import D1, O1, O2, O3, minute, opened_town, placed, shift


def test_an_order_is_asked_once_ten_minutes_before_its_promise() -> None:
    """o1 is late, o2 is cancelled after it was asked, o3 is there long before."""
    town = opened_town().do(shift(), placed(O1, promise=30), placed(O2, promise=30), placed(O3, promise=60))
    town.do(AcceptOrder(O1), AcceptOrder(O2), AcceptOrder(O3), MarkReady(O3)).assign(D1, O3)
    town.do(PickUp(O3, D1)).do(Deliver(O3, D1), BecomeFree(D1), at=minute(15)).tick(19).tick(21).tick(25)
    town.do(CancelOrder(O2, "customer")).do(MarkReady(O1)).assign(D1, O1).do(PickUp(O1, D1)).do(
        Deliver(O1, D1), at=minute(40)
    )

    assert [one.late for one in asked(town.log)] == [True, True]
    assert all(0 < one.chance <= 1000 for one in asked(town.log))


def report(*some: Asked) -> dict[str, object]:
    tenths = [risk._tenth(n, [one for one in some if min(one.chance // 100, 9) == n]) for n in range(10)]
    return {"tenths": tenths, "orders": len(some), "days": 1, "precision": 1.0, "recall": 1.0, "broken": ["tenth 9"]}


def test_a_tenth_says_what_was_told_and_what_came() -> None:
    found = report(*[Asked(950, n % 2 == 0) for n in range(4)], Asked(120, False))

    assert found["tenths"][9] == {"tenth": 9, "orders": 4, "told": 95.0, "late": 50.0}
    assert found["tenths"][0] == {"tenth": 0, "orders": 0, "told": None, "late": None}
    assert told(found)[-1] == "BROKEN tenth 9"
