"""here → the agent, tooltips, `track kpis`, docs/KPIS.md. What each figure of the board means: said once, with its source."""

from typing import Literal, NamedTuple

from models.kpi_hour import HOUR_MS, KpiHour
from models.kpis import KpiMinute
from models.risk import NEEDED

MDRP = "Reyes et al. 2018, MDRPInstances.pdf §1.1 (grubhub/mdrplib)"
OWN = "our own"
Unit = Literal["min", "%", "orders", "drivers", "orders an hour", "s"]


class Share(NamedTuple):
    """A KPI of `kpi_hours` by its columns: `part` over the sum of `whole`, of which `each` make one."""

    part: str
    whole: tuple[str, ...]
    each: int = 1


class Kpi(NamedTuple):
    """`formula` is of one order where the KPI is a duration; `numerator` and `denominator` of a share or a rate.

    `fields`: its columns in `kpi_minutes` and `kpi_hours`; `elsewhere`: in another table, as `table.column`; neither where it
    is of this moment and not stored.
    """

    name: str
    title: str
    sentence: str
    formula: str
    unit: Unit
    source: str
    numerator: str = ""
    denominator: str = ""
    exclusions: str = ""
    fields: tuple[str, ...] = ()
    share: Share | None = None
    elsewhere: tuple[str, ...] = ()


WINDOW = "of the last 60 minutes of event time"


