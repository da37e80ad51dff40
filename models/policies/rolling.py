"""units, hands → here → who is sent now: the cheapest matching of all that is open, most of it kept for a later tick.

After Reyes et al. 2018, whose rolling horizon matches routes with couriers who are free or soon will be. Here a driver's
minute has a price that grows with the pressure on the city, his next-but-one route counts too, and nobody leaves before
he must; who fetches at a restaurant already may be given more of it at once (`joins`). Costs are whole milliseconds of
food waiting: exact sums, and equal everywhere.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from models.city import City
from models.course import Courses
from models.geo import Point
from models.ids import DriverId, Instant
from models.order import Order, unassigned
from models.policies.hands import Hand, hands, on_their_way
from models.policies.joins import joined
from models.policies.reasons import Chosen, chosen
from models.policies.units import THOUSANDTHS, Unit, units
from models.prep import Outlook
from models.rules import Rules
from models.ways import MINUTE_MS

if TYPE_CHECKING:  # most who read a city send nobody
    import numpy as np
    import numpy.typing as npt

    Whole = npt.NDArray[np.int64]


class Tuning(msgspec.Struct, frozen=True):
    """How a policy weighs. Chosen on the eight `0o50*` and four `1o50*` days; see the decision record.

    `most`: orders of one route. `slots`: routes a driver is counted for. `calm`, `pressed`, `dearest`: the price of a
    driver's minute in thousandths of a food minute, with no order in want of a driver, for each such order a driver on
    shift, and at most.
    """

    name: str
    most: int = 1
    slots: int = 1
    calm: int = 100
    pressed: int = 0
    dearest: int = 3000


BATCH, ROLLING = Tuning("batch"), Tuning("rolling", most=4, slots=2, pressed=4000)
SOON_MS, ROUTE_MS = 10 * MINUTE_MS, 22 * MINUTE_MS
"""Orders ready and hands free so soon make the pressure; a route takes so long, approach included, on recorded days."""
LEFT_MS = 120 * MINUTE_MS
"""To leave an order for ever costs two hours of it; each minute it has waited makes that half a minute more."""
NEAREST_HANDS = 64
"""Only so many are weighed for a restaurant: 2,000 orders with 2,000 drivers would be 8 million ways a tick."""
ROUGHLY = 1e-6
"""Distances of many points at once are good to a millionth, and to a micrometre."""
Pair = tuple[int, int, int]
"""Row of the unit, column of the hand, cost."""


def batch(city: City, rules: Rules, t: Instant) -> list[Chosen]:
    """Each order on its own, matched with everyone who is free or will be."""
    return _turn(city, rules, t, BATCH)


def rolling(city: City, rules: Rules, t: Instant) -> list[Chosen]:
    """Orders of one restaurant together where that pays, matched with each driver's next two routes."""
    return _turn(city, rules, t, ROLLING)


def _turn(city: City, rules: Rules, t: Instant, tuning: Tuning) -> list[Chosen]:
    waiting = unassigned(city.orders.values())
    outlook = Outlook(city.kitchens, t)
    courses = Courses(city, rules, outlook)
    crew, going = hands(courses), on_their_way(courses, tuning.most)
    if not waiting or not (going or any(hand.free for hand in crew)):
        return []
    price = _price(waiting, crew, outlook, tuning)
    kitchens = {r: city.restaurants[r].point for r in {o.restaurant for o in waiting}}
    routes = units(waiting, kitchens, rules, outlook, tuning.most, price)
    slots = [later for hand in crew for later in _slots(hand, tuning.slots)]
    joins = joined(routes, going, len(slots), rules, outlook, tuning.most, price)
    pairs = [*_pairs(routes, slots, rules, price), *((*at, one.cost) for at, one in joins.items())]
    sent = [
        (row, column)
        for row, column in sorted(cheapest(pairs, routes, t), key=itemgetter(1))
        if (row, column) in joins
        or (slots[column].free and _must_leave(routes[row], slots[column], rules, outlook, price))
    ]
    costs = _costs(pairs, {row for row, _ in sent}, [*(one.driver for one in slots), *(one.driver for one in going)])
    return [
        joins[at].chosen(tuning.name, costs[at[0]])
        if at in joins
        else _reasoned(tuning.name, routes[at[0]], slots[at[1]], rules, costs[at[0]])
        for at in sent
    ]


def _costs(
    pairs: Iterable[Pair], rows: Collection[int], drivers: Sequence[DriverId]
) -> dict[int, list[tuple[int, DriverId]]]:
    found: dict[int, list[tuple[int, DriverId]]] = {row: [] for row in rows}
    for row, column, cost in pairs:
        if row in found:
            found[row].append((cost, drivers[column]))
    return found


def _reasoned(rule: str, unit: Unit, hand: Hand, rules: Rules, costs: list[tuple[int, DriverId]]) -> Chosen:
    way_ms = rules.travel.ms(hand.point, unit.kitchen, hand.vehicle)
    picked_up = max(unit.ready, hand.at + way_ms + rules.services.half_pickup_ms)
    cost = min(cost for cost, driver in costs if driver == hand.driver)
    return chosen(rule, hand.driver, tuple(o.id for o in unit.orders), cost, picked_up, costs)


