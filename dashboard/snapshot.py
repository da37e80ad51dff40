"""tables → here → frames, layers, tiles: one city at one moment, as the stores had it."""

import msgspec

from dashboard.scenery import Ground
from models.alerts import Alert
from models.errors import TrackError
from models.estimates import Prediction
from models.events import Position
from models.foretold import Foretold
from models.ids import CityId, DriverId, Instant, OrderId, RestaurantId
from models.incidents import Incident
from models.kpis import KpiMinute
from models.needs import Need
from models.pulled import PulledLever
from models.restaurant import Restaurant
from models.rules import Rules
from models.views import CityCard, DriverView, OrderView


class StoreAway(TrackError):
    """A store did not answer in time, or has no address. Nothing is lost; the next tick asks again."""


class Progress(msgspec.Struct, frozen=True):
    """How far an agent is: `as_of` in event time, `produced_at` in wall time."""

    as_of: int
    produced_at: int


class CityView(msgspec.Struct, frozen=True):
    """What holds in the city, its watermark, and what lies under it on the map."""

    rules: Rules
    now: Instant
    seq: int
    closed: bool
    ground: Ground = Ground()


class Snapshot(msgspec.Struct, frozen=True):
    """One city as Redis had it at `read_at` (wall, ms); `answered` is False when this is an older one, kept."""

    city: CityId
    read_at: int
    answered: bool = False
    view: CityView | None = None
    cities: dict[CityId, CityCard] = {}
    orders: dict[OrderId, OrderView] = {}
    drivers: dict[DriverId, DriverView] = {}
    restaurants: dict[RestaurantId, Restaurant] = {}
    positions: dict[DriverId, Position] = {}
    etas: dict[OrderId, Prediction] = {}
    kpi: KpiMinute | None = None
    needs: dict[OrderId, Need] = {}
    ranked: tuple[OrderId, ...] = ()
    alerts: dict[str, Alert] = {}
    incidents: dict[str, Incident] = {}
    levers: dict[str, PulledLever] = {}
    foretold: Foretold | None = None
    progress: dict[str, Progress] = {}
    unreadable: int = 0
