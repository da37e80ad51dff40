"""orders, their items, drivers and assignments → here → what must hold of their rows: as far as `models/order.py` allows."""

from typing import get_args

from models.driver import DriverStatus
from models.order import OrderStatus
from models.ways import Vehicle
from pipelines.quality.rules import Filled, OneOf, Rule, Suite, Weight, Within, in_turn, place, there

TICK = "(select (c.rules ->> 'tick_seconds')::int * interval '1 s' from cities c where c.city_id = one.city_id)"
BEGUN, ON_ITS_WAY = "('preparing', 'out_for_delivery', 'delivered')", "('out_for_delivery', 'delivered')"

ORDERS = Suite(
    "orders", ("city_id", "order_id"),
    (
        OneOf("status", tuple(OrderStatus)),
        Within("version", 1),
        *place("door_lat", "door_lon"),
        Rule("An order that was accepted says when", f"status in {BEGUN} and accepted_at is null",
             ("status", "accepted_at")),
        Rule("An order on its way says when its food was ready", f"status in {ON_ITS_WAY} and ready_at is null",
             ("status", "ready_at")),
        Rule("An order on its way says when it was picked up", f"status in {ON_ITS_WAY} and picked_up_at is null",
             ("status", "picked_up_at")),
        Rule("An order on its way says who has it", f"status in {ON_ITS_WAY} and driver_id is null",
             ("status", "driver_id")),
        Rule("An order says when it was assigned exactly when a driver has it",
             "(driver_id is null) <> (assigned_at is null)", ("driver_id", "assigned_at")),
        Rule("An order says when it came exactly when it is delivered",
             "(status = 'delivered') <> (actual_delivery is not null)", ("status", "actual_delivery")),
        Rule("An order says when and why it was cancelled exactly when it is cancelled",
             "(status = 'cancelled') <> (cancelled_at is not null)"
             " or (status = 'cancelled') <> (cancel_reason is not null)", ("status", "cancelled_at", "cancel_reason")),
        in_turn("created_at", "accepted_at", "ready_at", "picked_up_at", "arrived_door_at", "actual_delivery"),
        in_turn("assigned_at", "arrived_restaurant_at", "picked_up_at"),
        Rule("An order is placed before it is assigned or cancelled (a person speaks at the newest tick, so a tick less)",
             f"least(assigned_at, cancelled_at) < created_at - {TICK}", ("created_at", "assigned_at", "cancelled_at")),
        Rule("A promise lies after its placement", "estimated_delivery <= created_at",
             ("created_at", "estimated_delivery"), Weight.NOTE),
        there("restaurants", "The restaurant of an order exists", "restaurant_id"),
        there("drivers", "The driver of an order exists", "driver_id", unless="driver_id is null"),
        Rule("A late order is in the ledger, five minutes later at most",
             "actual_delivery > estimated_delivery"
             " and actual_delivery < (select e.at from city_events e where e.city_id = one.city_id order by e.seq desc limit 1)"
             " - interval '5 min'"
             " and not exists (select 1 from lateness_ledger l where l.city_id = one.city_id and l.order_id = one.order_id)",
             ("estimated_delivery", "actual_delivery")),
    ),
)  # fmt: skip

ORDER_ITEMS = Suite(
    "order_items", ("city_id", "order_id", "line"),
    (
        Filled("menu_item_id"),
        Within("line", 1),
        Within("quantity", 1, 999),
        Within("price", 0),
        there("orders", "The order of an item exists", "order_id"),
    ),
)  # fmt: skip

DRIVERS = Suite(
    "drivers", ("city_id", "driver_id"),
    (
        OneOf("status", tuple(DriverStatus)),
        OneOf("vehicle_type", get_args(Vehicle)),
        Within("version", 1),
        *place("current_lat", "current_lon"),
    ),
)  # fmt: skip

ASSIGNMENTS = Suite(
    "driver_assignments", ("city_id", "order_id", "seq"),
    (
        Within("place", 0),
        there("orders", "The order of an assignment exists", "order_id"),
        there("drivers", "The driver of an assignment exists", "driver_id"),
        Rule("An assignment that ended says when and how", "(completed_at is null) <> (outcome is null)",
             ("driver_id", "completed_at", "outcome")),
        in_turn("assigned_at", "completed_at"),
        Rule("An order is in the hands of one driver at a time, and the order says which",
             "completed_at is null and not exists (select 1 from orders o where o.city_id = one.city_id"
             " and o.order_id = one.order_id and o.driver_id = one.driver_id and o.assigned_at = one.assigned_at)",
             ("driver_id", "assigned_at")),
        Rule("A delivered order's last assignment ended with its delivery",
             "outcome = 'delivered' and not exists (select 1 from orders o where o.city_id = one.city_id"
             " and o.order_id = one.order_id and o.driver_id = one.driver_id and o.actual_delivery = one.completed_at)",
             ("driver_id", "completed_at")),
    ),
)  # fmt: skip
