"""two logs of one day → here → `track diff`: who was sent otherwise, what each order gained or lost, and the totals of both.

click-to-door = delivered − placed, ready-to-pickup = picked up − ready, of delivered orders, as the score has them (MDRP).
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from models import events
from models.events import Fact
from models.ids import DriverId, Instant, OrderId
from models.quantiles import quantile
from models.ways import MINUTE_MS


class Given(msgspec.Struct, frozen=True, order=True):
    """One decision: when, whose, to whom, and which door of his route it was then."""

    at: Instant
    order: OrderId
    driver: DriverId
    place: int


class Fate(msgspec.Struct):
    """What became of an order in one log; `given` in the order of the log."""

    order: OrderId
    placed_at: Instant
    given: tuple[Given, ...] = ()
    ready_at: Instant | None = None
    picked_up_at: Instant | None = None
    delivered_at: Instant | None = None


class Total(msgspec.Struct, frozen=True):
    """Of one log; minutes to two decimals, None where nothing was delivered."""

    orders: int
    delivered: int
    undelivered: int
    decisions: int
    click_to_door_mean: float | None
    click_to_door_p90: float | None
    ready_to_pickup_mean: float | None
    ready_to_pickup_p90: float | None


class Differs(msgspec.Struct, frozen=True):
    """An order that was decided otherwise, or came at another time."""

    one: Fate
    other: Fate

    @property
    def gained_ms(self) -> int | None:
        """By so much it came earlier in the other log; less than 0: later. None where one of them has no delivery."""
        if self.one.delivered_at is None or self.other.delivered_at is None:
            return None
        return self.one.delivered_at - self.other.delivered_at


class Difference(msgspec.Struct, frozen=True):
    """`orders`: those that differ, the largest difference first, a delivery won or lost before all; ties by id.

    `first_at`: the first decision that only one log has. `same`: decisions that both have; `gained_ms` and `lost_ms` are
    sums over the orders that both delivered.
    """

    one: Total
    other: Total
    orders: tuple[Differs, ...]
    decided_otherwise: int
    same: int
    first_at: Instant | None
    gained_ms: int
    lost_ms: int


def difference(one: Iterable[Fact], other: Iterable[Fact]) -> Difference:
    """Of the orders that both logs have."""
    ones, others = fates(one), fates(other)
    both = sorted(ones.keys() & others.keys())
    ones, others = {o: ones[o] for o in both}, {o: others[o] for o in both}
    pairs = [Differs(ones[o], others[o]) for o in both if ones[o] != others[o]]
    moved = [gained for pair in pairs if (gained := pair.gained_ms) is not None]
    a, b = decisions(ones.values()), decisions(others.values())
    return Difference(
        total(ones),
        total(others),
        tuple(sorted(pairs, key=_largest)),
        sum(pair.one.given != pair.other.given for pair in pairs),
        len(a & b),
        min((given.at for given in a ^ b), default=None),
        sum(ms for ms in moved if ms > 0),
        -sum(ms for ms in moved if ms < 0),
    )


def fates(facts: Iterable[Fact]) -> dict[OrderId, Fate]:
    """Every order of a log, in the order of their placing. An id that is used again is the later order."""
    found: dict[OrderId, Fate] = {}
    for fact in facts:
        match fact.body:
            case events.OrderPlaced(order=order):
                found[order] = Fate(order, fact.at)
            case events.OrderReady(order=order):
                found[order].ready_at = fact.at
            case events.DriverAssigned(order=order, driver=driver, place=place):
                found[order].given = (*found[order].given, Given(fact.at, order, driver, place))
            case events.OrderPickedUp(order=order):
                found[order].picked_up_at = fact.at
            case events.OrderDelivered(order=order):
                found[order].delivered_at = fact.at
    return found


def decisions(some: Iterable[Fate]) -> set[Given]:
    return {given for fate in some for given in fate.given}


def total(found: Mapping[OrderId, Fate]) -> Total:
    """The figures that `simulator/score.py` has of the same log."""
    came = [f for f in found.values() if f.delivered_at is not None]
    door = sorted(f.delivered_at - f.placed_at for f in came if f.delivered_at)
    picked = sorted(f.picked_up_at - f.ready_at for f in came if f.picked_up_at and f.ready_at)
    given = sum(len(f.given) for f in found.values())
    return Total(len(found), len(came), len(found) - len(came), given, *_mean_p90(door), *_mean_p90(picked))


def _mean_p90(ordered: Sequence[int]) -> tuple[float | None, float | None]:
    if not ordered:
        return None, None
    return round(sum(ordered) / len(ordered) / MINUTE_MS, 2), round(quantile(ordered, 90) / MINUTE_MS, 2)


def _largest(pair: Differs) -> tuple[bool, int, OrderId]:
    """A delivery that only one log has comes before any minutes."""
    won_or_lost = (pair.one.delivered_at is None) != (pair.other.delivered_at is None)
    return not won_or_lost, -abs(pair.gained_ms or 0), pair.one.order
