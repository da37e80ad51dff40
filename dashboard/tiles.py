"""Snapshot, rows, the last two hours → here → the seven tiles. Every number has an age, every missing one a place."""

from collections.abc import Callable, Sequence

import msgspec

from dashboard import wording
from dashboard.frames import Mark, Row, freshness
from dashboard.order_list import slack_minutes
from dashboard.snapshot import Snapshot
from models.driver import Signal
from models.kpi_hour import window_minutes
from models.kpis import KpiMinute
from models.slack import Risk

TREND_MINUTES = 15


class Tile(msgspec.Struct, frozen=True):
    """`line` is the course of the last two hours (None: not kept, or Postgres is away), `note` what it comes to.

    `part`: of how much of the hour it is, while that is not whole. `unit_before` and `unit_more` stand about the unit where
    there is room for them: not on a phone.
    """

    key: str
    label: str
    value: str
    unit: str = ""
    unit_more: str = ""
    unit_before: str = ""
    second: str = ""
    second_unit: str = ""
    glyph: str | None = None
    age: str = wording.MISSING
    stale: bool = False
    as_of: str = ""
    line: tuple[float | None, ...] | None = None
    note: str = ""
    part: str = ""


Minutes = Sequence[KpiMinute] | None
Figure = Callable[[KpiMinute], float | None]


def tiles(s: Snapshot, found: tuple[Row, ...], on_duty: tuple[Mark, ...], minutes: Minutes) -> tuple[Tile, ...]:
    """In the order of the board: what is open, what goes wrong, how well, and who could help."""
    return (
        _active(s, found, minutes),
        _risky(s, found, Risk.LATE, "late", "Late"),
        _risky(s, found, Risk.AT_RISK, "risk", "At risk"),
        _on_time(s, minutes),
        _click_to_door(s, minutes),
        _unassigned(s, found, minutes),
        _drivers_free(s, on_duty, minutes),
    )


def _active(s: Snapshot, found: tuple[Row, ...], minutes: Minutes) -> Tile:
    value = wording.whole(len(found)) if s.view else wording.MISSING
    return _coursed(_aged(s, "city_commands", Tile("active", "Active", value)), minutes, lambda m: m.active)


def _risky(s: Snapshot, found: tuple[Row, ...], risk: Risk, key: str, label: str) -> Tile:
    """There is no history of risk in `kpi_minutes`: the worst one stands in the line's place."""
    such = [row for row in found if row.risk is risk]
    worst = min((row.slack_ms for row in such if row.slack_ms is not None), default=None)
    note = f"worst {wording.signed(slack_minutes(worst))} min" if worst is not None else ""
    value = wording.whole(len(such)) if s.view else wording.MISSING
    return _aged(s, "city_commands", Tile(key, label, value, glyph=risk, note=note))


def _on_time(s: Snapshot, minutes: Minutes) -> Tile:
    share = s.kpi.on_time_share if s.kpi else None
    value = f"{share * 100:.1f}" if share is not None else wording.MISSING
    tile = _aged(s, "city_kpis", Tile("on-time", "On time", value, unit="%"))
    tile = _coursed(tile, minutes, lambda m: None if m.on_time_share is None else m.on_time_share * 100, digits=1)
    return _part_of_an_hour(s, tile)


def _click_to_door(s: Snapshot, minutes: Minutes) -> Tile:
    p50, p90 = (s.kpi.click_to_door_p50_minutes, s.kpi.click_to_door_p90_minutes) if s.kpi else (None, None)
    tile = Tile("click", "Click to door", _minutes(p50), "min p50", second=_minutes(p90), second_unit="p90")
    tile = _coursed(_aged(s, "city_kpis", tile), minutes, lambda m: m.click_to_door_p90_minutes, before="p90")
    return _part_of_an_hour(s, tile)


def _unassigned(s: Snapshot, found: tuple[Row, ...], minutes: Minutes) -> Tile:
    waiting = [row.order.placed_at for row in found if row.order.driver is None]
    value = wording.whole(len(waiting)) if s.view else wording.MISSING
    oldest = wording.span(s.view.now - min(waiting)) if s.view and waiting else ""
    tile = Tile("unassigned", "Unassigned", value, oldest, unit_before="oldest " if oldest else "")
    tile = _aged(s, "city_commands", tile)
    return _coursed(tile, minutes, lambda m: m.unassigned)


def _drivers_free(s: Snapshot, on_duty: tuple[Mark, ...], minutes: Minutes) -> Tile:
    silent = sum(mark.signal is not Signal.LIVE for mark in on_duty)
    free = sum(mark.shape == "free" for mark in on_duty)
    value = wording.whole(free) if s.view else wording.MISSING
    unit, more = (f"of {wording.whole(len(on_duty))}", f", {wording.whole(silent)} silent") if s.view else ("", "")
    tile = _aged(s, "driver_pings", Tile("drivers", "Drivers free", value, unit, more))
    return _coursed(tile, minutes, lambda m: m.drivers_available)


def _minutes(value: float | None) -> str:
    return wording.whole(round(value)) if value is not None else wording.MISSING


def _coursed(tile: Tile, minutes: Minutes, figure: Figure, digits: int = 0, before: str = "") -> Tile:
    """With the line, and how far it moved in a quarter of an hour; there is no room for the time where it says of what."""
    if not minutes:
        return tile
    line = tuple(figure(m) for m in minutes)
    last, earlier = line[-1], line[-1 - TREND_MINUTES] if len(line) > TREND_MINUTES else None
    if last is None or earlier is None:
        return msgspec.structs.replace(tile, line=line)
    moved = round(last - earlier, digits)
    said = f"{moved:+.{digits}f}".replace("-", "−") if moved else "±0"
    note = f"{before} {said}" if before else f"{said} in {TREND_MINUTES} min"
    return msgspec.structs.replace(tile, line=line, note=note)


def _part_of_an_hour(s: Snapshot, tile: Tile) -> Tile:
    """A figure of the last hour says of how much of it, until the city was open for one."""
    card = s.cities.get(s.city)
    if card is None or s.kpi is None or (window := window_minutes(card.opened_at, s.kpi.minute)) >= 60:
        return tile
    return msgspec.structs.replace(tile, part=f"of {window} min")


def _aged(s: Snapshot, agent: str, tile: Tile) -> Tile:
    fresh = freshness(s, agent)
    as_of = wording.clock(fresh.as_of, s.view.rules.time_zone, seconds=True) if s.view else ""
    return msgspec.structs.replace(tile, age=wording.age(fresh.age_ms), stale=fresh.stale, as_of=as_of)
