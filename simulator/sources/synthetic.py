"""a seed → here → a scenario: a day in Port Merrin, an invented city by the sea, or the dinner rush of one.

Its measures follow the recorded days (grubhub/mdrplib, ten of them): 2.3 km of straight line to the door and 4.4 at p90,
4 min of service at either end, 1.2 to 2.4 orders per driver and hour. `demand` and `town` hold the others.
"""

import math
from collections import defaultdict
from itertools import accumulate
from random import Random
from typing import Literal, NamedTuple

from models.geo import Point, plane_metres
from models.ids import CustomerId, DriverId, Instant, OrderId
from models.rules import DEFAULT_POLICY, Rules, Services
from models.ways import Vehicle
from simulator.scenario import PlannedOrder, PlannedShift, Scenario
from simulator.sources import demand, names
from simulator.sources.demand import HOUR_MS, Kitchen, Rush
from simulator.sources.town import HEIGHT, WIDTH, Town, town

MIDNIGHT = 1_795_132_800_000
"""2026-11-20T00:00:00Z, a Friday."""
SERVICES = Services(pickup_seconds=240, dropoff_seconds=240)
TOWNS = ("Port Merrin", "Santa Lume", "Nordholm", "Vellamar")
"""The map of a city is its name's: other seeds bring other people to the same streets."""
DOOR_SHAPE, DOOR_SCALE_METRES = 2.0, 1_150.0
DRIVERS, ORDERS_PER_HOUR = 300, 360
FIRST_NUMBER, CUSTOMERS = 7_700, 4_000
VEHICLES: tuple[Vehicle, ...] = ("motorcycle", "bicycle", "car", "walking")
VEHICLE_SHARES = (50, 29, 18, 3)
DINNER = Rush(17.5, 19.0, 21.0, 1.0)
DAY = (Rush(11.0, 12.5, 14.5, 0.36), Rush(14.5, 16.0, 17.5, 0.10), DINNER._replace(share=0.54))


class Wave(NamedTuple):
    """Drivers who come from `begins` to `peak` and go home, one by one, from `leaves` to `ends`: hours of the day."""

    begins: float
    peak: float
    leaves: float
    ends: float
    share: float


EVENING_SHIFTS = (Wave(17.25, 19.0, 20.5, 22.0, 1.0),)
DAY_SHIFTS = (
    Wave(10.75, 12.0, 14.0, 16.0, 0.3),
    Wave(17.0, 18.75, 20.5, 22.5, 0.5),
    Wave(10.75, 13.0, 20.0, 22.5, 0.2),
)


def build(
    seed: int,
    drivers: int = DRIVERS,
    orders_per_hour: int = ORDERS_PER_HOUR,
    midnight: Instant = MIDNIGHT,
    policy: str = DEFAULT_POLICY,
    ready_mode: Literal["known", "estimated"] = "estimated",
    place: int = 0,
    whole_day: bool = False,
    tick_seconds: int = 1,
) -> Scenario:
    """The same arguments, the same scenario.

    `orders_per_hour` is the mean of the dinner rush, `midnight` moves the day, `place` is a city of `TOWNS`;
    `whole_day` begins in the morning instead of an hour and a half before the peak of the dinner.
    """
    rng, here = Random(seed), town(place)
    kitchens = demand.kitchens(rng, here, orders_per_hour)
    rushes, waves = (DAY, DAY_SHIFTS) if whole_day else ((DINNER,), EVENING_SHIFTS)
    count = round(orders_per_hour * (DINNER.ends - DINNER.begins) / rushes[-1].share)
    name = TOWNS[place]
    return Scenario(
        name=name,
        source="synthetic",
        rules=Rules(
            name, policy, ready_mode, tick_seconds, max(5, tick_seconds), here.travel, SERVICES, "UTC", here.scenery
        ),
        opens_at=midnight + round(waves[0].begins * HOUR_MS) - 1000 * tick_seconds,
        restaurants=tuple(k.restaurant for k in kitchens),
        shifts=tuple(_shifts(rng, here, drivers, waves, midnight)),
        orders=tuple(_orders(rng, here, kitchens, demand.moments(rng, rushes, count), midnight)),
        live_from=midnight + round((DINNER.peak - 0.25) * HOUR_MS),
    )


