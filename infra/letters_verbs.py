"""`track letters` → here → infra/letters.py, and what it found as a person reads it.

Payloads come from anywhere: a value that a terminal could obey is shown as a hex dump, never as it is.
"""

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.options import JsonFile, me, running, save

if TYPE_CHECKING:  # kafka and psycopg: `track --help` must not wait for them
    from infra.letter_rows import Letter
    from infra.letters import Replayed

verbs = typer.Typer(no_args_is_help=True, help="Records nobody could act on: look at them, put them back.")
City = Annotated[str | None, typer.Option(help="only of this city")]
AgentName = Annotated[str | None, typer.Option("--agent", help="only those this agent gave up")]
Reason = Annotated[str | None, typer.Option(help="only those with this in their reason: crashed, schema, a word of it")]
DUMP_WIDTH = 16


@verbs.command("list")
def show_list(
    city: City = None,
    agent: AgentName = None,
    reason: Reason = None,
    waiting: Annotated[bool, typer.Option(help="only those that nobody replayed yet")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    json_file: JsonFile = None,
) -> None:
    """The newest dead letters, a line each: where it stood, when, whose it is, what became of it, why."""
    from infra.letter_rows import Wanted
    from infra.letters import newest

    found, count = newest(running("postgres_url", "kafka_bootstrap"), Wanted(city, agent, reason, waiting), limit)
    save({"count": count, "letters": [_plain(one) for one in found]}, json_file)
    for one in found:
        typer.echo(line(one))
    typer.echo(_counted(count) if len(found) == count else f"the newest {len(found)} of {count}; --limit shows more")


@verbs.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="as `track letters list` shows it")],
    json_file: JsonFile = None,
) -> None:
    """One letter, whole: its bytes as text where they are text, else as a hex dump."""
    from infra.letters import letter

    found = letter(running("postgres_url", "kafka_bootstrap"), name)
    save(_plain(found) | {"value_base64": _base64(found.value)}, json_file)
    typer.echo(page(found))


@verbs.command()
def replay(
    names: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="as `track letters list` shows it")] = None,
    everything: Annotated[bool, typer.Option("--all", help="all that wait, or that --city … choose")] = False,
    city: City = None,
    agent: AgentName = None,
    reason: Reason = None,
    again: Annotated[bool, typer.Option(help="also what was replayed before")] = False,
    by: Annotated[str | None, typer.Option(help="who does it, for the record; else the user of this shell")] = None,
    json_file: JsonFile = None,
) -> None:
    """Put the records back onto the topics they came from, as they were. What was done before is not done again."""
    from infra import letters
    from infra.letter_rows import Wanted

    if bool(names) == everything or (names and (city or agent or reason)):
        raise typer.BadParameter("name some letters, or choose with --all [--city …] [--agent …] [--reason …]")
    stack, who = running("postgres_url", "kafka_bootstrap"), by or me()
    some = Wanted(city, agent, reason, not again)
    done: list[Replayed] = []
    for one in letters.replay_all(stack, some, who) if everything else letters.replay(stack, names or [], who, again):
        done.append(one)
        typer.echo(f"{one.letter} stands at {one.now} now")
    save({"replayed": [{"id": str(one.letter), "as": str(one.now)} for one in done]}, json_file)
    typer.echo(f"{_counted(len(done))} replayed")


def line(one: "Letter") -> str:
    """`id  when  city  role/agent  state  kind: reason`."""
    who = f"{one.role}/{one.agent}" if one.agent else one.role
    state = "waiting" if one.replayed_as is None else "failed again" if one.failed_again else "replayed"
    return (
        f"{one.place}  {_when(one.received_at)}  {_printable(one.key) or '-'}  {who}  {state}  {one.kind}: {one.reason}"
    )


def page(one: "Letter") -> str:
    """Everything that is known of a letter; its value last."""
    told = {
        "reason": f"{one.kind}: {one.reason}",
        "given up": f"{_when(one.received_at)} by {one.role}/{one.agent or '?'}",
        "produced": _when(one.produced_at) if one.produced_at else "not kept",
        "replayed": _fate(one),
        "key": "none" if one.record_key is None else text(one.record_key),
        **{
            f"header {_printable(name)}": "none" if raw is None else text(raw)
            for name, raw in one.record_headers.items()
        },
    }
    if one.headers is None:
        told["headers"] = "not kept; a replay sends those above"
    size = "none" if one.value is None else f"{len(one.value)} bytes"
    lines = [str(one.place), *(f"  {name:<15} {value}" for name, value in told.items()), f"  {'value':<15} {size}", ""]
    return "\n".join([*lines, text(one.value or b"")])


def text(raw: bytes) -> str:
    """The bytes as text when they are nothing but printable text and line ends, else sixteen a line in hex."""
    try:
        found = raw.decode()
    except UnicodeDecodeError:
        return dump(raw)
    return found if all(c.isprintable() or c in "\n\t" for c in found) else dump(raw)


def dump(raw: bytes) -> str:
    """`offset  bytes in hex  |as ASCII|`, as `hexdump -C` does."""
    rows = ((at, raw[at : at + DUMP_WIDTH]) for at in range(0, len(raw), DUMP_WIDTH))
    return "\n".join(f"{at:08x}  {row.hex(' '):<{3 * DUMP_WIDTH - 1}}  |{_ascii(row)}|" for at, row in rows)


def _counted(letters: int) -> str:
    return "1 letter" if letters == 1 else f"{letters} letters"


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def _ascii(row: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)


def _fate(one: "Letter") -> str:
    if one.replayed_at is None or one.replayed_as is None:
        return "never"
    now = one.place._replace(offset=one.replayed_as)
    return f"{_when(one.replayed_at)} by {one.replayed_by} as {now}{', which failed again' * one.failed_again}"


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"


def _plain(one: "Letter") -> dict[str, Any]:
    """A letter for JSON, but for its value."""
    told = {name: value for name, value in one._asdict().items() if name not in ("value", "headers", "raw_key")}
    times = {name: value.isoformat() for name, value in told.items() if isinstance(value, datetime)}
    headers = {name: _base64(raw) for name, raw in one.record_headers.items()}
    size = None if one.value is None else len(one.value)
    return {
        "id": str(one.place),
        **told,
        **times,
        "key_base64": _base64(one.record_key),
        "headers": headers,
        "size": size,
    }


def _base64(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode()
