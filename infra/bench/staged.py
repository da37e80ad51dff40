"""a scenario, the name of a fault and when it begins → here → that fault, as `track fault` would plan it."""

from models.ids import Instant
from simulator.faults import spec
from simulator.faults.kinds import KINDS, Fault
from simulator.scenario import Scenario


def staged(name: str, scenario: Scenario, at: Instant, lasts_ms: int, seed: int) -> Fault:
    """It lasts so long where its kind has no end of its own."""
    lasts = f":for={lasts_ms // 1000}s" if KINDS[name].lasts_ms is None else ""
    return spec.fault(f"{name}:seed={seed}{lasts}", 1, scenario, at)
