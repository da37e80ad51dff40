"""facts → here → every way that a driver went from one stop to the next, as the log alone tells it. Nobody's fold."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from models import events
from models.events import Fact
from models.geo import Point
from models.ids import DriverId, Instant, OrderId, RestaurantId
from models.rules import Services
from models.ways import Vehicle

Time = Callable[[Fact], Instant]


class Leg(NamedTuple):
    driver: DriverId
    vehicle: Vehicle
    leaves: Instant
    arrives: Instant
    start: Point
    end: Point


def legs(facts: Sequence[Fact], services: Services, at: Time) -> Iterator[Leg]:
    """In order of arrival. `at`: when a fact truly was. One whose start nobody knows, after an order was taken from the
    driver on his way, is left out."""
    log = _Log(services)
    for fact in facts:
        if (leg := log.take(fact, at(fact))) is not None:
            yield leg


class _Log:
    def __init__(self, services: Services) -> None:
        self.services = services
        self.kitchens: dict[RestaurantId, Point] = {}
        self.orders: dict[OrderId, events.OrderPlaced] = {}
        self.vehicles: dict[DriverId, Vehicle] = {}
        self.here: dict[DriverId, Point] = {}
        self.routes: dict[DriverId, list[OrderId]] = {}
        self.gone: dict[DriverId, tuple[Instant, Point]] = {}

    def take(self, fact: Fact, at: Instant) -> Leg | None:
        match fact.body:
            case events.RestaurantAdded(restaurant=restaurant, point=point):
                self.kitchens[restaurant] = point
            case events.OrderPlaced() as placed:
                self.orders[placed.order] = placed
            case events.ShiftStarted() as shift:
                self.vehicles[shift.driver], self.here[shift.driver] = shift.vehicle, shift.point
                self.routes[shift.driver] = []
            case events.DriverArrivedAtRestaurant(driver=driver):
                return self._arrived(driver, at, self.kitchens[self.orders[self.routes[driver][0]].restaurant])
            case events.DriverArrivedAtDoor(driver=driver, order=order):
                return self._arrived(driver, at, self.orders[order].door)
            case events.OrderCancelled(order=order):
                for driver in [driver for driver, route in self.routes.items() if order in route]:
                    self._drop(driver, order)
                    self._is_somewhere(driver)
            case body:
                self._route(body, at)
        return None

    def _route(self, body: events.Happened, at: Instant) -> None:
        match body:
            case events.DriverAssigned(driver=driver, order=order, place=place):
                if not self.routes[driver]:  # whatever is given to him later, he is on his way or there
                    self._leaves(driver, at)
                self.routes[driver].insert(place, order)
            case events.OrderPickedUp(driver=driver):
                self._leaves(driver, at + self.services.half_pickup_ms)
            case events.OrderDelivered(driver=driver, order=order):
                self._drop(driver, order)
                self._leaves(driver, at + self.services.half_dropoff_ms)
            case events.DriverUnassigned(driver=driver, order=order):
                self._drop(driver, order)
                if not self.routes[driver]:
                    self._is_somewhere(driver)

    def _is_somewhere(self, driver: DriverId) -> None:
        self.here.pop(driver, None)
        self.gone.pop(driver, None)

    def _drop(self, driver: DriverId, order: OrderId) -> None:
        """A log that is spoiled may say it twice, and that is for others to say."""
        self.routes[driver] = [other for other in self.routes[driver] if other != order]

    def _leaves(self, driver: DriverId, at: Instant) -> None:
        if driver in self.here:
            self.gone[driver] = at, self.here[driver]

    def _arrived(self, driver: DriverId, at: Instant, end: Point) -> Leg | None:
        self.here[driver] = end
        if driver not in self.gone:
            return None
        leaves, start = self.gone.pop(driver)
        return Leg(driver, self.vehicles[driver], leaves, at, start, end)
