"""Bytes and messages: what goes out comes back the same, and what nobody can read says where and why."""

import re
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models import codec, topics
from models.codec import HEADERS, decode, decode_fact, encode
from models.commands import AcceptOrder, Asked, Command, Frame, OpenCity, PositionFrame, TickAsked
from models.errors import Unreadable
from models.events import Fact, Happened
from models.letters import DeadLetter
from models.topics import CITY_COMMANDS, CITY_EVENTS, DEAD_LETTERS, DRIVER_PINGS, DRIVER_POSITIONS
from tests.unit.models.builders import CENTRE, CITY, D1, D2, O1, O2, T0, command, opened_town, ping, placed, rules, turn
from tests.unit.models.strategies import any_of

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
MESSAGES = {
    DRIVER_PINGS: (Frame, TickAsked),
    DRIVER_POSITIONS: (PositionFrame,),
    DEAD_LETTERS: (DeadLetter,),
    CITY_COMMANDS: (Command,),
    CITY_EVENTS: (Fact,),
}
PLAIN = [pytest.param(t.name, kind, id=kind.__name__) for t, kinds in MESSAGES.items() for kind in kinds]


def _round_trip(topic: str, message: Any) -> None:
    value = encode(message)
    read, faults = decode(topic, value, HEADERS)

    assert (read, faults) == (message, ())
    assert encode(read) == value


def test_every_topic_has_its_messages() -> None:
    assert set(MESSAGES) == set(topics.TOPICS)
    assert {kind for kinds in MESSAGES.values() for kind in kinds} == set(get_args(codec.Message))


@pytest.mark.parametrize(("topic", "kind"), PLAIN)
@QUICK
@given(data=st.data())
def test_every_message_comes_back_as_it_went_out(topic: str, kind: type, data: st.DataObject) -> None:
    _round_trip(topic, data.draw(any_of(kind)))


@pytest.mark.parametrize("ask", get_args(Asked))
@QUICK
@given(data=st.data())
def test_every_command_comes_back_as_it_went_out(ask: type, data: st.DataObject) -> None:
    message = data.draw(any_of(Command))
    _round_trip(CITY_COMMANDS.name, msgspec.structs.replace(message, body=data.draw(any_of(ask))))


@pytest.mark.parametrize("happened", get_args(Happened))
@QUICK
@given(data=st.data())
def test_every_fact_comes_back_as_it_went_out_and_as_the_log_keeps_it(happened: type, data: st.DataObject) -> None:
    fact = msgspec.structs.replace(data.draw(any_of(Fact)), body=data.draw(any_of(happened)))
    _round_trip(CITY_EVENTS.name, fact)

    assert decode_fact(encode(fact)) == fact


def _spoiled(body: Asked, *path: str, value: Any) -> bytes:
    """A command with one value of its payload replaced."""
    payload = msgspec.to_builtins(command(body, T0))
    inner = payload
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return msgspec.json.encode(payload)


_ITEM = {"menu_item_id": "m1", "quantity": 1, "price": "9.50"}
ACCEPT, PLACE, OPEN = AcceptOrder(O1), placed(), OpenCity(rules())
SPOILED = [
    ("an empty id", ACCEPT, ("body", "order"), "", "length >= 1 - at `$.body.order`"),
    ("an endless id", ACCEPT, ("id",), "x" * 121, "length <= 120 - at `$.id`"),
    ("an id with NUL", ACCEPT, ("city",), "a\0b", "regex .* - at `$.city`"),
    ("an id with a line end", ACCEPT, ("city",), "small\n", "regex .* - at `$.city`"),
    ("no id", ACCEPT, ("id",), None, "Expected `str`, got `null` - at `$.id`"),
    ("an absurd past", ACCEPT, ("at",), 0, "int` >= 946684800000 - at `$.at`"),
    ("an absurd future", ACCEPT, ("at",), 9_999_999_999_999, "int` <= 4102444800000 - at `$.at`"),
    ("a time of the year 10^20", ACCEPT, ("issued_at",), 10**20, "<= 4102444800000 - at `$.issued_at`"),
    ("version 0", ACCEPT, ("expected_version",), 0, ">= 1 - at `$.expected_version`"),
    ("an unknown command", ACCEPT, ("body", "type"), "Teleport", "Invalid value 'Teleport' - at `$.body.type`"),
    ("an unknown field", ACCEPT, ("body", "tip"), 5, "unknown field `tip` - at `$.body`"),
    ("a point too far", PLACE, ("body", "door"), [1e8, 0], "float` <= 500000.0 - at `$.body.door[0]`"),
    ("a point of NaN", PLACE, ("body", "door"), [float("nan"), 0], "float`, got `null` - at `$.body.door[0]`"),
    ("no pieces", PLACE, ("body", "items"), [_ITEM | {"quantity": 0}], ">= 1 - at `$.body.items[0].quantity`"),
    *(
        (
            f"a price of {price}",
            PLACE,
            ("body", "items"),
            [_ITEM | {"price": price}],
            "a price .* - at `$.body.items[0]`",
        )
        for price in ("NaN", "Infinity", "-0.01", "1E+99999", "1E-99999", "9.999", "1000000000")
    ),
    ("a city at a standstill", OPEN, ("body", "rules", "travel", "metres_per_minute"), 0, "metres_per_minute`"),
    (
        "a city at the pole",
        OPEN,
        ("body", "rules", "travel", "origin"),
        {"lat": 80.1, "lon": 0},
        "an origin within 80°",
    ),
    ("a city off the map", OPEN, ("body", "rules", "travel", "origin"), {"lat": 0, "lon": 181}, "an origin within 80°"),
    ("legs of no seconds", OPEN, ("body", "rules", "travel", "rounded_seconds"), 0, "rounded_seconds`"),
    ("a service that gives time back", OPEN, ("body", "rules", "services", "pickup_seconds"), -1, "pickup_seconds`"),
]


