"""a command line → here → one part, or all of it. Every verb has `--help`; what reports takes `--json FILE`."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from infra import (
    backtest_verb,
    diff_verb,
    explain_verb,
    export_verb,
    faults,
    incident_verbs,
    letters_verbs,
    lever_verbs,
    order_verbs,
    quality_verb,
    recompute_verb,
    report_verb,
    whatif_verb,
)
from infra.bench import verbs as bench_verbs
from infra.options import JsonFile, connected, running, save
from models.errors import TrackError
from models.rules import DEFAULT_POLICY
from models.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(letters_verbs.verbs, name="letters")
app.add_typer(order_verbs.verbs, name="order")
app.add_typer(lever_verbs.verbs, name="lever")
app.add_typer(incident_verbs.verbs, name="incident")
app.add_typer(bench_verbs.verbs, name="bench")
for verb in (
    faults.fault, backtest_verb.backtest, explain_verb.explain, diff_verb.diff, export_verb.export, whatif_verb.whatif,
    whatif_verb.foresee, recompute_verb.recompute, quality_verb.quality, report_verb.report,
):  # fmt: skip
    app.command()(verb)
CITY = "Port Merrin, Santa Lume, Nordholm or Vellamar, or a folder with a recorded day"


@app.command()
def topics() -> None:
    """Create the topics that are missing."""
    from infra import kafka_connection
    from infra.topics import create

    made = create(kafka_connection.options(connected("kafka_bootstrap")))
    typer.echo(f"created {', '.join(made)}" if made else "every topic is there")


@app.command()
def migrate(to: Annotated[str, typer.Option(help="a revision; base takes everything down")] = "head") -> None:
    """Bring the tables of Postgres up (or down) to a revision."""
    from models.migrations import downgrade, upgrade

    url = str(connected("postgres_url").postgres_url)
    (downgrade if to == "base" else upgrade)(url, to)


@app.command()
def partitions() -> None:
    """Make the day partitions that are due, and drop those that retention lets go; workers may go on running."""
    from infra.partitions import keep_once

    for line in keep_once(running("postgres_url")) or ["every partition is as it must be"]:
        typer.echo(line)


@app.command()
def worker(role: Annotated[str, typer.Argument(help="city, positions or insights")]) -> None:
    """Run one role's agents."""
    from pipelines.roles import ROLES
    from pipelines.worker import run

    if role not in ROLES:
        raise typer.BadParameter(f"{role!r} is no role. Roles: {', '.join(ROLES)}")
    run(role, connected("postgres_url", "redis_url", "kafka_bootstrap"))


@app.command(epilog=faults.LIST)
def replay(
    path: Annotated[Path, typer.Argument(help="a folder with a recorded day")],
    through: Annotated[str, typer.Option(help="memory or kafka")] = "memory",
    policy: Annotated[
        str, typer.Option(help="who is sent for which order: nearest, batch or rolling")
    ] = DEFAULT_POLICY,
    ready: Annotated[str, typer.Option(help="known: announced at placement; estimated: nobody knows")] = "known",
    fault: faults.FaultSpecs = None,
    truth: faults.TruthFile = None,
    json_file: JsonFile = None,
) -> None:
    """Replay a recorded day in lockstep as a city of its own, then score it; exit 1: a broken rule, or unbooked lateness."""
    from infra.replay import load, rows_table
    from infra.replay import replay as run

    if through not in ("memory", "kafka") or ready not in ("known", "estimated"):
        raise typer.BadParameter("--through is memory or kafka, --ready is known or estimated")
    day, settings = load(path, policy, ready), Settings()
    wire = faults.struck(faults.planned(fault or [], day), truth, settings)
    report = run(day, through, settings, wire)  # type: ignore[arg-type]
    if "rows" in report:
        typer.echo("\n".join(rows_table(report["rows"])), err=True)
    _report(report, json_file)
    raise typer.Exit(1 if report["violations"] or report["lateness"]["unbooked_ms"] else 0)


@app.command(epilog=faults.LIST)
def simulate(
    city: Annotated[str, typer.Option(help=CITY)] = "Port Merrin",
    seed: Annotated[int, typer.Option(help="the same seed is the same day")] = 7,
    drivers: Annotated[int, typer.Option(min=1)] = 300,
    orders_per_hour: Annotated[int, typer.Option(min=1)] = 360,
    speed: Annotated[float, typer.Option(min=0.1, max=60.0, help="seconds of the city for one of ours")] = 1.0,
    fault: faults.FaultSpecs = None,
    truth: faults.TruthFile = None,
) -> None:
    """Open a city in its dinner rush and feed it, live."""
    from infra.simulate import asked_to_end, city_of
    from infra.simulate import simulate as run
    from pipelines import logs

    settings = connected("kafka_bootstrap")
    logs.set_up(settings)
    run(city_of(city, seed, drivers, orders_per_hour), settings, speed, fault or (), truth, asked_to_end())


