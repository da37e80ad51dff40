"""An order's status, hop by hop, through one process: the second walk of docs/ARCHITECTURE.md."""

import msgspec

from models import codec
from models.codec import HEADERS
from models.commands import Command
from models.estimates import Prediction
from models.events import Fact
from models.topics import CITY_COMMANDS, CITY_EVENTS
from models.views import Key, OrderView
from tests.agents.little_day import LittleDay

LIFE = [
    "OrderPlaced",
    "OrderAccepted",
    "DriverAssigned",
    "OrderReady",
    "OrderPickedUp",
    "DriverArrivedAtDoor",
    "OrderDelivered",
]


def _first_delivered(day: LittleDay) -> str:
    rows = day.pipeline.log.tables["orders"].values()
    return str(min(row["order_id"] for row in rows if row["status"] == "delivered"))


def test_an_order_is_placed_decided_stored_followed_and_shown(little_day: LittleDay) -> None:
    order, log, live = _first_delivered(little_day), little_day.pipeline.log, little_day.pipeline.live
    asked = [codec.decode(CITY_COMMANDS.name, raw, HEADERS).message for raw in little_day.commands]
    placed = [c for c in asked if isinstance(c, Command) and getattr(c.body, "order", None) == order]
    told = [codec.decode(CITY_EVENTS.name, raw, HEADERS).message for raw in little_day.facts]
    facts = [f for f in told if isinstance(f, Fact) and getattr(f.body, "order", None) == order]
    kinds = [type(f.body).__name__ for f in facts if type(f.body).__name__ in LIFE]

    assert type(placed[0].body).__name__ == "PlaceOrder"
    assert (kinds[0], kinds[-1], set(kinds)) == ("OrderPlaced", "OrderDelivered", set(LIFE))

    row = log.tables["orders"][little_day.city, order]
    stamps = [row[n] for n in ("created_at", "assigned_at", "picked_up_at", "arrived_door_at", "actual_delivery")]

    assert row["version"] >= len(LIFE)
    assert stamps == sorted(stamps)

    estimates = [r for r in log.tables["eta_predictions"].values() if r["order_id"] == order]
    assignments = [r for r in log.tables["driver_assignments"].values() if r["order_id"] == order]

    assert len(estimates) >= len(LIFE) - 1
    assert assignments[-1]["outcome"] == "delivered"

    shown = live.hashes[little_day.city, Key.ORDERS].get(order)
    if shown is not None:  # the hour of a tombstone may be over
        assert msgspec.json.decode(shown, type=OrderView).status == "delivered"
    assert order not in live.hashes.get((little_day.city, Key.ETAS), {})


def test_what_customers_were_told_names_only_orders_of_the_log(little_day: LittleDay) -> None:
    live = little_day.pipeline.live.hashes.get((little_day.city, Key.ETAS), {})
    orders = {key[1] for key in little_day.pipeline.log.tables["orders"]}

    assert {msgspec.json.decode(raw, type=Prediction).order for raw in live.values()} <= orders
