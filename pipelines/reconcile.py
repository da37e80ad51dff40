"""log, rows, views → here → drift. Both stores are compared with a fresh fold of the log, fact by fact.

While a pipeline runs its data moves: a difference counts only when a second look, a moment later, finds it unmoved.
"""

from typing import Any

import msgspec

from models.errors import TrackError
from models.ids import CityId
from models.views import Key
from pipelines import rebuild
from pipelines.drift import LOG, Drift, Found, Stored, compare
from pipelines.proof_ports import Sides
from pipelines.truth import HASHES, TABLES, Folds

BETWEEN_LOOKS_SECONDS = 1.0


class UnknownCity(TrackError):
    """Nobody ever held a city of this id, and it has no row."""


async def reconcile(city: CityId, sides: Sides, repair: bool = False) -> dict[str, Any]:
    """The report of one city. `repair` writes the right rows and views, and never the log. Raises UnknownCity."""
    if city not in await sides.log.cities():
        raise UnknownCity(f"{city}: no such city")
    found = await _twice(city, sides)
    facts = found.compared.pop("facts")
    report = {"city": city, "facts": facts, "compared": found.compared, "drift": _plain(found.drift)}
    if found.truth is None:
        report["unproven"] = f"rows and views: {_why(found)}"
    if found.retired:
        report["retired"] = "live views: the city is closed and they are gone; `track rebuild-live` brings them back"
    if repair and found.drift:
        report["repaired"] = await _repair(city, sides, found.folds)
        report["left"] = _plain((await _twice(city, sides)).drift)
    return report


async def read(city: CityId, sides: Sides) -> Stored:
    """One look. The agents' seqs come first, so that whatever is read after them is at least as new."""
    log, live = sides.log, sides.live
    seqs = {agent: held.seq for agent, held in (await log.holdings(city)).items()}
    names = [name for hashes in HASHES.values() for name in hashes]
    return Stored(
        city=city,
        seqs=seqs,
        hashes={name: await live.fields(city, name) for name in (*names, Key.POSITIONS, Key.TICKED)},
        free=await live.free(city),
        delta=await live.last_delta(city),
        card=await live.card(city),
        tables={name: await log.recall(city, name) for name in TABLES},
        events=await log.recall(city, LOG),
        begins=max((row["first_seq"] for row in await log.recall(city, "log_beginnings")), default=1),
    )


def _why(found: Found) -> str:
    if found.drift:
        return "the log is broken, and a broken log proves nothing"
    return "retention has dropped the beginning of the log; what is left of it has no gap"


async def _twice(city: CityId, sides: Sides) -> Found:
    first = compare(await read(city, sides))
    if not first.drift:
        return first
    await sides.clock.sleep(BETWEEN_LOOKS_SECONDS)
    second = compare(await read(city, sides))
    stood = {_unmoved(one) for one in first.drift}
    second.drift = [one for one in second.drift if _unmoved(one) in stood]
    return second


def _unmoved(one: Drift) -> tuple[str, str, str]:
    """What the truth says of it may have moved on: what is stored has not."""
    return one.where, one.what, repr(one.stored)


async def _repair(city: CityId, sides: Sides, folds: Folds | None) -> list[str]:
    """Look again while no agent can store anything, and heal what is wrong then: a row is never set back."""
    async with sides.log.still(city):
        return await _heal(compare(await read(city, sides), folds), sides)


async def _heal(found: Found, sides: Sides) -> list[str]:
    if found.truth is None:
        return ["nothing: the log itself is broken, and it is the truth"]
    await sides.log.mend(found.right, found.surplus)
    did = [f"{table}: {len(rows)} written" for table, rows in found.right.items()]
    did += [f"{table}: {len(rows)} surplus deleted" for table, rows in found.surplus.items()]
    if any(one.where.startswith("redis/") for one in found.drift):
        did += await rebuild.restore(found.truth, sides)
    return did


def _plain(drift: list[Drift]) -> list[dict[str, Any]]:
    """As JSON can say it."""
    return [msgspec.to_builtins(one._asdict()) for one in drift]
