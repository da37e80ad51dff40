"""suites, a source → Great Expectations → here → what was found, and the pages of it (Data Docs).

Nothing leaves the machine: this release of Great Expectations has no telemetry, it is off all the same, and the pages lose
what they would fetch from elsewhere.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from models.errors import TrackError
from pipelines.quality.pages import written
from pipelines.quality.rules import (
    ALL_CITIES,
    ONE_CITY,
    AnyRule,
    Filled,
    OneOf,
    Rule,
    Suite,
    Weight,
    Within,
    asked,
    sentence,
)

TOLD = 5
"""As many rows of a broken rule are told."""


class NotAsked(TrackError):
    """A rule could not be asked: the rows are not such as it knows. Fate: nothing is said of any of them."""


class Source(NamedTuple):
    """`kind`: postgres or sqlite; `city`: the one that is asked about, None: all."""

    kind: str
    url: str
    city: str | None = None


class Broken(NamedTuple):
    """A rule, how many rows break it, and the first of them by key with the values that do."""

    rule: str
    fails: bool
    rows: int
    first: list[dict[str, Any]]


class Found(NamedTuple):
    suite: str
    rules: int
    rows: int
    broken: list[Broken]

    @property
    def fails(self) -> bool:
        return any(one.fails for one in self.broken)


def _expectations() -> Any:
    """Every kind that Great Expectations has; imported when it is asked for: it takes two seconds."""
    from great_expectations import expectations

    return expectations


def examine(source: Source, suites: Sequence[Suite], docs: Path) -> list[Found]:
    """What each suite finds; the Data Docs of it are in `docs` then. Raises NotAsked, NotOurs."""
    with written(docs) as pages:
        context = _context(pages)
        with _connected(context, source) as store:
            cities = ALL_CITIES if source.city is None else ONE_CITY
            found = [_examined(context, store, suite, cities) for suite in suites]
        context.build_data_docs()
    return found


def _context(pages: Path) -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context: Any = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}
    for site in context.get_site_names():
        context.delete_data_docs_site(site)
    context.add_data_docs_site("pages", _site(pages))
    return context


@contextmanager
def _connected(context: Any, source: Source) -> Iterator[Any]:
    """The source of rows, for a while: its connections are closed at the end."""
    store = _opened(context, source)
    try:
        yield store
    finally:
        store.get_engine().dispose()


def _site(docs: Path) -> Any:
    backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs.resolve())}
    return {
        "class_name": "SiteBuilder",
        "store_backend": backend,
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }


def _opened(context: Any, source: Source) -> Any:
    """The source of rows. A `$` would be read as the name of a setting."""
    url = source.url.replace("$", "%24")
    if source.kind == "sqlite":
        return context.data_sources.add_sqlite("day", connection_string=url)
    city = "".join(f"\\{c}" if c in "\\ " else c for c in source.city or "")
    options = {"connect_args": {"options": f"-c timezone=UTC -c track.city={city}", "connect_timeout": 5}}
    url = url.replace("postgres://", "postgresql://").replace("postgresql://", "postgresql+psycopg://", 1)
    return context.data_sources.add_postgres("postgres", connection_string=url, create_temp_table=False, kwargs=options)


def _examined(context: Any, store: Any, suite: Suite, cities: str) -> Found:
    import great_expectations as gx

    batch = store.add_query_asset(suite.name, query=suite.query(cities)).add_batch_definition_whole_table("all")
    expected = [_counted(suite), *(_expectation(rule, suite.key) for rule in suite.rules)]
    asks = context.suites.add(gx.ExpectationSuite(name=suite.name, expectations=expected))
    one = context.validation_definitions.add(gx.ValidationDefinition(name=suite.name, data=batch, suite=asks))
    complete = {"result_format": "COMPLETE", "unexpected_index_column_names": list(suite.key)}
    results = one.run(result_format=complete).results
    rows = next(
        r.result["observed_value"] for r in _answered(suite, results) if "table_row_count" in r.expectation_config.type
    )
    return Found(suite.name, len(suite.rules), rows, list(_broken(suite, results)))


def _counted(suite: Suite) -> Any:
    said = f"There are at least {suite.least} rows"
    return _expectations().ExpectTableRowCountToBeBetween(min_value=suite.least, description=said)


def _expectation(rule: AnyRule, key: tuple[str, ...]) -> Any:
    gxe = _expectations()
    said: dict[str, Any] = {"description": sentence(rule)}
    match rule:
        case Rule():
            return gxe.UnexpectedRowsExpectation(unexpected_rows_query=asked(rule, key), severity=rule.weight, **said)
        case Filled(column):
            return gxe.ExpectColumnValuesToNotBeNull(column=column, **said)
        case OneOf(column, values, weight):
            return gxe.ExpectColumnValuesToBeInSet(
                column=column, value_set=[str(value) for value in values], severity=weight, **said
            )
        case Within(column, least, most):
            return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=least, max_value=most, **said)


def _answered(suite: Suite, results: Sequence[Any]) -> Sequence[Any]:
    """The results, once it is sure that each is an answer. Raises NotAsked."""
    for one in results:
        for error in _errors(one.exception_info or {}):
            raise NotAsked(f"{suite.name}: {one.expectation_config.description}: {error}")
    return results


def _errors(told: dict[str, Any]) -> Iterator[str]:
    """It stands there by itself, or one by metric."""
    for one in [told] if "raised_exception" in told else told.values():
        if one["raised_exception"]:
            yield str(one["exception_message"])


def _broken(suite: Suite, results: Sequence[Any]) -> Iterator[Broken]:
    for one in results:
        if not one.success:
            rule = one.expectation_config
            first = sorted(_rows(one.result, rule.kwargs.get("column")), key=lambda row: _order(row, suite.key))
            count = one.result.get("unexpected_count") or (one.result["observed_value"] if first else 0)
            fails = str(getattr(rule.severity, "value", rule.severity)) == Weight.FAILS
            yield Broken(rule.description, fails, count, first[:TOLD])


def _rows(result: dict[str, Any], column: str | None) -> list[dict[str, Any]]:
    """Those that break it; the key of a row stands before what is wrong with it."""
    if column is None:
        return [dict(row) for row in result.get("details", {}).get("unexpected_rows", [])]
    rows = result.get("unexpected_index_list") or []
    return [{**{k: v for k, v in row.items() if k != column}, column: row.get(column)} for row in rows]


def _order(row: dict[str, Any], key: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple((isinstance(row[k], str), row[k] if isinstance(row[k], int) else str(row[k])) for k in key)
