"""a person's word on an order, a lever, an incident → here → city-commands; the city's answer → here → whoever asked.

The command has no time of its own: it happens at its city's watermark, and counts once however often it arrives.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from kafka.errors import KafkaError

from infra import kafka_connection
from infra.postgres_connection import NOW, session
from models import codec
from models.codec import HEADERS
from models.commands import ByHand, Command
from models.errors import TrackError
from models.events import CommandRejected, Happened
from models.ids import CityId, CommandId, Instant
from models.levers import IncidentAsk, LeverAsk
from models.settings import Settings
from models.topics import CITY_COMMANDS
from models.ways import MINUTE_MS
from pipelines.ports import StoreAway

Spoken = ByHand | LeverAsk | IncidentAsk
ANSWER_SECONDS, POLL_SECONDS, ACK_SECONDS = 5.0, 0.05, 5.0
CITIES = """select o.city_id from orders o join cities c using (city_id)
    where o.order_id = %(order)s and not c.closed and (%(city)s::text is null or o.city_id = %(city)s) order by 1"""
OUTCOME = "select first_seq, last_seq from commands where city_id = %s and command_id = %s"
FACTS = "select fact from city_events where city_id = %s and seq between %s and %s order by seq"


OPEN = "select city_id from cities where not closed and (%(city)s::text is null or city_id = %(city)s) order by 1"
INCIDENT = "select 1 from incidents where city_id = %s and incident_id = %s and ended_at is null"


class WhichCity(TrackError):
    """No open city has this order, or several have; or none is named where several are open."""


class NotOpen(TrackError):
    """No incident of this id is open: the message says which are."""


class NoTickYet(TrackError):
    """The city does not know what time it is."""


class NoAnswer(TrackError):
    """Nobody decided in time. Fate: it may be done later; the same command is never done twice."""


class Answer(NamedTuple):
    """The facts of a command, or the one refusal."""

    city: CityId
    command: CommandId
    facts: tuple[Happened, ...]

    @property
    def refused(self) -> CommandRejected | None:
        return next((fact for fact in self.facts if isinstance(fact, CommandRejected)), None)


class Desk:
    """Where a person at a terminal stands: the stores of one stack, open while the word is said and answered."""

    def __init__(self, settings: Settings, postgres: Any) -> None:
        self.settings, self.postgres = settings, postgres

    def city(self, order: str, named: str | None) -> CityId:
        """The open city that has this order. Raises WhichCity."""
        found = [city for (city,) in self.postgres.execute(CITIES, {"order": order, "city": named}).fetchall()]
        if len(found) > 1:
            raise WhichCity(f"several cities have an order {order}; name one: --city {' or '.join(found)}")
        if not found:
            raise WhichCity(f"no open city{f' {named}' if named else ''} has an order {order}")
        return CityId(found[0])

    def open_city(self, named: str | None) -> CityId:
        """The open city of this id, or the only one. Raises WhichCity."""
        found = [city for (city,) in self.postgres.execute(OPEN, {"city": named}).fetchall()]
        if len(found) > 1:
            raise WhichCity(f"several cities are open; name one: --city {' or '.join(found)}")
        if not found:
            raise WhichCity(f"no city{f' {named}' if named else ''} is open")
        return CityId(found[0])

    def check_incident(self, city: CityId, incident: str) -> None:
        """Raises NotOpen, so that no word goes to an incident that is over."""
        if self.postgres.execute(INCIDENT, (city, incident)).fetchone() is None:
            query = "select incident_id from incidents where city_id = %s and ended_at is null order by 1"
            there = ", ".join(one for (one,) in self.postgres.execute(query, (city,)).fetchall()) or "none"
            raise NotOpen(f"{incident} is not open in {city}; open are {there}")

    def until(self, city: CityId, minutes: int) -> Instant:
        """So many minutes from now, by the city's clock. Raises NoTickYet."""
        if (row := self.postgres.execute(NOW, (city,)).fetchone()) is None:
            raise NoTickYet(f"{city} has not ticked yet")
        ticked: datetime = row[0]
        return round(ticked.timestamp() * 1000) + minutes * MINUTE_MS

    def ask(self, city: CityId, body: Spoken, by: str, version: int | None = None) -> Answer:
        """Send it and wait for what the city says. Raises NoAnswer, StoreAway, and Unreadable before it is sent."""
        asked = command(city, body, by, version, round(time.time() * 1000))
        payload = codec.encode(asked)
        codec.decode(CITY_COMMANDS.name, payload, HEADERS)
        self._send(city, payload)
        ends = time.monotonic() + ANSWER_SECONDS
        while (row := self.postgres.execute(OUTCOME, (city, asked.id)).fetchone()) is None:
            if time.monotonic() > ends:
                raise NoAnswer(f"{city} did not answer {asked.id} within {ANSWER_SECONDS:g} s; it may still be done")
            time.sleep(POLL_SECONDS)
        raw = self.postgres.execute(FACTS, (city, *row), binary=True).fetchall()
        return Answer(city, asked.id, tuple(codec.decode_fact(fact).body for (fact,) in raw))

    def _send(self, city: CityId, payload: bytes) -> None:
        with kafka_connection.producer(self.settings) as producer:
            try:
                sent = producer.send(
                    CITY_COMMANDS.name, key=city.encode(), value=payload, headers=list(HEADERS.items())
                )
                sent.get(ACK_SECONDS)
            except (KafkaError, OSError) as error:
                raise StoreAway(f"Kafka is away: {error!r}") from error


def command(city: CityId, body: Spoken, by: str, version: int | None, issued_at: Instant) -> Command:
    """What goes out: an id of its own, no event time, and the version that the person saw."""
    return Command(CommandId(str(uuid4())), city, None, issued_at, by, body, version)


@contextmanager
def desk(settings: Settings) -> Iterator[Desk]:
    """Raises StoreAway, OldTables."""
    with session(settings) as postgres:
        yield Desk(settings, postgres)
