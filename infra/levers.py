"""a lever, the table `levers` → here → what it does in words, and a line each: since when, what was foretold, what came."""

from collections.abc import Iterator
from typing import Any

import msgspec

from models.ids import CityId
from models.levers import CallDrivers, Effect, ExtendPromises, Levers, PauseKitchen, ShrinkRadius, SlowKitchen
from models.ways import MINUTE_MS

EVERY = """select lever_id, lever, since, until, ended_at, reason, expected, refused, late_orders, late_ms
    from levers where city_id = %s order by since, lever_id"""


def words(lever: Levers) -> str:
    """What it does, in words."""
    match lever:
        case PauseKitchen(restaurant=which):
            return f"pause {which}"
        case SlowKitchen(restaurant=which, minutes=minutes):
            return f"one order of {which} in {minutes} min"
        case ExtendPromises(minutes=minutes, restaurant=which):
            return f"promise {minutes} min later{f' at {which}' if which else ''}"
        case ShrinkRadius(metres=metres, restaurant=which):
            return f"doors within {metres} m{f' of {which}' if which else ''}"
        case CallDrivers(count=count, zone=zone):
            return f"call {count} drivers{f' to {zone}' if zone else ''}"


def table(connection: Any, city: CityId) -> Iterator[str]:
    """Oldest first; nothing where no lever was pulled."""
    for which, lever, since, until, ended_at, reason, expected, refused, orders, late_ms in connection.execute(
        EVERY, (city,)
    ):
        state = f"until {until:%H:%M}" if ended_at is None else f"ended {ended_at:%H:%M}: {reason}"
        yield f"{which}  {words(msgspec.convert(lever, Levers))}, since {since:%H:%M}Z, {state}"
        yield f"    {_foretold(expected)}; {_came(orders, late_ms)}; {refused} orders turned away"


def _foretold(expected: Any) -> str:
    if expected is None:
        return "nothing was foretold"
    effect = msgspec.convert(expected, Effect)
    orders, minutes = (
        f"{before.mean + change.mean:.0f} ({change.mean:+.0f})"
        for before, change in (
            (effect.late_orders, effect.orders_change),
            (effect.late_minutes, effect.minutes_change),
        )
    )
    return f"foretold for {effect.minutes} min: {orders} late orders, {minutes} late minutes"


def _came(orders: int | None, late_ms: int | None) -> str:
    if orders is None or late_ms is None:
        return "its hour is not over"
    return f"came: {orders} late orders, {late_ms / MINUTE_MS:.0f} late minutes"
