"""dead-letters → here → Postgres, for the health page and for whoever replays them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from models.ids import CityId
from models.letters import DeadLetter
from models.rows import Row
from models.topics import DEAD_LETTERS
from pipelines.ports import Agent, Ports, Received, Stores

NAME = "dead_letters"


class Nothing:
    """This agent remembers nothing: a letter's place in its topic makes storing it twice harmless."""

    def forget(self) -> None: ...

    def revoke(self) -> None: ...

    def drop(self, city: CityId) -> None: ...


def remember(stores: Stores) -> Nothing:
    return Nothing()


async def handle(batch: Sequence[Received], ports: Ports[Any]) -> None:
    await ports.stores.log.add({"dead_letters": [_row(one.message) for one in batch]})


def _row(letter: DeadLetter) -> Row:
    """Headers as the bytes of a JSON object: jsonb would refuse a name with a NUL in it, and the letter were lost."""
    headers = None if letter.headers is None else msgspec.json.encode(letter.headers)
    return msgspec.structs.asdict(letter) | {"headers": headers}


AGENT = Agent(NAME, DEAD_LETTERS, handle, remember)
