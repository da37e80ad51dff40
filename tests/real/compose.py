"""docker-compose.yml, Dockerfile, .dockerignore → here → what Compose's own parser makes of them, and the image's tree."""

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "infra" / "docker" / "Dockerfile"
PASSWORDS = {"POSTGRES_PASSWORD": "pg-of-a-test", "VALKEY_PASSWORD": "vk-of-a-test"}
OURS = "track:"
Plan = dict[str, dict[str, Any]]


def parsed(**variables: str) -> "subprocess.CompletedProcess[str]":
    """`docker compose config` as JSON, with these variables and nobody's .env; no engine is asked."""
    compose = [str(Path(sys.executable).with_name("docker-compose")), "--env-file", os.devnull, "--profile", "*"]
    return subprocess.run(
        [*compose, "config", "--format", "json"], cwd=ROOT, env=variables, capture_output=True, text=True
    )


def services(**variables: str) -> Plan:
    """The services, everything interpolated and merged; `$$` is a dollar that the shell in the container sees."""
    done = parsed(**(PASSWORDS | variables))
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.replace("$$", "$"))["services"])


def ours(plan: Plan) -> Plan:
    """Those that run our image."""
    return {name: one for name, one in plan.items() if one["image"].startswith(OURS)}


def seconds(duration: str) -> float:
    """`1m30s` → 90.0"""
    unit = {"h": 3600.0, "m": 60.0, "s": 1.0}
    return sum(float(n) * unit[u] for n, u in re.findall(r"([\d.]+)([hms])", duration))


def instructions(name: str) -> list[str]:
    """What follows this word in the Dockerfile's last stage, in order."""
    stage = DOCKERFILE.read_text().rpartition("\nFROM ")[2]
    return re.findall(rf"^{name} (.+)$", stage, re.MULTILINE)


def entrypoint() -> list[str]:
    return list(json.loads(instructions("ENTRYPOINT")[0]))


def image_tree(to: Path) -> Path:
    """What the Dockerfile copies from the sources, less what .dockerignore keeps from it."""
    for line in instructions("COPY"):
        if not line.startswith("--from"):
            source, target = line.split()
            assert _sent(source), f"{source} is copied, and .dockerignore keeps it back"
            _copy(ROOT / source, to / target)
    return to


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copy(source, target)
        return

    def kept_back(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if not _sent(str((Path(folder) / name).relative_to(ROOT)))}

    shutil.copytree(source, target, ignore=kept_back)


def _sent(path: str) -> bool:
    """Whether a path goes to the builder: as for Docker, the last pattern that fits it or a folder above decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        folders = [path, *(str(p) for p in Path(path).parents if p != Path("."))]
        if any(_fits(one, pattern) for one in folders):
            sent = line.startswith("!")
    return sent


def _fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatch(Path(path).name, pattern[3:])
    return path.count("/") == pattern.count("/") and fnmatch(path, pattern)
