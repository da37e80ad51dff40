"""pipelines/reconcile.py: a spoiled store is named exactly, nothing else is, and a repair heals all but the log."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import pytest

from infra.inprocess import InProcess, replay
from models.commands import Command
from models.ids import CityId, Instant
from models.levers import ExtendPromises, PullLever
from models.rows import Row
from models.views import Delta, Key
from models.ways import MINUTE_MS
from pipelines import rebuild
from pipelines.cities import WRITER
from pipelines.proof_ports import Sides
from pipelines.reconcile import UnknownCity, reconcile
from simulator.engine import Engine
from tests.agents.little_day import CITY, forgetful, scenario

NOON = 62
"""Turns of the little day: by then some orders are delivered, some under way, and somebody is available."""


class Morning(Engine):
    """The engine of a day that is looked at in the middle of it."""

    def opening(self) -> list[Command]:
        """One lever is pulled as the city opens."""
        first, at = super().opening(), self.scenario.opens_at
        self.say(at, "lever", PullLever("lever", ExtendPromises(5), at + 700 * MINUTE_MS))
        return [*first, *self._step().commands]

    def ticks(self, every: int = 1) -> Iterator[Instant]:
        return islice(super().ticks(every), NOON)


class Spoiled(NamedTuple):
    """A way to spoil a store, and the drift that names it."""

    spoil: Callable[[InProcess], None]
    where: str
    what: str


@pytest.fixture
def noon() -> InProcess:
    return asyncio.run(replay(Morning(forgetful(), CITY)))


@pytest.fixture(scope="module")
def evening() -> InProcess:
    return asyncio.run(replay(Engine(scenario(), CITY)))


def sides(pipeline: InProcess) -> Sides:
    return Sides(pipeline.log, pipeline.live, pipeline.clock)


def look(pipeline: InProcess, repair: bool = False) -> dict[str, Any]:
    return asyncio.run(reconcile(CITY, sides(pipeline), repair))


def named(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["where"], one["what"]) for one in report["drift"]]


def row(table: str, *key: Any, **columns: Any) -> Callable[[InProcess], None]:
    return lambda p: p.log.tables[table][CITY, *key].update(columns)


def lost(table: str, *key: Any) -> Callable[[InProcess], None]:
    return lambda p: p.log.tables[table].__delitem__((CITY, *key))


def field(hash_: str, which: str, /, **parts: Any) -> Callable[[InProcess], None]:
    def spoil(pipeline: InProcess) -> None:
        fields = pipeline.live.hashes[CITY, hash_]
        fields[which] = msgspec.json.encode(msgspec.json.decode(fields[which]) | parts)

    return spoil


def first(table: str) -> Callable[[InProcess], tuple[Any, ...]]:
    return lambda p: min(key[1:] for key in p.log.tables[table])


ROWS = {
    "cities": {"closed": True},
    "restaurants": {"name": "Another"},
    "orders": {"status": "cancelled"},
    "order_items": {"quantity": 9},
    "drivers": {"current_lat": 1.0},
    "driver_assignments": {"outcome": "lost"},
    "commands": {"reason": "no"},
    "eta_predictions": {"p80": 1},
    "eta_scores": {"covered": None},
    "lateness_ledger": {"ride_ms": 1},
    "kpi_minutes": {"placed": 99},
    "kpi_hours": {"due": 99},
    "alerts": {"worst": 1},
    "incidents": {"late_ms": 1},
    "levers": {"refused": 9},
}


def test_a_day_that_nobody_touched_has_no_drift(noon: InProcess, evening: InProcess) -> None:
    """In the middle of it and at its end."""
    for pipeline in (noon, evening):
        report = look(pipeline)

        assert report["drift"] == []
        assert report["facts"] == len(pipeline.log.raw[CITY])
        assert all(report["compared"][table] == len(pipeline.log.tables[table]) for table in ROWS)


def test_the_middle_of_the_day_has_something_to_compare_everywhere(noon: InProcess) -> None:
    compared = look(noon)["compared"]

    assert {name: count for name, count in compared.items() if not count} == {}


@pytest.mark.parametrize("table", ROWS)
def test_a_spoiled_row_is_named_by_its_column_and_healed(table: str, noon: InProcess) -> None:
    key = first(table)(noon)
    row(table, *key, **ROWS[table])(noon)

    assert named(look(noon)) == [("/".join(map(str, (table, *(key or (CITY,))))), *ROWS[table])]
    assert look(noon, repair=True)["left"] == []
    assert look(noon)["drift"] == []


@pytest.mark.parametrize("table", ROWS)
def test_a_lost_row_is_named_and_comes_back(table: str, noon: InProcess) -> None:
    key = first(table)(noon)
    before = noon.log.tables[table][CITY, *key]
    lost(table, *key)(noon)
    report = look(noon, repair=True)

    assert named(report) == [("/".join(map(str, (table, *(key or (CITY,))))), "missing")]
    assert (report["left"], look(noon)["drift"]) == ([], [])
    assert noon.log.tables[table][CITY, *key] == before or table == "commands"


@pytest.mark.parametrize("table", [table for table in ROWS if table != "cities"])
def test_a_surplus_row_is_named_and_goes(table: str, noon: InProcess) -> None:
    key = first(table)(noon)
    column = next(name for name, value in noon.log.tables[table][CITY, *key].items() if value == key[0])
    made_up = {str: "none such", int: 1}[type(key[0])]
    noon.log.tables[table][CITY, made_up, *key[1:]] = noon.log.tables[table][CITY, *key] | {column: made_up}
    report = look(noon, repair=True)

    assert named(report) == [("/".join(map(str, (table, made_up, *key[1:]))), "surplus")]
    assert (report["left"], look(noon)["drift"]) == ([], [])


def test_a_repair_sets_a_row_back_that_claims_a_later_version(noon: InProcess) -> None:
    """The guard of versions is the agents': a wrong row may carry any."""
    key = first("orders")(noon)
    row("orders", *key, version=999)(noon)
    look(noon, repair=True)

    assert noon.log.tables["orders"][CITY, *key]["version"] < 999


