"""role → here → its agents, running, with `/healthz` and `/metrics`. `roles.py` says which agents a role has."""

from typing import Any

import faust
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from models.settings import Settings
from pipelines import health, logs
from pipelines.app import RoleApp
from pipelines.garbage import collect_seldom
from pipelines.roles import ROLES

KEEPS_HOUSE = "insights"
"""The role that answers to nobody's screen at once."""


def build(role: str, settings: Settings) -> RoleApp:
    """The role's app, with its pages. Raises KeyError for a role that is none."""
    app = RoleApp(role, ROLES[role], settings)

    @app.page("/healthz")
    async def healthz(web: Any, request: Any) -> Any:
        report = health.of(app)
        return web.json(report, status=200 if report["healthy"] else 503)

    @app.page("/metrics")
    async def metrics(web: Any, request: Any) -> Any:
        health.of(app)
        return web.bytes(generate_latest(), content_type=CONTENT_TYPE_LATEST.split(";")[0])

    if role == KEEPS_HOUSE:
        app.task(app.keep_partitions)
        app.task(app.retire_cities)
    return app


def run(role: str, settings: Settings) -> None:
    """Work until a signal. Exits 70 when another worker has taken over."""
    logs.set_up(settings)
    app = build(role, settings)
    app.conf.datadir.parent.mkdir(parents=True, exist_ok=True)
    collect_seldom()
    worker = faust.Worker(app, override_logging=False, quiet=True)
    worker.execute_from_commandline()
