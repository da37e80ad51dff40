"""log → here → Redis. Every live view of a city is written again, while its workers wait a moment and then go on.

Nobody is fenced off: the views are written under the epochs that the agents hold.
"""

from models.ids import CityId
from pipelines import live_views
from pipelines.agents import driver_pings
from pipelines.cities import WRITER
from pipelines.ports import Holding, LiveWrite
from pipelines.proof_ports import Sides
from pipelines.truth import Folds, Shown, Truth


async def rebuild(city: CityId, sides: Sides) -> list[str]:
    """Redis from Postgres, for one city; what was done. Raises Unreadable or Misfit when the log is broken."""
    folds = Folds(city)
    await _fold_on(folds, sides)
    async with sides.log.still(city):
        await _fold_on(folds, sides)
        return await restore(folds.truth(), sides)


async def _fold_on(folds: Folds, sides: Sides) -> None:
    """To where each agent is now: the long way while they work, the rest while they wait."""
    seqs = {agent: held.seq for agent, held in (await sides.log.holdings(folds.city)).items()}
    folds.on(await sides.log.facts(folds.city, folds.seq + 1, max(seqs.values(), default=0)), seqs)


async def restore(right: Truth, sides: Sides) -> list[str]:
    """Only inside `still`: views of another seq than the agents' own would stay wrong until their next change.

    The live epoch is raised last: who takes a snapshot before that takes another one after.
    """
    city, live = right.city.id, sides.live
    if right.city.now is None:
        return [f"{city}: never opened, nothing to show"]
    holdings = await sides.log.holdings(city)
    for agent, shown in right.shown.items():
        if agent in holdings:
            await live.put(_write(holdings[agent], shown, right))
    if right.ticked and (pings := holdings.get(driver_pings.NAME)):
        await live.put_back(city, pings.epoch, right.ticked, list(right.positions.values()))
    epoch = await live.renew(city, right.delta, at_least=sides.clock.now_ms() // 1000)
    fields = sum(len(some) for shown in right.shown.values() for some in shown.hashes.values())
    what = f"{fields} fields and {len(right.positions)} positions as of fact {right.city.seq}"
    return [f"{city}: {what}, live epoch {epoch}"]


def _write(holding: Holding, shown: Shown, right: Truth) -> LiveWrite:
    """`produced_at` 0: how old the newest record was is not in the log, and stays unknown until the next write."""
    writer = holding.agent == WRITER
    return LiveWrite(
        city=holding.city,
        agent=holding.agent,
        epoch=holding.epoch,
        seq=shown.seq,
        as_of=shown.as_of,
        produced_at=0,
        hashes=shown.hashes,
        replace=True,
        available=live_views.available(right.city) if writer else None,
        card=live_views.card(right.city) if writer else None,
    )
