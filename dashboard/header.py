"""Snapshot → here → the lines above and below the board: whose city, is the link alive, what time is it there.

A server that fell silent cannot say so: `theme.css` says “Broken” by itself 7 s after the last tick.
"""

from collections.abc import Mapping
from html import escape

import msgspec

from dashboard import wording
from dashboard.frames import freshness
from dashboard.markup import glyph
from dashboard.snapshot import Snapshot
from models.ids import CityId
from models.views import CityCard


class Link(msgspec.Struct, frozen=True):
    """The state of the link in a word, its shape, and how old the newest fact on the board is."""

    state: str
    word: str
    age: str


def link_of(s: Snapshot) -> Link:
    """Live, silent, broken, closed, or nothing yet: shape and word differ, not only colour."""
    fresh = freshness(s, "city_commands")
    if s.view is None:
        return Link("broken", "Broken", "no answer") if not s.answered else Link("opening", "Opening", "no tick yet")
    as_of = wording.clock(fresh.as_of or s.view.now, s.view.rules.time_zone, seconds=True)
    if not s.answered:
        return Link("broken", "Broken", f"shown as of {as_of}")
    if s.view.closed:
        return Link("closed", "Closed", f"at {as_of}")
    if fresh.stale:
        return Link("silent", "Silent", f"as of {as_of}")
    return Link("live", "Live", f"{wording.age(fresh.age_ms)} ago")


def brand(name: str) -> str:
    """The product's mark and the city's name; several cities make the name a menu beside it."""
    city = f"<b>{escape(name)}</b>" if name else ""
    return f"<div class=brand>{glyph('mark')}<span class=name>Track</span>{city}</div>"


def link(s: Snapshot | None) -> str:
    """The right end of the header. `data-tick` makes every tick another text, which starts the watchdog anew."""
    if s is None:
        return '<div class=link><span class=now><i class="dot closed"></i><b>No city</b></span></div>'
    zone = s.view.rules.time_zone if s.view else "UTC"
    one, time = link_of(s), wording.clock(s.view.now if s.view else None, zone, seconds=True)
    clock = f"{time}<small>, city time</small>" if s.view else ""
    return (
        f'<div class=link data-tick="{s.read_at}" role=group aria-label="Link">'
        f'<span class=now><i class="dot {one.state}"></i><b>{one.word}</b><em>{one.age}</em></span>'
        f'<span class=lost><i class="dot broken"></i><b>Broken</b><em>shown as of {time}</em></span>'
        f"<span class=time>{clock}</span></div>"
    )


def status(s: Snapshot, history: bool) -> str:
    """The line below the board: what it stands on, and what of it is missing."""
    if s.view is None:
        return "<div class=status></div>"
    rules = s.view.rules
    left = (
        f"seq {wording.whole(s.view.seq)}",
        f"policy {rules.policy}",
        f"tick {rules.tick_seconds} s, pings {rules.ping_seconds} s",
    )
    missing = []
    if not history:
        missing.append("Postgres does not answer: the lines of the last two hours are missing, tiles are live")
    if s.unreadable:
        missing.append(f"{wording.plural(s.unreadable, 'value')} could not be read: not shown")
    said = "".join(f"<span>{escape(part)}</span>" for part in left)
    warned = "".join(f"<span class=warn>{glyph('clock')}{escape(part)}</span>" for part in missing)
    return f"<div class=status>{said}<i></i>{warned}</div>"


def city_labels(cities: Mapping[CityId, CityCard]) -> dict[CityId, str]:
    """Each city's name; of several with one name each says its id too, since a menu refuses two equal labels."""
    names = [card.name for card in cities.values()]
    return {city: card.name if names.count(card.name) == 1 else f"{card.name}, {city}" for city, card in cities.items()}
