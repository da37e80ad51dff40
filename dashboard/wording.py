"""numbers, instants → here → the words on the screen. Short, plain, sentence case; figures as `tokens.md` says.

Thin space in thousands, a real minus, city time on a 24 h clock, and “–” in the place of what is missing.
"""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MISSING = "–"
MINUTE_MS = 60_000


def whole(number: int) -> str:
    """1 204, with a thin space and a real minus."""
    return f"{number:,}".replace(",", "\u2009").replace("-", "−")


def signed(number: int) -> str:
    """+3, 0, −8."""
    return f"+{whole(number)}" if number > 0 else whole(number)


def span(ms: int) -> str:
    """43 s, 41 min, 1 h 35 min: seconds below 2 min, hours above 90 min."""
    if ms < 2 * MINUTE_MS:
        return f"{max(0, ms) // 1000} s"
    minutes = ms // MINUTE_MS
    return f"{minutes} min" if minutes <= 90 else f"{whole(minutes // 60)} h {minutes % 60} min"


def age(ms: int | None) -> str:
    """0.2 s up to 10 s, then as a span."""
    if ms is None:
        return MISSING
    return f"{max(0, ms) / 1000:.1f} s" if ms < 10_000 else span(ms)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """UTC where the machine does not know the city's zone: a wrong offset is worse than a known one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def clock(at: int | None, time_zone: str, *, seconds: bool = False) -> str:
    """19:38, or 19:26:21, in the city's zone."""
    if at is None:
        return MISSING
    minute, rest = divmod(at, MINUTE_MS)
    return _of_minute(minute, time_zone) + (f":{rest // 1000:02}" if seconds else "")


@lru_cache(maxsize=4096)
def _of_minute(minute: int, time_zone: str) -> str:
    """Kept: a list of 200 rows asks for 800 clocks a tick, nearly all of them the last tick's."""
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(zone(time_zone)).strftime("%H:%M")


def metres(length: float) -> str:
    """600 m, 1.1 km, 2 km."""
    return f"{round(length, -1):.0f} m" if length < 995 else f"{length / 1000:.1f} km".replace(".0 ", " ")


def plural(number: int, one: str, many: str | None = None) -> str:
    """1 order, 7 orders."""
    return f"{whole(number)} {one if number == 1 else many or one + 's'}"
