"""driver-positions → here → driver_positions. One accepted position a driver per 5 s of event time; the first one stays."""

from collections.abc import Sequence

from models.ids import CityId, DriverId, Instant
from models.rows import Row, position_row, slot_of
from models.rules import Rules
from models.topics import DRIVER_POSITIONS
from pipelines.ports import Agent, Ports, Received, Stores, by_city

NAME = "position_history"
Slots = dict[DriverId, Instant]


class Kept:
    """The rules of the cities seen, which never change, and the newest 5 s of each driver that is stored."""

    def __init__(self) -> None:
        self.rules: dict[CityId, Rules] = {}
        self.slots: dict[CityId, Slots] = {}

    def forget(self) -> None:
        self.rules.clear()
        self.slots.clear()

    revoke = forget

    def drop(self, city: CityId) -> None:
        self.rules.pop(city, None)
        self.slots.pop(city, None)


def remember(stores: Stores) -> Kept:
    return Kept()


async def handle(batch: Sequence[Received], ports: Ports[Kept]) -> None:
    """All cities of the batch in one statement.

    Rows that Postgres has are not sent again: at a ping a second they were four of five, and a third of the worker's time.
    """
    rows: dict[tuple[CityId, DriverId, Instant], Row] = {}
    stored, slots = ports.memory.slots, dict[CityId, Slots]()
    for city, received in by_city(batch).items():
        if (rules := await _rules(city, ports)) is not None:
            there, new = stored.get(city, {}), slots.setdefault(city, {})
            for position in (p for one in received for p in one.message.positions):
                who, slot = position.driver, slot_of(position.at)
                if there.get(who) != slot and (city, who, slot) not in rows:
                    rows[city, who, slot] = position_row(city, position, rules.travel)
                    new[who] = slot
    await ports.stores.log.add({"driver_positions": list(rows.values())})
    for city, new in slots.items():
        stored.setdefault(city, {}).update(new)


async def _rules(city: CityId, ports: Ports[Kept]) -> Rules | None:
    known = ports.memory.rules
    if city not in known and (found := await ports.stores.log.opening(city)) is not None:
        known[city] = found.rules
    return known.get(city)


AGENT = Agent(NAME, DRIVER_POSITIONS, handle, remember)
