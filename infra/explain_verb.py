"""`track explain ORDER` → here → infra/explain.py, and its story on the screen: a time, a sentence, what is known beside it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.options import JsonFile, check_day, running, save
from models.rules import DEFAULT_POLICY

if TYPE_CHECKING:  # psycopg and the agents: `track --help` must not wait for them
    from infra.explain import Explained

DAY_HELP = "a folder with a recorded day: it is replayed in memory, by --policy and --ready"
READY_HELP = "known: announced at placement; estimated: nobody knows"


def explain(
    order: Annotated[str, typer.Argument(metavar="ORDER", help="its id")],
    city: Annotated[str | None, typer.Option(help="its city, where several have an order of this id")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="every estimate that was shown, not only what moved")
    ] = False,
    replay: Annotated[Path | None, typer.Option(metavar="PATH", help=DAY_HELP)] = None,
    policy: Annotated[str, typer.Option(help="of a recorded day: nearest, batch or rolling")] = DEFAULT_POLICY,
    ready: Annotated[str, typer.Option(help=READY_HELP)] = "known",
    log: Annotated[Path | None, typer.Option(help="a city's log as JSON lines, instead of the running stack's")] = None,
    json_file: JsonFile = None,
) -> None:
    """Tell an order's whole story: what happened, why it was decided so, and what its customer was told."""
    from infra import explain as module

    check_day(ready, policy)
    if replay is not None:
        found = module.from_replay(replay, policy, ready, order, everything)
    elif log is not None:
        found = module.from_file(log, order, everything)
    else:
        found = module.from_postgres(running("postgres_url"), order, city, everything)
    typer.echo("\n".join(page(found)))
    save(report(found), json_file)


def page(found: "Explained") -> list[str]:
    """The whole story: whose, in which time zone; then the sentences, a date where another day begins."""
    from infra.explain import local

    city, order = found.telling.city, found.order
    zone, form = city.rules.time_zone if city.rules else "UTC", _form(found)
    lines = [f"order {order.id} of {city.rules.name if city.rules else city.id}; times are of {zone}"]
    today = None
    for one in found.sentences:
        at = local(city, one.at)
        lines += [f"{at:%A, %d %B %Y}"] if at.date() != today else []
        today, clock = at.date(), f"{at:{form}}"
        lines += [f"{clock}  {one.text}", *(f"{'':{len(clock) + 4}}{more}" for more in one.more)]
    return lines


def _form(found: "Explained") -> str:
    """Seconds where any of it has some."""
    return "%H:%M:%S" if any(one.at % 60_000 for one in found.sentences) else "%H:%M"


def report(found: "Explained") -> dict[str, Any]:
    """For JSON: times as ISO in the city's zone, and every estimate and score as the log keeps them (ms)."""
    import msgspec

    from infra.explain import local

    telling, order = found.telling, found.order
    return {
        "city": telling.city.id,
        "order": msgspec.to_builtins(order),
        "story": [
            {"at": local(telling.city, one.at).isoformat(), "kind": one.kind, "text": one.text, "more": one.more}
            for one in found.sentences
        ],
        "estimates": msgspec.to_builtins(telling.estimates),
        "scores": msgspec.to_builtins(telling.scores),
    }