def test_what_the_log_does_not_tell_of_a_command_is_kept_by_a_repair(noon: InProcess) -> None:
    key = first("commands")(noon)
    row("commands", *key, first_seq=7, last_seq=7)(noon)
    report = look(noon, repair=True)

    assert [what for _, what in named(report)] == ["first_seq", "last_seq"]
    assert noon.log.tables["commands"][CITY, *key]["issued_by"] == "simulator"


HASHES = {
    Key.CITY: {"closed": True},
    Key.ORDERS: {"status": "cancelled"},
    Key.DRIVERS: {"version": 999},
    Key.RESTAURANTS: {"name": "Another"},
    Key.ETAS: {"made_at": 0},
    Key.KPIS: {"placed": 99},
}


@pytest.mark.parametrize("name", HASHES)
def test_a_spoiled_view_is_named_by_its_field_and_healed(name: Key, noon: InProcess) -> None:
    which = min(noon.live.hashes[CITY, name])
    field(name, which, **HASHES[name])(noon)
    report = look(noon, repair=True)

    assert named(report) == [(f"redis/{name}/{which}", *HASHES[name])]
    assert (report["left"], look(noon)["drift"]) == ([], [])


@pytest.mark.parametrize("name", HASHES)
def test_a_view_that_is_no_json_a_lost_and_a_surplus_one_are_named_and_healed(name: Key, noon: InProcess) -> None:
    fields = noon.live.hashes[CITY, name]
    which = min(fields)
    for spoil, field_name, what in (
        (lambda: fields.update({which: b"\xff{"}), which, "unreadable"),
        (lambda: fields.pop(which), which, "missing"),
        (lambda: fields.update({"none such": b"{}"}), "none such", "surplus"),
    ):
        spoil()
        report = look(noon, repair=True)

        assert named(report) == [(f"redis/{name}/{field_name}", what)]
        assert (report["left"], look(noon)["drift"]) == ([], [])


def test_a_driver_who_is_not_available_is_named_and_so_are_a_lost_and_a_moved_one(noon: InProcess) -> None:
    lon, lat, driver = noon.live.available[CITY][0]
    rest = noon.live.available[CITY][1:]
    for spoiled, who, what in (
        (((lon, lat, "nobody"), (lon, lat, driver), *rest), "nobody", "surplus"),
        (rest, driver, "missing"),
        (((lon + 0.001, lat, driver), *rest), driver, "place"),
    ):
        noon.live.available[CITY] = spoiled
        report = look(noon, repair=True)

        assert named(report) == [(f"redis/available/{who}", what)]
        assert (report["left"], look(noon)["drift"]) == ([], [])


