"""settings → here → a Faust app of one role, its agents guarded and their stores real.

The settings of the app are those the crash model was measured with; `worker.py` says which agents a role has.
"""

import os
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import faust
import psycopg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from models.settings import Settings
from models.topics import MOST_LETTER_BYTES, TOPICS
from pipelines.adapters.clock import SystemClock
from pipelines.adapters.kafka_inbox import PromptTransport
from pipelines.adapters.kafka_outbox import KafkaOutbox
from pipelines.adapters.postgres_log import Postgres, PostgresBudgets, PostgresLog
from pipelines.adapters.redis_live import RedisLive
from pipelines.guard import Guard
from pipelines.partitions import Connection, keep_by
from pipelines.ports import Agent, Fenced, Record, StoreAway, Stores
from pipelines.retirement import retire

MOST_IN_A_BATCH = 200
HOUSE_KEPT_EVERY_SECONDS = 60.0
EXIT_FENCED, EXIT_GUARD_FAILED = 70, 71


class RoleApp(faust.App):
    """A role's worker process: its guards, and what they have handled."""

    def __init__(self, role: str, agents: Sequence[Agent], settings: Settings) -> None:
        super().__init__(f"track-{role}", **_options(role, settings))
        self.role, self.settings = role, settings
        self.raw_topics = {topic.name: self._raw(topic.name) for topic in TOPICS}
        self.redis = Redis.from_url(str(settings.redis_url), socket_connect_timeout=5, socket_timeout=10)
        self.guards = [self._guard(agent) for agent in agents]
        self.next_offsets: dict[tuple[str, int], int] = {}
        self.moved_at = time.monotonic()
        self.assigned = False
        for guard in self.guards:
            self._bind(guard)
        self.on_partitions_revoked.connect(self._revoked, weak=False)
        self.on_partitions_assigned.connect(self._assigned, weak=False)

    def lag(self) -> int:
        """Records that wait in the assigned partitions of this role's topics."""
        mine = {guard.agent.topic.name for guard in self.guards}
        return sum(self._waiting_records(tp) for tp in self.assignor.assigned_actives() if tp.topic in mine)

    def _waiting_records(self, tp: Any) -> int:
        end = self.consumer.highwater(tp) or 0
        handled = self.next_offsets.get((tp.topic, tp.partition))
        return max(0, end - handled) if handled is not None else 0

    async def keep_partitions(self) -> None:
        """Days made ahead, old ones dropped."""
        settings = self.settings
        await self._keep_house("partitions", lambda connection: keep_by(settings, connection))

    async def retire_cities(self) -> None:
        """What screens need no more of closed cities goes."""
        keep_ms = self.settings.retain_closed_hours * 3_600_000
        now_ms = SystemClock().now_ms
        await self._keep_house("closed cities", lambda connection: retire(connection, self.redis, now_ms(), keep_ms))

    async def _keep_house(self, what: str, once: Callable[[Connection], Awaitable[list[str]]]) -> None:
        """Beside the streams and on a connection of its own: what waits here holds no record up."""
        postgres = Postgres(str(self.settings.postgres_url))
        while not self.should_stop:
            try:
                async with postgres.connection() as connection:
                    for line in await once(connection):
                        self.log.info("%s", line)
            except (StoreAway, psycopg.Error, RedisError) as error:
                self.log.warning("%s: %s; again in %.0f s", what, error, HOUSE_KEPT_EVERY_SECONDS)
            await self.sleep(HOUSE_KEPT_EVERY_SECONDS)
        await postgres.close()

    def _new_transport(self) -> Any:
        return PromptTransport(self.conf.broker_consumer, self)

    def _raw(self, name: str) -> Any:
        raw: dict[str, Any] = {
            "key_type": bytes,
            "value_type": bytes,
            "key_serializer": "raw",
            "value_serializer": "raw",
        }
        return self.topic(name, **raw)

    def _guard(self, agent: Agent) -> Guard:
        """A connection of its own for each agent: two of them never meet in one transaction."""
        postgres = Postgres(str(self.settings.postgres_url))
        stores = Stores(
            PostgresLog(postgres),
            RedisLive(self.redis),
            KafkaOutbox(self.raw_topics),
            PostgresBudgets(Postgres(str(self.settings.postgres_url))),
            SystemClock(),
        )
        return Guard(agent, self.role, stores, self.settings.dead_letter_budget)

    def _bind(self, guard: Guard) -> None:
        """The one loop body of all agents: nothing may leave it, an exception that does loses the message."""

        async def stream_of(stream: Any) -> None:
            async for events in self._waiting(stream):
                await self._handle(guard, events)

        self.agent(self.raw_topics[guard.agent.topic.name], name=guard.agent.name)(stream_of)

    async def _handle(self, guard: Guard, events: list[Any]) -> None:
        try:
            await guard([_record(event) for event in events])
        except Fenced as error:
            self.log.error("%s fenced off, leaving: %s", guard.agent.name, error)
            os._exit(EXIT_FENCED)
        except Exception:
            self.log.exception("%s: its guard failed; leaving, so that no record counts as done", guard.agent.name)
            os._exit(EXIT_GUARD_FAILED)
        for event in events:
            self.next_offsets[event.message.topic, event.message.partition] = event.message.offset + 1
        self.moved_at = time.monotonic()

    async def _waiting(self, stream: Any) -> AsyncIterator[list[Any]]:
        """Batches without a timer: the event that came, and those that already stand behind it.

        A turn is twice as fast as with `take(n, within=0.03)`. Faust acks the first event itself.
        """
        queue = stream.channel.queue
        async for event in stream.events():
            batch = [event]
            while len(batch) < MOST_IN_A_BATCH and not queue.empty():
                other = queue.get_nowait()
                if other.message.generation_id == self.consumer_generation_id:
                    batch.append(other)
            yield batch
            for other in batch[1:]:
                await stream.ack(other)

    async def _revoked(self, *_: Any, **__: Any) -> None:
        """What another worker handles meanwhile is no lag of ours when a partition comes back."""
        self.next_offsets.clear()
        for guard in self.guards:
            guard.revoke()

    async def _assigned(self, *_: Any, **__: Any) -> None:
        self.assigned = True


