"""`track diff --policy NAME` → here → infra/diff.py, and as a table: what another policy would have made of the same day."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from infra.options import JsonFile, check_day, running, save
from models.difference import Difference, Differs, Fate, Total
from models.ids import Instant
from models.rules import DEFAULT_POLICY
from models.sentences import minutes

if TYPE_CHECKING:  # the agents and psycopg: `track --help` must not wait for them
    from infra.diff import Compared

SHOWN = 20
SINCE_HELP = (
    "until then the first policy decides: minutes since the opening, or the last such time of day in the city's zone"
)
TOTALS = {
    "orders": "orders",
    "delivered": "delivered",
    "undelivered": "undelivered",
    "decisions": "decisions",
    "click_to_door_mean": "click-to-door mean, min",
    "click_to_door_p90": "click-to-door p90, min",
    "ready_to_pickup_mean": "ready-to-pickup mean, min",
    "ready_to_pickup_p90": "ready-to-pickup p90, min",
}


def diff(
    policy: Annotated[str, typer.Option(help="the other policy: nearest, batch or rolling")],
    replay: Annotated[Path | None, typer.Option(metavar="PATH", help="a folder with a recorded day")] = None,
    city: Annotated[str | None, typer.Option(help="a city of the running stack, or one that ended there")] = None,
    against: Annotated[
        str, typer.Option(help="of a recorded day, the first policy; a log has its own")
    ] = DEFAULT_POLICY,
    ready: Annotated[str, typer.Option(help="of a recorded day: known or estimated")] = "known",
    since: Annotated[str | None, typer.Option(metavar="MINUTE|HH:MM", help=SINCE_HELP)] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=f"every order that differs, not the {SHOWN} largest")
    ] = False,
    json_file: JsonFile = None,
) -> None:
    """Run a day under two policies and list what differs: the decisions, and the minutes gained and lost."""
    from infra import diff as module

    if (replay is None) == (city is None):
        raise typer.BadParameter("say --replay PATH or --city CITY")
    check_day(ready, policy, against)
    if replay is not None:
        found = module.of_day(replay, against, policy, ready, since)
    else:
        found = module.of_city(running("postgres_url"), str(city), policy, since)
    typer.echo("\n".join(page(found, everything)))
    save(report(found), json_file)


def page(found: "Compared", everything: bool = False) -> list[str]:
    """Totals side by side, what differs in all, and the orders that differ most."""
    what, time = found.found, _clock(found)
    names = found.before, found.after if found.since is None else f"{found.after} from {time(found.since, '%Y-%m-%d ')}"
    shown = what.orders if everything else what.orders[:SHOWN]
    return [
        f"{found.scenario.name}, ready times {found.scenario.rules.ready_mode}, times of {found.scenario.rules.time_zone}",
        *_of_log(found),
        *_aligned([("", *names), *_totals(what.one, what.other)]),
        *_in_all(what, time),
        *_aligned([("order", "placed", *names, "min"), *(_row(one, found) for one in shown)]),
        *([f"{len(what.orders) - len(shown)} more; --all shows them"] if len(shown) < len(what.orders) else []),
    ]


def _of_log(found: "Compared") -> Iterator[str]:
    """How well the log's own day can be run once more: what stands below is worth no more than that."""
    if found.day is None or found.own is None:
        return
    own, day = found.own, found.day
    if own.decided_otherwise:
        yield (
            f"run once more under its own {found.before}, {own.decided_otherwise} of {own.one.orders} orders are decided "
            "otherwise than in the log:"
        )
        yield "live pings, turns that came late, people's actions and what is left out are not in a re-run"
    else:
        yield f"run once more under its own {found.before}, all {own.one.orders} orders are decided as in the log"
    if day.left_out:
        yield f"left out: {', '.join(f'{n} {why}' for why, n in day.left_out.items())}"
    if day.beyond:
        yield f"not in a re-run: {', '.join(f'{n} {what}' for what, n in day.beyond.items())}"


def _totals(one: Total, other: Total) -> Iterator[tuple[str, ...]]:
    for field, name in TOTALS.items():
        yield name, *(_figure(getattr(some, field)) for some in (one, other))


def _in_all(what: Difference, time: Any) -> Iterator[str]:
    if what.first_at is None:
        yield "no decision differs"
        return
    yield (
        f"{what.decided_otherwise} orders are decided otherwise, {len(what.orders)} differ, from {time(what.first_at)} on; "
        f"{what.same} decisions are the same"
    )
    gained, lost = what.gained_ms, what.lost_ms
    yield f"of what both deliver: {minutes(gained)} min gained, {minutes(lost)} min lost, {_signed(lost - gained)} min in all"


def _row(one: Differs, found: "Compared") -> tuple[str, ...]:
    gained = one.gained_ms
    moved = "" if gained is None else _signed(-gained)
    return one.one.order, _clock(found)(one.one.placed_at), _told(one.one, found), _told(one.other, found), moved


def _told(fate: Fate, found: "Compared") -> str:
    """When it was given to whom last, and when it came."""
    time = _clock(found)
    given = f"{time(fate.given[-1].at)} {found.drivers.get(fate.given[-1].driver, '?')}" if fate.given else "nobody"
    again = f" (sent {len(fate.given)} times)" if len(fate.given) > 1 else ""
    return f"{given}{again} → {time(fate.delivered_at) if fate.delivered_at else 'undelivered'}"


def _clock(found: "Compared") -> Any:
    zone = ZoneInfo(found.scenario.rules.time_zone)
    seconds = "" if found.scenario.rules.tick_seconds % 60 == 0 else ":%S"

    def time(at: Instant, date: str = "") -> str:
        return datetime.fromtimestamp(at / 1000, zone).strftime(f"{date}%H:%M{seconds}")

    return time


def _signed(ms: int) -> str:
    """Less is earlier, with a true minus."""
    return f"−{minutes(-ms)}" if ms < 0 else f"+{minutes(ms)}" if ms else "0"


def _figure(value: float | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.2f}"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def report(found: "Compared") -> dict[str, Any]:
    """For JSON: times in ms since 1970 UTC; `gained_minutes` of an order, more is earlier under the other policy."""
    import msgspec

    plain = msgspec.to_builtins(found.found)
    for one, row in zip(found.found.orders, plain["orders"], strict=True):
        row["gained_minutes"] = None if one.gained_ms is None else one.gained_ms / 60_000
    minutes_of = {name: plain.pop(f"{name}_ms") / 60_000 for name in ("gained", "lost")}
    run = {"day": found.scenario.name, "before": found.before, "after": found.after, "since": found.since}
    log = (
        None
        if found.day is None or found.own is None
        else {
            "left_out": found.day.left_out,
            "beyond": found.day.beyond,
            "decided_otherwise_than_logged": found.own.decided_otherwise,
            "orders": found.own.one.orders,
        }
    )
    return {**run, **plain, **{f"{name}_minutes": ms for name, ms in minutes_of.items()}, "log": log}
