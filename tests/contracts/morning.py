"""A city's first facts, what came of their commands, and rows to store: what the tests of the log put into it."""

from collections.abc import Sequence
from itertools import groupby

import msgspec

from models.commands import AcceptOrder
from models.events import CommandRejected, Fact
from models.ids import CityId, DriverId, OrderId
from models.rows import Row, Rows, position_row
from pipelines.ports import Holding, Log, Outcome
from tests.unit.models.builders import CENTRE, T0, TRAVEL, minute, opened_town, placed, position, shift

AGENT = "city_commands"
ODD = 'O\'Brien "x" \\N {a,b} NULL %s $1 — čau 🍜'
"""Whatever SQL, arrays, COPY or a placeholder could take for their own."""


def facts(city: CityId) -> list[Fact]:
    """The city opens, a driver comes, an order is placed, and somebody accepts one that is not there."""
    town = opened_town().do(shift(), placed())
    town.ask(AcceptOrder(OrderId("nothing")))
    return [msgspec.structs.replace(fact, city=city) for fact in town.log]


def outcomes(made: Sequence[Fact]) -> list[Outcome]:
    return [_outcome(list(of)) for _, of in groupby(made, lambda fact: fact.command_id)]


def _outcome(made: list[Fact]) -> Outcome:
    first, last = made[0], made[-1]
    reason = last.body.reason if isinstance(last.body, CommandRejected) else None
    return Outcome(first.command_id, "Asked", reason, first.seq, last.seq, "tests", T0)


async def stored(log: Log, city: CityId) -> list[Fact]:
    """The morning's facts, in the log."""
    made = facts(city)
    async with log.unit_of_work(await hold(log, city, seq=len(made))) as work:
        await work.append(made, outcomes(made))
    return made


async def hold(log: Log, city: CityId, seq: int = 0) -> Holding:
    """The city held anew, and results that would reach `seq`."""
    return (await log.begin(AGENT, city, None))._replace(seq=seq)


async def write(log: Log, city: CityId, rows: Rows) -> None:
    async with log.unit_of_work(await hold(log, city)) as work:
        await work.write(rows)


def driver(city: CityId, version: int = 1, name: str = "Ann", driver_id: str = "d1") -> Row:
    return {
        "city_id": city,
        "driver_id": driver_id,
        "name": name,
        "vehicle_type": "car",
        "status": "available",
        "version": version,
        "current_lat": 45.1,
        "current_lon": -7.2,
        "located_at": minute(version),
        "shift_until": minute(600),
    }


def driver_position(city: CityId, slot: int = 0, late: int = 0) -> Row:
    """The position of the n-th 5 s, `late` ms into them."""
    return position_row(city, position(DriverId("d1"), T0 + slot * 5_000 + late, CENTRE), TRAVEL)
