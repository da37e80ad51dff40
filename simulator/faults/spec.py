"""`late-pings:at=18:45:for=10m:share=0.1` → here → a fault of one day, or what is wrong with it and what is allowed."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.ids import Instant
from models.ways import MINUTE_MS
from simulator.faults.kinds import KINDS, LARGEST_GARBAGE, BadFault, Fault, Kind, Unit
from simulator.scenario import Scenario

_UNITS_MS = {"s": 1000, "m": MINUTE_MS, "h": 60 * MINUTE_MS}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smh])")
_METRES = re.compile(r"(\d+(?:\.\d+)?)(km|m)")
LARGEST_FACTOR, LARGEST_METRES, LARGEST_DURATION_MS = 10.0, 100_000.0, 24 * 60 * MINUTE_MS


def fault(spec: str, number: int, scenario: Scenario, since: Instant) -> Fault:
    """The fault of a day that a spec means; `since` is when it begins if no time is given, or what `at=+10m` counts from.

    Raises BadFault.
    """
    name, said = _parts(spec)
    kind, ends = KINDS[name], max((s.until for s in scenario.shifts), default=since)
    at = _at(spec, said.get("at"), scenario, since)
    lasts = _duration(spec, said["for"]) if "for" in said else kind.lasts_ms
    until = ends if lasts is None else min(at + lasts, ends)
    if not since <= at < until:
        raise BadFault(f"{spec}: it would begin at {_clock(at)}; possible is {_clock(since)} to {_clock(ends)}")
    share = _share(spec, said["share"]) if "share" in said else kind.share
    if name == "garbage" and share is not None and share > LARGEST_GARBAGE:
        raise BadFault(f"{spec}: share of garbage is at most {LARGEST_GARBAGE}; more of it would pause the roles")
    by = _AMOUNTS[kind.unit](spec, said["by"]) if "by" in said else kind.by
    seed = _seed(spec, said.get("seed", "0"))
    return Fault(f"{name}#{number}", name, at, until, seed, share or 1.0, by or 0.0, said.get("whom"))


def options(kind: Kind) -> list[str]:
    """What may be said of it."""
    own = {"share": kind.share is not None, "by": kind.by is not None, "whom": kind.whom is not None}
    return ["at", "for", "seed", *(name for name, has in own.items() if has)]


def told() -> list[str]:
    """A line for each fault: what it does and what may be said of it, with what holds when nothing is said."""
    return [f"{name}: {kind.does}{_defaults(kind)}" for name, kind in KINDS.items()]


def _defaults(kind: Kind) -> str:
    lasts = "" if kind.lasts_ms is None else f"for={_length(kind.lasts_ms)}"
    share = "" if kind.share is None else f"share={kind.share:g}"
    by = "" if kind.by is None else f"by={_amount(kind.by, kind.unit)}"
    whom = "" if kind.whom is None else f"whom={kind.whom.upper()}"
    said = ":".join(one for one in (lasts, share, by, whom) if one)
    return f" ({said})" if said else ""


def _amount(by: float, unit: Unit) -> str:
    return {"duration": _length(by), "factor": f"{by:g}", "metres": f"{by / 1000:g}km"}[unit]


def _length(ms: float) -> str:
    return f"{ms / MINUTE_MS:g}m"


def _parts(spec: str) -> tuple[str, dict[str, str]]:
    """A clock has a colon too: only one before `word=` divides."""
    name, *parts = re.split(r":(?=[a-z]+=)", spec)
    if name not in KINDS:
        raise BadFault(f"{spec}: {name!r} is no fault. Faults: {', '.join(KINDS)}")
    said = dict(part.split("=", 1) for part in parts)
    allowed = options(KINDS[name])
    if wrong := [key for key in said if key not in allowed]:
        raise BadFault(f"{spec}: {name} has no {' and no '.join(wrong)}. It has {', '.join(allowed)}")
    if len(said) < len(parts):
        raise BadFault(f"{spec}: something is said twice")
    return name, said


def _at(spec: str, said: str | None, scenario: Scenario, since: Instant) -> Instant:
    if said is None:
        return since
    if said.startswith("+"):
        return since + _duration(spec, said[1:])
    if (clock := _CLOCK.fullmatch(said)) is None:
        raise BadFault(f"{spec}: at={said} is no time; say at=18:45 by the city's clock, or at=+10m from the start")
    begins = datetime.fromtimestamp(since / 1000, _zone(scenario))
    there = begins.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
    there = there if there >= begins else there + timedelta(days=1)
    return int(there.timestamp() * 1000)


def _zone(scenario: Scenario) -> ZoneInfo:
    try:
        return ZoneInfo(scenario.rules.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise BadFault(f"the city's time zone {scenario.rules.time_zone!r} is unknown here; say at=+10m") from unknown


def _clock(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _duration(spec: str, said: str) -> int:
    found = _DURATION.fullmatch(said)
    ms = round(float(found[1]) * _UNITS_MS[found[2]]) if found else 0
    if not 0 < ms <= LARGEST_DURATION_MS:
        raise BadFault(f"{spec}: {said!r} is no duration; say 90s, 10m or 1h, of at most a day")
    return ms


def _share(spec: str, said: str) -> float:
    share = _number(said)
    if not 0 < share <= 1:
        raise BadFault(f"{spec}: share={said} is none; it is above 0 and at most 1")
    return share


def _factor(spec: str, said: str) -> float:
    factor = _number(said)
    if not 1 < factor <= LARGEST_FACTOR:
        raise BadFault(f"{spec}: by={said} is no factor; it is above 1 and at most {LARGEST_FACTOR:g}")
    return factor


def _metres(spec: str, said: str) -> float:
    found = _METRES.fullmatch(said)
    metres = float(found[1]) * (1000 if found[2] == "km" else 1) if found else 0.0
    if not 0 < metres <= LARGEST_METRES:
        raise BadFault(f"{spec}: by={said} is no distance; say 500m or 20km, of at most {LARGEST_METRES / 1000:g}km")
    return metres


def _seed(spec: str, said: str) -> int:
    if not said.isascii() or not said.isdigit() or len(said) > 18:
        raise BadFault(f"{spec}: seed={said} is none; it is a whole number from 0 on")
    return int(said)


def _number(said: str) -> float:
    """NaN is none: it is neither above nor below anything."""
    try:
        return float(said)
    except ValueError:
        return math.nan


_AMOUNTS: dict[Unit, Callable[[str, str], Any]] = {"duration": _duration, "factor": _factor, "metres": _metres}
