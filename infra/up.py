"""settings → here → all of it in the foreground, one URL, until Ctrl-C. What runs is written to `.track/stack.json`."""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from dashboard import server as dashboard_server
from infra.local.launcher import Launcher
from infra.local.log import LogWriter
from infra.local.ports import pick_port
from infra.local.servers import Servers, servers
from infra.local.service import Service
from infra.stack import Prepared, connected, track, worker
from infra.web import answers, health_url
from models.settings import Settings
from pipelines.roles import ROLES

DASHBOARD_PORT = 8501
NOTE = "stack.json"
NOTED_EVERY_SECONDS = 0.5


def up(settings: Settings, cities: list[list[str]]) -> int:
    """Run everything; of each city the words after `track simulate`. The exit code: 0 on Ctrl-C, 1 when a part gave up."""
    state_dir = settings.state_dir.resolve()
    began = time.monotonic()
    with closing(servers(settings, state_dir)) as ready:
        found = connected(settings, ready, state_dir)
        port = pick_port(DASHBOARD_PORT, state_dir, "dashboard")
        prepared = Prepared(found)
        workers = [worker(role, found, ready, prepared) for role in ROLES]
        feeders = [_feeder(found, ready, n, city) for n, city in enumerate(cities, 1)]
        services = [*ready.services, *workers, *feeders, board(found, ready, port), _forecaster(found, ready)]
        launcher = Launcher(services, LogWriter())
        note = {
            "env": ready.env,
            "dashboard": f"http://127.0.0.1:{port}",
            "workers": {w.name: health_url(int(w.env["TRACK_WORKER_PORT"])) for w in workers},
        }
        return asyncio.run(launcher.run(partial(_noted, launcher, state_dir / NOTE, note, began)))


def _feeder(settings: Settings, ready: Servers, number: int, city: list[str]) -> Service:
    env = {**ready.env, "TRACK_STATE_DIR": str(settings.state_dir)}
    name = "simulator" if number == 1 else f"simulator-{number}"
    return Service(name, track("simulate", *city), needs=(*ready.names, *ROLES), env=env)


def _forecaster(settings: Settings, ready: Servers) -> Service:
    env = {**ready.env, "TRACK_STATE_DIR": str(settings.state_dir)}
    return Service("foresee", track("foresee"), needs=(*ready.names, *ROLES), env=env)


def board(settings: Settings, ready: Servers, port: int) -> Service:
    """The dashboard, ready when it answers."""
    health = f"http://127.0.0.1:{port}{dashboard_server.HEALTH}"
    argv = dashboard_server.argv(port, settings.bind_host)
    return Service("dashboard", argv, needs=ready.names, ready=partial(answers, health), env=ready.env)


async def _noted(launcher: Launcher, path: Path, note: Mapping[str, object], began: float) -> None:
    """Once everything is up: the URL; from then on the note that `track check` reads is kept fresh."""
    launcher.say(f"all parts are up after {time.monotonic() - began:.1f} s; `track check` says how they are")
    launcher.say(f"the board: {note['dashboard']}")
    new = path.with_suffix(".new")
    while True:
        new.write_text(json.dumps({**note, "noted_at": time.time(), "services": launcher.status()}, indent=2))
        new.replace(path)
        await asyncio.sleep(NOTED_EVERY_SECONDS)
