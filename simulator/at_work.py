"""drivers → here → what is known of one on shift: where he goes, what he carries, what happens when he is there."""

from collections.abc import Callable
from dataclasses import dataclass, field

from models.driver import DriverStatus
from models.events import DriverAssigned
from models.ids import DriverId, Instant, OrderId
from simulator.agenda import Rank
from simulator.scenario import PlannedShift
from simulator.way import Way


@dataclass(slots=True)
class AtWork:
    """A driver on shift. `errand` counts what he was sent to do: a plan made under an older errand is void.

    `arrival` is what happens at the end of his way, None while he stands.
    """

    shift: PlannedShift
    way: Way
    arrival: "Arrival | None" = None
    status: DriverStatus = DriverStatus.AVAILABLE
    route: list[OrderId] = field(default_factory=list)
    loads_from: Instant = 0
    errand: int = 0


Arrival = tuple[Rank, Callable[[AtWork, Instant], None]]
Divert = Callable[[DriverId, Way], Way]
Appear = Callable[[PlannedShift], PlannedShift | None]
Decline = Callable[[DriverAssigned, Instant], bool]
