"""topics → here → the worker's streams: Faust's own consumer, which no quiet topic keeps waiting.

A broker has one fetch under way at a time. When a worker is busy for over 100 ms, aiokafka fetches for those partitions
alone whose records it has handed out; where those are quiet, the busy one waits behind them for as long as a fetch may
wait, which Faust sets to 1.5 s. At 20,000 pings a second, GC pauses of 90 ms and a tick of 1 MB were enough to stay there:
p50 was 1,139 ms.
"""

from typing import Any

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport

FETCH_WAIT_MS = 50
"""The longest a fetch that finds nothing waits at the broker."""


class PromptThread(AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        """Faust has no setting for it; aiokafka reads it when the consumer starts, which is after this."""
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer


class PromptConsumer(Consumer):
    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return PromptThread(self, loop=self.loop, beacon=self.beacon)


class PromptTransport(Transport):
    Consumer = PromptConsumer