def test_a_place_that_redis_keeps_to_a_metre_is_no_drift(noon: InProcess) -> None:
    lon, lat, driver = noon.live.available[CITY][0]
    noon.live.available[CITY] = ((lon + 0.000005, lat, driver), *noon.live.available[CITY][1:])

    assert look(noon)["drift"] == []


def test_a_position_may_be_newer_than_the_log_but_not_older_or_gone(noon: InProcess) -> None:
    fields = noon.live.hashes[CITY, Key.POSITIONS]
    driver, (who, at, point) = next((d, msgspec.json.decode(p)) for d, p in sorted(fields.items()))
    for position, drift in (
        ([who, at + 1_000, point], []),
        ([who, at - 60_000, point], [(f"redis/positions/{driver}", "older")]),
        (None, [(f"redis/positions/{driver}", "missing")]),
    ):
        fields.pop(driver, None)
        if position:
            fields[driver] = msgspec.json.encode(position)

        assert named(look(noon, repair=True)) == drift
        assert look(noon)["drift"] == []


def test_the_newest_delta_the_tick_and_the_card_are_compared_too(noon: InProcess) -> None:
    seq, raw = noon.live.deltas[CITY][-1]
    other = msgspec.structs.replace(msgspec.json.decode(raw, type=Delta), gone=("o",))
    card = noon.live.cards[CITY]
    for spoil, drift in (
        (lambda: noon.live.deltas[CITY].pop(), ("redis/deltas", "newest")),
        (
            lambda: noon.live.deltas.update({CITY: [(seq, msgspec.json.encode(other))]}),
            (f"redis/deltas/{seq}", "gone"),
        ),
        (lambda: noon.live.hashes[CITY, Key.TICKED].clear(), ("redis/ticked/t", "missing")),
        (
            lambda: noon.live.cards.update({CITY: msgspec.structs.replace(card, name="Another")}),
            (f"redis/cities/{CITY}", "name"),
        ),
    ):
        spoil()
        report = look(noon, repair=True)

        assert named(report) == [drift]
        assert (report["left"], look(noon)["drift"]) == ([], [])


def events(pipeline: InProcess) -> dict[tuple[Any, ...], Row]:
    return pipeline.log.tables["city_events"]


def fact(pipeline: InProcess, seq: int) -> tuple[Any, ...]:
    return next(key for key in events(pipeline) if key[1] == seq)


def _repeated(pipeline: InProcess) -> None:
    """The table's key holds the day too: the database alone would not refuse it."""
    key = fact(pipeline, 20)
    day = key[2] + timedelta(days=1)
    events(pipeline)[key[0], key[1], day] = events(pipeline)[key] | {"day": day}


def _said_otherwise(column: str, value: Any) -> Callable[[InProcess], None]:
    return lambda p: events(p)[fact(p, 20)].update({column: value})


BROKEN_LOGS = {
    "no bytes of ours": Spoiled(_said_otherwise("fact", b"{"), "city_events/20", "unreadable"),
    "lost": Spoiled(lambda p: events(p).__delitem__(fact(p, 20)), "city_events/20", "missing"),
    "repeated": Spoiled(_repeated, "city_events/20", "repeated"),
    "another id": Spoiled(_said_otherwise("event_id", "little:21"), "city_events/20", "event_id"),
    "another kind": Spoiled(_said_otherwise("kind", "OrderAte"), "city_events/20", "kind"),
    "another time": Spoiled(_said_otherwise("at", 1), "city_events/20", "at"),
    "another command": Spoiled(_said_otherwise("command_id", "x"), "city_events/20", "command_id"),
}


@pytest.mark.parametrize("way", BROKEN_LOGS)
def test_a_broken_log_is_named_and_nothing_is_repaired_by_it(way: str, noon: InProcess) -> None:
    """What a broken log says of rows and views is no truth: they are not compared with it."""
    BROKEN_LOGS[way].spoil(noon)
    orders = {key: dict(one) for key, one in noon.log.tables["orders"].items()}
    report = look(noon, repair=True)

    assert named(report) == [(BROKEN_LOGS[way].where, BROKEN_LOGS[way].what)]
    assert report["compared"] == {}
    assert report["left"] == report["drift"]
    assert noon.log.tables["orders"] == orders


def test_a_gap_of_many_facts_is_one_difference(noon: InProcess) -> None:
    for seq in (20, 21, 22, 30):
        del events(noon)[fact(noon, seq)]

    assert named(look(noon)) == [("city_events/20…22", "missing"), ("city_events/30", "missing")]


