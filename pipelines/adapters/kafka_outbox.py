"""agents → here → topics, through the worker's own Faust producer. Sent is what the broker has acknowledged."""

from collections.abc import Sequence
from typing import Any

from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from faust.exceptions import ProducerSendError

from models.codec import HEADERS
from pipelines.ports import StoreAway


class KafkaOutbox:
    def __init__(self, topics: dict[str, Any]) -> None:
        self.topics = topics

    async def send(self, topic: str, city: str, payloads: Sequence[bytes]) -> None:
        """`topic.send` awaited once only queues: what it returns is the acknowledgement."""
        try:
            channel = self.topics[topic]
            acks = [await channel.send(key=city.encode(), value=one, headers=HEADERS) for one in payloads]
            for ack in acks:
                await ack
        except (KafkaError, ProducerSendError, OSError) as error:
            if MessageSizeTooLargeError in (type(error), type(error.__cause__)):
                raise  # no broker will ever take it: to wait for one would hold up everything behind it
            raise StoreAway(f"Kafka is away: {error or type(error).__name__}") from error