def _price(waiting: Iterable[Order], crew: Sequence[Hand], outlook: Outlook, tuning: Tuning) -> int:
    """Orders that will be ready soon and have no hand that is free as soon, by the drivers there are."""
    soon = outlook.t + SOON_MS
    due = sum(outlook.expected(o) <= soon for o in waiting)
    lacking = max(0, due - sum(hand.at <= soon for hand in crew))
    return tuning.calm + min(tuning.dearest, tuning.pressed * lacking // max(1, len(crew)))


def _slots(hand: Hand, count: int) -> list[Hand]:
    later = (msgspec.structs.replace(hand, at=hand.at + n * ROUTE_MS, free=False) for n in range(1, count))
    return [hand, *(one for one in later if one.at < one.until)]


def _pairs(routes: Sequence[Unit], slots: Sequence[Hand], rules: Rules, price: int) -> list[Pair]:
    near: dict[Point, _Near] = {}
    found: list[Pair] = []
    crew = _Crew(slots, rules)
    for row, unit in enumerate(routes):
        if unit.kitchen not in near:
            near[unit.kitchen] = crew.near(unit.kitchen)
        unwilling = {driver for order in unit.orders for driver in order.declined}
        able = _able(unit, near[unit.kitchen], rules, price)
        found += [(row, n, cost) for n, cost in able if slots[n].driver not in unwilling]
    return found


class _Near(NamedTuple):
    """Hands near a restaurant, side by side: their columns, ways to it in ms, when they are free and when they go home."""

    columns: "Whole"
    ways: "Whole"
    at: "Whole"
    until: "Whole"


class _Crew:
    """A driver's later route begins where his first one does: his way is measured once for both."""

    def __init__(self, slots: Sequence[Hand], rules: Rules) -> None:
        import numpy as np

        self.slots, self.travel = slots, rules.travel
        columns: dict[DriverId, list[int]] = {}
        for column, hand in enumerate(slots):
            columns.setdefault(hand.driver, []).append(column)
        self.drivers = list(columns.values())
        self.points = [slots[first].point for first, *_ in self.drivers]
        self.places = np.array([(point.x, point.y) for point in self.points]).reshape(-1, 2)

    def near(self, kitchen: Point) -> _Near:
        """The nearest as the crow flies."""
        import numpy as np

        who = self._nearest(kitchen) if len(self.slots) > NEAREST_HANDS else range(len(self.drivers))
        some = list(islice(self._ways(who, kitchen), NEAREST_HANDS))
        return _Near(*np.array(some, dtype=np.int64).reshape(-1, 4).T)

    def _nearest(self, kitchen: Point) -> list[int]:
        """As many drivers as may be weighed. One by one they were three quarters of a turn in Medellín."""
        import numpy as np

        rough, farthest = self.travel.beelines(self.places, kitchen), min(NEAREST_HANDS, len(self.points)) - 1
        reach = np.partition(rough, farthest)[farthest]
        some = np.flatnonzero(rough <= reach * (1 + ROUGHLY) + ROUGHLY).tolist()
        return sorted(some, key=lambda n: self.travel.beeline(self.points[n], kitchen))

    def _ways(self, who: Iterable[int], kitchen: Point) -> Iterator[tuple[int, int, Instant, Instant]]:
        for columns in (self.drivers[n] for n in who):
            first = self.slots[columns[0]]
            way_ms = self.travel.ms(first.point, kitchen, first.vehicle)
            yield from ((n, way_ms, self.slots[n].at, self.slots[n].until) for n in columns)


def _able(unit: Unit, near: _Near, rules: Rules, price: int) -> Iterator[tuple[int, int]]:
    """Columns and costs, all hands at once: food minutes from ready to the doors, and the driver's minutes at their price.
    Nobody who would come after his off-time.
    """
    import numpy as np

    half = rules.services.half_pickup_ms
    there = near.at + near.ways + half
    picked_up = np.maximum(unit.ready, there)
    leaves = np.maximum(near.at, picked_up - half - near.ways)
    busy = np.minimum(picked_up + half + unit.round_ms, near.until) - leaves
    costs = unit.food_ms(picked_up) + price * busy // THOUSANDTHS
    able = np.maximum(unit.early, there) <= near.until
    return zip(near.columns[able].tolist(), costs[able].tolist(), strict=True)


def cheapest(pairs: Sequence[Pair], routes: Sequence[Unit], t: Instant) -> list[tuple[int, int]]:
    """Row and column of the matching with the least cost; a unit may be left, at what that costs."""
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    width = 1 + max((column for _, column, _ in pairs), default=-1)
    left = [(row, width + row, _left_ms(unit, t)) for row, unit in enumerate(routes)]
    rows, columns, costs = (np.array(one) for one in zip(*pairs, *left, strict=True))
    # A weight of zero would be no edge; the same for all, it moves no choice, for every unit has one edge.
    weights = (costs - costs.min() + 1).astype(np.float64)
    matched = min_weight_full_bipartite_matching(
        csr_array((weights, (rows, columns)), (len(routes), width + len(routes)))
    )
    return [(int(row), int(column)) for row, column in zip(*matched, strict=True) if column < width]


def _left_ms(unit: Unit, t: Instant) -> int:
    return sum(LEFT_MS + (t - order.placed_at) // 2 for order in unit.orders)


def _must_leave(unit: Unit, hand: Hand, rules: Rules, outlook: Outlook, price: int) -> bool:
    """A tick later he would be late for the food. Until then a better match may turn up: waiting costs nothing.

    Food of which nobody knows when it is ready is gone for so early that he comes too late with the chance
    price / (1 + price): what his waiting costs, and the food's (the newsvendor's rule).
    """
    way_ms = rules.travel.ms(hand.point, unit.kitchen, hand.vehicle)
    late = price * THOUSANDTHS // (THOUSANDTHS + price)
    ready = max(outlook.by(order, late) for order in unit.orders)
    return outlook.t + 1000 * rules.tick_seconds + way_ms + rules.services.half_pickup_ms > ready
