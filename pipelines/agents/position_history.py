"""driver-positions → here → driver_positions. One accepted position a driver per 5 s of event time; the first one stays."""

from collections.abc import Sequence

from models.events import CityId, Rules
from models.rows import Row, position_row
from models.topics import DRIVER_POSITIONS
from pipelines.ports import Agent, Ports, Received, Stores, by_city

NAME = "position_history"


class KnownRules:
    """The rules of the cities seen: they never change."""

    def __init__(self) -> None:
        self.rules: dict[CityId, Rules] = {}

    def forget(self) -> None:
        self.rules.clear()

    revoke = forget


def remember(stores: Stores) -> KnownRules:
    return KnownRules()


async def handle(batch: Sequence[Received], ports: Ports[KnownRules]) -> None:
    """All cities of the batch in one statement."""
    rows: dict[tuple[str, str, int], Row] = {}
    for city, received in by_city(batch).items():
        if (rules := await _rules(city, ports)) is not None:
            for position in (p for one in received for p in one.message.positions):
                row = position_row(city, position, rules.travel)
                rows.setdefault((city, position.driver, row["slot"]), row)
    await ports.stores.log.add({"driver_positions": list(rows.values())})


async def _rules(city: CityId, ports: Ports[KnownRules]) -> Rules | None:
    known = ports.memory.rules
    if city not in known and (found := await ports.stores.log.rules(city)) is not None:
        known[city] = found
    return known.get(city)


AGENT = Agent(NAME, DRIVER_POSITIONS, handle, remember)
