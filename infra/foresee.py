"""open cities, every two minutes → here → `foretold`, live: what their incidents' levers would change, before one is pulled.

Beside the log, never in it: what is foretold decides nothing until a person pulls a lever, and then it stands in the command.
"""

import logging
import os
import time
from collections.abc import Iterator

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from infra import watching, whatif
from infra.postgres_connection import session
from models.foretold import Foretold, Offer
from models.ids import CityId, Instant
from models.remedies import remedies
from models.settings import Settings
from models.views import Key, key
from models.watch import Watch
from pipelines.ports import StoreAway

log = logging.getLogger(__name__)
EVERY_SECONDS, KEPT_SECONDS = 120.0, 1800
LAST_OF_ALL = 19
"""Its niceness: fifty runs of an hour are a minute and a half of a core, which nobody may miss."""
MOST_INCIDENTS = 3
"""The costliest: each has up to three levers, each lever five hours to run."""
OPEN = "select city_id from cities where not closed order by city_id"


def run(settings: Settings) -> None:
    """For ever; it holds nothing that a kill could spoil, and a store that is away is asked again."""
    os.nice(LAST_OF_ALL)
    told: dict[CityId, Instant] = {}
    with Redis.from_url(str(settings.redis_url)) as live:
        while True:
            began = time.monotonic()
            try:
                for line in once(settings, live, told):
                    log.info(line)
            except (StoreAway, RedisError) as error:
                log.warning("nothing foretold this time: %s", error)
            time.sleep(pause(time.monotonic() - began))


def pause(took: float) -> float:
    """Until the next round is due, and at least as long as this one took: half of a core is the most it ever has."""
    return max(EVERY_SECONDS - took, took)


def once(settings: Settings, live: Redis, told: dict[CityId, Instant]) -> Iterator[str]:
    """Every open city that has ticked since it was last `told` of: in words, what was foretold."""
    with session(settings) as connection:
        cities = [CityId(city) for (city,) in connection.execute(OPEN).fetchall()]
    for city in cities:
        try:
            state = watching.stored(settings, city)
        except watching.NoTickYet:
            continue
        if (now := state.city.now) is not None and now != told.get(city):
            told[city] = now
            found = foretold(state)
            _put(live, city, found)
            yield f"{city}: foretold, with levers for {len(found.offers)} of {len(state.incidents)} incidents"


def foretold(state: Watch, draws: int = whatif.DRAWS) -> Foretold:
    """Nothing, and each lever of the costliest incidents that nobody has put to sleep; levers that two share run once."""
    now = state.city.now or 0
    awake = [one for one in state.incidents.values() if (one.snoozed_until or 0) <= now]
    costly = sorted(awake, key=lambda one: (-one.late_ms, one.id))[:MOST_INCIDENTS]
    levers = {one.id: list(remedies(one.cause, one.subject, state.city).values()) for one in costly}
    branches = {repr(lever): whatif.Branch((lever,)) for some in levers.values() for lever in some}
    effects = whatif.whatif(state, branches, draws=draws, processes=1)
    offers = {
        which: _best_first(Offer(lever, effects[repr(lever)]) for lever in some) for which, some in levers.items()
    }
    return Foretold(now, effects[""], offers)


def _best_first(some: Iterator[Offer]) -> tuple[Offer, ...]:
    return tuple(sorted(some, key=lambda one: one.expected.minutes_change.mean))


def _put(live: Redis, city: CityId, found: Foretold) -> None:
    name = key(city, Key.FORETOLD)
    with live.pipeline(transaction=True) as together:
        together.hset(name, "now", msgspec.json.encode(found))
        together.expire(name, KEPT_SECONDS)
        together.execute()
