"""`track export`: what cannot be meant is refused with what there is to choose from."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import typer
from typer.testing import CliRunner

from infra.export_verb import time_of
from infra.track import app


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["menus"], "'menus' is nothing to export"),
        (["orders", "--format", "xml"], "--format is csv or parquet"),
        (["orders", "--format", "parquet"], "Parquet needs a file"),
        (["orders", "--since", "teatime"], "--since teatime"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_there_is(words: list[str], why: str) -> None:
    ended = CliRunner().invoke(app, ["export", *words, "--city", "merrin"], env={"COLUMNS": "300"})

    assert ended.exit_code == 2
    assert why in ended.output


def test_a_time_without_an_offset_is_utc() -> None:
    assert time_of("--since", "2026-11-20T18:00") == datetime(2026, 11, 20, 18, tzinfo=UTC)
    assert time_of("--since", "2026-11-20T18:00+02:00") == datetime(
        2026, 11, 20, 18, tzinfo=timezone(timedelta(hours=2))
    )
    assert time_of("--since", None) is None


def test_a_time_that_is_none_says_how_one_is_written() -> None:
    with pytest.raises(typer.BadParameter, match="2026-11-20T18:00"):
        time_of("--until", "25 o'clock")