def _record(event: Any) -> Record:
    message = event.message
    headers = dict(message.headers or {})
    produced_at = int(message.timestamp * 1000)
    return Record(message.topic, message.partition, message.offset, message.key, message.value, headers, produced_at)


def _options(role: str, settings: Settings) -> dict[str, Any]:
    return {
        "broker": [f"kafka://{one}" for one in (settings.kafka_bootstrap or "").split(",")],
        "broker_credentials": _credentials(settings),
        "broker_session_timeout": 10.0,
        "broker_heartbeat_interval": 1.0,
        "broker_rebalance_timeout": 15.0,
        "broker_request_timeout": 20.0,
        "broker_commit_interval": 1.0,
        "consumer_group_instance_id": settings.worker_instance,
        # a static member that comes back is handed its old assignment, and Faust asserts that the URL in it is its own:
        # with a port in it, a worker restarted on another port never consumed again
        "canonical_url": f"http://{settings.worker_instance or role}",
        "consumer_auto_offset_reset": "earliest",
        "producer_linger": 0,
        "producer_max_request_size": MOST_LETTER_BYTES,
        "stream_wait_empty": True,
        "topic_allow_declare": False,
        "topic_disable_leader": True,
        "topic_partitions": max(topic.partitions for topic in TOPICS),
        "store": "memory://",
        "datadir": str(settings.state_dir / "faust" / (settings.worker_instance or role)),
        "web_enabled": settings.worker_port != 0,
        "web_bind": settings.bind_host,
        "web_port": settings.worker_port or 6066,
        "worker_redirect_stdouts": False,
    }


def _credentials(settings: Settings) -> Any:
    """What Kafka's security setting asks for; None on loopback's PLAINTEXT."""
    context = None
    if settings.kafka_security in ("SSL", "SASL_SSL"):
        context = ssl.create_default_context(cafile=settings.kafka_ca_file)
        if settings.kafka_certificate_file:
            context.load_cert_chain(settings.kafka_certificate_file, settings.kafka_key_file)
    if not settings.kafka_security.startswith("SASL"):
        return faust.SSLCredentials(context) if context else None
    password = settings.kafka_sasl_password
    return faust.SASLCredentials(
        username=settings.kafka_sasl_username,
        password=password.get_secret_value() if password else None,
        mechanism=settings.kafka_sasl_mechanism,
        ssl_context=context,
    )
