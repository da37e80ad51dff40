"""infra/local/launcher.py, with tiny Python programs for services."""

import asyncio
import io
import os
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM

import psutil
import pytest
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_fixed

from infra.local import keeper
from infra.local.errors import BadNeeds, BinaryNotFound, NotRunning, ServiceGaveUp
from infra.local.launcher import Launcher, Service
from infra.local.log import LogWriter

pytestmark = pytest.mark.asyncio

UNTRUE_YET = (AssertionError, NotRunning, pytest.fail.Exception)
WAIT = "import signal; signal.pause()"


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-S", "-c", textwrap.dedent(code), *map(str, arguments)]


def exists(path: Path) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return os.access(path, os.F_OK)

    return ready


def patiently() -> AsyncRetrying:
    return AsyncRetrying(
        stop=stop_after_delay(10), wait=wait_fixed(0.02), retry=retry_if_exception_type(UNTRUE_YET), reraise=True
    )


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def pid_after(launcher: Launcher, name: str, earlier: int) -> int:
    """The service's pid, once it is ready in another life."""
    async for attempt in patiently():
        with attempt:
            assert not alive(earlier)
            await launcher.wait_up(name)
            assert launcher.pid(name) != earlier
    return launcher.pid(name)


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(out: io.StringIO) -> LogWriter:
    return LogWriter(out)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    before = set(psutil.Process().children(recursive=True))
    yield
    assert not [child for child in psutil.Process().children(recursive=True) if child not in before]


async def test_a_service_starts_only_after_what_it_needs_is_ready(tmp_path: Path, log: LogWriter) -> None:
    """Ready means that its probe said yes, not that it has a pid."""
    store = Service("store", python(WAIT), ready=exists(tmp_path / "ready"))
    worker = Service("worker", python(WAIT), needs=("store",))
    async with Launcher([worker, store], log) as launcher:
        async for attempt in patiently():
            with attempt:
                assert launcher.pid("store")
        with pytest.raises(NotRunning):
            launcher.pid("worker")
        (tmp_path / "ready").touch()
        await launcher.wait_up()

        assert alive(launcher.pid("worker"))


async def test_services_stop_in_the_reverse_order(tmp_path: Path, log: LogWriter) -> None:
    """Nobody loses what it needs while still at work."""
    code = """
        import signal, sys, time
        def leave(*_):
            open(sys.argv[1], "a").write(sys.argv[2] + " ")
            sys.exit()
        signal.signal(signal.SIGTERM, leave)
        open(sys.argv[1] + sys.argv[2], "w")
        while True: signal.pause()
    """
    journal = tmp_path / "journal"
    services = [
        Service(name, python(code, journal, name), needs=needs, ready=exists(tmp_path / f"journal{name}"))
        for name, needs in {"kafka": (), "worker": ("kafka",), "screen": ("worker",)}.items()
    ]
    async with Launcher(services, log) as launcher:
        await launcher.wait_up()

    assert journal.read_text().split() == ["screen", "worker", "kafka"]


async def test_a_service_that_ends_is_started_again(log: LogWriter) -> None:
    """A crash costs a moment, not the stack."""
    async with Launcher([Service("worker", python(WAIT))], log) as launcher:
        await launcher.wait_up()
        first = launcher.pid("worker")
        launcher.kill("worker", SIGKILL)

        assert alive(await pid_after(launcher, "worker", first))


async def test_a_service_that_keeps_failing_is_given_up(log: LogWriter, out: io.StringIO) -> None:
    """Each pause is twice the one before, and there is an end to it."""
    failing = Service("worker", python("raise SystemExit(3)"), ready=exists(Path("/nowhere")), restarts=3)
    async with Launcher([failing], log) as launcher:
        with pytest.raises(ServiceGaveUp, match="ended with 3 and was started again 3 times"):
            await launcher.wait_up()

    assert [pause for pause in ("in 0.01 s", "in 0.02 s", "in 0.04 s", "in 0.08 s") if pause in out.getvalue()] == [
        "in 0.01 s",
        "in 0.02 s",
        "in 0.04 s",
    ]


