"""Every released version keeps an example of every message, and today's code reads all of them, for ever.

An example is the payload of one record as it was on the wire, in `tests/examples/<topic>/<schema>/<type>.json`.
"""

from pathlib import Path
from typing import Any, get_args

import pytest

from models.codec import SCHEMA, decode, encode
from models.commands import Asked, Command
from models.events import Fact, Happened
from models.topics import TOPICS

EXAMPLES = Path(__file__).parents[2] / "examples"
PAYLOADS = [pytest.param(path, id=str(path.relative_to(EXAMPLES))) for path in sorted(EXAMPLES.glob("*/*/*.json"))]
BODIES: dict[str, tuple[type, ...]] = {"Command": get_args(Asked), "Fact": get_args(Happened)}


def _types(carries: str) -> set[str]:
    """What a topic carries, a command or a fact by the name of what it says."""
    return {body for name in carries.split(", ") for body in _bodies(name)}


def _bodies(name: str) -> list[str]:
    return [kind.__name__ for kind in BODIES[name]] if name in BODIES else [name]


def _read(path: Path) -> tuple[bytes, Any]:
    value = path.read_bytes().removesuffix(b"\n")
    decoded = decode(path.parts[-3], value, {"schema": path.parts[-2].encode()})
    assert decoded.faults == ()
    return value, decoded.message


@pytest.mark.parametrize("path", PAYLOADS)
def test_an_example_is_read_as_what_it_is_called(path: Path) -> None:
    _, message = _read(path)
    said = message.body if isinstance(message, Command | Fact) else message

    assert type(said).__name__ == path.stem


@pytest.mark.parametrize("path", [p for p in PAYLOADS if f"/{SCHEMA}/" in str(p.id)])
def test_an_example_of_today_s_schema_goes_out_as_the_same_bytes(path: Path) -> None:
    value, message = _read(path)

    assert encode(message) == value


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_every_type_has_its_example(topic: Any) -> None:
    """A new type needs one: write the payload down before it is released, and never change it again."""
    written = {path.stem for path in (EXAMPLES / topic.name / SCHEMA).glob("*.json")}

    assert written == _types(topic.carries)


def test_examples_are_of_topics_that_there_are() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == {topic.name for topic in TOPICS}
