"""every verb → here → the options, the settings and the reports that they share."""

import getpass
import json
import os
import socket
from pathlib import Path
from typing import Annotated, Any

import typer

from models.settings import Settings

JsonFile = Annotated[Path | None, typer.Option("--json", help="write the report to this file as JSON")]


def connected(*names: str) -> Settings:
    """Settings with these addresses. A part that runs alone has no embedded servers to fall back on."""
    settings = Settings()
    if missing := [f"TRACK_{name.upper()}" for name in names if getattr(settings, name) is None]:
        raise typer.BadParameter(f"set {' and '.join(missing)}; `track up` sets them for the parts it starts")
    return settings


def running(*names: str) -> Settings:
    """Settings with these addresses, or those of the stack that runs from this state directory. Raises NoStack."""
    settings = Settings()
    if all(getattr(settings, name) is not None for name in names):
        return settings
    from infra.check import running_stack

    return running_stack(settings)


def me() -> str:
    """The user of this shell; a container's may have no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid {os.geteuid()}"
    return f"{user}@{socket.gethostname()}"


def check_day(ready: str, *policies: str) -> None:
    """How a recorded day is to be replayed. Raises BadParameter with what there is to choose from."""
    from models.dispatch import POLICIES

    if set(policies) - set(POLICIES) or ready not in ("known", "estimated"):
        raise typer.BadParameter(f"policies are {', '.join(POLICIES)}; --ready is known or estimated")


def save(report: Any, file: Path | None) -> None:
    """The report as JSON, where a file was asked for."""
    if file is not None:
        file.write_text(json.dumps(report, indent=2) + "\n")
