"""a city → here → its feeder, live: the past in fast lockstep, then a tick a second at the pace that was asked for.

A city that fell behind its pace catches up by ticking less often: waiting ticks are acted on once, for the newest.
"""

import logging
import time
from datetime import UTC, datetime
from itertools import takewhile

from infra import kafka_connection
from models.events import CityId, Instant
from models.settings import Settings
from simulator.engine import Engine
from simulator.publisher import Feeder
from simulator.scenario import Scenario
from simulator.sources import synthetic

log = logging.getLogger(__name__)
PAST_TICKS = 60
"""The past is run through with one tick a minute: an hour and a half of it takes some seconds."""


def city_of_today(seed: int, drivers: int, orders_per_hour: int) -> Scenario:
    """Port Merrin, with its clock on today's date."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return synthetic.build(seed, drivers, orders_per_hour, midnight=int(midnight.timestamp() * 1000))


def live_city(scenario: Scenario) -> CityId:
    """A city of its own for each run of the simulator, named by when it began."""
    return CityId(f"{scenario.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"[:40].lower().replace(" ", "-"))


def simulate(scenario: Scenario, settings: Settings, speed: float) -> None:
    """Feed the city until it closes. `speed`: seconds of the city for one of ours. Raises NothingDecides."""
    engine = Engine(scenario, live_city(scenario))
    feeder = Feeder(engine, kafka_connection.options(settings))
    try:
        feeder.open()
        live_from = scenario.live_from or scenario.opens_at
        log.info("%s opened; running through its past", engine.city_id)
        feeder.lockstep(takewhile(lambda t: t <= live_from, engine.ticks(every=PAST_TICKS)), thin=True)
        log.info("%s is live at %g×", engine.city_id, speed)
        _live(engine, feeder, live_from, speed)
    finally:
        feeder.close()


def _live(engine: Engine, feeder: Feeder, live_from: Instant, speed: float) -> None:
    tick_ms = 1000 * engine.scenario.rules.tick_seconds
    began, t = time.monotonic(), live_from
    while not engine.finished:
        due = live_from + int((time.monotonic() - began) * speed * 1000)
        if due < t + tick_ms:
            feeder.listen((t + tick_ms - due) / 1000 / speed)
            continue
        t += (due - t) // tick_ms * tick_ms
        feeder.feed(engine.advance(t))
        feeder.tick(t)
