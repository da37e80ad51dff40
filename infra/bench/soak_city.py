"""`track bench soak` → here → one city of a soak, as long as it is asked to be, fed live in a process of its own.

It begins in the dinner rush; one of an hour or more is a whole day, from the first shift in the morning on.
"""

import sys
from datetime import UTC, datetime

import msgspec

from infra.simulate import simulate
from models.settings import Settings
from models.ways import MINUTE_MS, USUAL_VEHICLE
from pipelines import logs
from simulator.scenario import PlannedShift, Scenario
from simulator.sources import synthetic

WHOLE_DAY_MINUTES, WINDING_DOWN_MINUTES = 600, 30
FAULTS = (
    "no-shows:share=0.1",
    "rain-surge:at=+5m:for=10m",
    "kitchen-meltdown:at=+5m:for=15m",
    "bridge-closed:at=+10m:for=10m",
    "stopped-driver:at=+5m:for=10m",
    "declining-drivers:share=0.05",
    "silent-phone:at=+8m:for=10m",
    "gps-jumps:share=0.02",
    "clock-skew:share=0.05:at=+3m:for=20m",
    "late-pings:share=0.05",
    "swapped-pings:share=0.05",
    "duplicates:share=0.05",
    "garbage:share=0.005",
)
"""Every kind there is; those without a time are on to the end. Another seed for each city: see `faults`."""


class Ask(msgspec.Struct, frozen=True):
    """`minutes` are the city's own, from when it is live to about when it closes."""

    seed: int
    minutes: int
    speed: float
    drivers: int
    orders_per_hour: int


def city(ask: Ask, midnight: int) -> Scenario:
    """The next town's, cut to its minutes: none whose food is there in the last 30 of them, and then everybody goes home."""
    whole = ask.minutes >= WHOLE_DAY_MINUTES
    place = ask.seed % len(synthetic.TOWNS)
    day = synthetic.build(ask.seed, ask.drivers, ask.orders_per_hour, midnight, place=place, whole_day=whole)
    begins = day.opens_at + 15 * MINUTE_MS if whole else day.live_from or day.opens_at
    return cut(msgspec.structs.replace(day, live_from=begins), begins + ask.minutes * MINUTE_MS)


def cut(day: Scenario, closes: int) -> Scenario:
    """The day with an earlier end."""
    shifts = tuple(_home_by(shift, closes) for shift in day.shifts if shift.on_at < closes)
    orders = tuple(order for order in day.orders if order.ready_at <= closes - WINDING_DOWN_MINUTES * MINUTE_MS)
    return msgspec.structs.replace(day, shifts=shifts, orders=orders)


def _home_by(shift: PlannedShift, closes: int) -> PlannedShift:
    """On wheels: who walks may have food in hand for three quarters of an hour, and keep the whole city open."""
    vehicle = shift.vehicle if shift.vehicle == "car" else USUAL_VEHICLE
    return msgspec.structs.replace(shift, until=min(shift.until, closes), vehicle=vehicle)


def faults(ask: Ask) -> list[str]:
    return [f"{one}:seed={ask.seed}" for one in FAULTS]


def main(asked: str) -> None:
    """Feed it until it closes."""
    settings, ask = Settings(), msgspec.json.decode(asked, type=Ask)
    logs.set_up(settings)
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    simulate(city(ask, int(midnight.timestamp() * 1000)), settings, ask.speed, faults(ask))


if __name__ == "__main__":
    main(sys.argv[1])
