"""a preferred port → here → a free one, the same at the next start.

A developer's own PostgreSQL on 5432 must not keep the stack from running; an address noted yesterday should hold today.
"""

import json
import socket
from itertools import chain
from pathlib import Path
from zlib import crc32

from infra.local.errors import NoFreePort

SPAN = 200


def pick_port(preferred: int, state_dir: Path, name: str) -> int:
    """The remembered port of `name`, else `preferred`, else the next that is free and promised to nobody else.

    Raises NoFreePort when `SPAN` ports from the preferred one on are all taken.
    """
    memory = state_dir / "ports.json"
    remembered = _recall(memory)
    promised = {port for other, port in remembered.items() if other != name}
    for port in chain([remembered.get(name, preferred)], range(preferred, preferred + SPAN)):
        if port not in promised and is_free(port):
            _remember(memory, remembered | {name: port})
            return port
    raise NoFreePort(name, preferred, preferred + SPAN - 1)


def corner(state_dir: Path) -> int:
    """The first of twenty ports that this directory asks for: two test runs that begin in one second do not race."""
    return 20_000 + crc32(str(state_dir.resolve()).encode()) % 600 * 20


def remembered_port(state_dir: Path, name: str) -> int | None:
    """The port that `name` was given last, busy or not; None when it never had one."""
    return _recall(state_dir / "ports.json").get(name)


def is_free(port: int) -> bool:
    """True when a server could listen on 127.0.0.1:port now; connections that linger after a stop do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _recall(memory: Path) -> dict[str, int]:
    if not memory.exists():
        return {}
    ports: dict[str, int] = json.loads(memory.read_text())
    return ports


def _remember(memory: Path, ports: dict[str, int]) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True)
    written = memory.with_suffix(".new")
    written.write_text(json.dumps(ports, indent=2))
    written.replace(memory)
