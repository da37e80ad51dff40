"""The live views' promises, held by Redis and by memory."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest

from models.ids import CityId
from models.views import CityCard, Delta
from pipelines.adapters.memory import MemoryLive
from pipelines.adapters.redis_live import RedisLive
from pipelines.ports import Fenced, Live, LiveWrite
from tests.contracts.morning import AGENT, ODD
from tests.unit.models.builders import T0, minute

AnyLive = MemoryLive | RedisLive
"""The port, and what `reconcile` asks besides."""
NOTHING = ({}, 0, {}, None)
MANY = 5_000


def change(city: CityId, epoch: int = 1, **what: Any) -> LiveWrite:
    return LiveWrite(city, what.pop("agent", AGENT), epoch, 1, T0, 0, **what)


def delta(n: int) -> Delta:
    return Delta(minute(n), (), (), (), (), {})


async def shown(live: AnyLive, city: CityId) -> tuple[object, ...]:
    hashes, newest = await live.fields(city, "orders"), await live.newest_delta(city)
    return hashes, newest, await live.free(city), await live.card(city)


async def test_a_put_is_shown_whole(live: AnyLive, city: CityId) -> None:
    card = CityCard(ODD, T0)
    hashes: dict[str, dict[str, bytes | None]] = {"orders": {"o1": b"one"}, "drivers": {"d1": b"two"}}
    await live.put(change(city, hashes=hashes, available=((7.0, 45.0, "d1"),), deltas=((3, delta(3)),), card=card))

    assert await live.fields(city, "orders") == {"o1": b"one"}
    assert await live.fields(city, "drivers") == {"d1": b"two"}
    assert (await live.newest_delta(city), (await live.free(city)).keys()) == (3, {"d1"})
    assert await live.card(city) == msgspec.json.encode(card)


async def test_a_put_with_an_older_epoch_is_refused_whole(live: AnyLive, city: CityId) -> None:
    await live.put(change(city, epoch=2))
    old = change(
        city,
        hashes={"orders": {"o1": b"one"}},
        available=((7.0, 45.0, "d1"),),
        deltas=((3, delta(3)),),
        card=CityCard("Old", T0),
    )

    with pytest.raises(Fenced):
        await live.put(old)
    assert await shown(live, city) == NOTHING


async def test_a_refused_replacement_clears_nothing(live: AnyLive, city: CityId) -> None:
    await live.put(change(city, epoch=2, hashes={"orders": {"o1": b"one"}}, available=((7.0, 45.0, "d1"),)))
    before = await shown(live, city)
    with suppress(Fenced):
        await live.put(change(city, hashes={"orders": {"o1": None}}, replace=True, available=()))

    assert await shown(live, city) == before


async def test_agents_are_fenced_apart(live: AnyLive, city: CityId) -> None:
    await live.put(change(city, epoch=2))
    await live.put(change(city, epoch=1, agent="another", hashes={"etas": {"o1": b"soon"}}))

    assert await live.fields(city, "etas") == {"o1": b"soon"}


async def test_a_put_adds_to_what_is_there(live: Live, city: CityId) -> None:
    await live.put(change(city, hashes={"orders": {"o1": b"one", "o2": b"two"}}))
    await live.put(change(city, hashes={"orders": {"o2": b"newer", "o3": b"three"}}))

    assert await live.fields(city, "orders") == {"o1": b"one", "o2": b"newer", "o3": b"three"}


async def test_replace_leaves_no_field_of_before(live: Live, city: CityId) -> None:
    """In the hashes that it names, and in no other."""
    await live.put(change(city, hashes={"orders": {"o1": b"one"}, "drivers": {"d1": b"one"}, "etas": {"o1": b"one"}}))
    await live.put(change(city, hashes={"orders": {"o2": b"two"}, "drivers": {}}, replace=True))

    found = [await live.fields(city, name) for name in ("orders", "drivers", "etas")]
    assert found == [{"o2": b"two"}, {}, {"o1": b"one"}]


async def test_none_deletes_a_field(live: Live, city: CityId) -> None:
    """One that is not there as well."""
    await live.put(change(city, hashes={"orders": {"o1": b"one", "o2": b"two"}}))
    await live.put(change(city, hashes={"orders": {"o1": None, "o2": b"newer", "o3": None}}))

    assert await live.fields(city, "orders") == {"o2": b"newer"}


async def test_newest_delta_is_zero_at_first(live: Live, city: CityId) -> None:
    assert await live.newest_delta(city) == 0


async def test_deltas_already_there_are_not_written_twice(live: AnyLive, city: CityId) -> None:
    """After a restart an agent shows its last ticks once more: what stands is left, what is new is added."""
    await live.put(change(city, deltas=((3, delta(3)), (7, delta(7)))))
    await live.put(change(city, deltas=((3, delta(30)), (7, delta(70)))))
    assert await live.last_delta(city) == (7, msgspec.json.encode(delta(7)))

    await live.put(change(city, deltas=((7, delta(70)), (9, delta(9)))))
    assert await live.last_delta(city) == (9, msgspec.json.encode(delta(9)))
    assert await live.newest_delta(city) == 9


async def test_available_drivers_are_replaced_whole(live: AnyLive, city: CityId) -> None:
    await live.put(change(city, available=((7.0, 45.0, "d1"), (7.5, 45.5, ODD))))
    await live.put(change(city, available=((-93.27, 44.98, "d3"), (7.5, 45.5, ODD))))
    free = await live.free(city)

    assert free.keys() == {ODD, "d3"}
    assert (free["d3"].lat, free["d3"].lon) == pytest.approx((44.98, -93.27), abs=1e-4)


async def test_available_drivers_are_left_when_a_put_says_nothing_of_them(live: AnyLive, city: CityId) -> None:
    await live.put(change(city, available=((7.0, 45.0, "d1"),)))
    await live.put(change(city))
    assert (await live.free(city)).keys() == {"d1"}

    await live.put(change(city, available=()))
    assert await live.free(city) == {}


async def test_odd_characters_and_any_bytes_come_back(live: Live, city: CityId) -> None:
    odd: dict[str, bytes | None] = {ODD: bytes(range(256)), "": b""}
    await live.put(change(city, hashes={"orders": odd}))

    assert await live.fields(city, "orders") == odd


async def test_five_thousand_fields_go_in_one_put(live: Live, city: CityId) -> None:
    many: dict[str, bytes | None] = {f"o{n}": b"%d" % n for n in range(MANY)}
    await live.put(change(city, hashes={"orders": many}))

    assert await live.fields(city, "orders") == many
