"""here → the agent, tooltips, `track kpis`, docs/KPIS.md. What each figure of the board means: said once, with its source."""

from typing import Literal, NamedTuple

MDRP = "Reyes et al. 2018, MDRPInstances.pdf §1.1 (grubhub/mdrplib)"
OWN = "our own"
Unit = Literal["min", "%", "orders", "drivers", "orders an hour", "s"]


class Kpi(NamedTuple):
    """`formula` is of one order where the KPI is a duration; `numerator` and `denominator` of a share or a rate.

    `field`: its column in `kpi_minutes`, or the first of them; None where it stands elsewhere.
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
    field: str | None = None


WINDOW = "of the last 60 minutes of event time"

REGISTRY: dict[str, Kpi] = {
    kpi.name: kpi
    for kpi in (
        Kpi(
            "active", "Active", "Orders that are placed and neither delivered nor cancelled.", "open orders now",
            "orders", OWN, field="active",
        ),
        Kpi(
            "on_time", "On time", "Of the orders whose promise fell due, how many were there by then.",
            "delivered ≤ promised", "%", "fulflld.com, 5 essential metrics; with the denominator of who waits",
            "orders delivered at or before their promise", f"orders whose promise fell due, delivered or not, {WINDOW}",
            "orders cancelled before their promise", "on_time_share",
        ),
        Kpi(
            "click_to_door", "Click to door", "How long a customer waits, from the click to the door.",
            "delivered − placed; p50 and p90 by nearest rank", "min", MDRP,
            denominator=f"orders delivered {WINDOW}", exclusions="cancelled orders", field="click_to_door_p50_minutes",
        ),
        Kpi(
            "unassigned", "Unassigned", "Open orders that no driver has, and how long the oldest of them is open.",
            "open orders without a driver; now − placed of the oldest", "orders",
            "Onro and Dispatch Science boards; the age is ours", field="unassigned",
        ),
        Kpi(
            "drivers_free", "Drivers free", "Drivers on shift who have nothing to fetch and nothing to bring.",
            "drivers available; of those on shift", "drivers", "help.motiontools.io 10476897",
            field="drivers_available",
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
            "late_minutes", "Late minutes", "Minutes past their promise, each booked to the stage that lost it.",
            "delivered − promised, where that is above 0; the stages sum to it", "min",
            "our own (decision 0015)", exclusions="orders that were not delivered",
        ),
        Kpi(
            "eta_quality", "ETA quality", "How well the first ETA after placement came true.",
            "delivered − expected: mean, mean of the absolute, share within 5 min, share inside P10–P90, largest jump",
            "min", "our own; asked for in googlemaps/fleet-debugger#90", exclusions="cancelled orders",
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


def page() -> str:
    """docs/KPIS.md."""
    rows = [
        f"| **{k.title}** (`{k.name}`) | {k.sentence} | {k.formula} | {k.numerator or '–'} | {k.denominator or '–'} | "
        f"{k.exclusions or '–'} | {k.unit} | {k.source} |"
        for k in REGISTRY.values()
    ]
    head = (
        "# What each figure means",
        "",
        "Made from `models/kpi_registry.py` by `track kpis --page`; the board's tooltips are made from it too.",
        "",
        "| KPI | meaning | formula | numerator | denominator | left out | unit | source |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    )
    return "\n".join([*head, *rows, ""])
