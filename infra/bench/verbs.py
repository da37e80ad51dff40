"""`track bench NAME` → here → one benchmark beside its reference, in one run; exit 1 when it does not hold."""

from pathlib import Path
from typing import Annotated, Any

import typer

from infra.options import JsonFile, save
from models.settings import Settings

verbs = typer.Typer(no_args_is_help=True, help="Run one benchmark beside its reference.")


@verbs.command()
def pings(
    seconds: Annotated[int, typer.Option(min=1, help="how long each rate is held")] = 60,
    rates: Annotated[str, typer.Option(help="thousands a second, one run each, as 1,2,5,10,20")] = "20",
    tick_seconds: Annotated[int, typer.Option(min=1, max=60, help="the city's own rule")] = 1,
    json_file: JsonFile = None,
) -> None:
    """Pings through the positions role as shipped, beside a bare loop that writes the same rows."""
    from infra.bench import pings as module

    if not all(word.isdigit() for word in rates.split(",")):
        raise typer.BadParameter("--rates are whole thousands, as 1,2,5")
    report = module.bench(Settings(), [int(word) * 1000 for word in rates.split(",")], seconds, tick_seconds)
    _ended(report, module.told(report), json_file)


@verbs.command()
def nearest(json_file: JsonFile = None) -> None:
    """The nearest available drivers by Redis and by SQL: 1,000 questions at 20,000 drivers."""
    from infra.bench import nearest as module

    report = module.bench(Settings())
    _ended(report, module.told(report), json_file)


@verbs.command()
def dispatch(
    sizes: Annotated[
        str, typer.Option(help="open orders, and as many drivers, as 100,500,2000")
    ] = "100,250,500,1000,2000,4000",
    runs: Annotated[int, typer.Option(min=1, help="turns of each, of which the median is told")] = 5,
    json_file: JsonFile = None,
) -> None:
    """What a turn of each policy takes as the city grows, and how long it holds the event loop; beside dense assignment."""
    from infra.bench import dispatch as module

    if not all(word.isdigit() and int(word) for word in sizes.split(",")):
        raise typer.BadParameter("--sizes are whole numbers, as 100,500,2000")
    report = module.bench([int(word) for word in sizes.split(",")], runs)
    _ended(report, module.told(report), json_file)


@verbs.command()
def city(json_file: JsonFile = None) -> None:
    """Twenty days of the synthetic city beside the published measures of the recorded ones."""
    from infra.bench import city as module

    report = module.bench()
    _ended(report, module.told(report), json_file)


@verbs.command()
def alerts(
    seeds: Annotated[int, typer.Option(min=1, help="days of each fault, and calm ones")] = 3, json_file: JsonFile = None
) -> None:
    """Each fault in cities of its own: does it raise its alert in time, clear by itself, and get the right cause?"""
    from infra.bench import alerts as module

    report = module.bench(seeds)
    _ended(report, module.told(report), json_file)


@verbs.command()
def whatif(
    seeds: Annotated[int, typer.Option(min=1, help="cities with each fault")] = 5,
    first: Annotated[int, typer.Option(min=1, help="the seed of the first one; 1 to 7 were tuned on")] = 11,
    json_file: JsonFile = None,
) -> None:
    """Staged faults: does doing nothing come as foretold, and is the best lever by what-if the best in truth?"""
    from infra.bench import whatif as module

    report = module.bench(seeds, first)
    _ended(report, module.lines(report), json_file)


@verbs.command()
def risk(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="recorded days, or folders of them")],
    json_file: JsonFile = None,
) -> None:
    """Of orders that were given a chance to be late ten minutes before their promise, how many were, by tenths."""
    from infra.bench import risk as module

    report = module.bench(paths)
    _ended(report, module.told(report), json_file)


@verbs.command()
def soak(
    minutes: Annotated[float, typer.Option(min=1, help="how long cities are fed")] = 30,
    drivers: Annotated[int, typer.Option(min=1, help="of each city")] = 150,
    orders_per_hour: Annotated[int, typer.Option(min=1, help="of each city's dinner rush")] = 240,
    speed: Annotated[float, typer.Option(min=1, max=60, help="seconds of the city for one of ours")] = 10,
    json_file: JsonFile = None,
) -> None:
    """Cities with every fault, one after another, through the whole stack: memory, lag, letters, and the proof at the end."""
    from infra.bench import soak as module

    report = module.bench(Settings(), minutes, drivers, orders_per_hour, speed)
    _ended(module.plain(report), module.told(report), json_file)


def _ended(report: dict[str, Any], told: list[str], file: Path | None) -> None:
    typer.echo("\n".join(told))
    save(report, file)
    raise typer.Exit(1 if report["broken"] else 0)
