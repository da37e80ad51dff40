"""`track order` → here → infra/orders.py, and the city's answer as a person reads it; exit 1 when it refuses."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from infra.options import JsonFile, me, running, save
from models.commands import AssignOrder, ByHand, HoldOrder, ReleaseOrder, UnassignOrder
from models.events import CommandRejected, DriverAssigned, DriverUnassigned, Happened, OrderHeld, OrderReleased
from models.ids import DriverId, Instant, OrderId
from models.levers import IncidentAcknowledged, IncidentOwned, IncidentSnoozed, LeverPulled, LeverReleased

if TYPE_CHECKING:  # kafka and psycopg: `track --help` must not wait for them
    from infra.orders import Answer, Desk

verbs = typer.Typer(
    no_args_is_help=True, help="A person's word on an order: dispatch respects it from the next turn on."
)
Order = Annotated[str, typer.Argument(metavar="ORDER", help="its id")]
City = Annotated[str | None, typer.Option(help="its city, where several have an order of this id")]
Expect = Annotated[int | None, typer.Option(min=1, help="the version you saw: another one is refused")]
By = Annotated[str | None, typer.Option(help="who says it, for the record; else the user of this shell")]


@verbs.command()
def assign(
    order: Order,
    driver: Annotated[str, typer.Option(help="the id of who shall bring it")],
    city: City = None,
    expect: Expect = None,
    by: By = None,
    json_file: JsonFile = None,
) -> None:
    """Give it to this driver, whoever has it now; also a held one, and to one who declined it."""
    _say(AssignOrder(OrderId(order), DriverId(driver)), city, expect, by, json_file)


@verbs.command()
def unassign(
    order: Order,
    reason: Annotated[str, typer.Option(help="why, for the record")] = "taken off by hand",
    city: City = None,
    expect: Expect = None,
    by: By = None,
    json_file: JsonFile = None,
) -> None:
    """Take it from its driver; dispatch sends somebody else."""
    _say(UnassignOrder(OrderId(order), reason), city, expect, by, json_file)


@verbs.command()
def hold(
    order: Order,
    until: Annotated[int | None, typer.Option(min=1, help="minutes from now, by the city's clock")] = None,
    city: City = None,
    expect: Expect = None,
    by: By = None,
    json_file: JsonFile = None,
) -> None:
    """Have dispatch leave it alone, for so many minutes or until it is released."""
    _say(HoldOrder(OrderId(order), None), city, expect, by, json_file, until)


@verbs.command()
def release(order: Order, city: City = None, expect: Expect = None, by: By = None, json_file: JsonFile = None) -> None:
    """Let dispatch have it again."""
    _say(ReleaseOrder(OrderId(order)), city, expect, by, json_file)


def words(fact: Happened) -> str:
    """What happened, in a line."""
    match fact:
        case DriverAssigned(order=order, driver=driver, place=place):
            return f"{order} goes to driver {driver}, door {place + 1} of the route"
        case DriverUnassigned(order=order, driver=driver, reason=reason):
            return f"{order} was taken from driver {driver}: {reason}"
        case OrderHeld(order=order, until=None):
            return f"{order} is held until it is released"
        case OrderHeld(order=order, until=int(until)):
            return f"{order} is held until {_at(until)}"
        case OrderReleased(order=order):
            return f"{order} is dispatch's again"
        case CommandRejected(reason=reason, current=current):
            return f"refused: {reason}{f' ({current})' if current else ''}"
    return _of_the_city(fact)


def _of_the_city(fact: Happened) -> str:
    match fact:
        case LeverPulled(id=which, until=until):
            return f"lever {which} is pulled, until {_at(until)}"
        case LeverReleased(id=which, reason=reason):
            return f"lever {which} is released: {reason}"
        case IncidentOwned(incident=which, owner=owner):
            return f"{owner} sees to {which}"
        case IncidentAcknowledged(incident=which, by=by):
            return f"{by} has seen {which}"
        case IncidentSnoozed(incident=which, until=until):
            return f"{which} sleeps until {_at(until)}"
    return type(fact).__name__


def _at(instant: Instant) -> str:
    return f"{datetime.fromtimestamp(instant / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"


def _say(
    body: ByHand, city: str | None, expect: int | None, by: str | None, file: JsonFile, minutes: int | None = None
) -> None:
    from infra.orders import desk

    with desk(running("postgres_url", "kafka_bootstrap")) as at:
        answer = _answered(at, body, city, expect, by, minutes)
    told(answer, file)


def told(answer: "Answer", file: JsonFile) -> None:
    """What the city said, and exit 1 when it refused."""
    lines = [words(fact) for fact in answer.facts]
    save({"city": answer.city, "command": answer.command, "refused": bool(answer.refused), "said": lines}, file)
    for line in lines:
        typer.echo(line, err=bool(answer.refused))
    raise typer.Exit(1 if answer.refused else 0)


def _answered(
    at: "Desk", body: ByHand, named: str | None, expect: int | None, by: str | None, minutes: int | None
) -> "Answer":
    city = at.city(body.order, named)
    if minutes is not None:
        body = HoldOrder(body.order, at.until(city, minutes))
    return at.ask(city, body, by or me(), expect)
