"""command → here → facts, a refusal among them. `city-commands` asks this, and nothing else decides.

`decide` is total: an unknown city, order or driver is refused by rule, never an error.
"""

from collections.abc import Callable
from functools import partial
from itertools import zip_longest
from typing import Any, get_args

from models import commands, events
from models.by_hand import decide_by_hand, let_go
from models.by_lever import later_ms, over, pull, release, tend, turned_away
from models.by_street import close_street, open_street
from models.city import City, inbound
from models.commands import Command
from models.decision import Decision, Refused
from models.dispatch import POLICIES
from models.driver import DriverStatus, driver_refusal
from models.events import CommandRejected, Happened
from models.geo import Point
from models.ids import Instant
from models.levers import IncidentAsk, PullLever, ReleaseLever
from models.order import DECLINED, SHIFT_ENDED, OrderStatus, may_be_assigned, refusal
from models.promise import promise

UNDELIVERABLE = "undeliverable"
FURTHEST_AHEAD_MS = 7 * 24 * 3_600_000
"""A feeder may have been away for a week. Believed, one tick of the year 2100 would leave a city without another turn."""
AFTER_CLOSING = (commands.Tick, commands.DispatchTurn)


def decide(city: City, command: Command) -> list[Happened]:
    """The facts of one command on the city as it stands; a refusal is one `CommandRejected`."""
    body, at = command.body, happened_at(city, command)
    decision = _door(city, command) or _version(city, command) or DECIDE[type(body)](city, at, body)
    if isinstance(decision, Refused):
        return [CommandRejected(type(body).__name__, *decision)]
    return decision


def happened_at(city: City, command: Command) -> Instant:
    """Event time of a command's facts: the feeder's own, else the city's watermark; that too where it is absurd."""
    if command.at is None or _is_absurd(city, command.at):
        return city.now or command.issued_at
    return command.at


def _is_absurd(city: City, at: Instant) -> bool:
    return city.now is not None and at > city.now + FURTHEST_AHEAD_MS


def _door(city: City, command: Command) -> Refused | None:
    if isinstance(command.body, commands.OpenCity):
        return None
    if city.rules is None:
        return Refused("unknown city")
    if city.closed and not isinstance(command.body, AFTER_CLOSING):
        return Refused("city is closed", "closed")
    if command.at is not None and _is_absurd(city, command.at):
        return Refused("more than a week ahead of the city", str(city.now))
    return None


def _version(city: City, command: Command) -> Refused | None:
    """An action names the version its person saw; another version means: look again."""
    if command.expected_version is None:
        return None
    order, driver = getattr(command.body, "order", None), getattr(command.body, "driver", None)
    row = city.orders.get(order) if order is not None else city.drivers.get(driver) if driver is not None else None
    if row is None or row.version == command.expected_version:
        return None
    return Refused("changed meanwhile", f"version {row.version}, {row.status}")


def _open_city(city: City, at: Instant, ask: commands.OpenCity) -> Decision:
    if city.rules is not None:
        return Refused("already open", city.rules.name)
    if ask.rules.policy not in POLICIES:
        return Refused("unknown policy", f"known: {', '.join(sorted(POLICIES))}")
    return [events.CityOpened(ask.rules)]


def _off_map(city: City, point: Point) -> Refused | None:
    """None where it can be in this city: beyond it, Redis GEO and every map would fail."""
    return None if city.rules is None or city.rules.travel.holds(point) else Refused("off the map")


def _add_restaurant(city: City, at: Instant, ask: commands.AddRestaurant) -> Decision:
    if (off := _off_map(city, ask.point)) is not None:
        return off
    if ask.restaurant in city.restaurants:
        return Refused("restaurant exists")
    return [events.RestaurantAdded(ask.restaurant, ask.name, ask.point)]


def _start_shift(city: City, at: Instant, ask: commands.StartShift) -> Decision:
    before = city.drivers.get(ask.driver)
    if before is not None and before.status is not DriverStatus.OFF:
        return Refused("already on shift", before.status)
    if (off := _off_map(city, ask.point)) is not None:
        return off
    return [events.ShiftStarted(ask.driver, ask.name, ask.vehicle, ask.point, ask.until)]


def _place_order(city: City, at: Instant, ask: commands.PlaceOrder) -> Decision:
    if (before := city.orders.get(ask.order)) is not None:
        return Refused("order exists", before.status)
    if ask.order in city.past:
        return Refused("order id was used")
    if ask.restaurant not in city.restaurants:
        return Refused("unknown restaurant")
    if (off := _off_map(city, ask.door)) is not None:
        return off
    rules = city.rules
    assert rules is not None  # an unopened city refuses everything
    if (away := turned_away(city, rules, ask, at)) is not None:
        return away
    kitchen = city.restaurants[ask.restaurant]
    promised_at = ask.promised_at or promise(city, rules, kitchen, ask.door, at) + later_ms(city, ask)
    return [events.OrderPlaced(ask.order, ask.customer, ask.restaurant, ask.door, ask.items, promised_at)]


def _move_order(city: City, at: Instant, ask: commands.OrderAsk) -> Decision:
    order = city.orders.get(ask.order)
    if order is None:
        return Refused("unknown order")
    if (reason := refusal(order, ask)) is not None:
        return Refused(reason, order.status)
    return [_ORDER_FACTS[type(ask)](*(getattr(ask, f) for f in ask.__struct_fields__))]


