"""`track incident` → here → the city's word: whose it is, who has seen it, and until when it sleeps."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.options import JsonFile, me, running
from infra.order_verbs import told
from models.levers import AcknowledgeIncident, IncidentAsk, OwnIncident, SnoozeIncident

if TYPE_CHECKING:  # kafka and psycopg: `track --help` must not wait for them
    from collections.abc import Callable

    from infra.orders import Desk
    from models.ids import CityId

    Word = Callable[[Desk, CityId], IncidentAsk]

verbs = typer.Typer(no_args_is_help=True, help="A person's word on an open incident; on the record.")
Incident = Annotated[str, typer.Argument(metavar="INCIDENT", help="its id, as `list` shows it")]
City = Annotated[str | None, typer.Option(help="its city, where several are open")]
By = Annotated[str | None, typer.Option(help="who says it, for the record; else the user of this shell")]
OPEN = """select incident_id, since, jsonb_array_length(orders), late_ms, owner, acknowledged_by,
    case when snoozed_until > %(now)s then snoozed_until end
    from incidents where city_id = %(city)s and ended_at is null order by late_ms desc, incident_id"""


@verbs.command()
def own(
    incident: Incident,
    owner: Annotated[str | None, typer.Option(help="who sees to it; else whoever says so")] = None,
    city: City = None,
    by: By = None,
    json_file: JsonFile = None,
) -> None:
    """Somebody sees to it from now on."""
    _say(incident, lambda *_: OwnIncident(incident, owner or by or me()), city, by, json_file)


@verbs.command()
def ack(incident: Incident, city: City = None, by: By = None, json_file: JsonFile = None) -> None:
    """It has been seen."""
    _say(incident, lambda *_: AcknowledgeIncident(incident, by or me()), city, by, json_file)


@verbs.command()
def snooze(
    incident: Incident,
    minutes: Annotated[int, typer.Option("--for", min=1, max=720, help="minutes, by the city's clock")] = 15,
    city: City = None,
    by: By = None,
    json_file: JsonFile = None,
) -> None:
    """Nobody wants to hear of it for so long."""
    _say(incident, lambda at, which: SnoozeIncident(incident, at.until(which, minutes)), city, by, json_file)


@verbs.command("list")
def show(city: City = None) -> None:
    """Those that are open, the costliest first."""
    from infra.postgres_connection import NOW, named, session

    with session(running("postgres_url")) as connection:
        name = named(connection, city)
        (now,) = connection.execute(NOW, (name,)).fetchone() or (None,)
        found = connection.execute(OPEN, {"city": name, "now": now}).fetchall()
        if not found:
            typer.echo(f"no incident is open in {name}")
        for which, since, orders, late_ms, owner, seen, until in found:
            said = (f"owner {owner}" if owner else "no owner", f"seen by {seen}" if seen else "not seen")
            sleeps = (f"sleeps until {until:%H:%M}Z",) if until else ()
            typer.echo(f"{which}  since {since:%H:%M}Z, {orders} orders, {late_ms / 60_000:.0f} late minutes expected")
            typer.echo(f"    {', '.join((*said, *sleeps))}")


def _say(incident: str, word: "Word", city: str | None, by: str | None, file: JsonFile) -> None:
    from infra.orders import desk

    with desk(running("postgres_url", "kafka_bootstrap")) as at:
        which = at.open_city(city)
        at.check_incident(which, incident)
        answer = at.ask(which, word(at, which), by or me())
    told(answer, file)
