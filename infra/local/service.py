"""servers, track up → here → launcher: what a service is, and the order in which services may start.

Plain data, so that whoever composes a stack declares it and only the launcher acts.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from signal import Signals

from infra.local.errors import BadNeeds


@dataclass(frozen=True, slots=True)
class Service:
    """One process that is kept up.

    `needs` are the names of services that must be ready before each of its starts. `ready` is asked until it says yes;
    without it a service is ready once started. `before` runs ahead of each start. `user` is the ordinary user that
    a root launcher turns into. `death_signal` is what the kernel sends to the process when the launcher is killed.
    """

    name: str
    argv: Sequence[str]
    needs: tuple[str, ...] = ()
    ready: Callable[[], Awaitable[bool]] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], None] | None = None
    user: str | None = None
    cwd: Path | None = None
    stop_signal: Signals = Signals.SIGTERM
    death_signal: Signals = Signals.SIGKILL
    grace_seconds: float = 10.0
    ready_seconds: float = 60.0
    restarts: int = 5


def in_start_order(services: Sequence[Service]) -> list[Service]:
    """The services, each after those it needs. Raises BadNeeds for an unknown name, a name used twice, or a circle."""
    by_name = {service.name: service for service in services}
    if len(by_name) < len(services):
        raise BadNeeds("two services have one name", [service.name for service in services])
    for service in services:
        if unknown := [name for name in service.needs if name not in by_name]:
            raise BadNeeds("a service needs one that does not exist", [service.name, *unknown])
    try:
        order = TopologicalSorter({service.name: service.needs for service in services}).static_order()
        return [by_name[name] for name in order]
    except CycleError as circle:
        raise BadNeeds("services need one another in a circle", circle.args[1]) from circle