@app.command()
def dashboard(port: int = 8501) -> None:
    """Serve the board."""
    from dashboard.server import argv

    settings = connected("postgres_url", "redis_url")
    words = argv(port, settings.bind_host)
    os.execv(words[0], words)


@app.command()
def up(
    city: Annotated[list[str] | None, typer.Option(help=f"{CITY}; may be said several times")] = None,
    seed: Annotated[int, typer.Option(help="the same seed is the same day")] = 7,
    drivers: Annotated[int, typer.Option(min=1, help="of each city")] = 300,
    orders_per_hour: Annotated[int, typer.Option(min=1, help="of each city's rush, in the mean")] = 360,
    speed: Annotated[float, typer.Option(min=0.1, max=60.0, help="seconds of the city for one of ours")] = 1.0,
    fault: faults.FaultSpecs = None,
) -> None:
    """Run all of it in the foreground until Ctrl-C."""
    from infra.up import up as run

    rush = ["--drivers", str(drivers), "--orders-per-hour", str(orders_per_hour)]
    day = ["--seed", str(seed), *rush, "--speed", str(speed), *(w for one in fault or () for w in ("--fault", one))]
    raise typer.Exit(run(Settings(), [["--city", one, *day] for one in city or ["Port Merrin"]]))


@app.command()
def check(json_file: JsonFile = None) -> None:
    """Ask the running stack whether every part does its job; exit 1 names the part that does not."""
    from infra.check import check as run
    from infra.check import table

    elsewhere = bool(Settings().worker_urls)
    parts = run(connected("postgres_url", "redis_url", "kafka_bootstrap") if elsewhere else Settings())
    for line in table(parts):
        typer.echo(line)
    save([part._asdict() for part in parts], json_file)
    raise typer.Exit(1 if any(part.trouble for part in parts) else 0)


@app.command()
def doctor(json_file: JsonFile = None) -> None:
    """Say what on this machine would keep the product from running, and the cure; exit 1 when something would."""
    from infra.doctor.examination import examine
    from infra.doctor.finding import lines

    findings = examine()
    for line in lines(findings):
        typer.echo(line)
    save([one._asdict() for one in findings], json_file)
    raise typer.Exit(1 if any(one.level == "trouble" for one in findings) else 0)


@app.command()
def kpis(
    page: Annotated[Path | None, typer.Option(help="write docs/KPIS.md, or another file of its kind")] = None,
) -> None:
    """What each figure of the board means: its formula, what it leaves out, and its source."""
    from models import kpi_registry

    if page is not None:
        page.write_text(kpi_registry.page())
    for kpi in kpi_registry.REGISTRY.values():
        typer.echo(f"{kpi.title:14} {kpi_registry.tooltip(kpi.name)} In {kpi.unit}. Source: {kpi.source}.")


@app.command()
def reconcile(
    city: Annotated[str | None, typer.Argument(help="one city; all of them when none is named")] = None,
    repair: Annotated[bool, typer.Option(help="write the right rows and views; never the log")] = False,
    json_file: JsonFile = None,
) -> None:
    """Compare log, Postgres and Redis fact by fact; exit 1 names the drift."""
    from infra.proof import reconcile as run

    report = run(running("postgres_url", "redis_url"), city, repair)
    _report(report, json_file)
    raise typer.Exit(0 if report["clean"] else 1)


@app.command()
def rebuild_live(city: Annotated[str | None, typer.Argument(help="one city, else all")] = None) -> None:
    """Write Redis anew from Postgres; workers may go on running."""
    from infra.proof import rebuild_live as run

    for line in run(running("postgres_url", "redis_url"), city):
        typer.echo(line)


@app.command()
def resume(
    role: Annotated[str | None, typer.Argument(help="city, positions or insights; all when none is named")] = None,
    letters: Annotated[int | None, typer.Option(min=1, help="how many dead letters this run may have")] = None,
) -> None:
    """Let a role go on that its dead-letter budget paused."""
    from infra.proof import resume as run

    for line in run(running("postgres_url"), role, letters):
        typer.echo(line)


def main() -> None:
    """The console script: what is wrong is said in one line, and the exit code is 2."""
    try:
        app()
    except TrackError as error:
        typer.secho(f"{type(error).__name__}: {error}", err=True, fg="red")
        raise SystemExit(2) from error


def _report(report: dict[str, Any], file: Path | None) -> None:
    save(report, file)
    typer.echo(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
