"""settings → here → running servers, and their addresses.

An address in the settings means that somebody else runs that server; the rest are made in the state directory.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from infra.local.kafka import kafka
from infra.local.launcher import Launcher, Service
from infra.local.log import LogWriter
from infra.local.ownership import StateLock, own
from infra.local.ports import corner, pick_port
from infra.local.postgres import postgres
from infra.local.postgres import url as postgres_url
from infra.local.valkey import valkey
from models.settings import Settings

__all__ = ["Servers", "pick_port", "running", "servers"]


PREFERRED_PORTS = {"postgres": 5432, "valkey": 6379, "kafka": 9092, "kafka-controller": 9093}


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the three servers are, and the services that make those of them that are embedded.

    `env` holds the addresses as `TRACK_*` variables for their clients. The state directory is owned until `close`.
    """

    postgres_url: str
    redis_url: str
    kafka_bootstrap: str
    services: tuple[Service, ...]
    lock: StateLock

    @property
    def env(self) -> dict[str, str]:
        return {
            "TRACK_POSTGRES_URL": self.postgres_url,
            "TRACK_REDIS_URL": self.redis_url,
            "TRACK_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The embedded servers' names: what a service that uses them puts into its `needs`."""
        return tuple(service.name for service in self.services)

    def close(self) -> None:
        self.lock.release()


def servers(settings: Settings, state_dir: Path, *, fast: bool = False) -> Servers:
    """Prepares what is embedded (jars, initdb, format), at once; nothing runs yet.

    `fast` trades safety at power loss for speed, on ports of the directory's own: for tests and replays. Raises a
    LocalError: StateDirInUse above all.
    """
    own_ports = {name: corner(state_dir) + place for place, name in enumerate(PREFERRED_PORTS)}
    return _prepared(settings, state_dir, own_ports if fast else PREFERRED_PORTS, fast=fast)


@contextmanager
def running(settings: Settings, state_dir: Path, *, fast: bool = False) -> Iterator[Servers]:
    """The servers, up until the block ends; what they say is in `state_dir/servers.log`. Raises a LocalError.

    They are kept up from a thread of its own.
    """
    with (
        closing(servers(settings, state_dir, fast=fast)) as ready,
        (state_dir / "servers.log").open("a") as log,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Launcher(ready.services, LogWriter(log))) as launcher,
    ):
        portal.call(launcher.wait_up)
        yield ready


def _prepared(settings: Settings, state_dir: Path, preferred: Mapping[str, int], *, fast: bool) -> Servers:
    state_dir = state_dir.resolve()
    lock = own(state_dir)
    try:
        return _embedded(settings, state_dir, preferred, lock, fast=fast)
    except BaseException:
        lock.release()
        raise


def _embedded(
    settings: Settings, state_dir: Path, preferred: Mapping[str, int], lock: StateLock, *, fast: bool
) -> Servers:
    external = _external(settings)
    ports = {name: pick_port(first, state_dir, name) for name, first in preferred.items() if name not in external}
    makers: dict[str, Callable[[], Service]] = {
        "postgres": lambda: postgres(state_dir, ports["postgres"], fast=fast),
        "valkey": lambda: valkey(state_dir, ports["valkey"], fast=fast),
        "kafka": lambda: kafka(state_dir, ports["kafka"], ports["kafka-controller"]),
    }
    with ThreadPoolExecutor() as pool:
        made = [pool.submit(make) for name, make in makers.items() if name in ports]
    return Servers(
        postgres_url=external.get("postgres") or postgres_url(ports["postgres"]),
        redis_url=external.get("valkey") or f"redis://127.0.0.1:{ports['valkey']}/0",
        kafka_bootstrap=external.get("kafka") or f"127.0.0.1:{ports['kafka']}",
        services=tuple(service.result() for service in made),
        lock=lock,
    )


def _external(settings: Settings) -> dict[str, str]:
    """Addresses that the settings name, by the service each of them replaces."""
    controller = settings.kafka_bootstrap  # goes where its broker goes
    named = (settings.postgres_url, settings.redis_url, settings.kafka_bootstrap, controller)
    return {name: str(address) for name, address in zip(PREFERRED_PORTS, named, strict=True) if address is not None}
