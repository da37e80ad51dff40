"""a lever, a new order, the time of a tick → here → what is in force, what is refused because of it, and what has ended."""

from collections.abc import Callable

from models.city import City
from models.commands import PlaceOrder
from models.decision import Decision, Refused
from models.events import Happened
from models.ids import Instant
from models.levers import (
    FEW,
    PAUSED,
    TOO_FAR,
    AcknowledgeIncident,
    CallDrivers,
    ExtendPromises,
    IncidentAcknowledged,
    IncidentAsk,
    IncidentFact,
    IncidentOwned,
    IncidentSnoozed,
    LeverPulled,
    LeverReleased,
    Levers,
    OwnIncident,
    PauseKitchen,
    PullLever,
    ReleaseLever,
    ShrinkRadius,
    SlowKitchen,
    SnoozeIncident,
)
from models.restaurant import Restaurant
from models.rules import Rules
from models.ways import MINUTE_MS
from models.zones import zone_of

LONGEST_MS = 12 * 60 * MINUTE_MS
"""A lever that is forgotten ends with its shift."""
EXPIRED, RELEASED = "its time was over", "released by hand"


def pull(city: City, at: Instant, ask: PullLever) -> Decision:
    """In force from now on; a lever of the same kind on the same thing is replaced by its release first."""
    if ask.id in city.levers:
        return Refused("this lever is pulled already")
    if (wrong := _misdated(at, ask.until) or _unknown(city, ask.lever)) is not None:
        return wrong
    same = (i for i, one in sorted(city.levers.items()) if _of_the_same(one.lever, ask.lever))
    pulled = LeverPulled(ask.id, ask.lever, ask.until, ask.incident, ask.expected)
    return [*(LeverReleased(i, f"replaced by {ask.id}"[:120]) for i in same), pulled]


def _misdated(at: Instant, until: Instant) -> Refused | None:
    in_time = at < until <= at + LONGEST_MS
    return None if in_time else Refused("until when is past, or more than 12 hours away", str(at))


def _of_the_same(one: Levers, other: Levers) -> bool:
    about = ("restaurant", "zone")
    return type(one) is type(other) and all(getattr(one, a, None) == getattr(other, a, None) for a in about)


def _unknown(city: City, lever: Levers) -> Refused | None:
    restaurant = getattr(lever, "restaurant", None)
    if restaurant is not None and restaurant not in city.restaurants:
        return Refused("unknown restaurant")
    if isinstance(lever, CallDrivers) and lever.zone is not None and lever.zone not in zones(city):
        return Refused("unknown zone")
    return None


def zones(city: City) -> set[str]:
    """Where there is a restaurant."""
    return {zone_of(city.rules.travel.on_map(one.point)) for one in city.restaurants.values()} if city.rules else set()


def release(city: City, at: Instant, ask: ReleaseLever) -> Decision:
    """Out of force before its time."""
    return [LeverReleased(ask.id, RELEASED)] if ask.id in city.levers else Refused("this lever is not pulled")


def over(city: City, t: Instant) -> list[Happened]:
    """Levers whose time is over when it becomes `t`, by id."""
    return [LeverReleased(i, EXPIRED) for i, one in sorted(city.levers.items()) if one.until <= t]


def tend(city: City, at: Instant, ask: IncidentAsk) -> Decision:
    """A person's word on an incident. The city keeps none: whoever watches it knows whether it is open."""
    if isinstance(ask, SnoozeIncident) and (wrong := _misdated(at, ask.until)) is not None:
        return wrong
    return [_TENDED[type(ask)](*(getattr(ask, f) for f in ask.__struct_fields__))]


_TENDED: dict[type, Callable[..., IncidentFact]] = {
    OwnIncident: IncidentOwned,
    AcknowledgeIncident: IncidentAcknowledged,
    SnoozeIncident: IncidentSnoozed,
}


def turned_away(city: City, rules: Rules, ask: PlaceOrder, at: Instant) -> Refused | None:
    """Whether a lever that is in force keeps this order out: the first by id."""
    for which, one in sorted(city.levers.items()):
        if (no := _refuses(city, rules, one.lever, ask, at)) is not None:
            return no._replace(lever=which)
    return None


def _refuses(city: City, rules: Rules, lever: Levers, ask: PlaceOrder, at: Instant) -> Refused | None:
    kitchen = city.restaurants[ask.restaurant]
    match lever:
        case PauseKitchen(restaurant=kitchen.id):
            return Refused(PAUSED, kitchen.name)
        case SlowKitchen(restaurant=kitchen.id, minutes=minutes) if at < _last(city, kitchen) + minutes * MINUTE_MS:
            return Refused(FEW, f"one in {minutes} min")
        case ShrinkRadius(metres=metres, restaurant=None | kitchen.id):
            far = rules.travel.beeline(kitchen.point, ask.door) > metres
            return Refused(TOO_FAR, f"{metres} m") if far else None
    return None


def _last(city: City, kitchen: Restaurant) -> Instant:
    """When it got its newest order; ended ones are known for an hour."""
    return max((order.placed_at for order in city.orders.values() if order.restaurant == kitchen.id), default=0)


def later_ms(city: City, ask: PlaceOrder) -> int:
    """How much later than usual the city promises this order."""
    extended = (
        one.lever.minutes
        for one in city.levers.values()
        if isinstance(one.lever, ExtendPromises) and one.lever.restaurant in (None, ask.restaurant)
    )
    return MINUTE_MS * max(extended, default=0)
