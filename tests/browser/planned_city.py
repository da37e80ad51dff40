"""a seed → here → a planned day: orders are plans of stamps, drivers chains of legs, so a city is a function of time."""

import heapq
import random

import msgspec

from models.alerts import Alert, AlertKind
from models.driver import DriverStatus
from models.estimates import Band, Eta, Inputs, Prediction
from models.events import Position
from models.forecast import Parts, Stage
from models.foretold import Foretold, Offer
from models.geo import Point
from models.ids import CityId, DriverId, OrderId, RestaurantId
from models.incidents import Cause, Incident
from models.kpis import KpiMinute
from models.levers import CallDrivers, Effect, ExtendPromises, PauseKitchen, Range, SlowKitchen
from models.needs import Need
from models.next_step import Act, NextStep
from models.order import OrderStatus
from models.pulled import PulledLever
from models.quantiles import quantile
from models.restaurant import Restaurant
from models.risk import Judged
from models.rules import Rules, Services
from models.views import CityNow, DriverView, OrderView
from models.ways import MINUTE_MS
from tests.browser import street_map

TRAVEL = street_map.travel()
RULES = Rules("Port Merrin", "nearest", "known", 1, 10, TRAVEL, Services(240, 240), "Asia/Almaty", street_map.SCENERY)
FAR_AWAY = TRAVEL.junctions[0]
CITY = CityId("port-merrin")
HOUR_MS = 60 * MINUTE_MS
FIRST, SECOND = (
    ("Lantern", "Oru", "Saffa", "Tamarel", "Pepper", "Fennick", "Vellum", "Marrow", "Osk", "Quill", "Juniper", "Maple"),
    ("House", "Bowls", "Noodles", "Grill", "Deli", "Bakery", "Kitchen", "Pizza", "Wharf", "Table"),
)


class Plan(msgspec.Struct):
    """One order's day: when each thing happens to it, and who does it."""

    id: OrderId
    restaurant: Restaurant
    door: Point
    placed: int
    ready: int
    promised: int
    error: int
    driver: DriverId | None = None
    start: Point = Point(0, 0)
    assigned: int = 0
    waited: int = 0
    picked: int = 0
    arrived: int = 0
    ended: int = 0


