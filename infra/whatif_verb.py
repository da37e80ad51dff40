"""`track whatif`, `track foresee` → here → infra/whatif.py, and its branches as a table: what would change, and how sure."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.levers import words
from infra.options import JsonFile, check_day, connected, running, save
from models.ids import RestaurantId
from models.levers import CallDrivers, Effect, ExtendPromises, Levers, PauseKitchen, Range, ShrinkRadius, SlowKitchen
from models.rules import DEFAULT_POLICY

if TYPE_CHECKING:  # psycopg and the simulator: `track --help` must not wait for them
    from infra.whatif import Branch
    from models.watch import Watch

AT_HELP = (
    "a moment of its log, instead of now: minutes since the opening, or the last such time of day in the city's zone"
)
Several = list[str] | None


def whatif(
    drivers: Annotated[Several, typer.Option(metavar="N[@ZONE]", help="so many more drivers are called")] = None,
    pause: Annotated[Several, typer.Option(metavar="RESTAURANT", help="it takes no new order")] = None,
    slow: Annotated[
        Several, typer.Option(metavar="RESTAURANT:MINUTES", help="it takes one order in so many min")
    ] = None,
    extend: Annotated[Several, typer.Option(metavar="MINUTES[@RESTAURANT]", help="new promises are later")] = None,
    radius: Annotated[Several, typer.Option(metavar="METRES[@RESTAURANT]", help="farther doors get no order")] = None,
    rain: Annotated[list[float] | None, typer.Option(min=1.0, max=5.0, help="ways take so many times as long")] = None,
    incident: Annotated[str | None, typer.Option(help="the levers of this open incident")] = None,
    city: Annotated[str | None, typer.Option(help="a city of the stack; the newest where none is named")] = None,
    at: Annotated[str | None, typer.Option(metavar="MINUTE|HH:MM", help=AT_HELP)] = None,
    replay: Annotated[Path | None, typer.Option(metavar="PATH", help="a folder with a recorded day, instead")] = None,
    policy: Annotated[str, typer.Option(help="of a recorded day: nearest, batch or rolling")] = DEFAULT_POLICY,
    ready: Annotated[str, typer.Option(help="of a recorded day: known or estimated")] = "estimated",
    minutes: Annotated[int, typer.Option(min=10, max=240, help="how far ahead")] = 60,
    draws: Annotated[int, typer.Option(min=2, max=12, help="runs of each branch, paired")] = 5,
    json_file: JsonFile = None,
) -> None:
    """What the next hour brings if nothing is done, and what each of these would change: every option is a branch."""
    from infra import watching
    from infra import whatif as module

    check_day(ready, policy)
    state = watching.of_day(replay, policy, ready, at) if replay else watching.stored(running("postgres_url"), city, at)
    branches = {
        **{f"rain, ways {by:g} times as long": module.Branch(ways=by) for by in rain or ()},
        **{words(one): module.Branch((one,)) for one in _levers(drivers, pause, slow, extend, radius)},
        **(_of_incident(state, incident) if incident else {}),
    }
    found = module.whatif(state, branches, minutes, draws)
    typer.echo("\n".join(page(state, found, draws)))
    save(report(state, found, draws), json_file)


def foresee() -> None:
    """Tell the board every two minutes what the next hour brings, and what each lever of an incident would change."""
    from infra.foresee import run
    from pipelines import logs

    settings = connected("postgres_url", "redis_url")
    logs.set_up(settings)
    run(settings)


def _levers(drivers: Several, pause: Several, slow: Several, extend: Several, radius: Several) -> list[Levers]:
    """Raises BadParameter with what is wrong and how it is said."""
    return [
        *(PauseKitchen(RestaurantId(one)) for one in pause or ()),
        *(SlowKitchen(RestaurantId(where), every) for where, every in _numbers("--slow", slow, 240)),
        *(CallDrivers(count, where or None) for where, count in _numbers("--drivers", drivers, 200)),
        *(ExtendPromises(later, RestaurantId(where) or None) for where, later in _numbers("--extend", extend, 240)),
        *(ShrinkRadius(metres, RestaurantId(where) or None) for where, metres in _numbers("--radius", radius, 50_000)),
    ]


def _numbers(option: str, some: Several, most: int) -> Iterator[tuple[str, int]]:
    """Each with where it holds, which may be nothing: `WHERE:NUMBER` of a kitchen that is slowed, else `NUMBER@WHERE`."""
    for one in some or ():
        where, _, said = one.rpartition(":") if option == "--slow" else one.partition("@")[::-1]
        yield where, _number(option, said, one, most)


def _number(option: str, said: str, whole: str, most: int) -> int:
    if not said.isascii() or not said.isdigit() or not 1 <= int(said) <= most:
        raise typer.BadParameter(f"{option} {whole}: {said!r} is no whole number from 1 to {most}")
    return int(said)


def _of_incident(state: "Watch", which: str) -> "dict[str, Branch]":
    from infra.whatif import Branch
    from models.remedies import remedies

    one = next((one for one in state.incidents.values() if one.id == which), None)
    if one is None:
        there = ", ".join(sorted(one.id for one in state.incidents.values())) or "none"
        raise typer.BadParameter(f"--incident {which}: it is not open then; open are {there}")
    return {name: Branch((lever,)) for name, lever in remedies(one.cause, one.subject, state.city).items()}


def page(state: "Watch", found: dict[str, Effect], draws: int) -> list[str]:
    """If nothing is done, and a line for each branch."""
    from infra.explain import local

    nothing, city = found[""], state.city
    name = city.rules.name if city.rules else city.id
    when, late = f"{local(city, city.now or 0):%Y-%m-%d %H:%M:%S}", f"{_span(nothing.late_orders)} late orders"
    lines = [
        f"{name} at {when}, the next {nothing.minutes} min; {draws} paired draws, 8 in 10 lie within",
        f"if nothing is done: {late}, {_span(nothing.late_minutes)} minutes past their promises",
    ]
    for branch, effect in found.items():
        if branch:
            away = f", turns away {effect.refused:g} orders" if effect.refused else ""
            change = f"{_change(effect.orders_change)} late orders, {_change(effect.minutes_change)} minutes"
            lines.append(f"{branch}: {change}{away}")
    return lines


def _span(one: Range) -> str:
    return f"{one.mean:.0f} ({one.low:.0f} to {one.high:.0f})"


def _change(one: Range) -> str:
    return f"{one.mean:+.0f} ({one.low:+.0f} to {one.high:+.0f})"


def report(state: "Watch", found: dict[str, Effect], draws: int) -> dict[str, Any]:
    """For JSON; the branch "nothing" is what comes if nothing is done."""
    import msgspec

    branches = {name or "nothing": msgspec.structs.asdict(effect) for name, effect in found.items()}
    plain = {name: {k: msgspec.to_builtins(v) for k, v in one.items()} for name, one in branches.items()}
    return {"city": state.city.id, "at": state.city.now, "draws": draws, "branches": plain}
