"""city-events → here → city-commands. Answers the newest tick with one turn; the policy itself is `models/dispatch.py`.

It has no table of its own: it folds the log to the newest tick without a turn, takes the turn there, then folds on.
"""

import asyncio
from collections.abc import Sequence

from models import codec, dispatch
from models.city import City, apply
from models.commands import Command
from models.events import Dispatched, Fact, Ticked
from models.ids import CityId, CommandId, Instant
from models.topics import CITY_COMMANDS, CITY_EVENTS
from pipelines.cities import checkpointed, fresh
from pipelines.failpoints import reached
from pipelines.ports import Agent, Ports, Received, Stores, by_city

NAME = "dispatch"


class Turns:
    """Each city as of its last folded fact, and the command that answered its newest tick."""

    def __init__(self) -> None:
        self.cities: dict[CityId, City] = {}
        self.answers: dict[CityId, tuple[Instant, bytes]] = {}

    def forget(self) -> None:
        self.cities.clear()
        self.answers.clear()

    revoke = forget

    def drop(self, city: CityId) -> None:
        self.cities.pop(city, None)
        self.answers.pop(city, None)


def remember(stores: Stores) -> Turns:
    return Turns()


async def handle(batch: Sequence[Received], ports: Ports[Turns]) -> None:
    """Fold on; a tick that came again while its turn is open is answered with the same command."""
    for city_id, received in by_city(batch).items():
        if (city := ports.memory.cities.get(city_id)) is None:
            ports.memory.cities[city_id] = await _load(city_id, ports)
        else:
            facts: list[Fact] = [one.message for one in received]
            await _answer_again(city, facts, ports)
            await _fold_on(city, await fresh(ports.stores.log, NAME, city_id, city.seq, facts), ports)


async def _load(city_id: CityId, ports: Ports[Turns]) -> City:
    """From the newest checkpoint to the log's end; a checkpoint is taken at a tick, whose turn may be open still."""
    city = await checkpointed(ports.stores.log, city_id)
    news = await ports.stores.log.facts(city_id, city.seq + 1)
    ticked = city.now is not None and city.now != city.opened_at
    if ticked and city.now and not any(isinstance(f.body, Ticked | Dispatched) for f in news):
        await _turn(city, city.now, ports)
    await _fold_on(city, news, ports)
    return city


async def _fold_on(city: City, news: list[Fact], ports: Ports[Turns]) -> None:
    """Waiting ticks are acted on once, for the newest; a tick that the log has answered is left alone."""
    newest = max((f.body.t for f in news if isinstance(f.body, Ticked)), default=0)
    answered = max((f.body.t for f in news if isinstance(f.body, Dispatched)), default=0)
    for fact in news:
        apply(city, fact)
        if isinstance(fact.body, Ticked) and fact.body.t == newest > answered:
            await _turn(city, newest, ports)


async def _turn(city: City, t: Instant, ports: Ports[Turns]) -> None:
    reached("before_turn")
    turn = await asyncio.to_thread(dispatch.match, city, t)
    answer = codec.encode(Command(CommandId(f"turn:{t}"), city.id, t, t, NAME, turn))
    ports.memory.answers[city.id] = (t, answer)
    await ports.stores.outbox.send(CITY_COMMANDS.name, city.id, [answer])
    reached("after_turn")


async def _answer_again(city: City, facts: list[Fact], ports: Ports[Turns]) -> None:
    t, answer = ports.memory.answers.get(city.id, (0, b""))
    asked = any(isinstance(f.body, Ticked) and f.body.t == t and f.seq <= city.seq for f in facts)
    if asked and (city.turn or 0) < t:
        await ports.stores.outbox.send(CITY_COMMANDS.name, city.id, [answer])


AGENT = Agent(NAME, CITY_EVENTS, handle, remember)
