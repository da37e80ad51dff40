"""a running stack, faults → here → a short day through it, told as `tests/walks/faulty_days.py` tells one in memory."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from prometheus_client.parser import text_string_to_metric_families
from psycopg.rows import dict_row

from infra import proof, replay, web
from infra.local.ports import remembered_port
from infra.stack import Stack
from models.events import Fact
from models.ids import CityId
from simulator import truth
from simulator.engine import Engine
from simulator.faults import spec
from simulator.faults.day import Faults
from simulator.scenario import Scenario
from simulator.truth import Entry
from tests.walks.faulty_days import Lived

WITHIN_SECONDS = 120.0


def through(stack: Stack, specs: Sequence[str], scenario: Scenario) -> Lived:
    entries, city = list[Entry](), replay.new_city(scenario)
    faults = Faults(Engine(scenario, city), entries.append)
    for n, one in enumerate(specs, 1):
        faults.strike(spec.fault(one, n, scenario, scenario.opens_at))
    before = fates(stack)
    replay.feed(faults.engine, stack.settings, wire=faults.wire)
    return left(stack, city, entries, scenario, before)


def left(stack: Stack, city: CityId, entries: list[Entry], scenario: Scenario, before: dict[str, int]) -> Lived:
    """What a finished city left in Postgres and Redis."""
    url = str(stack.settings.postgres_url)
    replay.settled(url, city)
    sent = sum(isinstance(e, truth.GarbageSent) for e in entries)
    until(lambda: len(letters(url, city)) >= sent)
    facts = replay.stored(url, city).facts
    now = {fate: count - before.get(fate, 0) for fate, count in fates(stack).items()}
    [report] = proof.reconcile(stack.settings, city)["cities"]
    return Lived(scenario, facts, entries, now, letters(url, city), report)


def letters(url: str, city: CityId) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute("select topic, value, reason from dead_letters where key = %s", (city,)).fetchall()


def fates(stack: Stack) -> dict[str, int]:
    """The pings of all cities so far by what became of them, as the worker itself counts them."""
    port = remembered_port(stack.settings.state_dir, "positions") or 0
    page = web.fetch(web.health_url(port).replace("/healthz", "/metrics")) or b""
    found = [f for f in text_string_to_metric_families(page.decode()) if f.name == "track_pings"]
    return {s.labels["fate"]: int(s.value) for f in found for s in f.samples}


def nameless(facts: list[Fact], city: CityId) -> list[str]:
    """The facts of a day without the id of its city, which is another in every run."""
    return [repr(fact).replace(city, "") for fact in facts]


def until(done: Callable[[], bool]) -> None:
    ends = time.monotonic() + WITHIN_SECONDS
    while not done():
        if time.monotonic() > ends:
            raise TimeoutError(f"not within {WITHIN_SECONDS:.0f} s")
        time.sleep(0.1)
