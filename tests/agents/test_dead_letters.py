"""dead-letters → dead_letters: a letter's place in its topic is its name, so storing it twice is harmless."""

from models import codec
from models.letters import DeadLetter
from pipelines.agents.dead_letters import AGENT
from pipelines.guard import Guard
from pipelines.ports import Record
from tests.agents.stage import HEADERS, PRODUCED_AT, Stage


def letter(offset: int, reason: str = "no message") -> DeadLetter:
    raw = ({"schema": b"1", "trace": None}, b"small", PRODUCED_AT)
    return DeadLetter(
        "city-commands", 3, offset, "small", b"\x00\xff{", "unreadable", reason, "city", "city_commands", *raw
    )


async def take(guard: Guard, *letters: DeadLetter) -> None:
    await guard(
        [
            Record("dead-letters", 0, n, b"small", codec.encode(one), HEADERS, PRODUCED_AT)
            for n, one in enumerate(letters)
        ]
    )


async def test_a_letter_is_kept_whole() -> None:
    stage = Stage(AGENT)
    await take(stage.guard, letter(7))
    (row,) = stage.log.tables["dead_letters"].values()

    assert row == {
        "topic": "city-commands",
        "partition": 3,
        "offset": 7,
        "key": "small",
        "value": b"\x00\xff{",
        "kind": "unreadable",
        "reason": "no message",
        "role": "city",
        "agent": "city_commands",
        "headers": b'{"schema":"MQ==","trace":null}',
        "raw_key": b"small",
        "produced_at": PRODUCED_AT,
    }


async def test_a_letter_of_before_headers_were_kept_says_so() -> None:
    stage = Stage(AGENT)
    await take(stage.guard, DeadLetter("city-commands", 3, 7, "small", b"{", "unreadable", "no message", "city"))
    (row,) = stage.log.tables["dead_letters"].values()

    assert (row["agent"], row["headers"], row["raw_key"], row["produced_at"]) == ("", None, None, None)


async def test_a_letter_that_comes_again_is_the_one_that_is_there() -> None:
    stage = Stage(AGENT)
    await take(stage.guard, letter(7), letter(8))
    stage.start()
    await take(stage.guard, letter(7, "written again"))

    assert [row["reason"] for row in stage.log.tables["dead_letters"].values()] == ["no message", "no message"]


async def test_it_has_nothing_to_forget() -> None:
    stage = Stage(AGENT)
    stage.guard.revoke()
    stage.guard.ports.memory.forget()
    await take(stage.guard, letter(1))

    assert len(stage.log.tables["dead_letters"]) == 1