def test_a_beginning_that_retention_dropped_is_no_drift_and_the_rest_is_held_to_have_no_gap(noon: InProcess) -> None:
    for seq in range(1, 11):
        del events(noon)[fact(noon, seq)]
    noon.log.tables["log_beginnings"][CITY,] = {"city_id": CITY, "first_seq": 11}
    report = look(noon, repair=True)

    assert report["drift"] == []
    assert "retention has dropped the beginning" in report["unproven"]

    del events(noon)[fact(noon, 20)]
    assert named(look(noon)) == [("city_events/20", "missing")]


def test_a_fact_that_can_not_have_happened_is_named(noon: InProcess) -> None:
    told = next(r for r in events(noon).values() if r["kind"] == "OrderDelivered")
    one = msgspec.json.decode(told["fact"])
    one["body"]["driver"] = "nobody"
    told["fact"] = msgspec.json.encode(one)
    report = look(noon)

    assert named(report) == [(f"city_events/{told['seq']}", "does not fit")]
    assert "unproven" in report


def test_a_fact_that_says_something_else_shows_in_what_is_made_of_it(noon: InProcess) -> None:
    """Nobody can tell which of the two was spoiled: the report names where they part."""
    told = next(r for r in events(noon).values() if r["kind"] == "RestaurantAdded")
    one = msgspec.json.decode(told["fact"])
    one["body"]["name"] = "Another"
    told["fact"] = msgspec.json.encode(one)
    which = one["body"]["restaurant"]

    assert named(look(noon)) == [(f"restaurants/{which}", "name"), (f"redis/restaurants/{which}", "name")]


def test_a_difference_is_read_twice_before_it_is_called_drift(noon: InProcess) -> None:
    """What was only on its way has arrived by the second look."""

    class Moving:
        def now_ms(self) -> int:
            return 0

        async def sleep(self, seconds: float) -> None:
            noon.log.tables["orders"][CITY, *key]["status"] = before

    key = first("orders")(noon)
    before = noon.log.tables["orders"][CITY, *key]["status"]
    row("orders", *key, status="lost")(noon)
    report = asyncio.run(reconcile(CITY, Sides(noon.log, noon.live, Moving())))

    assert report["drift"] == []


def test_an_agent_that_is_behind_is_held_only_to_its_own_seq(noon: InProcess) -> None:
    """The fold goes as far as each agent says it is."""
    log = noon.log
    epoch, _ = log.progress["order_etas", CITY]
    newest = max(key[2] for key in log.tables["eta_predictions"])
    log.progress["order_etas", CITY] = (epoch, newest - 1)
    late = [key for key in log.tables["eta_predictions"] if key[2] >= newest]

    assert ("eta_predictions/" + "/".join(map(str, late[0][1:])), "surplus") in named(look(noon))
    for key in late:
        del log.tables["eta_predictions"][key]
    assert [where for where, _ in named(look(noon)) if where.startswith("eta_predictions")] == []


def test_redis_is_rebuilt_from_the_log_and_clients_are_told_to_resync(noon: InProcess) -> None:
    live = noon.live
    for views in (live.hashes, live.available, live.deltas, live.cards, live.epochs):
        views.clear()
    asyncio.run(rebuild.rebuild(CITY, sides(noon)))

    assert look(noon)["drift"] == []
    assert asyncio.run(live.live_epoch(CITY)) == 1
    asyncio.run(rebuild.rebuild(CITY, sides(noon)))
    assert asyncio.run(live.live_epoch(CITY)) == 2


def test_a_rebuild_fences_nobody_off(noon: InProcess) -> None:
    """The workers' own epochs stand, in the log and in Redis."""
    held = dict(noon.log.progress)
    asyncio.run(rebuild.rebuild(CITY, sides(noon)))

    assert noon.log.progress == held
    assert noon.live.epochs[CITY, WRITER] == held[WRITER, CITY][0]


def test_a_rebuild_leaves_a_position_that_is_newer_than_the_log(noon: InProcess) -> None:
    fields = noon.live.hashes[CITY, Key.POSITIONS]
    driver = min(fields)
    who, at, point = msgspec.json.decode(fields[driver])
    newer = fields[driver] = msgspec.json.encode([who, at + 1_000, point])
    asyncio.run(rebuild.rebuild(CITY, sides(noon)))

    assert fields[driver] == newer


def test_a_city_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(UnknownCity, match="atlantis"):
        asyncio.run(reconcile(CityId("atlantis"), sides(InProcess())))
