"""What `reconcile` and `rebuild-live` may count on, beyond what agents may."""

import asyncio

import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from infra.local.servers import Servers
from models.events import Position
from models.ids import CityId, DriverId
from models.views import CityCard, Delta, Key, key
from pipelines.adapters.entries import PINGS
from pipelines.adapters.memory import MemoryLive, MemoryLog
from pipelines.adapters.postgres_log import Postgres, PostgresLog
from pipelines.adapters.redis_live import RedisLive
from pipelines.ports import Fenced, LiveWrite, Log
from tests.contracts.morning import AGENT, driver, hold, write
from tests.unit.models.builders import CENTRE, D1, D2, DOOR, T0, minute, position

AnyLog = MemoryLog | PostgresLog
AnyLive = MemoryLive | RedisLive


def shown(city: CityId, *positions: Position, epoch: int = 1, t: int = T0) -> LiveWrite:
    """What driver_pings writes."""
    fields: dict[str, bytes | None] = {p.driver: msgspec.json.encode(p) for p in positions}
    return LiveWrite(city, PINGS, epoch, 0, t, 0, {Key.POSITIONS: fields, Key.TICKED: {"t": b"%d" % t}})


async def live_positions(live: AnyLive, city: CityId) -> dict[str, Position]:
    found = await live.fields(city, Key.POSITIONS)
    return {driver: msgspec.json.decode(raw, type=Position) for driver, raw in found.items()}


async def test_mended_rows_stand_whatever_version_was_there_and_surplus_ones_are_gone(
    log: AnyLog, city: CityId
) -> None:
    await write(log, city, {"drivers": [driver(city, 9), driver(city, driver_id="d2"), driver(city, driver_id="d3")]})
    right = driver(city, 3, "Right")
    await log.mend({"drivers": [right]}, {"drivers": [driver(city, driver_id="d3")]})

    assert await log.recall(city, "drivers") == [right, driver(city, driver_id="d2")]


@pytest.mark.real
async def test_while_a_city_is_held_still_its_agents_wait_and_then_go_on(postgres_url: str, city: CityId) -> None:
    proof, agent = Postgres(postgres_url), Postgres(postgres_url)
    held = await hold(PostgresLog(agent), city)
    async with PostgresLog(proof).still(city):
        storing = asyncio.create_task(_store_a_driver(PostgresLog(agent), city, held.epoch))
        done, _ = await asyncio.wait({storing}, timeout=0.2)
        assert not done, "it is locked out"
        assert await PostgresLog(proof).recall(city, "drivers") == []
    await storing

    assert len(await PostgresLog(agent).recall(city, "drivers")) == 1
    await proof.close()
    await agent.close()


async def _store_a_driver(log: Log, city: CityId, epoch: int) -> None:
    async with log.unit_of_work(await log.begin(AGENT, city, epoch)) as work:
        await work.write({"drivers": [driver(city)]})


@pytest.mark.real
async def test_what_was_mended_is_undone_when_an_error_leaves(postgres_url: str, city: CityId) -> None:
    log = PostgresLog(Postgres(postgres_url))
    await write(log, city, {"drivers": [driver(city, 9)]})
    with pytest.raises(ZeroDivisionError):
        await _mended_halfway(log, city)

    assert await log.recall(city, "drivers") == [driver(city, 9)]
    await log.postgres.close()


async def _mended_halfway(log: PostgresLog, city: CityId) -> None:
    async with log.still(city):
        await log.mend({"drivers": [driver(city, 1)]}, {})
        raise ZeroDivisionError


async def test_positions_are_put_back_where_there_is_none_or_an_older_one(live: AnyLive, city: CityId) -> None:
    """A running worker has seen newer ones meanwhile."""
    third = DriverId("d3")
    older, newer = position(D1, minute(1), CENTRE), position(D2, minute(3), CENTRE)
    await live.put(shown(city, older, newer, t=minute(1)))
    put_back = [position(d, minute(2), DOOR) for d in (D1, D2, third)]
    await live.put_back(city, 1, minute(2), put_back)

    assert await live_positions(live, city) == {D1: put_back[0], D2: newer, third: put_back[2]}
    assert await live.fields(city, Key.TICKED) == {"t": b"%d" % minute(2)}


async def test_a_tick_that_was_handed_on_is_never_put_back_to_an_older_one(live: AnyLive, city: CityId) -> None:
    await live.put(shown(city, t=minute(5)))
    await live.put_back(city, 1, minute(2), [])

    assert await live.fields(city, Key.TICKED) == {"t": b"%d" % minute(5)}


async def test_what_was_put_back_fences_off_who_held_the_city_before(live: AnyLive, city: CityId) -> None:
    """Redis was flushed, and its fences with it: they come back with the positions."""
    await live.put_back(city, 4, minute(2), [])
    with pytest.raises(Fenced):
        await live.put(shown(city, epoch=3))
    await live.put(shown(city, position(D1, minute(3), DOOR), epoch=4))

    assert (await live_positions(live, city)).keys() == {D1}


async def test_a_renewed_delta_log_begins_at_its_delta_under_a_new_epoch(live: AnyLive, city: CityId) -> None:
    """Whoever looks on is told to take a new snapshot."""
    many = tuple((n, Delta(minute(n), (), (), (), (), {})) for n in (3, 5, 8))
    await live.put(LiveWrite(city, AGENT, 1, 8, T0, 0, deltas=many, card=CityCard("Town", T0)))
    epochs = [await live.live_epoch(city), await live.renew(city, many[1], 0), await live.renew(city, many[1], 7)]

    assert epochs == [0, 1, 7]
    assert (await live.live_epoch(city), await live.newest_delta(city)) == (7, 5)
    assert await live.last_delta(city) == (5, msgspec.json.encode(many[1][1]))


async def test_a_delta_log_of_a_city_that_never_ticked_is_renewed_empty(live: AnyLive, city: CityId) -> None:
    assert await live.renew(city, None, 0) == 1
    assert await live.last_delta(city) is None


@pytest.mark.real
async def test_a_key_of_another_shape_is_our_fault_and_no_absence_of_redis(
    postgres_and_valkey: Servers, city: CityId
) -> None:
    async with Redis.from_url(postgres_and_valkey.redis_url) as client:
        await client.set(key(city, "orders"), "no hash")
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await RedisLive(client).fields(city, "orders")
