"""the ports that the stack asks for → here → which are free, ours, or another's.

A port that is taken is stepped over (`infra/local/ports.py`), so it is worth a note, not a halt.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

from infra.doctor.finding import Finding, note, ok, trouble
from infra.local.ports import SPAN, is_free, remembered_port

ASKED = {
    "postgres": 5432,
    "valkey": 6379,
    "kafka": 9092,
    "kafka-controller": 9093,
    "city": 6067,
    "positions": 6069,
    "insights": 6071,
    "dashboard": 8501,
}
"""As the stack's own modules have them; a test holds the two together, since importing those takes 2 s."""


class Holder(NamedTuple):
    """`pid` is None where this user may not see who it is."""

    pid: int | None
    name: str = "another program"


class Port(NamedTuple):
    """`held_by` is None when it is free; `instead` is the next free one, None when all `SPAN` after it are taken."""

    name: str
    number: int
    held_by: Holder | None = None
    ours: bool = False
    instead: int | None = None


def judge_ports(ports: Sequence[Port]) -> list[Finding]:
    """One line for those that are as they should be, one for each other."""
    free = [f"{one.number} ({one.name})" for one in ports if one.held_by is None]
    ours = [f"{one.number} ({one.name})" for one in ports if one.held_by and one.ours]
    good = [
        *([f"free: {', '.join(free)}"] if free else []),
        *([f"this stack's own: {', '.join(ours)}"] if ours else []),
    ]
    taken = [_taken(one, one.held_by) for one in ports if one.held_by and not one.ours]
    return [*([ok("ports", "; ".join(good))] if good else []), *taken]


def _taken(port: Port, by: Holder) -> Finding:
    who = f"{by.name} (pid {by.pid})" if by.pid is not None else f"{by.name}, which this user may not see"
    told = f"{port.number} for {port.name} is held by {who}"
    if port.instead is None:
        return trouble("ports", f"{told}, and so are the {SPAN} after it", "end some of the programs that listen there")
    return note("ports", f"{told}; {port.instead} will be taken instead")


def ports(state_dir: Path, external: Sequence[str]) -> list[Finding]:
    """Of the parts that would be started here: those in `external` have an address already."""
    holders = listeners()
    family = _family(launcher(state_dir))
    wanted = {name: remembered_port(state_dir, name) or port for name, port in ASKED.items() if name not in external}
    free = {number for number in wanted.values() if is_free(number)}
    found: list[Port] = []
    for name, number in wanted.items():
        promised = {*free, *(one.instead for one in found)}
        found.append(Port(name, number) if number in free else _held(name, number, holders, family, promised))
    return judge_ports(found)


def launcher(state_dir: Path) -> int | None:
    """The pid of the launcher that owns the directory; None when it is gone, its pid perhaps another's by now."""
    lock = state_dir / "launcher.lock"
    try:
        pid = int(lock.read_text())
        return pid if psutil.Process(pid).create_time() <= lock.stat().st_mtime + 1 else None
    except (OSError, ValueError, psutil.Error):
        return None


def listeners() -> dict[int, Holder]:
    """Who listens on which TCP port, as far as this user may see."""
    try:
        found = psutil.net_connections("tcp")
    except psutil.AccessDenied:  # macOS shows it to root alone
        return {}
    return {one.laddr[1]: _holder(one.pid) for one in found if one.laddr and one.status == psutil.CONN_LISTEN}


def _held(
    name: str, number: int, holders: Mapping[int, Holder], family: frozenset[int], promised: Collection[int | None]
) -> Port:
    by = holders.get(number, Holder(None))
    others = (port for port in range(number + 1, number + SPAN) if port not in promised and is_free(port))
    return Port(name, number, by, by.pid in family, next(others, None))


def _holder(pid: int | None) -> Holder:
    try:
        return Holder(pid, psutil.Process(pid).name()) if pid is not None else Holder(None)
    except psutil.Error:
        return Holder(pid)


def _family(pid: int | None) -> frozenset[int]:
    try:
        return frozenset(one.pid for one in psutil.Process(pid).children(recursive=True)) if pid else frozenset()
    except psutil.Error:
        return frozenset()
