"""units, drivers who still fetch → here → rolling: who can take more of the restaurant he goes to, and what it costs.

Inbound drivers may take more (Reyes et al. 2018): what costs a new route its approach is nearly free to them.
"""

import heapq
from collections.abc import Iterable, Sequence

import msgspec

from models.ids import DriverId, Instant, RestaurantId
from models.policies.hands import Inbound
from models.policies.reasons import Chosen, chosen
from models.policies.units import THOUSANDTHS, Unit, route, with_more
from models.prep import Outlook
from models.rules import Rules

SOONEST = 8
"""Of the drivers for one restaurant; all of 67 for each of 30 restaurants, and 2,000 orders, took 0.6 s longer."""


class Join(msgspec.Struct, frozen=True):
    """`unit`: the driver's whole new route. `cost`: in food ms, of all of it less what he costs without the new orders."""

    driver: DriverId
    unit: Unit
    picked_up: Instant
    cost: int

    def chosen(self, rule: str, costs: Iterable[tuple[int, DriverId]]) -> Chosen:
        """`costs` of whoever could carry the new orders."""
        return chosen(rule, self.driver, tuple(o.id for o in self.unit.orders), self.cost, self.picked_up, costs)


def joined(
    routes: Sequence[Unit], going: Sequence[Inbound], first: int, rules: Rules, outlook: Outlook, most: int, price: int
) -> dict[tuple[int, int], Join]:
    """By row of the unit and column of the driver, the first of whom is `first`; `most` orders a route."""
    there: dict[RestaurantId, list[tuple[int, Inbound]]] = {}
    for column, one in enumerate(going, first):
        there.setdefault(one.orders[0].restaurant, []).append((column, one))
    kitchens = {unit.orders[0].restaurant: unit.kitchen for unit in routes}
    alone = {n: route(one.orders, at, rules, outlook) for r, at in kitchens.items() for n, one in there.get(r, ())}
    return {
        (row, column): _join(one, alone[column], unit, rules, outlook, price)
        for row, unit in enumerate(routes)
        for column, one in _soonest(unit, there.get(unit.orders[0].restaurant, ()), most)
    }


def _soonest(unit: Unit, there: Iterable[tuple[int, Inbound]], most: int) -> list[tuple[int, Inbound]]:
    """Of those who can take the unit too, the ones whose own food and this one wait least for each other."""
    able = [
        (column, one)
        for column, one in there
        if len(one.orders) + len(unit.orders) <= most and max(one.picked_up, unit.ready) <= one.until
        if not any(one.driver in order.declined for order in unit.orders)
    ]
    return heapq.nsmallest(SOONEST, able, key=lambda pair: (abs(pair[1].picked_up - unit.ready), pair[0]))


def _join(one: Inbound, before: Unit, unit: Unit, rules: Rules, outlook: Outlook, price: int) -> Join:
    both = with_more(one.orders, unit, rules, outlook)
    half, picked_up = rules.services.half_pickup_ms, max(one.picked_up, unit.ready)
    busy = min(picked_up + half + both.round_ms, one.until) - min(one.picked_up + half + before.round_ms, one.until)
    food = both.food_ms(picked_up) - before.food_ms(one.picked_up)
    return Join(one.driver, both, picked_up, food + price * busy // THOUSANDTHS)
