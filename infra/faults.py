"""`--fault NAME…`, `track fault NAME…` → here → an engine that has these faults, and a file with the truth of them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from models.ids import CityId, Instant
from models.settings import Settings
from simulator import truth
from simulator.engine import Engine
from simulator.faults import spec
from simulator.faults.day import Faults, chosen
from simulator.faults.kinds import Fault
from simulator.scenario import Scenario
from simulator.wire import Wire

HELP = "a fault of the list below, as NAME:at=18:45:for=10m:seed=7; may be said several times"
FaultSpecs = Annotated[list[str] | None, typer.Option("--fault", metavar="NAME[:…]", help=HELP)]
TruthFile = Annotated[
    Path | None, typer.Option("--truth", help="where it is written what was done; usually in the state directory")
]
LIST = "\n\n".join(
    (
        "A fault is its name and what may be said of it: `at=18:45` is the city's clock, `at=+10m` counts from the start; "
        "`for=` is how long, `seed=` whom it strikes. The others, with what holds when nothing is said:",
        *spec.told(),
    )
)


def planned(specs: Sequence[str], scenario: Scenario) -> list[Fault]:
    """The faults of a day, none of them begun. Raises BadFault before anything has started."""
    since = scenario.live_from or scenario.opens_at
    faults = [spec.fault(one, number, scenario, since) for number, one in enumerate(specs, 1)]
    for fault in faults:
        chosen(fault, scenario)
    return faults


def struck(faults: Sequence[Fault], file: Path | None, settings: Settings) -> Callable[[Engine], Wire]:
    """What makes of a day's engine the wire it is fed through: an honest one where there are no faults."""

    def wire(engine: Engine) -> Wire:
        return Wire(engine) if not faults else switched_on(faults, engine, file, settings).wire

    return wire


def switched_on(faults: Sequence[Fault], engine: Engine, file: Path | None, settings: Settings) -> Faults:
    file = file or truth_file(settings, engine.city_id)
    day = Faults(engine, truth.into(file))
    for fault in faults:
        day.strike(fault)
    if faults:
        typer.echo(f"{', '.join(fault.id for fault in faults)}; what they do is written to {file}", err=True)
    return day


def truth_file(settings: Settings, city: CityId) -> Path:
    return settings.state_dir / "truth" / f"{city}.jsonl"


def strike_now(day: Faults, asked: str) -> str:
    """A fault in the middle of the day, from its next second on; what was done. Raises BadFault."""
    number = len(day.struck) + 1
    fault = spec.fault(asked, number, day.engine.scenario, day.engine.now + 1000)
    whom = day.strike(fault)
    struck = f": {', '.join(whom)}" if whom else ""
    return f"{fault.id} from {_clock(fault.at)} to {_clock(fault.until)} of {day.engine.city_id}{struck}"


def fault(
    asked: Annotated[str, typer.Argument(metavar="NAME[:…]", help=HELP)],
    city: Annotated[str | None, typer.Option(help="its city, when several simulators run here")] = None,
) -> None:
    from infra.control import ask

    typer.echo(ask(Settings().state_dir, asked, city))


fault.__doc__ = f"Switch a fault on in the running simulator.\n\n{LIST}"


def _clock(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%H:%M:%S UTC")
