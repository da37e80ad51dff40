"""tiles, card, ages → here → HTML for `st.html`. Values are escaped here, once; shapes come from the style sheet.

Streamlit's sanitizer takes SVG away, so glyphs and lines are masks: `<i class="g g-late">`.
"""

from collections.abc import Iterable
from html import escape

from dashboard import shapes, wording
from dashboard.card import Bringer, Card, Stage
from dashboard.lost import LostPanel, Part
from dashboard.tiles import Tile
from models.kpi_registry import tooltip

KPI = {
    "active": "active", "late": "late", "risk": "at_risk", "on-time": "on_time", "click": "click_to_door",
    "unassigned": "unassigned", "drivers": "drivers_free",
}  # fmt: skip
"""Each tile's figure in the registry, which says what it means to whoever points at it."""
RISK_CLASS = {"on track": "c-ok", "tight": "c-tight", "at risk": "c-risk", "late": "c-late"}


def glyph(name: str | None, colour: str = "") -> str:
    """A shape; without a name its empty place."""
    kind = shapes.class_name(name) if name else "none"
    return f'<i class="g {kind} {colour}"></i>'


def risk_glyph(risk: str | None) -> str:
    return glyph(risk, RISK_CLASS.get(risk or "", ""))


def tile(one: Tile) -> str:
    """One number with its age; stale, it says as of when, and of less than an hour, of how much."""
    mark = risk_glyph(one.glyph) if one.glyph else ""
    second = f"<b class=second>{escape(one.second)}</b><small>{escape(one.second_unit)}</small>" if one.second else ""
    note = f"as of {one.as_of}" if one.stale else one.part or one.note
    meaning = f"{tooltip(KPI[one.key])} Now {one.part}, since the city opened." if one.part else tooltip(KPI[one.key])
    unit = (
        f"<small><i>{one.unit_before}</i>{escape(one.unit)}<i>{escape(one.unit_more)}</i></small>" if one.unit else ""
    )
    state = " stale" if one.stale else " none" if one.value == "0" else ""
    state += " part" if one.part else ""
    return (
        f'<div class="tile {one.key}{state}" title="{escape(meaning)}">'
        f"<span class=lab>{mark}{escape(one.label)}</span>"
        f"<span class=age>{escape(one.age)}</span><span class=v><b>{escape(one.value)}</b>{unit}{second}</span>"
        f"<span class=course>{line(one)}<em>{escape(note)}</em></span></div>"
    )


def line(one: Tile) -> str:
    """The last two hours; where they are missing their place stays."""
    drawn = shapes.sparkline(one.line) if one.line else None
    return f'<i class=spark style="--s:url(&quot;{drawn}&quot;)"></i>' if drawn else "<i class=spark></i>"


def tiles(found: Iterable[Tile]) -> str:
    return f"<div class=tiles>{''.join(map(tile, found))}</div>"


def skeleton_tiles(labels: Iterable[str]) -> str:
    """The same boxes as the data."""
    boxes = "".join(
        f"<div class=tile><span class=lab>{escape(label)}</span><span class=age></span>"
        "<span class=v><i class=skel></i></span></div>"
        for label in labels
    )
    return f"<div class=tiles>{boxes}</div>"


def card(one: Card) -> str:
    """The chosen order's card."""
    gone = f'<div class="bar gone">{glyph("check")}<b>{escape(one.gone)}</b></div>' if one.gone else ""
    head = (
        f"<header>{risk_glyph(one.risk)}<h2>{escape(one.name)}</h2>"
        f"<span class=tag>{escape(one.status or 'gone')}</span></header>"
    )
    where = f"<p class='where old'>{escape(one.stale)}</p>" if one.stale else f"<p class=where>{escape(one.where)}</p>"
    if not one.status:
        return (
            f"<section class=card>{head}{gone}<p class=where>It ended more than an hour ago, or was never in this "
            "city. Nothing was done.</p></section>"
        )
    return (
        f'<section class="card{" stale" if one.stale else ""}">{head}{where}{gone}'
        f"{figures(one)}{needed(one.need)}{bringer(one.bringer)}{stages(one.stages)}"
        f"<p class=ver>{escape(one.version)}</p></section>"
    )