def _shifts(rng: Random, here: Town, drivers: int, waves: tuple[Wave, ...], midnight: int) -> list[PlannedShift]:
    people = names.people(rng, drivers)
    chosen = rng.choices(waves, [wave.share for wave in waves], k=drivers)
    return [
        _shift(rng, here, n, name, wave, midnight) for n, (name, wave) in enumerate(zip(people, chosen, strict=True), 1)
    ]


def _shift(rng: Random, here: Town, n: int, name: str, wave: Wave, midnight: int) -> PlannedShift:
    """Most are there when the rush begins, the rest come with it."""
    on_at = midnight + _second(rng.triangular(wave.begins, wave.peak, wave.begins) * HOUR_MS)
    until = midnight + _second(rng.uniform(wave.leaves, wave.ends) * HOUR_MS)
    (vehicle,) = rng.choices(VEHICLES, VEHICLE_SHARES)
    middle = rng.choice(here.centres)
    near = Point(rng.gauss(middle.x, 2 * demand.QUARTER_METRES), rng.gauss(middle.y, 2 * demand.QUARTER_METRES))
    return PlannedShift(DriverId(f"D-{n:03}"), name, vehicle, here.address(rng, near), on_at, until)


def _orders(rng: Random, here: Town, kitchens: list[Kitchen], hours: list[float], midnight: int) -> list[PlannedOrder]:
    """Each kitchen cooks what came to it in the order in which it came."""
    times = [midnight + _second(hour * HOUR_MS) for hour in hours]
    chosen = [_open(rng, kitchens, hour) for hour in hours]
    queues: defaultdict[int, list[int]] = defaultdict(list)
    for n, kitchen in enumerate(chosen):
        queues[kitchen].append(n)
    ready = {
        n: at
        for kitchen, some in sorted(queues.items())
        for n, at in zip(some, demand.ready_times(rng, kitchens[kitchen], [times[n] for n in some]), strict=True)
    }
    return [_order(rng, here, FIRST_NUMBER + n, kitchens[chosen[n]], times[n], ready[n]) for n in range(len(times))]


def _open(rng: Random, kitchens: list[Kitchen], hour: float) -> int:
    """One of the kitchens that are open then, the famous more often."""
    serving = [n for n, kitchen in enumerate(kitchens) if kitchen.opens <= hour < kitchen.closes]
    return rng.choices(serving, cum_weights=list(accumulate(kitchens[n].fame for n in serving)))[0]


def _order(rng: Random, here: Town, number: int, kitchen: Kitchen, placed_at: int, ready_at: int) -> PlannedOrder:
    at = kitchen.restaurant.point
    door = _door(rng, here, at)
    return PlannedOrder(
        order=OrderId(str(number)),
        customer=CustomerId(f"C-{rng.randint(1, CUSTOMERS):04}"),
        restaurant=kitchen.restaurant.restaurant,
        door=door,
        items=demand.items(rng, kitchen.menu),
        placed_at=placed_at,
        promised_at=None,
        ready_at=ready_at,
    )


def _door(rng: Random, here: Town, kitchen: Point) -> Point:
    """About as far away as on the recorded days, wherever there is a street; far ones that leave the city are rarer."""
    far = rng.gammavariate(DOOR_SHAPE, DOOR_SCALE_METRES)
    found = []
    for _ in range(8):
        way = rng.uniform(0, 2 * math.pi)
        wished = Point(kitchen.x + far * math.cos(way), kitchen.y + far * math.sin(way))
        door = here.address(rng, Point(min(max(wished.x, 0.0), WIDTH), min(max(wished.y, 0.0), HEIGHT)))
        found.append((abs(plane_metres(kitchen, door) - far), door))
        if found[-1][0] < 150:
            break
    return min(found)[1]


def _second(ms: float) -> int:
    return round(ms / 1000) * 1000
