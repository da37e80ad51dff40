"""What the consumer of a worker does on a real broker when the worker is busy."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from infra import kafka_connection
from infra.local.servers import running
from infra.topics import create
from models.settings import Settings
from models.topics import DRIVER_PINGS, DRIVER_POSITIONS
from pipelines.app import RoleApp

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

PINGS, QUIET = TopicPartition(DRIVER_PINGS.name, 0), TopicPartition(DRIVER_POSITIONS.name, 0)
BUSY_MS = 400
"""Longer than the 100 ms after which aiokafka fetches for the other partitions alone."""
PROMPT_SECONDS = 0.75
"""Half of what Faust lets a fetch wait for a quiet partition."""


async def test_a_quiet_topic_keeps_nobody_waiting_who_was_busy_for_a_moment(tmp_path: Path) -> None:
    """A tick alone makes no position: the pings behind it waited 1.5 s for one."""
    nowhere = {"postgres_url": "postgresql://127.0.0.1:1/none", "redis_url": "redis://127.0.0.1:1/0"}
    asked = Settings().model_copy(update=nowhere)
    with running(asked, tmp_path, fast=True) as servers:
        settings = asked.model_copy(update={"kafka_bootstrap": servers.kafka_bootstrap, "state_dir": tmp_path})
        create(kafka_connection.options(settings))
        producer, consumer = AIOKafkaProducer(bootstrap_servers=servers.kafka_bootstrap), _consumer(settings)
        await asyncio.gather(producer.start(), consumer.start())
        consumer.assign([PINGS, QUIET])
        try:
            for _ in range(3):
                await producer.send_and_wait(PINGS.topic, b"a tick", partition=PINGS.partition)
                assert await consumer.getmany(QUIET, timeout_ms=BUSY_MS) == {}
                assert len((await consumer.getmany(PINGS, timeout_ms=5_000))[PINGS]) == 1
                await producer.send_and_wait(PINGS.topic, b"a frame", partition=PINGS.partition)
                assert (await asyncio.wait_for(consumer.getone(PINGS), PROMPT_SECONDS)).value == b"a frame"
        finally:
            await asyncio.gather(producer.stop(), consumer.stop())


def _consumer(settings: Settings) -> Any:
    """The one that a worker of this role would make, on this loop."""
    app: Any = RoleApp("positions", (), settings)
    app.loop = app.transport.loop = asyncio.get_running_loop()
    return app.consumer._new_consumer_thread()._create_worker_consumer(app.transport)
