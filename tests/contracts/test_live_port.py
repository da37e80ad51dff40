"""What agents may count on when they show something, and when they ask for what is shown."""

import msgspec
import pytest
from redis.asyncio import Redis

from models.events import CityId
from models.views import Delta
from pipelines.adapters.redis_live import RedisLive
from pipelines.ports import Budget, Budgets, Fenced, Live, LiveWrite, StoreAway

NOW = 1_795_132_800_000


def write(city: CityId, epoch: int = 1, **more: object) -> LiveWrite:
    plain = LiveWrite(city=city, agent="city_commands", epoch=epoch, seq=5, as_of=NOW, produced_at=NOW)
    return msgspec.structs.replace(plain, **more)


def delta(t: int) -> Delta:
    return Delta(t, (), (), (), (), {})


async def test_fields_are_added_changed_and_deleted(live: Live, city: CityId) -> None:
    await live.put(write(city, hashes={"orders": {"a": b"1", "b": b"2"}}))
    await live.put(write(city, hashes={"orders": {"b": b"3", "c": b"4", "a": None}}))

    assert await live.fields(city, "orders") == {"b": b"3", "c": b"4"}


async def test_replace_leaves_no_field_of_before(live: Live, city: CityId) -> None:
    await live.put(write(city, hashes={"orders": {"a": b"1"}, "drivers": {"d": b"1"}}))
    await live.put(write(city, hashes={"orders": {"b": b"2"}}, replace=True))

    assert await live.fields(city, "orders") == {"b": b"2"}
    assert await live.fields(city, "drivers") == {"d": b"1"}


async def test_a_put_with_an_older_epoch_is_refused_whole(live: Live, city: CityId) -> None:
    await live.put(write(city, epoch=2, hashes={"orders": {"a": b"1"}}))
    with pytest.raises(Fenced):
        await live.put(write(city, epoch=1, hashes={"orders": {"a": b"9"}}, deltas=((7, delta(NOW)),)))

    assert await live.fields(city, "orders") == {"a": b"1"}
    assert await live.newest_delta(city) == 0


async def test_agents_are_fenced_apart(live: Live, city: CityId) -> None:
    await live.put(write(city, epoch=9))
    await live.put(write(city, epoch=1, agent="order_etas", hashes={"etas": {"a": b"1"}}))

    assert await live.fields(city, "etas") == {"a": b"1"}


async def test_deltas_already_there_are_not_written_twice(live: Live, city: CityId) -> None:
    assert await live.newest_delta(city) == 0

    await live.put(write(city, deltas=((3, delta(NOW)), (6, delta(NOW + 1)))))
    await live.put(write(city, deltas=((6, delta(NOW + 1)), (9, delta(NOW + 2)))))

    assert await live.newest_delta(city) == 9


async def test_nothing_is_shown_of_a_city_nobody_wrote(live: Live, city: CityId) -> None:
    assert await live.fields(city, "orders") == {}


async def test_five_thousand_fields_and_drivers_go_in_one_call(live: Live, city: CityId) -> None:
    fields = {f"o{n}": b"{}" for n in range(5_000)}
    free = tuple((-9.9 + n / 100_000, 43.2, f"d{n}") for n in range(5_000))
    await live.put(write(city, hashes={"orders": dict(fields)}, available=free))

    assert len(await live.fields(city, "orders")) == 5_000


async def test_a_redis_that_does_not_answer_says_so(city: CityId) -> None:
    client = Redis.from_url("redis://127.0.0.1:1/0")
    with pytest.raises(StoreAway, match="Redis is away"):
        await RedisLive(client).put(write(city))
    await client.aclose()


async def test_a_budget_is_kept_for_each_agent_of_a_role(budgets: Budgets, city: CityId) -> None:
    role = f"role-{city}"
    await budgets.put(role, "dispatch", Budget(3, 100))
    await budgets.put(role, "dispatch", Budget(4, 100, "4 dead letters in a row"))

    assert await budgets.get(role, "dispatch") == Budget(4, 100, "4 dead letters in a row")
    assert await budgets.get(role, "city_commands") is None
