"""What every outbox promises: in order, under the city's key, and back only when each payload has arrived."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError
from faust.exceptions import ProducerSendError

from models.codec import HEADERS
from pipelines.adapters.kafka_outbox import KafkaOutbox
from pipelines.adapters.memory import MemoryOutbox
from pipelines.ports import Outbox, StoreAway


class Broker:
    """What arrived, acknowledged one by one; stands for both kinds of delivery. Real Kafka: tests/real, tests/torture."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, bytes]] = []
        self.headers: list[dict[str, bytes]] = []
        self.away: Exception | None = None

    async def deliver(self, topic: str, city: str, payload: bytes) -> None:
        await asyncio.sleep(0)
        self.arrived.append((city, payload))

    async def send(self, *, key: bytes, value: bytes, headers: dict[str, bytes]) -> Any:
        """As a Faust topic does: awaited once it only queues, and what it returns is the acknowledgement."""
        if self.away is not None:
            raise self.away
        self.headers.append(headers)
        return asyncio.create_task(self.deliver("", key.decode(), value))


OUTBOXES: dict[str, Callable[[Broker], Outbox]] = {
    "memory": lambda broker: MemoryOutbox(broker.deliver),
    "kafka": lambda broker: KafkaOutbox({"city-events": broker}),
}
both = pytest.mark.parametrize("outbox", OUTBOXES.values(), ids=OUTBOXES)


@both
@pytest.mark.parametrize("payloads", [[], [b"1"], [b"%d" % n for n in range(200)]], ids=len)
async def test_what_is_sent_has_arrived_in_order_under_the_city_s_key(
    outbox: Callable[[Broker], Outbox], payloads: Sequence[bytes]
) -> None:
    broker = Broker()
    await outbox(broker).send("city-events", "zürich", payloads)

    assert broker.arrived == [("zürich", payload) for payload in payloads]


async def test_kafka_s_records_say_their_schema() -> None:
    broker = Broker()
    await KafkaOutbox({"city-events": broker}).send("city-events", "town", [b"1"])

    assert broker.headers == [HEADERS]


SENT_NOWHERE = ProducerSendError("Error while sending: no broker")


@pytest.mark.parametrize("error", [KafkaConnectionError("no broker"), ConnectionResetError(), SENT_NOWHERE])
async def test_a_broker_that_does_not_answer_is_away(error: Exception) -> None:
    broker = Broker()
    broker.away = error
    with pytest.raises(StoreAway, match="Kafka is away"):
        await KafkaOutbox({"city-events": broker}).send("city-events", "town", [b"1"])


async def test_an_ack_that_never_comes_is_a_kafka_that_is_away() -> None:
    class Refusing(Broker):
        async def deliver(self, topic: str, city: str, payload: bytes) -> None:
            raise KafkaConnectionError("lost on the way")

    with pytest.raises(StoreAway, match="lost on the way"):
        await KafkaOutbox({"city-events": Refusing()}).send("city-events", "town", [b"1"])


async def test_what_no_broker_will_ever_take_is_not_waited_for() -> None:
    broker, error = Broker(), ProducerSendError("Error while sending")
    error.__cause__ = MessageSizeTooLargeError("24 MB")
    broker.away = error
    with pytest.raises(ProducerSendError):
        await KafkaOutbox({"city-events": broker}).send("city-events", "town", [b"1"])