def figures(one: Card) -> str:
    """When it comes, what was promised, and what lies between."""
    slack = RISK_CLASS.get(one.risk or "", "")
    label = "ETA" if not one.gone else "Ended"
    return (
        f"<div class=eta><div><span>{label}</span><b class=big>{one.eta}</b></div>"
        f"<div><span>Promise</span><b>{one.promise}</b></div>"
        f"<div><span>Slack</span><b class='{slack}'>{one.slack}</b><small>min</small></div>"
        f"<p>{escape(one.span)}</p></div>"
    )


def needed(words: tuple[str, str] | None) -> str:
    """What ate the slack, and the next step; nothing while all is well."""
    return f"<p class=need><b>{escape(words[0])}</b><span>{escape(words[1])}</span></p>" if words else ""


def bringer(who: Bringer | None) -> str:
    if who is None:
        return "<div class=who><b>No driver yet</b><span>Dispatch offers it at the next tick.</span></div>"
    return (
        f"<div class=who>{glyph(who.mark)}<b>{escape(who.name)}</b><span>{escape(who.says)}</span>"
        f"<em>{escape(who.evidence)}</em></div>"
    )


def stages(found: Iterable[Stage]) -> str:
    """All of them from the start, so that nothing moves when a stamp comes."""
    return (
        "<ol>"
        + "".join(
            f'<li class="{"done" if one.done else ""}"><span>{one.name}</span><em>{one.after}</em><b>{one.at}</b></li>'
            for one in found
        )
        + "</ol>"
    )


def notice(title: str, text: str) -> str:
    """What stands in a panel's place. Backticks in the text are commands."""
    parts = escape(text).split("`")
    said = "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
    return f"<section class=notice><h2>{escape(title)}</h2><p>{said}</p></section>"


def legend(numbers: Iterable[tuple[str, int]], stale: bool) -> str:
    """What the shapes of the map mean, with how many there are."""
    said = "".join(
        f"<span>{glyph(shape, 'c-good' if shape == 'free' else 'c-driver')}{shape} <b>{wording.whole(n)}</b></span>"
        for shape, n in numbers
    )
    return f"<div class='legend{' drained' if stale else ''}'>{said}</div>"


def positions(age: str, stale: str | None) -> str:
    """How old the map is, in a word or as of when."""
    if stale:
        return f"<div class='age old'>{glyph('clock')}{escape(stale)}</div>"
    return f"<div class=age>positions {age}</div>"


def scale(step: int) -> str:
    """pydeck draws no scale bar: the grid is one."""
    return f"<div class=scale>grid {wording.metres(step)}</div>"


def overview(
    statuses: Iterable[tuple[str, str]], risks: Iterable[tuple[str, str]], lost: LostPanel, stale: bool
) -> str:
    """The card's place while no order is chosen: how the open orders are spread, and where late minutes were lost."""
    rules = {"on track": "slack over 5 min", "tight": "0 to 5 min", "at risk": "slack below 0", "late": "promise past"}
    stages_said = "".join(f"<li><span>{name}</span><b>{n}</b></li>" for name, n in statuses)
    risks_said = "".join(
        f"<li>{risk_glyph(risk)}<span>{risk.capitalize()}<em>{rules[risk]}</em></span><b>{n}</b></li>"
        for risk, n in risks
    )
    return (
        f"<section class='card overview{' drained' if stale else ''}'><header><h2>No order chosen</h2></header>"
        "<p class=where>Choose one in the list: its way is drawn on the map, its stages stand here.</p>"
        f"<h3>Open orders by risk</h3><ul>{risks_said}</ul>{lost_minutes(lost)}"
        f"<h3>By status</h3><ul>{stages_said}</ul>"
        "<p class=ver>Slack is the promise less the time that 8 in 10 such orders keep.</p></section>"
    )


def lost_minutes(one: LostPanel) -> str:
    """Which stage lost the last hour's late minutes, and which kitchens have most of them."""
    drained = " class=drained" if one.stale else ""
    return (
        f'<div{drained} title="{escape(tooltip("late_minutes"))}"><h3>Late minutes, last hour<em>{one.age}</em></h3>'
        f"<ul class=lost>{''.join(map(_part, one.parts))}<li class=sum><span>Sum</span><b>{escape(one.total)}</b></li>"
        f"{''.join(map(_part, one.kitchens))}</ul></div>"
    )


def _part(one: Part) -> str:
    note = f"<em>{escape(one.note)}</em>" if one.note else ""
    none = " class=none" if one.minutes == "0" else ""
    return (
        f"<li{none}><span>{escape(one.name)}{note}</span><i style='width:{one.share * 0.4:.1f}%'></i>"
        f"<b>{one.minutes}</b></li>"
    )
