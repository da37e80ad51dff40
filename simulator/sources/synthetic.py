"""a seed → here → a scenario: a dinner rush in Port Merrin, an invented city of nine by seven kilometres on a plane.

Its measures follow the recorded days (grubhub/mdrplib, ten of them): preparation 15 min median and 30 at p90,
2.3 km to the door and 4.4 at p90, 320 m/min, 4 min of service at either end, 1.2 to 2.4 orders per driver and hour.
"""

import math
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Literal, NamedTuple

from models import events
from models.geo import LatLon, Point, plane_metres
from models.travel import MINUTE_MS, PlaneTravel, travel_ms
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario
from simulator.sources import names

HOUR_MS = 60 * MINUTE_MS
MIDNIGHT = 1_795_132_800_000
"""2026-11-20T00:00:00Z, a Friday."""
OPENS, RUSH, PEAK, LIVE, RUSH_ENDS = (round(h * HOUR_MS) for h in (17.25, 17.5, 19.0, 18.75, 21.0))
LAST_SHIFT_ENDS = 22 * HOUR_MS
WIDTH, HEIGHT = 9_000.0, 7_000.0
ORIGIN = LatLon(43.2, -9.9)
"""In the open sea: no street of the real world is meant."""
TRAVEL = PlaneTravel(metres_per_minute=320, rounded_seconds=1, origin=ORIGIN)
SERVICES = events.Services(pickup_seconds=240, dropoff_seconds=240)

RESTAURANTS, QUARTERS, QUARTER_METRES = 120, 6, 550.0
PREP_MEDIAN_MINUTES, PREP_AMONG, PREP_WITHIN, LONGEST_PREP_MINUTES = 15.0, 0.33, 0.46, 60.0
"""Log-normal: kitchens differ by `PREP_AMONG`, the orders of one kitchen by `PREP_WITHIN`."""
DOOR_SHAPE, DOOR_SCALE_METRES = 2.0, 1_150.0
QUOTE_MS, QUOTE_SLACK_MS = 5 * MINUTE_MS, 14 * MINUTE_MS
FIRST_NUMBER, CUSTOMERS = 7_700, 4_000
VEHICLES: tuple[events.Vehicle, ...] = ("motorcycle", "motorcycle", "bicycle", "car")


class Dish(NamedTuple):
    id: str
    price: Decimal


class Kitchen(NamedTuple):
    """`pace` is its median preparation in minutes, `fame` how often it is chosen."""

    restaurant: PlannedRestaurant
    menu: tuple[Dish, ...]
    pace: float
    fame: float


def build(
    seed: int,
    drivers: int = 300,
    orders_per_hour: int = 460,
    midnight: events.Instant = MIDNIGHT,
    policy: str = "nearest",
    ready_mode: Literal["known", "estimated"] = "estimated",
) -> Scenario:
    """The same arguments, the same scenario. `orders_per_hour` is the mean of the rush; `midnight` moves the day."""
    rng = Random(seed)
    quarters = [_anywhere(rng) for _ in range(QUARTERS)]
    kitchens = _kitchens(rng, quarters)
    orders = round(orders_per_hour * (RUSH_ENDS - RUSH) / HOUR_MS)
    return Scenario(
        name="Port Merrin",
        source="synthetic",
        rules=events.Rules("Port Merrin", policy, ready_mode, 1, 5, TRAVEL, SERVICES, time_zone="UTC"),
        opens_at=midnight + OPENS - 1000,
        restaurants=tuple(k.restaurant for k in kitchens),
        shifts=tuple(_shifts(rng, drivers, quarters, midnight)),
        orders=tuple(_orders(rng, orders, kitchens, midnight)),
        live_from=midnight + LIVE,
    )


def _kitchens(rng: Random, quarters: list[Point]) -> list[Kitchen]:
    words = names.words(rng, RESTAURANTS)
    return [_kitchen(rng, f"R-{n:03}", word, rng.choice(quarters)) for n, word in enumerate(words, 1)]


def _kitchen(rng: Random, which: str, word: str, quarter: Point) -> Kitchen:
    cuisine, dishes = rng.choice(names.CUISINES)
    menu = tuple(Dish(f"{which} {dish}", Decimal(rng.randrange(350, 1900, 10)).scaleb(-2)) for dish in dishes)
    restaurant = PlannedRestaurant(events.RestaurantId(which), f"{word} {cuisine}", _near(rng, quarter, QUARTER_METRES))
    pace = rng.lognormvariate(math.log(PREP_MEDIAN_MINUTES), PREP_AMONG)
    return Kitchen(restaurant, menu, pace, fame=rng.expovariate(1.0))


