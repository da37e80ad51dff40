"""what a person said of a time, a city's log → here → the moment of it that is meant. No clock."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.errors import TrackError
from models.ids import Instant
from models.rules import Rules
from models.ways import MINUTE_MS


class NotATime(TrackError):
    """Neither minutes since the opening nor a time of day."""


class NotReached(TrackError):
    """The log has no such moment: it begins later, or has not come so far."""


def instant(said: str, rules: Rules, opens_at: Instant, newest: Instant) -> Instant:
    """`90`: minutes since the opening; `18:30`: the last such time by `newest`, in the city's zone (ms).

    `newest`: how far the log has come. Raises NotATime, NotReached.
    """
    zone = ZoneInfo(rules.time_zone)
    at = (
        opens_at + int(said) * MINUTE_MS
        if said.isdecimal()
        else _last(said, datetime.fromtimestamp(newest / 1000, zone))
    )
    if not opens_at <= at <= newest:
        first, last = (f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M:%S}" for ms in (opens_at, newest))
        raise NotReached(
            f"{rules.name}: {said} is not in its log, {first} to {last} on its clocks; name a moment of it"
        )
    return at


def _last(said: str, newest: datetime) -> Instant:
    if not (found := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", said)):
        raise NotATime(f"{said!r} is neither minutes since the opening nor a time like 18:30")
    at = newest.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    return round((at if at <= newest else at - timedelta(days=1)).timestamp() * 1000)
