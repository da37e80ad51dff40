"""what is stored, the truth → here → every difference by name. Pure: two looks are compared elsewhere.

A log that is broken itself proves nothing: then only its own differences are named.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from models import codec
from models.errors import Unreadable
from models.events import Fact, Position
from models.geo import LatLon, Point, sphere_metres
from models.ids import CityId
from models.rows import Row, Rows
from models.tables import METADATA
from models.views import Key
from pipelines import live_views
from pipelines.truth import TABLES, Folds, Misfit, Truth

LOG = "city_events"
KEYS = {t.name: [c.name for c in t.primary_key if c.name != "city_id"] or ["city_id"] for t in METADATA.sorted_tables}
NOT_IN_THE_LOG = {"commands": {"kind", "issued_by", "issued_at"}}
"""Columns that no fact tells: they are not compared, and a repair keeps what stands in them."""
GEO_METRES = 2.0
MISSING, SURPLUS, UNREADABLE = "missing", "surplus", "unreadable"


class Drift(NamedTuple):
    """`what`: the column or field that differs; or missing, surplus, repeated, does not fit, unreadable."""

    where: str
    what: str
    stored: Any
    log: Any


class Stored(NamedTuple):
    """One look at both stores: the agents' seqs first, the log last, which is cut at those seqs.

    `begins`: the first fact that retention has left.
    """

    city: CityId
    seqs: dict[str, int]
    tables: Rows
    hashes: dict[str, dict[str, bytes]]
    free: dict[str, LatLon]
    delta: tuple[int, bytes] | None
    card: bytes | None
    events: list[Row]
    begins: int = 1


class Found(msgspec.Struct):
    """How much was compared, what differs, and what would heal it; `truth` and `folds` are None of a broken log.

    `retired`: the city is closed and nothing of it is shown (`pipelines/retirement.py`): views were not compared."""

    compared: dict[str, int] = {}
    drift: list[Drift] = []
    right: Rows = {}
    surplus: Rows = {}
    truth: Truth | None = None
    folds: Folds | None = None
    retired: bool = False


def compare(stored: Stored, folds: Folds | None = None) -> Found:
    """All differences of one look; while data moves, some of them are only that it moved. `folds` are folded on."""
    facts, drift = read_log(stored)
    found = Found({"facts": len(facts)}, drift)
    if drift or stored.begins > 1:
        return found
    folds = folds or Folds(stored.city)
    try:
        folds.on(facts, stored.seqs)
    except Misfit as error:
        found.drift.append(Drift(f"{LOG}/{error.seq}", "does not fit", error.reason, None))
        return found
    found.folds, found.truth = folds, folds.truth()
    for table in TABLES:
        _rows(found, table, stored.tables[table], found.truth.rows[table])
    found.retired = found.truth.city.closed and _nothing_shown(stored)
    for part in () if found.retired else (_hashes, _free, _pings, _delta, _card):
        for name, compared, differing in part(stored, found.truth):
            found.compared[name] = compared
            found.drift += differing
    return found


def _nothing_shown(stored: Stored) -> bool:
    """They go all at once: of a city that is shown in part, what is missing has been lost."""
    return not (any(stored.hashes.values()) or stored.free or stored.delta or stored.card)


def read_log(stored: Stored) -> tuple[list[Fact], list[Drift]]:
    """The facts up to the newest seq of an agent, and what is wrong with their rows."""
    last = max(stored.seqs.values(), default=0)
    events = [row for row in stored.events if row["seq"] <= last]
    times = Counter(row["seq"] for row in events)
    gone = _spans(times.keys(), stored.begins, last)
    drift = [Drift(f"{LOG}/{span}", MISSING, None, "a fact") for span in gone]
    drift += [Drift(f"{LOG}/{seq}", "repeated", n, 1) for seq, n in times.items() if n > 1]
    facts: list[Fact] = []
    for row in events:
        try:
            facts.append(fact := codec.decode_fact(row["fact"]))
        except Unreadable as error:
            drift.append(Drift(f"{LOG}/{row['seq']}", UNREADABLE, str(error), None))
            continue
        drift += _differing(f"{LOG}/{row['seq']}", row, _said(fact))
    return facts, drift


def _spans(there: Iterable[int], first: int, last: int) -> list[str]:
    """The seqs that are not there, as `7` or `7…9`."""
    gone = sorted(set(range(first, last + 1)) - set(there))
    runs = [[seq for _, seq in run] for _, run in groupby(enumerate(gone), lambda one: one[1] - one[0])]
    return [str(run[0]) if len(run) == 1 else f"{run[0]}…{run[-1]}" for run in runs]


def _said(fact: Fact) -> Row:
    """What the columns beside a fact's bytes must say."""
    kind = type(fact.body).__name__
    columns = {"seq": fact.seq, "event_id": fact.id, "command_id": fact.command_id, "at": fact.at, "kind": kind}
    return {"city_id": fact.city, **columns}


def _rows(found: Found, table: str, stored: Sequence[Row], right: Sequence[Row]) -> None:
    there, due = _by_key(table, stored), _by_key(table, right)
    found.compared[table] = len(there.keys() | due.keys())
    for key, row in due.items():
        if drift := _row(table, key, there.get(key), row):
            found.drift += drift
            kept = {c: v for c, v in there.get(key, {}).items() if c in NOT_IN_THE_LOG.get(table, ())}
            found.right.setdefault(table, []).append({**row, **kept})
    for key in there.keys() - due.keys():
        found.drift.append(Drift(f"{table}/{key}", SURPLUS, there[key], None))
        found.surplus.setdefault(table, []).append(there[key])