async def test_having_been_up_for_long_forgives_earlier_failures(
    log: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One crash a day must never add up to giving up."""
    monkeypatch.setattr(keeper, "STEADY_SECONDS", 0.0)
    async with Launcher([Service("worker", python(WAIT), restarts=1)], log) as launcher:
        await launcher.wait_up()
        pid = launcher.pid("worker")
        for _ in range(4):
            launcher.kill("worker", SIGKILL)
            pid = await pid_after(launcher, "worker", pid)

        assert alive(pid)


async def test_a_service_that_never_gets_ready_counts_as_failed(log: LogWriter, out: io.StringIO) -> None:
    """Hanging at the start is a failure like any other."""
    hanging = Service("worker", python(WAIT), ready=exists(Path("/nowhere")), ready_seconds=0.05, restarts=1)
    async with Launcher([hanging], log) as launcher:
        with pytest.raises(ServiceGaveUp):
            await launcher.wait_up()

    assert "not ready within 0.05 s" in out.getvalue()


async def test_what_does_not_stop_is_killed_with_all_it_started(tmp_path: Path, log: LogWriter) -> None:
    """A stop always ends, and leaves nothing."""
    stubborn = """
        import os, signal, sys
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = os.fork()
        if child: open(sys.argv[1], "w").write(str(child))
        while True: signal.pause()
    """
    pid_file = tmp_path / "pid"
    service = Service("worker", python(stubborn, pid_file), ready=exists(pid_file), grace_seconds=0.1)
    async with Launcher([service], log) as launcher:
        await launcher.wait_up()
        parent = launcher.pid("worker")
        async for attempt in patiently():
            with attempt:
                assert pid_file.read_text()

    assert not alive(parent)
    async for attempt in patiently():
        with attempt:
            assert not alive(int(pid_file.read_text()))


async def test_a_crash_is_seen_though_a_grandchild_holds_the_pipe(tmp_path: Path, log: LogWriter) -> None:
    """PostgreSQL's sessions do: they outlive a killed postmaster for a while, with its output open."""
    code = """
        import os, signal, sys
        child = os.fork()
        if not child: os.setsid()
        else: open(sys.argv[1], "w").write(str(child))
        while True: signal.pause()
    """
    pid_file = tmp_path / "pid"
    async with Launcher([Service("postgres", python(code, pid_file), ready=exists(pid_file))], log) as launcher:
        await launcher.wait_up()
        first, grandchild = launcher.pid("postgres"), int(pid_file.read_text())
        launcher.kill("postgres", SIGKILL)

        assert alive(await pid_after(launcher, "postgres", first))
        async for attempt in patiently():
            with attempt:
                assert pid_file.read_text() not in ("", str(grandchild))
        os.kill(grandchild, SIGKILL)
        os.kill(int(pid_file.read_text()), SIGKILL)


async def test_a_held_service_stays_down_until_it_is_released(log: LogWriter) -> None:
    """How a test takes Kafka away and gives it back."""
    services = [Service("kafka", python(WAIT)), Service("worker", python(WAIT), needs=("kafka",))]
    async with Launcher(services, log) as launcher:
        await launcher.wait_up()
        worker = launcher.pid("worker")
        await launcher.hold("kafka")

        with pytest.raises(NotRunning):
            launcher.pid("kafka")
        await launcher.release("kafka")

        assert alive(launcher.pid("kafka"))
        assert launcher.pid("worker") == worker


async def test_what_crashes_meanwhile_waits_for_the_held_one(log: LogWriter, out: io.StringIO) -> None:
    """A worker without its Kafka is not started to fail again and again."""
    services = [Service("kafka", python(WAIT)), Service("worker", python(WAIT), needs=("kafka",), restarts=1)]
    async with Launcher(services, log) as launcher:
        await launcher.wait_up()
        first = launcher.pid("worker")
        await launcher.hold("kafka")
        launcher.kill("worker", SIGKILL)
        async for attempt in patiently():
            with attempt:
                assert not alive(first)
                assert "start 1 of 1 again" in out.getvalue()
        with pytest.raises(NotRunning):
            launcher.pid("worker")
        await launcher.release("kafka")

        assert alive(await pid_after(launcher, "worker", first))


async def test_a_restart_is_another_process_and_no_failure(log: LogWriter) -> None:
    """Asked-for restarts do not use up the allowed ones."""
    async with Launcher([Service("worker", python(WAIT), restarts=0)], log) as launcher:
        await launcher.wait_up()
        pids = {launcher.pid("worker")}
        for _ in range(3):
            await launcher.restart("worker")
            pids.add(launcher.pid("worker"))

    assert len(pids) == 4


async def test_a_services_lines_reach_the_log_and_its_environment_is_its_own(log: LogWriter, out: io.StringIO) -> None:
    """Both streams, under its name; a line too long for memory comes in pieces."""
    code = """
        import os, signal, sys
        print(os.environ["CITY"], "x" * (1 << 21), sep="\\n", flush=True)
        print("after", file=sys.stderr)
        signal.pause()
    """
    service = Service("worker", python(code), env={"CITY": "Kyiv"})
    async with Launcher([service], log):
        async for attempt in patiently():
            with attempt:
                assert "worker | Kyiv" in out.getvalue()
                assert out.getvalue().count("x") == 1 << 21
                assert "worker | after" in out.getvalue()


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
async def test_a_signal_ends_the_run_with_0_after_when_up(log: LogWriter, number: int) -> None:
    """Ctrl-C is how a stack is meant to end."""
    pids: list[int] = []

    async def when_up() -> None:
        pids.append(launcher.pid("worker"))
        os.kill(os.getpid(), number)

    launcher = Launcher([Service("worker", python(WAIT))], log)

    assert await launcher.run(when_up) == 0
    assert not alive(pids[0])


async def test_a_second_signal_does_not_wait_for_the_grace(log: LogWriter, out: io.StringIO) -> None:
    """Whoever presses Ctrl-C twice is in a hurry."""
    stubborn = """
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf", flush=True)
        while True: signal.pause()
    """
    launcher = Launcher([Service("worker", python(stubborn), grace_seconds=60)], log)
    running = asyncio.create_task(launcher.run())
    for said in ("deaf", "stopping"):
        async for attempt in patiently():
            with attempt:
                assert said in out.getvalue()
        os.kill(os.getpid(), SIGINT)
    async with asyncio.timeout(10):
        assert await running == 0


async def test_a_run_ends_with_1_when_a_service_gives_up(log: LogWriter, out: io.StringIO) -> None:
    """A script can tell a failed stack from one that was stopped, and the reason is the last thing said."""
    services = [Service("kafka", python(WAIT)), Service("worker", python("raise SystemExit(9)"), restarts=0)]

    assert await Launcher(services, log).run() == 1
    assert "worker ended with 9" in out.getvalue()


async def test_what_when_up_raises_ends_the_run(log: LogWriter) -> None:
    """A migration that fails must not leave a stack running as if all were well."""

    async def when_up() -> None:
        raise LookupError("no such city")

    with pytest.raises(LookupError, match="no such city"):
        await Launcher([Service("worker", python(WAIT))], log).run(when_up)


async def test_a_program_that_is_not_there_is_an_error_and_not_a_loop(log: LogWriter) -> None:
    """No restart makes a missing program appear."""
    async with Launcher([Service("worker", ["no-such-program"])], log) as launcher:
        with pytest.raises(BinaryNotFound, match="no-such-program"):
            await launcher.wait_up()


@pytest.mark.parametrize(
    ("needs", "complaint"),
    [({"a": ("b",)}, "does not exist"), ({"a": ("b",), "b": ("a",)}, "in a circle")],
)
async def test_needs_that_cannot_be_met_are_refused_at_once(
    log: LogWriter, needs: dict[str, tuple[str, ...]], complaint: str
) -> None:
    """A stack that could never come up does not begin to."""
    with pytest.raises(BadNeeds, match=complaint):
        Launcher([Service(name, ["true"], needs=others) for name, others in needs.items()], log)
