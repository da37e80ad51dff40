"""city-events → here → one agent's rows and live views. What ETAs and KPIs share: fold, store with progress, show.

The rows and the agent's progress are one transaction, so that a fact counts once whatever is killed.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple

from models.city import City
from models.events import Fact
from models.ids import CityId
from models.rows import Rows
from pipelines.cities import Cities, Folding, State, checkpoint_due, checkpoint_of, fresh
from pipelines.failpoints import reached
from pipelines.live_views import Fields
from pipelines.ports import Checkpoint, Holding, LiveWrite, Ports, Received, Stores, by_city, newest


class Product(NamedTuple, Generic[State]):
    """What an agent makes of the facts: `step` folds one and returns what it makes, `rows` and `shown` store and show it."""

    name: str
    new: Callable[[CityId], State]
    step: Callable[[State, Fact], list[Any]]
    city: Callable[[State], City]
    rows: Callable[[CityId, list[Any]], Rows]
    shown: Callable[[State, list[Fact], list[Any]], dict[str, Fields]]
    whole: Callable[[State], dict[str, Fields]]


def remember(product: Product[State], stores: Stores) -> Cities[State]:
    """A load shows the whole of what the agent shows again: Redis may have missed the last of it."""

    async def heal(holding: Holding, state: State, passed: list[Any]) -> None:
        if product.city(state).now is not None:
            await stores.live.put(_write(product, holding, state, product.whole(state), replace=True))

    return Cities(stores.log, Folding(product.name, product.new, product.step), loaded=heal)


async def handle(product: Product[State], batch: Sequence[Received], ports: Ports[Cities[State]]) -> None:
    """Each city's fresh facts, folded, stored and shown."""
    for city, received in by_city(batch).items():
        state = await ports.memory.get(city)
        facts = [one.message for one in received]
        if news := await fresh(ports.stores.log, product.name, city, state.seq, facts):
            await _take_in(product, city, state, news, newest(received), ports)


async def _take_in(
    product: Product[State],
    city: CityId,
    state: State,
    news: list[Fact],
    produced_at: int,
    ports: Ports[Cities[State]],
) -> None:
    made, checkpoints = _fold(product, state, news)
    holding = ports.memory.holding(city, state.seq)
    reached(f"{product.name}_commit")
    async with ports.stores.log.unit_of_work(holding) as work:
        await work.write(product.rows(city, made))
        for checkpoint in checkpoints:
            await work.keep(checkpoint)
    reached(f"{product.name}_committed")
    await ports.stores.live.put(_write(product, holding, state, product.shown(state, news, made), produced_at))


def _fold(product: Product[State], state: State, news: list[Fact]) -> tuple[list[Any], list[Checkpoint]]:
    made: list[Any] = []
    checkpoints: list[Checkpoint] = []
    for fact in news:
        due = checkpoint_due(product.city(state).now, fact)
        made += product.step(state, fact)
        if due:
            checkpoints.append(checkpoint_of(state))
    return made, checkpoints


def _write(
    product: Product[State],
    holding: Holding,
    state: State,
    hashes: dict[str, Fields],
    produced_at: int = 0,
    replace: bool = False,
) -> LiveWrite:
    return LiveWrite(
        city=holding.city,
        agent=product.name,
        epoch=holding.epoch,
        seq=holding.seq,
        as_of=product.city(state).now or 0,
        produced_at=produced_at,
        hashes=hashes,
        replace=replace,
    )