def _by_key(table: str, rows: Sequence[Row]) -> dict[str, Row]:
    return {"/".join(str(row[c]) for c in KEYS[table]): row for row in rows}


def _row(table: str, key: str, stored: Row | None, right: Row) -> list[Drift]:
    if stored is None:
        return [Drift(f"{table}/{key}", MISSING, None, right)]
    untold = NOT_IN_THE_LOG.get(table, ())
    return list(_differing(f"{table}/{key}", stored, {c: v for c, v in right.items() if c not in untold}))


def _differing(where: str, stored: Row, right: Row) -> Iterator[Drift]:
    return (Drift(where, name, stored.get(name), due) for name, due in right.items() if stored.get(name) != due)


def _hashes(stored: Stored, right: Truth) -> Iterator[tuple[str, int, list[Drift]]]:
    for shown in right.shown.values():
        for name, fields in shown.hashes.items():
            there = stored.hashes[name]
            ids = sorted(there.keys() | fields.keys())
            yield f"redis/{name}", len(ids), [d for i in ids for d in _field(name, i, there.get(i), fields.get(i))]


def _field(name: str, field: str, stored: bytes | None, right: bytes | None) -> Iterable[Drift]:
    where = f"redis/{name}/{field}"
    if stored == right:
        return ()
    there, due = _json(stored), _json(right)
    if stored is None or right is None:
        return [Drift(where, MISSING if stored is None else SURPLUS, there, due)]
    if not (isinstance(there, dict) and isinstance(due, dict)):
        return [Drift(where, UNREADABLE, there, due)]
    parts = sorted(there.keys() | due.keys())
    named = [Drift(where, p, there.get(p), due.get(p)) for p in parts if there.get(p) != due.get(p)]
    return named or [Drift(where, "bytes", stored.decode("utf-8", "replace"), due)]


def _json(value: bytes | None) -> Any:
    """For the report: what a field says, or its text when it is no JSON."""
    try:
        return None if value is None else msgspec.json.decode(value)
    except codec.NOT_READ:
        return value.decode("utf-8", "replace") if value else ""


def _free(stored: Stored, right: Truth) -> Iterator[tuple[str, int, list[Drift]]]:
    name, may = f"redis/{Key.AVAILABLE}", right.free.may
    gone = sorted(right.free.must - stored.free.keys())
    drift = [Drift(f"{name}/{driver}", MISSING, None, _degrees(may[driver])) for driver in gone]
    for driver, at in sorted(stored.free.items()):
        if driver not in may:
            drift.append(Drift(f"{name}/{driver}", SURPLUS, _degrees([at]), None))
        elif all(_metres(at, place) > GEO_METRES for place in may[driver]):
            drift.append(Drift(f"{name}/{driver}", "place", _degrees([at]), _degrees(may[driver])))
    yield name, len(stored.free.keys() | right.free.must), drift


def _degrees(places: Iterable[LatLon]) -> list[list[float]]:
    return sorted([at.lat, at.lon] for at in places)


def _metres(a: LatLon, b: LatLon) -> float:
    return sphere_metres(Point(a.lon, a.lat), Point(b.lon, b.lat))


def _pings(stored: Stored, right: Truth) -> Iterator[tuple[str, int, list[Drift]]]:
    """What driver_pings shows is ahead of the log; it must not be behind."""
    there = stored.hashes[Key.POSITIONS]
    drift = [d for driver, due in sorted(right.positions.items()) for d in _position(there.get(driver), due)]
    yield f"redis/{Key.POSITIONS}", len(right.positions), drift
    handed_on, where = stored.hashes[Key.TICKED].get("t"), f"redis/{Key.TICKED}/t"
    late = right.ticked and not (handed_on and handed_on.isdigit() and int(handed_on) >= right.ticked)
    behind = [Drift(where, "older" if handed_on else MISSING, _json(handed_on), right.ticked)] if late else []
    yield f"redis/{Key.TICKED}", 1, behind


def _position(stored: bytes | None, due: Position) -> list[Drift]:
    where = f"redis/{Key.POSITIONS}/{due.driver}"
    if stored is None:
        return [Drift(where, MISSING, None, due)]
    try:
        there = msgspec.json.decode(stored, type=Position)
    except codec.NOT_READ:
        return [Drift(where, UNREADABLE, _json(stored), due)]
    wrong = there.at < due.at or (there.at == due.at and there != due)
    return [Drift(where, "older" if there.at < due.at else "place", there, due)] if wrong else []


def _delta(stored: Stored, right: Truth) -> Iterator[tuple[str, int, list[Drift]]]:
    name = f"redis/{Key.DELTAS}"
    there, due = stored.delta, right.delta
    drift: list[Drift] = []
    if (newest := there[0] if there else None) != (tick := due[0] if due else None):
        drift = [Drift(name, "newest", newest, tick)]
    elif there is not None and due is not None:
        drift = list(_field(Key.DELTAS, str(tick), there[1], msgspec.json.encode(due[1])))
    yield name, 1, drift


def _card(stored: Stored, right: Truth) -> Iterator[tuple[str, int, list[Drift]]]:
    card = live_views.card(right.city)
    due = None if card is None else msgspec.json.encode(card)
    yield "redis/cities", 1, list(_field("cities", stored.city, stored.card, due))
