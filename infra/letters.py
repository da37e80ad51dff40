"""dead_letters in Postgres → here → a list, one letter whole, or its record back on the topic it came from.

A replay is safe: commands carry their own id, facts their seq, positions their time, so what was done is not done again.
It is the same record otherwise: bytes, key, headers and partition; only its offset and its wall time are new.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError

from infra import kafka_connection
from infra.letter_rows import ALL, COUNT, HOLD, NEWEST, NOTE, SOME, Letter, Place, Wanted, arrays, letters
from infra.postgres_connection import session
from models.errors import TrackError
from models.settings import Settings
from models.topics import TOPICS
from pipelines.ports import StoreAway

AT_ONCE = 500
"""Letters a transaction: what is sent and not yet noted, when this process is killed, is sent again by the next replay."""
ACK_SECONDS, LARGEST_RECORD = 30.0, 64 * 2**20
"""What the broker once took it may take again: the client's own limit of 1 MiB stays out of it."""


class UnknownLetter(TrackError):
    """No such letter, or no name of one."""


class AlreadyReplayed(TrackError):
    """It was put back once. Fate: only who asks for it `--again` gets it."""


class NoWayBack(TrackError):
    """Its topic or partition is none of this release's."""


class Replayed(NamedTuple):
    """A letter's place, and where its record stands now."""

    letter: Place
    now: Place


def place(name: str) -> Place:
    """The place that `topic/partition@offset` names. Raises UnknownLetter."""
    found = re.fullmatch(r"([\w.-]{1,249})/(\d{1,9})@(\d{1,18})", name)
    if found is None:
        raise UnknownLetter(f"{name!r} names no letter: `track letters list` shows them as city-commands/3@1234")
    return Place(found[1], int(found[2]), int(found[3]))


def newest(settings: Settings, wanted: Wanted, limit: int) -> tuple[list[Letter], int]:
    """The newest of the letters that are wanted, and how many there are of them. Raises StoreAway."""
    with session(settings) as postgres:
        (count,) = postgres.execute(COUNT, wanted._asdict()).fetchone() or (0,)
        return letters(postgres, NEWEST, {**wanted._asdict(), "limit": limit}), int(count)


def letter(settings: Settings, name: str) -> Letter:
    """One letter. Raises UnknownLetter, StoreAway."""
    with session(settings) as postgres:
        return _known(postgres, [place(name)])[0]


def replay(settings: Settings, names: Sequence[str], by: str, again: bool = False) -> Iterator[Replayed]:
    """Put these letters' records back, all or none. Raises UnknownLetter, AlreadyReplayed, NoWayBack, StoreAway."""
    places = [place(name) for name in dict.fromkeys(names)]
    with session(settings) as postgres:
        found = _known(postgres, places)
        if not again and (twice := [one for one in found if one.replayed_at]):
            told = "; ".join(f"{one.place} by {one.replayed_by}, {one.replayed_at:%Y-%m-%d %H:%M:%S}" for one in twice)
            raise AlreadyReplayed(f"nothing was sent, these were replayed before: {told}. --again sends them once more")
        yield from _back(settings, postgres, [one.place for one in found], by, again)


def replay_all(settings: Settings, wanted: Wanted, by: str) -> Iterator[Replayed]:
    """Put back the records of all letters that are wanted and are there now. Raises NoWayBack, StoreAway."""
    with session(settings) as postgres:
        found = [Place(*row) for row in postgres.execute(ALL, wanted._asdict()).fetchall()]
        yield from _back(settings, postgres, found, by, again=not wanted.waiting)


def _back(settings: Settings, postgres: Any, places: list[Place], by: str, again: bool) -> Iterator[Replayed]:
    """In the order they stood in, a transaction for each `AT_ONCE` of them. One that fails again is a new letter."""
    _refuse_strangers(places)
    if not places:
        return
    with kafka_connection.producer(settings, max_request_size=LARGEST_RECORD) as producer:
        for first in range(0, len(places), AT_ONCE):
            sent, trouble = _send_and_note(postgres, producer, places[first : first + AT_ONCE], by, again)
            yield from sent
            if trouble is not None:
                raise StoreAway(f"Kafka took only those above; the same call goes on with the rest: {trouble!r}")


def _send_and_note(
    postgres: Any, producer: KafkaProducer, places: list[Place], by: str, again: bool
) -> tuple[list[Replayed], Exception | None]:
    """The rows are locked meanwhile: of two who replay one letter, the second finds it replayed."""
    with postgres.transaction():
        postgres.execute(HOLD, arrays(places))
        held = letters(postgres, SOME, arrays(places))
        sent, trouble = _send(producer, [one for one in held if again or not one.replayed_at])
        with postgres.cursor() as cursor:
            cursor.executemany(NOTE, [(*one.letter, one.now.offset, by) for one in sent])
    return sent, trouble


def _send(producer: KafkaProducer, held: list[Letter]) -> tuple[list[Replayed], Exception | None]:
    """What the broker has acknowledged, and why it took no more."""
    acks: list[tuple[Letter, Any]] = []
    sent: list[Replayed] = []
    trouble: Exception | None = None
    try:
        for one in held:
            acks.append((one, _sent(producer, one)))
    except (KafkaError, OSError) as error:
        trouble = error
    try:
        for one, ack in acks:
            sent.append(Replayed(one.place, one.place._replace(offset=ack.get(ACK_SECONDS).offset)))
    except (KafkaError, OSError) as error:
        return sent, error
    return sent, trouble


def _sent(producer: KafkaProducer, one: Letter) -> Any:
    headers = list(one.record_headers.items())
    return producer.send(one.topic, value=one.value, key=one.record_key, headers=headers, partition=one.partition)


def _refuse_strangers(places: Sequence[Place]) -> None:
    partitions = {topic.name: topic.partitions for topic in TOPICS}
    if gone := [str(one) for one in places if one.partition >= partitions.get(one.topic, 0)]:
        raise NoWayBack(f"nothing was sent, this release has no such topic or partition: {', '.join(gone[:5])}")


def _known(postgres: Any, places: list[Place]) -> list[Letter]:
    found = letters(postgres, SOME, arrays(places))
    if missing := [str(one) for one in places if one not in {letter.place for letter in found}]:
        raise UnknownLetter(f"no letter {', '.join(missing)}: `track letters list` shows those that there are")
    return found