def _shifts(rng: Random, drivers: int, quarters: list[Point], midnight: int) -> list[PlannedShift]:
    """Most are there when the rush begins, the rest come with it; from half past eight on they go home one by one."""
    people = names.people(rng, drivers)
    return [_shift(rng, n, name, rng.choice(quarters), midnight) for n, name in enumerate(people, 1)]


def _shift(rng: Random, n: int, name: str, quarter: Point, midnight: int) -> PlannedShift:
    on_at = midnight + _second(rng.triangular(OPENS, PEAK, OPENS))
    until = midnight + _second(rng.uniform(RUSH_ENDS - HOUR_MS // 2, LAST_SHIFT_ENDS))
    point = _near(rng, quarter, 2 * QUARTER_METRES)
    return PlannedShift(events.DriverId(f"D-{n:03}"), name, rng.choice(VEHICLES), point, on_at, until)


def _orders(rng: Random, count: int, kitchens: list[Kitchen], midnight: int) -> list[PlannedOrder]:
    times = sorted(_placed(rng) for _ in range(count))
    fame = list(accumulate(k.fame for k in kitchens))
    chosen = rng.choices(kitchens, cum_weights=fame, k=count)
    return [_order(rng, FIRST_NUMBER + n, chosen[n], midnight + _second(t)) for n, t in enumerate(times)]


def _placed(rng: Random) -> float:
    """Half of the demand lies evenly over the rush, half rises to its peak."""
    return rng.uniform(RUSH, RUSH_ENDS) if rng.random() < 0.5 else rng.triangular(RUSH, RUSH_ENDS, PEAK)


def _order(rng: Random, number: int, kitchen: Kitchen, placed_at: int) -> PlannedOrder:
    here = kitchen.restaurant.point
    door = _door(rng, here)
    prep_minutes = min(rng.lognormvariate(math.log(kitchen.pace), PREP_WITHIN), LONGEST_PREP_MINUTES)
    return PlannedOrder(
        order=events.OrderId(str(number)),
        customer=events.CustomerId(f"C-{rng.randint(1, CUSTOMERS):04}"),
        restaurant=kitchen.restaurant.restaurant,
        door=door,
        items=_items(rng, kitchen.menu),
        placed_at=placed_at,
        promised_at=placed_at + _quote_ms(kitchen.pace, here, door),
        ready_at=placed_at + _second(prep_minutes * MINUTE_MS),
    )


def _quote_ms(pace: float, kitchen: Point, door: Point) -> int:
    """What this kitchen takes as a rule, the way, half of both services and a slack; rounded up to 5 minutes."""
    services = SERVICES.half_pickup_ms + SERVICES.half_dropoff_ms
    expected = pace * MINUTE_MS + travel_ms(TRAVEL, kitchen, door) + services + QUOTE_SLACK_MS
    return math.ceil(expected / QUOTE_MS) * QUOTE_MS


def _items(rng: Random, menu: tuple[Dish, ...]) -> tuple[events.Item, ...]:
    dishes = rng.sample(menu, rng.choice((1, 2, 2, 3, 4)))
    return tuple(events.Item(dish.id, rng.choice((1, 1, 1, 2)), dish.price) for dish in dishes)


def _door(rng: Random, kitchen: Point) -> Point:
    """Far enough away, in a direction that does not leave the city; else somewhere in it."""
    far = rng.gammavariate(DOOR_SHAPE, DOOR_SCALE_METRES)
    for _ in range(20):
        way = rng.uniform(0, 2 * math.pi)
        door = Point(round(kitchen.x + far * math.cos(way), 1), round(kitchen.y + far * math.sin(way), 1))
        if door == _inside(door):
            return door
    return min((_anywhere(rng) for _ in range(20)), key=lambda p: abs(plane_metres(kitchen, p) - far))


def _near(rng: Random, centre: Point, metres: float) -> Point:
    return _inside(Point(round(rng.gauss(centre.x, metres), 1), round(rng.gauss(centre.y, metres), 1)))


def _anywhere(rng: Random) -> Point:
    return Point(round(rng.uniform(0.1, 0.9) * WIDTH, 1), round(rng.uniform(0.1, 0.9) * HEIGHT, 1))


def _inside(point: Point) -> Point:
    return Point(min(max(point.x, 0.0), WIDTH), min(max(point.y, 0.0), HEIGHT))


def _second(ms: float) -> int:
    return round(ms / 1000) * 1000