def _spread(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{part}_minutes" for part in ("p10", "p50", "p90", "mean"))


REGISTRY: dict[str, Kpi] = {
    kpi.name: kpi
    for kpi in (
        Kpi(
            "active", "Active", "Orders that are placed and neither delivered nor cancelled.", "open orders now",
            "orders", OWN, fields=("active",),
        ),
        Kpi(
            "on_time", "On time", "Of the orders whose promise fell due, how many were there by then.",
            "delivered ≤ promised", "%", "fulflld.com, 5 essential metrics; with the denominator of who waits",
            "orders delivered at or before their promise", f"orders whose promise fell due, delivered or not, {WINDOW}",
            "orders cancelled before their promise", ("on_time_share", "kept", "due"), Share("kept", ("due",)),
        ),
        Kpi(
            "click_to_door", "Click to door", "How long a customer waits, from the click to the door.",
            "delivered − placed; p10, p50 and p90 by nearest rank, and the mean", "min", MDRP,
            denominator=f"orders delivered {WINDOW}", exclusions="cancelled orders", fields=_spread("click_to_door"),
        ),
        Kpi(
            "unassigned", "Unassigned", "Open orders that no driver has, and how long the oldest of them is open.",
            "open orders without a driver; now − placed of the oldest", "orders",
            "Onro and Dispatch Science boards; the age is ours", fields=("unassigned", "oldest_unassigned_minutes"),
        ),
        Kpi(
            "drivers_free", "Drivers free", "Drivers on shift who have nothing to fetch and nothing to bring.",
            "drivers available; of those on shift", "drivers", "help.motiontools.io 10476897",
            fields=("drivers_available", "drivers_busy"),
        ),
        Kpi(
            "volume", "Orders", "Orders placed, delivered and cancelled in a minute, and of the hour.",
            "counts by event time", "orders", OWN,
            fields=("placed", "delivered", "cancelled", "window_delivered"),
        ),
        Kpi(
            "overage", "Overage", "How much longer than 40 minutes a customer waits.",
            "max(0, delivered − placed − 40 min)", "min", MDRP,
            denominator=f"orders delivered {WINDOW}", exclusions="cancelled orders", fields=_spread("overage"),
        ),
        Kpi(
            "ready_to_pickup", "Ready to pick-up", "How long food stands at its restaurant.", "picked up − ready", "min", MDRP,
            denominator=f"orders picked up {WINDOW}", fields=_spread("ready_to_pickup"),
        ),
        Kpi(
            "ready_to_door", "Food age", "How old food is when it arrives.", "delivered − ready", "min", MDRP,
            denominator=f"orders delivered {WINDOW}", fields=_spread("ready_to_door"),
        ),
        Kpi(
            "avoidable_wait", "Avoidable wait", "How long a driver stands at a restaurant beyond his own service.",
            "max(0, picked up − driver there − half the pick-up service)", "min",
            "DoorDash learning center, avoidable wait; without its 25 m and its promised time",
            denominator=f"orders picked up {WINDOW}", fields=_spread("avoidable_wait"),
        ),
        Kpi(
            "prep_delay", "Prep delay", "Of the orders picked up, how many were not ready when their driver was.",
            "ready > driver there + half the pick-up service", "%", "Uber, operational excellence",
            "such orders", f"orders picked up {WINDOW}", fields=("late_food", "picked_up"),
            share=Share("late_food", ("picked_up",)),
        ),
        Kpi(
            "utilisation", "Utilisation", "Of the time that drivers are on shift, how much they have an order.",
            "time from an assignment to the last order's end; of overlapping ones once", "%",
            "MDRP's, with the approach in it and the way from the last door out of it",
            f"driver time with an order {WINDOW}", f"driver time on shift {WINDOW}", fields=("engaged_ms", "on_duty_ms"),
            share=Share("engaged_ms", ("on_duty_ms",)),
        ),
        Kpi(
            "orders_per_courier_hour", "Orders per driver-hour", "What an hour of a driver on shift brings to doors.",
            "delivered / hours on shift", "orders an hour", MDRP, f"orders delivered {WINDOW}",
            f"driver hours on shift {WINDOW}", fields=("delivered", "on_duty_ms"),
            share=Share("delivered", ("on_duty_ms",), HOUR_MS),
        ),
        Kpi(
            "unfulfilled", "Unfulfilled", "Of the orders that ended, how many did not arrive.",
            "cancelled / (cancelled + delivered)", "%",
            "help.uber.com, unfulfilled orders; refused ones are no orders here", f"orders cancelled {WINDOW}",
            f"orders that ended {WINDOW}", fields=("cancelled", "delivered"),
            share=Share("cancelled", ("cancelled", "delivered")),
        ),
        Kpi(
            "supply", "Supply", "Free drivers for each open order, zone by zone.",
            "free drivers / open orders of its restaurants", "drivers",
            "bhupeshkumar.blog (second-hand)", "free drivers in the zone now", "open orders of the zone now",
            "zones are H3 cells of resolution 7; a driver's is where he came free", ("zones",),
        ),
        Kpi(
            "window", "Window", "How much of the last hour the city was open: below 60 an hour is not whole.",
            "min(60, minutes since it opened)", "min", OWN, fields=("window_minutes",),
        ),
        Kpi(
            "late", "Late", "Open orders whose promise is past.", "now > promised", "orders", "Onfleet, Driver-Status",
        ),
        Kpi(
            "at_risk", "At risk", "Open orders of which fewer than eight in ten would arrive by their promise.",
            "promise − P80 of the ETA < 0, promise not past", "orders",
            "Dispatch Science 36000546919, with a range for the ETA",
        ),
        Kpi(
            "needs_action", "Needs action", "Open orders of which, by those before them, four in ten or more come late.",
            f"chance of missing the promise ≥ {NEEDED // 10} %, where “at risk” reads the ETA's P80 alone", "orders",
            "our own (decision 0016)",
        ),
        Kpi(
            "late_minutes", "Late minutes", "Minutes past their promise, each booked to the stage that lost it.",
            "delivered − promised, where that is above 0; the stages sum to it", "min",
            "our own (decision 0015)", exclusions="orders that were not delivered", elsewhere=("lateness_ledger.late_ms",),
        ),
        Kpi(
            "eta_quality", "ETA quality", "How well the first ETA after placement came true.",
            "delivered − expected: mean, mean of the absolute, share within 5 min, share inside P10–P90, largest jump",
            "min", "our own; asked for in googlemaps/fleet-debugger#90", exclusions="cancelled orders",
            elsewhere=("eta_scores.error_ms", "eta_scores.covered", "eta_scores.jump_ms"),
        ),
        Kpi(
            "freshness", "Age", "How old the newest fact behind a figure is.", "now − produced_at of the newest fact", "s",
            "our own; Uber RAMEN's heartbeat of 4 s",
        ),
    )
}  # fmt: skip


def tooltip(name: str) -> str:
    """A figure's meaning in two sentences, for whoever points at it."""
    kpi = REGISTRY[name]
    window = f" {kpi.denominator[0].upper()}{kpi.denominator[1:]}." if kpi.denominator else ""
    return f"{kpi.sentence} {kpi.formula[0].upper()}{kpi.formula[1:]}.{window}"


def columns(kpi: Kpi) -> dict[str, tuple[str, ...]]:
    """Where it is stored, table by table; a share's counts are of the hour, and it is itself a column of `hours()`."""
    made = (kpi.name,) if kpi.share or "zones" in kpi.fields else ()
    counts = (kpi.share.part, *kpi.share.whole) if kpi.share else ()
    found = {
        "kpi_minutes": tuple(one for one in kpi.fields if one in KpiMinute.__struct_fields__ and one not in counts),
        "kpi_hours": tuple(one for one in kpi.fields if one in KpiHour.__struct_fields__),
        "hours()": made,
    }
    for table, _, column in (one.partition(".") for one in kpi.elsewhere):
        found[table] = (*found.get(table, ()), column)
    return {table: some for table, some in found.items() if some}


def page() -> str:
    """docs/KPIS.md."""
    rows = [
        f"| **{k.title}** (`{k.name}`) | {k.sentence} | {k.formula} | {k.numerator or '–'} | {k.denominator or '–'} | "
        f"{k.exclusions or '–'} | {k.unit} | {k.source} | {_columns(k) or '–'} |"
        for k in REGISTRY.values()
    ]
    head = (
        "# What each figure means",
        "",
        "Made from `models/kpi_registry.py` by `track kpis --page`; the board's tooltips are made from it too.",
        "",
        "Columns are those of the named table, `hours()` is a frame of `infra/analyst.py`; – is of this moment and not stored.",
        "",
        "| KPI | meaning | formula | numerator | denominator | left out | unit | source | columns |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    )
    return "\n".join([*head, *rows, ""])


def _columns(kpi: Kpi) -> str:
    return "; ".join(f"`{table}`: {', '.join(some)}" for table, some in columns(kpi).items())
