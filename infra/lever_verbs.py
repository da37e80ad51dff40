"""`track lever` → here → what is expected of it, then the city's word, both beside each other in the table `levers`."""

from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from infra.options import JsonFile, me, running
from infra.order_verbs import told
from models.ids import RestaurantId
from models.levers import (
    CallDrivers,
    Effect,
    ExtendPromises,
    Levers,
    PauseKitchen,
    PullLever,
    ReleaseLever,
    ShrinkRadius,
    SlowKitchen,
)

if TYPE_CHECKING:  # kafka and psycopg: `track --help` must not wait for them
    from infra.orders import Desk
    from models.ids import CityId

verbs = typer.Typer(
    no_args_is_help=True, help="Change what a city does for a while; on the record, with what is expected of it."
)
Lasts = Annotated[int, typer.Option("--for", min=1, max=720, help="minutes, by the city's clock")]
Against = Annotated[str | None, typer.Option(help="the incident that it is meant against, by its id")]
City = Annotated[str | None, typer.Option(help="the city, where several are open")]
By = Annotated[str | None, typer.Option(help="who says it, for the record; else the user of this shell")]
Foretell = Annotated[bool, typer.Option(help="run the next hour with and without it first: ten seconds")]
Where = Annotated[str | None, typer.Option("--restaurant", help="of this one only")]


@verbs.command()
def pause(
    restaurant: str, minutes: Lasts = 60, incident: Against = None, city: City = None, by: By = None,
    foretell: Foretell = True, json_file: JsonFile = None,
) -> None:  # fmt: skip
    """This restaurant takes no new order."""
    _pull(PauseKitchen(RestaurantId(restaurant)), minutes, incident, city, by, foretell, json_file)


@verbs.command()
def slow(
    restaurant: str, every: Annotated[int, typer.Option(min=1, max=240, help="minutes between two orders")] = 10,
    minutes: Lasts = 60, incident: Against = None, city: City = None, by: By = None,
    foretell: Foretell = True, json_file: JsonFile = None,
) -> None:  # fmt: skip
    """This restaurant takes one new order in so many minutes."""
    _pull(SlowKitchen(RestaurantId(restaurant), every), minutes, incident, city, by, foretell, json_file)


@verbs.command()
def extend(
    later: Annotated[int, typer.Argument(metavar="MINUTES", min=1, max=240)], restaurant: Where = None,
    minutes: Lasts = 60, incident: Against = None, city: City = None, by: By = None,
    foretell: Foretell = True, json_file: JsonFile = None,
) -> None:  # fmt: skip
    """What the city promises from now on is so much later."""
    which = RestaurantId(restaurant) if restaurant else None
    _pull(ExtendPromises(later, which), minutes, incident, city, by, foretell, json_file)


@verbs.command()
def radius(
    metres: Annotated[int, typer.Argument(min=100, max=50_000)], restaurant: Where = None,
    minutes: Lasts = 60, incident: Against = None, city: City = None, by: By = None,
    foretell: Foretell = True, json_file: JsonFile = None,
) -> None:  # fmt: skip
    """Doors that are farther from their restaurant, as the crow flies, get no new order."""
    which = RestaurantId(restaurant) if restaurant else None
    _pull(ShrinkRadius(metres, which), minutes, incident, city, by, foretell, json_file)


@verbs.command()
def drivers(
    count: Annotated[int, typer.Argument(min=1, max=200)],
    zone: Annotated[str | None, typer.Option(help="a zone of the city; anywhere where none is named")] = None,
    minutes: Lasts = 60, incident: Against = None, city: City = None, by: By = None,
    foretell: Foretell = True, json_file: JsonFile = None,
) -> None:  # fmt: skip
    """So many more drivers are asked to come."""
    _pull(CallDrivers(count, zone), minutes, incident, city, by, foretell, json_file)


@verbs.command()
def release(lever: str, city: City = None, by: By = None, json_file: JsonFile = None) -> None:
    """Out of force before its time."""
    from infra.orders import desk

    with desk(running("postgres_url", "kafka_bootstrap")) as at:
        answer = at.ask(at.open_city(city), ReleaseLever(lever), by or me())
    told(answer, json_file)


@verbs.command("list")
def show(city: City = None) -> None:
    """Each lever of a city: what was foretold of it, and what came."""
    from infra.levers import table
    from infra.postgres_connection import named, session

    with session(running("postgres_url")) as connection:
        for line in table(connection, named(connection, city)):
            typer.echo(line)


def _pull(
    lever: Levers, minutes: int, incident: str | None, city: str | None, by: str | None, foretell: bool, file: JsonFile
) -> None:
    from infra.orders import desk

    with desk(running("postgres_url", "kafka_bootstrap")) as at:
        which = at.open_city(city)
        if incident is not None:
            at.check_incident(which, incident)
        expected = _foretold(at, which, lever, minutes) if foretell else None
        ask = PullLever(str(uuid4()), lever, at.until(which, minutes), incident, expected)
        answer = at.ask(which, ask, by or me())
    told(answer, file)


def _foretold(at: "Desk", city: "CityId", lever: Levers, lasts: int) -> Effect:
    from infra import watching, whatif
    from infra.levers import words
    from infra.whatif_verb import page

    state = watching.stored(at.settings, city)
    found = whatif.whatif(state, {words(lever): whatif.Branch((lever,), lasts=lasts)})
    typer.echo("\n".join(page(state, found, whatif.DRAWS)))
    return found[words(lever)]
