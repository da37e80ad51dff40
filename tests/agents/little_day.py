"""a made-up day → the whole pipeline in one process → here → everything that was on the wire, topic by topic.

Twelve orders, of which three are promised too soon and two are forgotten by their kitchen for an hour, five drivers, three
kitchens and a person at a desk; long enough for ended orders to leave their city.
"""

import asyncio
import random
from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from infra.inprocess import InProcess
from models import codec, commands, events
from models.commands import Asked, Command, TickAsked
from models.events import Fact
from models.geo import LatLon, Point
from models.ids import CityId, CommandId, CustomerId, DriverId, OrderId, RestaurantId
from models.rules import Rules, Services
from models.topics import CITY_COMMANDS, CITY_EVENTS, DRIVER_PINGS, DRIVER_POSITIONS
from models.travel import PlaneTravel
from models.ways import MINUTE_MS
from simulator.engine import Engine
from simulator.scenario import PlannedOrder, PlannedRestaurant, PlannedShift, Scenario
from simulator.wire import frames

CITY = CityId("little")
OPENS = 1_767_225_600_000
"""2026-01-01 00:00 UTC."""
ORDERING_MINUTES, SHIFT_MINUTES = 40, 120
RULES = Rules("Little", "nearest", "estimated", 60, 20, PlaneTravel(320, 60, LatLon(45, 7)), Services(240, 240), "UTC")
AT_THE_DESK: dict[int, Asked] = {
    10: commands.CancelOrder(OrderId("o03"), "customer"),
    11: commands.CancelOrder(OrderId("o03"), "customer"),
    14: commands.EndShift(DriverId("d1")),
    15: commands.AcceptOrder(OrderId("nothing")),
}
"""Minute → what a person asks: a cancellation, the same refused, a driver sent home on the way to a kitchen, a slip."""


class LittleDay(NamedTuple):
    """What each topic carried, and the stores as they stood at the end."""

    commands: list[bytes]
    facts: list[bytes]
    pings: list[bytes]
    positions: list[bytes]
    pipeline: InProcess
    city: CityId = CITY

    @property
    def log(self) -> list[Fact]:
        return [codec.decode_fact(raw) for raw in self.facts]


class Taped(InProcess):
    """The pipeline, and a tape of its topics."""

    def __init__(self) -> None:
        super().__init__()
        self.tape: dict[str, list[bytes]] = {}

    async def _deliver(self, topic: str, city: str, payload: bytes) -> None:
        self.tape.setdefault(topic, []).append(payload)
        await super()._deliver(topic, city, payload)

    async def send(self, topic: str, city: str, payloads: list[bytes]) -> None:
        self.tape.setdefault(topic, []).extend(payloads)
        await super().send(topic, city, payloads)


def lived() -> LittleDay:
    return asyncio.run(_lived(Taped(), Engine(scenario(), CITY)))


async def _lived(pipeline: Taped, engine: Engine) -> LittleDay:
    await pipeline.send(CITY_COMMANDS.name, CITY, [codec.encode(c) for c in engine.opening()])
    for fact in await pipeline.settle():
        engine.learn(fact)
    for n, t in enumerate(engine.ticks()):
        step = engine.advance(t)
        await pipeline.send(CITY_COMMANDS.name, CITY, [codec.encode(c) for c in (*step.commands, *_desk(n))])
        await pipeline.send(DRIVER_PINGS.name, CITY, [*frames(CITY, step.pings), codec.encode(TickAsked(CITY, t))])
        for fact in await pipeline.settle():
            engine.learn(fact)
    carried = [pipeline.tape[topic.name] for topic in (CITY_COMMANDS, CITY_EVENTS, DRIVER_PINGS, DRIVER_POSITIONS)]
    return LittleDay(*carried, pipeline)


def _desk(minute: int) -> list[Command]:
    asked = AT_THE_DESK.get(minute)
    return [Command(CommandId(f"desk:{minute}"), CITY, None, OPENS, "ann", asked)] if asked else []


def scenario(seed: int = 4) -> Scenario:
    rng = random.Random(seed)
    kitchens = [PlannedRestaurant(RestaurantId(f"r{n}"), f"Kitchen {n}", _point(rng)) for n in range(3)]
    until = OPENS + SHIFT_MINUTES * MINUTE_MS
    shifts = [PlannedShift(DriverId(f"d{n}"), f"Driver {n}", "car", _point(rng), OPENS, until) for n in range(4)]
    orders = [_order(rng, n, kitchens) for n in range(12)]
    shifts.append(PlannedShift(DriverId("d4"), "Driver 4", "car", _point(rng), OPENS, until))
    return Scenario("little", "made up", RULES, OPENS - MINUTE_MS, tuple(kitchens), tuple(shifts), tuple(orders))


def forgetful() -> Scenario:
    """The same day with thirteen drivers; the busiest kitchen has two orders for one, and forgets all it has: an alert and an
    incident are open at noon.
    """
    day = scenario()
    orders = Counter(one.restaurant for one in day.orders)
    which = max(sorted(orders), key=orders.__getitem__)
    late = [replace(o, ready_at=o.placed_at + 90 * MINUTE_MS) for o in day.orders if o.restaurant == which]
    again = [replace(o, order=OrderId(f"{o.order}-again"), customer=CustomerId(f"{o.customer}-too")) for o in late]
    others = [o for o in day.orders if o.restaurant != which]
    spare = [replace(day.shifts[0], driver=DriverId(f"d{n}"), name=f"Driver {n}") for n in range(5, 13)]
    placed = sorted((*late, *again, *others), key=lambda o: (o.placed_at, o.order))
    return replace(day, orders=tuple(placed), shifts=(*day.shifts, *spare))


def _order(rng: random.Random, n: int, kitchens: list[PlannedRestaurant]) -> PlannedOrder:
    placed_at = OPENS + (n * ORDERING_MINUTES // 12) * MINUTE_MS
    items = tuple(events.Item(f"m{k}", rng.randint(1, 3), Decimal(rng.randint(300, 1500)).scaleb(-2)) for k in range(2))
    return PlannedOrder(
        OrderId(f"o{n:02}"),
        CustomerId(f"c{n}"),
        rng.choice(kitchens).restaurant,
        _point(rng),
        items,
        placed_at,
        placed_at + (15 if n % 4 == 1 else 40) * MINUTE_MS,
        placed_at + (rng.randint(5, 20) + 50 * (n in (2, 8))) * MINUTE_MS,
    )


def _point(rng: random.Random) -> Point:
    return Point(float(rng.randint(0, 3_000)), float(rng.randint(0, 3_000)))