@pytest.mark.parametrize(("body", "path", "value", "reason"), [pytest.param(*c[1:], id=c[0]) for c in SPOILED])
def test_an_absurd_value_is_unreadable_and_its_place_is_named(
    body: Asked, path: tuple[str, ...], value: Any, reason: str
) -> None:
    with pytest.raises(Unreadable, match=_pattern(reason)):
        decode(CITY_COMMANDS.name, _spoiled(body, *path, value=value), HEADERS)


def _pattern(reason: str) -> str:
    return ".*".join(map(re.escape, reason.split(".*")))


GOOD = encode(command(ACCEPT, T0))


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (GOOD, None, "schema missing: this release reads 1"),
        (GOOD, {}, "schema missing: this release reads 1"),
        (GOOD, {"schema": None}, "schema missing: this release reads 1"),
        (GOOD, {"schema": b"2"}, "schema 2: this release reads 1"),
        (GOOD, {"schema": b"\0\xff"}, "schema \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}: this release"),
        (None, HEADERS, "empty: a record without a value"),
        (b"", HEADERS, "Input data was truncated"),
        (GOOD[:-1], HEADERS, "Input data was truncated"),
        (b"null", HEADERS, "Expected `object`, got `null`"),
        (b"\x80\x81", HEADERS, "JSON is malformed: invalid character (byte 0)"),
        (b'{"id":"\xff"}', HEADERS, "can't decode byte 0xff in position 0"),
        (b'{"id":NaN}', HEADERS, "JSON is malformed: invalid character (byte 6)"),
        (b'{"deep":' + b"[" * 100_000, HEADERS, "maximum recursion depth exceeded"),
        (b"{}", HEADERS, "missing required field `id`"),
    ],
)
def test_a_record_nobody_can_read_says_why(value: bytes | None, headers: Any, reason: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(reason)):
        decode(CITY_COMMANDS.name, value, headers)


def test_a_reason_never_carries_the_payload_s_control_characters_or_its_length() -> None:
    """It goes to Postgres, which refuses NUL, and to terminals, which obey escape sequences."""
    with pytest.raises(Unreadable) as caught:
        decode(CITY_COMMANDS.name, _spoiled(ACCEPT, "body", "type", value="\0\x1b[2J" + "x" * 9999), HEADERS)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 300


@pytest.mark.parametrize("value", [b"", b"{}", b'{"city":"\xff"}', GOOD])
def test_a_spoiled_log_is_unreadable(value: bytes) -> None:
    with pytest.raises(Unreadable, match="the log holds a fact that is none"):
        decode_fact(value)


def test_a_message_on_the_wrong_topic_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="Invalid value 'AcceptOrder'"):
        decode(CITY_EVENTS.name, GOOD, HEADERS)


FRAME = Frame(CITY, tuple(ping(T0 + n, CENTRE) for n in range(25)))


@pytest.mark.parametrize(
    ("absurd", "reason"),
    [
        (b'["d1",1767225600007,[1e8,0]]', "Expected `float` <= 500000.0 - at `$[2][0]`"),
        (b'["d1",1767225600007,[1e999,0]]', "Number out of range - at `$[2][0]`"),
        (b'["d1",7,[0,0]]', "Expected `int` >= 946684800000 - at `$[1]`"),
        (b'["",1767225600007,[0,0]]', "Expected `str` of length >= 1 - at `$[0]`"),
        (b'["\xff",1767225600007,[0,0]]', "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b"null", "Expected `array`, got `null`"),
    ],
)
def test_one_absurd_ping_of_a_frame_costs_itself_and_not_the_other_24(absurd: bytes, reason: str) -> None:
    value = encode(FRAME).replace(encode(FRAME.pings[7]), absurd)
    decoded = decode(DRIVER_PINGS.name, value, HEADERS)

    assert decoded.message == Frame(CITY, FRAME.pings[:7] + FRAME.pings[8:])
    assert decoded.faults == (f"ping 7: {reason}",)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b'{"type":"Frame","city":"","pings":[]}', "Expected `str` of length >= 1 - at `$.city`"),
        (b'{"type":"Frame","city":"small","pings":[[NaN', "JSON is malformed: invalid character (byte 41)"),
        (b'{"type":"Frame","city":"small","pings":7}', "Expected `array`, got `int` - at `$.pings`"),
        (b'{"type":"TickAsked","city":"small","t":7}', "Expected `int` >= 946684800000 - at `$.t`"),
        (b'{"type":"Flame","city":"small"}', "Invalid value 'Flame' - at `$.type`"),
    ],
)
def test_a_frame_that_is_none_is_unreadable_whole(value: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(reason)):
        decode(DRIVER_PINGS.name, value, HEADERS)


def test_a_person_s_command_has_no_time_of_its_own() -> None:
    assert decode(CITY_COMMANDS.name, encode(command(ACCEPT, None)), HEADERS).message == command(ACCEPT, None)


def test_what_happened_in_a_town_is_read_back_from_its_log() -> None:
    log = opened_town().log

    assert [decode_fact(encode(fact)) for fact in log] == log


def test_a_turn_with_fewer_reasons_than_assignments_is_unreadable() -> None:
    value = encode(command(turn(T0, (D1, O1), (D2, O2)), T0))
    why = b'"whys":[{"rule":"r","model":"r/1","cost_ms":1,"pickup_at":%d}]' % T0
    spoilt = value.replace(b'"assignments"', why + b',"assignments"')

    assert spoilt != value
    with pytest.raises(Unreadable, match="Expected as many whys as assignments, or none"):
        decode(CITY_COMMANDS.name, spoilt, HEADERS)