class PlannedCity:
    """The day from three hours before `now` to two hours after it."""

    def __init__(
        self, now: int, *, drivers: int = 420, orders_a_minute: float = 13.4, restaurants: int = 120, seed: int = 7
    ):
        self.rng, self.opened = random.Random(seed), now - 3 * HOUR_MS
        self.restaurants = [self._restaurant(i) for i in range(restaurants)]
        self.homes = {DriverId(f"D-{i:03}"): self._point(0.8) for i in range(1, drivers + 1)}
        self.silent_from = {driver: now - (i + 1) * 55_000 for i, driver in enumerate(list(self.homes)[40:280:80])}
        self.plans = self._plans(now, orders_a_minute)
        self.legs: dict[DriverId, list[Plan]] = {driver: [] for driver in self.homes}
        self._assign()
        self.behind, self.behind_since = self._late(now)[0][1].restaurant, now - 23 * MINUTE_MS

    def _point(self, spread: float = 1.0) -> Point:
        return self._beside(Point(self.rng.gauss(0, 2300 * spread), self.rng.gauss(0, 1700 * spread)))

    def _beside(self, point: Point) -> Point:
        """A house by the nearest crossing: nobody lives in the river."""
        crossing = TRAVEL.path(point, FAR_AWAY).corners[1]
        return Point(*(round(c + self.rng.uniform(-70, 70)) for c in (crossing.x, crossing.y)))

    def _restaurant(self, i: int) -> Restaurant:
        name = f"{FIRST[i % len(FIRST)]} {SECOND[i // len(FIRST) % len(SECOND)]}"
        return Restaurant(RestaurantId(f"r{i:03}"), name, self._point(0.75))

    def _plans(self, now: int, a_minute: float) -> list[Plan]:
        plans, at, number = [], float(self.opened), 6400
        while at < now + 2 * HOUR_MS:
            at += self.rng.expovariate(a_minute * self._rush(at, now) / MINUTE_MS)
            number += 1
            where = self.rng.choice(self.restaurants)
            prep = self.rng.gauss(17, 7.5) + (14 if where.id == "r006" else 0)
            ready, error = at + max(3, prep) * MINUTE_MS, self.rng.gauss(0, 2.2) * MINUTE_MS
            door = self._beside(Point(*(c + self.rng.gauss(0, 1000) for c in (where.point.x, where.point.y))))
            plans.append(
                Plan(OrderId(str(number)), where, door, int(at), int(ready), int(at) + 43 * MINUTE_MS, int(error))
            )
        return plans

    def _rush(self, at: float, now: int) -> float:
        return 1.0 if at > now - 50 * MINUTE_MS else 0.78

    def _assign(self) -> None:
        """The driver that has been free longest takes the next order; without one the order waits."""
        free = [(self.opened, driver) for driver in self.homes]
        heapq.heapify(free)
        for plan in self.plans:
            since, driver = heapq.heappop(free)
            chain = self.legs[driver]
            plan.driver, plan.start = driver, chain[-1].door if chain else self.homes[driver]
            plan.assigned = max(since, plan.placed + self.rng.randrange(20_000, 90_000))
            plan.waited = plan.assigned + TRAVEL.ms(plan.start, plan.restaurant.point, "car")
            plan.picked = max(plan.waited, plan.ready) + MINUTE_MS
            plan.arrived = plan.picked + TRAVEL.ms(plan.restaurant.point, plan.door, "car")
            plan.ended = plan.arrived + 2 * MINUTE_MS
            chain.append(plan)
            heapq.heappush(free, (plan.ended, driver))

    # ---- the city at an instant ----

    def orders(self, now: int) -> list[OrderView]:
        return [self._order(p, now) for p in self.plans if p.placed <= now and p.ended > now - HOUR_MS]

    def _order(self, p: Plan, now: int) -> OrderView:
        def stamp(at: int) -> int | None:
            return at if at <= now else None

        accepted = p.placed + 45_000
        status = (
            OrderStatus.DELIVERED if p.ended <= now else OrderStatus.OUT_FOR_DELIVERY if p.picked <= now
            else OrderStatus.PREPARING if accepted <= now else OrderStatus.PENDING
        )  # fmt: skip
        stamps = (accepted, p.ready, p.assigned, p.waited, p.picked, p.arrived, p.ended)
        driver = p.driver if p.assigned <= now else None
        version = 1 + sum(at <= now for at in stamps)
        return OrderView(
            p.id, p.restaurant.id, status, version, p.door, driver, p.placed, p.promised, *map(stamp, stamps), None
        )

    def drivers(self, now: int) -> list[tuple[DriverView, Position]]:
        return [self._driver(i, driver, now) for i, driver in enumerate(self.homes)]

    def _driver(self, i: int, driver: DriverId, now: int) -> tuple[DriverView, Position]:
        begun = [p for p in self.legs[driver] if p.assigned <= now]
        plan = begun[-1] if begun else None
        heard = min(now - i * 37 % 4000, self.silent_from.get(driver, now))
        status, route = DriverStatus.AVAILABLE, ()
        if plan and now < plan.ended:
            status = (
                DriverStatus.TO_RESTAURANT if now < plan.waited
                else DriverStatus.WAITING if now < plan.picked else DriverStatus.TO_DOOR
            )  # fmt: skip
            route = (plan.id,)
        point = self._where(driver, heard)
        view = DriverView(
            driver, f"Driver {i}", "bicycle" if i % 3 else "car", status, 1 + len(begun), route, now + HOUR_MS,
            point, heard - 60_000,
        )  # fmt: skip
        return view, Position(driver, heard, point)

    def _where(self, driver: DriverId, at: int) -> Point:
        begun = [p for p in self.legs[driver] if p.assigned <= at]
        if not begun:
            return self.homes[driver]
        p, kitchen = begun[-1], begun[-1].restaurant.point
        if at < p.picked:
            return TRAVEL.path(p.start, kitchen).at((at - p.assigned) / max(1, p.waited - p.assigned))
        return TRAVEL.path(kitchen, p.door).at((at - p.picked) / max(1, p.arrived - p.picked))

    def etas(self, now: int) -> list[Prediction]:
        return [told for p in self.plans for told in self._known(p, now)]

    def _told(self, p: Plan, now: int) -> Prediction:
        eta = Eta(*(max(now, p.ended + p.error + m * MINUTE_MS) for m in (0, -4, 0, 3, 6)))
        parts, inputs = Parts(eta.expected - now, 0, 0, 0, 0, 0), Inputs(0, 0, p.picked, None)
        return Prediction(p.id, 1, now, eta, Stage.PREPARE, Band.ON_TIME, parts, inputs, baseline=p.promised)

    def needs(self, now: int) -> list[Need]:
        """Those that are not expected in time, least slack first; a nearer driver would save them four minutes."""
        step, part = NextStep(Act.REASSIGN, "D-001", 4 * MINUTE_MS, 640), self.incident(now)
        return [
            Need(
                Judged(p.id, 900, -slack, slack, Stage.APPROACH, 5 * MINUTE_MS),
                step,
                part.id if p.id in part.orders else None,
            )
            for slack, p in self._late(now)
        ]

    def _late(self, now: int) -> list[tuple[int, Plan]]:
        late = [(p.promised - told.eta.p80, p) for p in self.plans for told in self._known(p, now)]
        return sorted((one for one in late if one[0] < 0), key=lambda one: (one[0] // MINUTE_MS, one[1].id))

    def _known(self, p: Plan, now: int) -> list[Prediction]:
        return [self._told(p, now)] if p.placed + 5_000 <= now < p.ended else []

    def incident(self, now: int) -> Incident:
        """Of the restaurant that had the latest order when the day was planned: its orders that are late, since then."""
        theirs = [(slack, p.id) for slack, p in self._late(now) if p.restaurant == self.behind]
        orders, lost = tuple(order for _, order in theirs), -sum(slack for slack, _ in theirs)
        return Incident(Cause.KITCHEN, self.behind.id, self.behind_since, orders, lost, lost, owner="Ann")

    def foretold(self, now: int) -> Foretold:
        """Two minutes ago; the kitchen's three levers."""
        where = self.behind.id
        changes = {
            PauseKitchen(where): (-61, -38, -15),
            SlowKitchen(where, 10): (-44, -25, -6),
            ExtendPromises(15, where): (-22, -9, 4),
        }
        offers = tuple(Offer(lever, _effect(*change)) for lever, change in changes.items())
        return Foretold(now - 2 * MINUTE_MS, _effect(0, 0, 0), {self.incident(now).id: offers})

    def levers(self, now: int) -> tuple[PulledLever, ...]:
        """Against no incident: a kitchen is slowed for another 25 minutes, and drivers were called an hour ago."""
        slow = SlowKitchen(self.restaurants[1].id, 10)
        until, hour_ago = now + 25 * MINUTE_MS, now - HOUR_MS
        return (
            PulledLever("slow", slow, now - 5 * MINUTE_MS, until, None, _effect(-44, -25, -6), refused=3),
            PulledLever(
                "called", CallDrivers(3), hour_ago, now, None, _effect(-30, -12, 5), now, "its time was over", 0, 29,
                171 * MINUTE_MS,
            ),
        )  # fmt: skip

    def alert(self, now: int) -> Alert:
        return Alert(
            AlertKind.DRIVER_SILENT, "D-041", "warning", now - MINUTE_MS, "not heard of for 30 s longer than usual", 30
        )

    def kpi(self, minute: int) -> KpiMinute:
        window = [p for p in self.plans if minute - HOUR_MS < p.ended <= minute]
        took = sorted(p.ended - p.placed for p in window)
        still = [p for p in self.plans if p.placed <= minute < p.ended]
        busy = sum(p.assigned <= minute for p in still)
        return KpiMinute(
            minute=minute,
            placed=sum(minute - MINUTE_MS < p.placed <= minute for p in self.plans),
            delivered=sum(minute - MINUTE_MS < p.ended <= minute for p in self.plans),
            cancelled=0,
            active=len(still),
            unassigned=len(still) - busy,
            drivers_available=len(self.homes) - busy,
            drivers_busy=busy,
            window_delivered=len(took),
            on_time_share=sum(p.ended <= p.promised for p in window) / len(took) if took else None,
            click_to_door_p50_minutes=quantile(took, 50) / MINUTE_MS if took else None,
            click_to_door_p90_minutes=quantile(took, 90) / MINUTE_MS if took else None,
        )

    def view(self, now: int, *, closed: bool = False) -> CityNow:
        return CityNow(now, 1_204_882 + (now - self.opened) // 200, closed)


def _effect(low: float, mean: float, high: float) -> Effect:
    return Effect(60, Range(24, 31, 38), Range(110, 190, 270), Range(0, 0, 0), Range(low, mean, high), 0.0)