def _move_driver(city: City, at: Instant, ask: commands.DriverAsk) -> Decision:
    driver = city.drivers.get(ask.driver)
    if driver is None:
        return Refused("unknown driver")
    if (reason := driver_refusal(driver, ask)) is not None:
        return Refused(reason, driver.status)
    return [_DRIVER_FACTS[type(ask)](driver.id)]


def _end_shift(city: City, at: Instant, ask: commands.EndShift) -> Decision:
    moved = _move_driver(city, at, ask)
    if isinstance(moved, Refused):
        return moved
    route = city.drivers[ask.driver].route
    if any(city.orders[o].status is OrderStatus.OUT_FOR_DELIVERY for o in route):
        return Refused("carries food", city.drivers[ask.driver].status)
    left: list[Happened] = [events.DriverUnassigned(o, ask.driver, SHIFT_ENDED) for o in route]
    return [*left, *moved]


def _tick(city: City, at: Instant, ask: commands.Tick) -> Decision:
    if city.now is not None and ask.t <= city.now:
        return Refused("tick of the past", str(city.now))
    if _is_absurd(city, ask.t):
        return Refused("tick more than a week ahead", str(city.now))
    # Before `Ticked`: dispatch takes its turn where it meets that, and what ends now is open in that very turn.
    return [
        *over(city, ask.t),
        *let_go(city, ask.t),
        events.Ticked(ask.t, tuple(p for p in ask.positions if p.driver in city.drivers)),
    ]


def _dispatch_turn(city: City, at: Instant, turn: commands.DispatchTurn) -> Decision:
    """Every pair is checked again, against order and driver; one that no longer holds is left out."""
    if city.now is None or turn.t > city.now or (city.turn is not None and turn.t <= city.turn):
        return Refused("no open turn", str(city.turn))
    facts: list[Happened] = []
    drivers: set[str] = set()
    orders: set[str] = set()
    for one, why in zip_longest(turn.assignments, turn.whys):
        if one.driver not in drivers and orders.isdisjoint(one.orders) and _holds(city, one):
            drivers.add(one.driver)
            orders.update(one.orders)
            places = [(p, o) for p, o in enumerate(one.orders) if o not in city.drivers[one.driver].route]
            facts += [events.DriverAssigned(order, one.driver, place, why) for place, order in places]
    return [*facts, events.Dispatched(turn.t)]


def _holds(city: City, one: commands.Assignment) -> bool:
    """A free driver, or one who still fetches and has all he had when it was decided, in the same order; and new orders."""
    driver, orders = city.drivers.get(one.driver), [city.orders[o] for o in one.orders if o in city.orders]
    if driver is None or not (driver.status is DriverStatus.AVAILABLE or inbound(city, driver)):
        return False
    new = [o for o in orders if o.id not in driver.route]
    if tuple(o.id for o in orders if o.id in driver.route) != driver.route or not all(map(may_be_assigned, new)):
        return False
    if any(driver.id in o.declined for o in new):
        return False
    return len({o.id for o in orders}) == len(one.orders) and len(new) > 0 and len({o.restaurant for o in orders}) == 1


def _close_city(city: City, at: Instant, ask: commands.CloseCity) -> Decision:
    left = sorted(o.id for o in city.orders.values() if o.open)
    return [*(events.OrderCancelled(o, UNDELIVERABLE) for o in left), events.CityClosed()]


_ORDER_FACTS: dict[type, Callable[..., Happened]] = {
    commands.AcceptOrder: events.OrderAccepted,
    commands.AnnounceReady: events.ReadyAnnounced,
    commands.MarkReady: events.OrderReady,
    commands.PickUp: events.OrderPickedUp,
    commands.ArriveAtDoor: events.DriverArrivedAtDoor,
    commands.Deliver: events.OrderDelivered,
    commands.CancelOrder: events.OrderCancelled,
    commands.AcceptOffer: events.OfferAccepted,
    commands.DeclineOrder: partial(events.DriverUnassigned, reason=DECLINED),
}
_DRIVER_FACTS: dict[type, Callable[..., Happened]] = {
    commands.ArriveAtRestaurant: events.DriverArrivedAtRestaurant,
    commands.BecomeFree: events.DriverFreed,
    commands.EndShift: events.ShiftEnded,
}

DECIDE: dict[type, Callable[[City, Instant, Any], Decision]] = {
    commands.OpenCity: _open_city,
    commands.CloseStreet: close_street,
    commands.OpenStreet: open_street,
    commands.AddRestaurant: _add_restaurant,
    commands.StartShift: _start_shift,
    commands.PlaceOrder: _place_order,
    **dict.fromkeys(_ORDER_FACTS, _move_order),
    **dict.fromkeys(get_args(commands.ByHand), decide_by_hand),
    commands.ArriveAtRestaurant: _move_driver,
    commands.BecomeFree: _move_driver,
    commands.EndShift: _end_shift,
    commands.Tick: _tick,
    commands.DispatchTurn: _dispatch_turn,
    commands.CloseCity: _close_city,
    PullLever: pull,
    ReleaseLever: release,
    **dict.fromkeys(get_args(IncidentAsk), tend),
}
