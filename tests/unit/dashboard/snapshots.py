"""a small city by hand → here → Snapshot. Two restaurants, four drivers, open orders of every risk, one delivered."""

from typing import Any

import msgspec

from dashboard.history import History, Lost
from dashboard.snapshot import CityView, Progress, Snapshot
from models.alerts import Alert, AlertKind
from models.driver import DriverStatus
from models.estimates import Band, Eta, Inputs, Prediction
from models.events import Position
from models.forecast import Parts, Stage
from models.foretold import Foretold
from models.geo import LatLon, Point
from models.ids import CityId, DriverId, OrderId, RestaurantId
from models.incidents import Cause, Incident
from models.kpis import KpiMinute
from models.lateness import Booked
from models.levers import Effect, Range
from models.needs import Need
from models.next_step import Act, NextStep
from models.order import OrderStatus
from models.restaurant import Restaurant
from models.risk import Judged
from models.rules import Rules, Services
from models.travel import PlaneTravel
from models.views import AGENTS, CityCard, DriverView, OrderView
from models.ways import MINUTE_MS

CITY, NOW, WALL = CityId("merrin"), 1_795_425_300_000, 1_795_500_000_000
TRAVEL = PlaneTravel(300.0, 60, LatLon(43.0, 77.0))
RULES = Rules("Port Merrin", "nearest", "known", 1, 10, TRAVEL, Services(240, 240), "UTC")
LANTERN = Restaurant(RestaurantId("r1"), "Lantern 52", Point(0, 0))
NOTHING = Effect(60, Range(9, 12.4, 16), Range(120, 210, 1300), Range(0, 0, 0), Range(0, 0, 0), 0.0)
ORU = Restaurant(RestaurantId("r2"), "Oru <Bowls>", Point(1500, 900))


def order(number: str, *, promise_in: int, placed_ago: int = 20, **stamps: Any) -> OrderView:
    """Minutes from now; preparing unless the stamps say otherwise."""
    fields: dict[str, Any] = {
        "id": OrderId(number), "restaurant": LANTERN.id, "status": OrderStatus.PREPARING, "version": 3,
        "door": Point(2000, int(number)), "driver": None, "placed_at": NOW - placed_ago * MINUTE_MS,
        "promised_at": NOW + promise_in * MINUTE_MS, "accepted_at": NOW - 19 * MINUTE_MS, "ready_at": None,
        "assigned_at": None, "waited_at": None, "picked_up_at": None, "at_door_at": None, "ended_at": None,
        "reason": None,
    }  # fmt: skip
    return OrderView(**(fields | stamps))


def driver(name: str, status: DriverStatus, *route: str) -> DriverView:
    orders = tuple(OrderId(o) for o in route)
    return DriverView(DriverId(name), f"Name of {name}", "bicycle", status, 2, orders, NOW, Point(500, 0), NOW - 60_000)


def told(number: str, p80_in: int) -> Prediction:
    """`p80` so many minutes from now, the rest of the range about it."""
    p80 = NOW + p80_in * MINUTE_MS
    eta = Eta(*(p80 + m * MINUTE_MS for m in (-3, -7, -3, 0, 3)))
    parts, inputs = Parts(eta.expected - NOW, 0, 0, 0, 0, 0), Inputs(0, 0, NOW, None)
    return Prediction(OrderId(number), 1, NOW, eta, Stage.PREPARE, Band.ON_TIME, parts, inputs, baseline=p80)


def need(number: str, slack: int, step: NextStep | None = None, chance: int = 900) -> Need:
    """The approach is five minutes over its plan."""
    judged = Judged(OrderId(number), chance, 9 * MINUTE_MS, slack * MINUTE_MS, Stage.APPROACH, 5 * MINUTE_MS)
    return Need(judged, step, None)


def alert(kind: AlertKind, subject: str, ago: int = 4) -> Alert:
    return Alert(kind, subject, "critical", NOW - ago * MINUTE_MS, "seen to be so", 1)


def incident(cause: Cause, subject: str, *orders: str, late: int = 12) -> Incident:
    """Since ten minutes."""
    which = tuple(OrderId(o) for o in orders)
    return Incident(cause, subject, NOW - 10 * MINUTE_MS, which, late * MINUTE_MS, late * MINUTE_MS)


def minutes(count: int = 60) -> tuple[KpiMinute, ...]:
    """Active orders rise by one a minute."""
    start = NOW - count * MINUTE_MS
    return tuple(
        KpiMinute(start + i * MINUTE_MS, 3, 2, 0, 100 + i, 2, 40, 60, 90, 0.942, 29.0, 44.0) for i in range(count)
    )


def kept() -> History:
    """Two late orders in an hour: 13 minutes, eleven of them at Oru Bowls, all in its kitchen."""
    oru, lantern = Booked(prepare=11 * MINUTE_MS), Booked(approach=90_000, ride=30_000)
    every = Booked(prepare=11 * MINUTE_MS, approach=90_000, ride=30_000)
    lost = (Lost(None, 2, every), Lost(ORU.id, 1, oru), Lost(LANTERN.id, 1, lantern))
    return History(minutes(), lost, WALL - 4_000)


def snapshot(**changes: Any) -> Snapshot:
    """All fresh by 200 ms."""
    out = {"driver": "D-3", "status": OrderStatus.OUT_FOR_DELIVERY, "ready_at": NOW - 6 * MINUTE_MS}
    orders = [
        order("1", promise_in=30),
        order("2", promise_in=14, driver="D-2", assigned_at=NOW - 5 * MINUTE_MS),
        order("3", promise_in=8, picked_up_at=NOW - 2 * MINUTE_MS, **out),
        order("4", promise_in=-3, placed_ago=41),
        order("5", promise_in=25, placed_ago=1, status=OrderStatus.PENDING),
        order("9", promise_in=1, status=OrderStatus.DELIVERED, ended_at=NOW - MINUTE_MS, driver="D-1"),
    ]
    drivers = [
        driver("D-1", DriverStatus.AVAILABLE),
        driver("D-2", DriverStatus.TO_RESTAURANT, "2"),
        driver("D-3", DriverStatus.TO_DOOR, "3"),
        driver("D-4", DriverStatus.OFF),
    ]
    made = Snapshot(
        city=CITY,
        read_at=WALL,
        answered=True,
        view=CityView(RULES, NOW, 1204882, False),
        cities={CITY: CityCard("Port Merrin", NOW - 180 * MINUTE_MS)},
        orders={o.id: o for o in orders},
        drivers={d.id: d for d in drivers},
        restaurants={r.id: r for r in (LANTERN, ORU)},
        positions={d.id: Position(d.id, NOW - 1000, Point(800, 100)) for d in drivers},
        etas={p.order: p for p in (told("1", 10), told("2", 10), told("3", 10), told("4", 2))},
        kpi=minutes()[-1],
        needs={n.order: n for n in (need("3", -2), need("4", -5, NextStep(Act.REASSIGN, "D-1", 7 * MINUTE_MS, 620)))},
        ranked=(OrderId("4"), OrderId("3")),
        foretold=Foretold(NOW - 2 * MINUTE_MS, NOTHING),
        progress=dict.fromkeys(AGENTS, Progress(NOW, WALL - 200)),
    )
    return msgspec.structs.replace(made, **changes)
