"""facts → here → what Postgres and Redis ought to hold of a city: a fresh fold, from the first fact on.

Rows and views are made by the very functions the agents make them with, so that their shapes cannot drift apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from models.changes import Changes, Desk, change
from models.city import City
from models.driver import Driver
from models.errors import TrackError
from models.events import CommandRejected, Fact, Position, Ticked
from models.geo import LatLon
from models.ids import CityId, CommandId, DriverId, Instant
from models.rows import Row, Rows, rows
from models.views import Delta, Key
from pipelines import live_views
from pipelines.agents import alerts, city_kpis, order_etas
from pipelines.cities import WRITER
from pipelines.following import Product
from pipelines.live_views import Fields

PRODUCTS: tuple[Product[Any], ...] = (order_etas.PRODUCT, city_kpis.PRODUCT, alerts.PRODUCT)
HASHES = {
    WRITER: (Key.CITY, Key.ORDERS, Key.DRIVERS, Key.RESTAURANTS),
    order_etas.PRODUCT.name: (Key.ETAS,),
    city_kpis.PRODUCT.name: (Key.KPIS, Key.KPI_HOUR),
    alerts.PRODUCT.name: (Key.NEEDS, Key.QUEUE, Key.ALERTS, Key.INCIDENTS, Key.LEVERS),
}
"""Whose hashes are whole views of the log; positions are newer than it."""
TABLES = (
    "cities",
    "restaurants",
    "orders",
    "order_items",
    "drivers",
    "driver_assignments",
    "commands",
    "eta_predictions",
    "eta_scores",
    "lateness_ledger",
    "kpi_minutes",
    "kpi_hours",
    "alerts",
    "incidents",
    "levers",
)


class Misfit(TrackError):
    """A fact that does not fit what stands before it: the log was spoiled."""

    def __init__(self, city: CityId, seq: int, reason: str) -> None:
        super().__init__(f"{city}: fact {seq} does not fit: {reason}")
        self.seq, self.reason = seq, reason


class Shown(NamedTuple):
    """The whole of what one agent shows in its hashes."""

    seq: int
    as_of: Instant
    hashes: dict[str, Fields]


class Free(NamedTuple):
    """Who may stand in the set of available drivers, and where; and who must.

    It is made at the end of the batch that brought the last tick, and where a batch was cut is not in the log.
    """

    may: dict[str, set[LatLon]]
    must: set[str]


class Truth(NamedTuple):
    city: City
    rows: Rows
    shown: dict[str, Shown]
    free: Free
    positions: dict[DriverId, Position]
    delta: tuple[int, Delta] | None

    @property
    def ticked(self) -> Instant:
        """The last tick; 0 before the first."""
        return self.delta[1].t if self.delta else 0


class _Writer(msgspec.Struct):
    """The fold of the log's own writer, the positions of its ticks, and the drivers after each fact from the last on."""

    desk: Desk
    changes: Changes = msgspec.field(default_factory=Changes)
    facts: list[Fact] = []
    positions: dict[DriverId, Position] = {}
    delta: tuple[int, Delta] | None = None
    drivers: list[dict[DriverId, Driver]] = []

    @property
    def seq(self) -> int:
        return self.desk.seq

    def take(self, fact: Fact) -> None:
        change(self.desk, self.changes, fact)
        self.facts.append(fact)
        if isinstance(fact.body, Ticked):
            self.delta = self.changes.deltas.pop()
            self.positions.update((p.driver, p) for p in fact.body.positions)
            self.drivers = []
        self.drivers.append(dict(self.desk.city.drivers))

    def free(self) -> Free:
        city = self.desk.city
        seen = [live_views.available(msgspec.structs.replace(city, drivers=some)) for some in self.drivers]
        may: dict[str, set[LatLon]] = {}
        for lon, lat, driver in (one for some in seen for one in some):
            may.setdefault(driver, set()).add(LatLon(lat, lon))
        must = [{driver for _, _, driver in some} for some in seen] if self.delta else [set[str]()]
        return Free(may, set.intersection(*must))


class _Maker:
    """The fold of an agent that makes something of the facts, and all that it made."""

    def __init__(self, product: Product[Any], city: CityId) -> None:
        self.product, self.made = product, list[Any]()
        self.state: Any = product.new(city)

    @property
    def seq(self) -> int:
        return int(self.state.seq)

    def take(self, fact: Fact) -> None:
        self.made += self.product.step(self.state, fact)


class Folds:
    """The folds of all agents; they can be folded on, so that nobody has to wait while a long log is folded."""

    def __init__(self, city: CityId) -> None:
        self.city, self.writer = city, _Writer(Desk(City(city)))
        self.makers = [_Maker(product, city) for product in PRODUCTS]

    @property
    def seq(self) -> int:
        """The last fact that every fold has."""
        return min(self.writer.seq, *(maker.seq for maker in self.makers))

    def on(self, facts: Sequence[Fact], seqs: Mapping[str, int]) -> None:
        """Fold on until each agent has come to its own seq. Raises Misfit: these folds are of no use then."""
        _fold(self.writer, facts, seqs.get(WRITER, 0))
        for maker in self.makers:
            _fold(maker, facts, seqs.get(maker.product.name, 0))

    def truth(self) -> Truth:
        """What ought to stand as of now."""
        writer, city = self.writer, self.writer.desk.city
        made = {table: list[Row]() for table in TABLES} | rows(writer.changes, city)
        made["commands"] = _commands(self.city, writer.facts)
        shown = {WRITER: _shown(WRITER, city, live_views.whole_hashes(city))}
        for maker in self.makers:
            product = maker.product
            made |= product.rows(self.city, maker.made)
            shown[product.name] = _shown(product.name, product.city(maker.state), product.whole(maker.state))
        return Truth(city, made, shown, writer.free(), writer.positions, writer.delta)


def _fold(fold: _Writer | _Maker, facts: Sequence[Fact], last: int) -> None:
    for fact in [fact for fact in facts if fold.seq < fact.seq <= last]:
        try:
            fold.take(fact)
        except Exception as error:  # a fact that was tampered with may break a fold in any way
            raise Misfit(fact.city, fact.seq, f"{type(error).__name__}: {error}") from error


def _shown(agent: str, city: City, hashes: dict[str, Fields]) -> Shown:
    """Every hash of the agent, the empty ones too: a surplus field is seen, and cleared."""
    return Shown(city.seq, city.now or 0, {name: hashes.get(name, {}) for name in HASHES[agent]})


def _commands(city: CityId, facts: Sequence[Fact]) -> list[Row]:
    told: dict[CommandId, list[Fact]] = {}
    for fact in facts:
        told.setdefault(fact.command_id, []).append(fact)
    return [_command(city, command, some) for command, some in sorted(told.items())]


def _command(city: CityId, command: CommandId, facts: list[Fact]) -> Row:
    """`kind`, `issued_by` and `issued_at` are the nearest that the facts know: only a lost row takes them from here."""
    first, last = facts[0], facts[-1]
    refused = first.body if isinstance(first.body, CommandRejected) else None
    return {
        "city_id": city,
        "command_id": command,
        "kind": refused.asked if refused else type(first.body).__name__,
        "reason": refused.reason if refused else None,
        "first_seq": first.seq,
        "last_seq": last.seq,
        "issued_by": "reconcile",
        "issued_at": first.at,
    }
