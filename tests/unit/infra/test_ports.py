"""infra/local/ports.py: a free port, and the same one next time."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local import ports
from infra.local.errors import NoFreePort
from infra.local.ports import is_free, pick_port


@contextmanager
def listening(address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    with socket.create_server((address, port)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    """A port that nobody listens on."""
    with listening() as port:
        pass
    return port


def test_a_free_preferred_port_is_taken(tmp_path: Path, free: int) -> None:
    """Nobody has to look up a port when the usual one is free."""
    picked = pick_port(free, tmp_path, "postgres")

    assert picked == free


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_port_in_use_is_stepped_over(tmp_path: Path, address: str) -> None:
    """A developer's own server, on whichever address, never stops the stack."""
    with listening(address) as taken:
        picked = pick_port(taken, tmp_path, "postgres")

    assert picked > taken
    assert is_free(picked)


def test_the_choice_is_remembered_though_the_preferred_port_is_free_again(tmp_path: Path) -> None:
    """An address noted yesterday holds today."""
    with listening() as taken:
        first = pick_port(taken, tmp_path, "kafka")

    assert pick_port(taken, tmp_path, "kafka") == first


def test_a_remembered_port_that_is_taken_gives_way(tmp_path: Path, free: int) -> None:
    """Remembering never keeps the stack from starting."""
    assert pick_port(free, tmp_path, "kafka") == free
    with listening(port=free):
        picked = pick_port(free, tmp_path, "kafka")

    assert picked != free


def test_two_names_never_share_a_port(tmp_path: Path, free: int) -> None:
    """A port is promised before its server listens on it."""
    picked = [pick_port(free, tmp_path, name) for name in ("kafka", "kafka-controller", "valkey")]

    assert len(set(picked)) == 3


def test_when_all_are_taken_the_error_names_the_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what, where and what to do."""
    monkeypatch.setattr(ports, "is_free", lambda port: False)

    with pytest.raises(NoFreePort, match=r"(?s)no free port for valkey.*127\.0\.0\.1:7000…7199.*end some"):
        pick_port(7000, tmp_path, "valkey")
