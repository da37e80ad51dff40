"""a city → here → its feeder, live: the past in fast lockstep, then a tick a second at the pace that was asked for.

A city that fell behind its pace catches up by ticking less often: waiting ticks are acted on once, for the newest.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from itertools import takewhile
from pathlib import Path
from signal import SIG_DFL, SIGINT, SIGTERM, signal

from infra import faults, kafka_connection
from infra.control import Inbox
from models.errors import TrackError
from models.ids import CityId, Instant
from models.rules import DEFAULT_POLICY
from models.settings import Settings
from simulator.engine import Engine
from simulator.publisher import Feeder
from simulator.scenario import Scenario
from simulator.sources import synthetic

log = logging.getLogger(__name__)
PAST_TICKS = 60
"""The past is run through with one tick a minute: an hour and a half of it takes some seconds."""


class UnknownCity(TrackError):
    """Neither one of the synthetic cities nor a folder."""


def city_of(city: str, seed: int, drivers: int, orders_per_hour: int) -> Scenario:
    """A synthetic city by its name, with its clock on today's date, or the recorded day in a folder.

    Raises UnknownCity, and BrokenFile where the folder's files cannot be fed.
    """
    if city not in synthetic.TOWNS:
        if not Path(city).is_dir():
            raise UnknownCity(f"{city!r} is no folder with a recorded day. Cities: {', '.join(synthetic.TOWNS)}")
        from infra.replay import load  # Postgres and the agents with it: a live city needs neither

        return load(Path(city), DEFAULT_POLICY, "estimated")
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    place = synthetic.TOWNS.index(city)
    return synthetic.build(seed, drivers, orders_per_hour, midnight=int(midnight.timestamp() * 1000), place=place)


def live_city(scenario: Scenario) -> CityId:
    """A city of its own for each run of the simulator, named by when it began."""
    return CityId(f"{scenario.name[:24]}-{datetime.now(UTC):%Y%m%d-%H%M%S}".lower().replace(" ", "-"))


def asked_to_end() -> Callable[[], bool]:
    """Whether SIGINT or SIGTERM has come; a second one ends the process at once."""
    came = threading.Event()

    def ask(signum: int, _: object) -> None:
        came.set()
        signal(signum, SIG_DFL)

    for one in (SIGINT, SIGTERM):
        signal(one, ask)
    return came.is_set


def simulate(
    scenario: Scenario,
    settings: Settings,
    speed: float,
    specs: Sequence[str] = (),
    file: Path | None = None,
    ended: Callable[[], bool] = lambda: False,
) -> None:
    """Feed the city until it closes, with these faults and those that are asked for meanwhile.

    `speed`: seconds of the city for one of ours. Once `ended`, the city closes at its next tick: nobody will ever feed
    it again. Raises NothingDecides, and BadFault before anything is sent.
    """
    engine = Engine(scenario, live_city(scenario))
    day = faults.switched_on(faults.planned(specs, scenario), engine, file, settings)
    feeder = Feeder(engine, kafka_connection.options(settings), wire=day.wire)
    with closing(feeder), Inbox(settings.state_dir, engine.city_id) as inbox:
        feeder.open()
        live_from = scenario.live_from or scenario.opens_at
        log.info("%s opened; running through its past", engine.city_id)
        feeder.lockstep(takewhile(lambda t: t <= live_from and not ended(), engine.ticks(every=PAST_TICKS)), thin=True)
        log.info("%s is live at %g×", engine.city_id, speed)
        _live(engine, feeder, live_from, speed, lambda: inbox.answer(partial(faults.strike_now, day)), ended)


def _live(
    engine: Engine,
    feeder: Feeder,
    live_from: Instant,
    speed: float,
    heed: Callable[[], None],
    ended: Callable[[], bool],
) -> None:
    """`heed` is called before each step: what is asked for then is true from the next second on."""
    tick_ms = 1000 * engine.scenario.rules.tick_seconds
    began, t = time.monotonic(), live_from
    while not (engine.finished or ended()):
        due = live_from + int((time.monotonic() - began) * speed * 1000)
        if due < t + tick_ms:
            feeder.listen((t + tick_ms - due) / 1000 / speed)
            continue
        t += (due - t) // tick_ms * tick_ms
        heed()
        feeder.feed(engine.advance(t), t)
        feeder.tick(t)
    if not engine.finished:
        feeder.feed(engine.end(), engine.now)
