"""The rows of Postgres are the city said in columns."""

import json

import msgspec
import pytest

from models.by_hand import BY_HAND
from models.changes import Changes, Desk, change
from models.city import City
from models.commands import AssignOrder, CancelOrder, CloseCity
from models.estimates import Prediction, Score
from models.eta import Etas, Made, follow
from models.geo import Point
from models.kpi_hour import KpiHour
from models.kpis import KpiMinute, Kpis, count
from models.lateness import Late
from models.order import OrderStatus
from models.rows import Rows, kpi_hour_row, kpi_row, late_row, position_row, prediction_row, rows, score_row
from models.tables import CityRow
from tests.unit.models.builders import (
    CENTRE,
    CITY,
    D1,
    D2,
    O1,
    O2,
    R1,
    STREETS,
    TRAVEL,
    Town,
    bundle_town,
    delivered_town,
    minute,
    opened_town,
    order_town,
    placed,
    position,
    rules,
    shift,
)

TABLES = CityRow.metadata.tables


def _rows(town: Town) -> Rows:
    changes, desk = Changes(), Desk(City(CITY))
    for fact in town.log:
        change(desk, changes, fact)
    return rows(changes, desk.city)


def test_a_city_that_is_not_open_has_no_rows() -> None:
    town = Town()
    town.refusal(CloseCity())

    assert _rows(town) == {}


def test_a_city_s_row_holds_its_rules() -> None:
    (row,) = _rows(opened_town())["cities"]

    assert (row["city_id"], row["name"], row["closed"]) == (CITY, "Small City", False)
    assert (row["opened_at"], msgspec.convert(row["rules"], type(rules()))) == (minute(0), rules())


def test_the_rules_of_a_city_with_streets_are_what_postgres_gives_back() -> None:
    (row,) = _rows(opened_town(travel=STREETS))["cities"]

    assert row["rules"] == json.loads(json.dumps(row["rules"]))


def test_every_row_says_its_city_and_fits_its_table() -> None:
    made = _rows(bundle_town(O1, O2))

    assert set(made) == {"cities", "restaurants", "orders", "order_items", "drivers", "driver_assignments"}
    for table, some in made.items():
        columns = set(TABLES[table].columns.keys())
        assert all(row["city_id"] == CITY and set(row) <= columns for row in some)


def test_rows_come_in_the_order_of_their_keys() -> None:
    """Two workers that lock rows in two orders would wait for each other."""
    made = _rows(opened_town().do(shift(D2), shift(D1), placed(O2), placed(O1)))

    assert [row["driver_id"] for row in made["drivers"]] == [D1, D2]
    assert [row["order_id"] for row in made["orders"]] == [O1, O2]


def test_what_did_not_change_has_no_rows() -> None:
    town = opened_town()
    desk = Desk(town.city)

    assert rows(Changes(), desk.city) == {}


def test_an_order_s_items_are_its_lines() -> None:
    (row,) = _rows(opened_town().do(placed()))["order_items"]

    assert (row["order_id"], row["line"], row["menu_item_id"], row["quantity"], str(row["price"])) == (
        O1,
        1,
        "m1",
        2,
        "9.50",
    )


@pytest.mark.parametrize(
    ("status", "delivered", "cancelled"),
    [(OrderStatus.DELIVERED, True, False), (OrderStatus.CANCELLED, False, True), (OrderStatus.PENDING, False, False)],
)
def test_an_order_ended_one_way_or_the_other_or_not_at_all(
    status: OrderStatus, delivered: bool, cancelled: bool
) -> None:
    (row,) = _rows(order_town(status))["orders"]

    assert (row["status"], row["estimated_delivery"]) == (status, minute(40))
    assert (row["actual_delivery"] is not None, row["cancelled_at"] is not None) == (delivered, cancelled)


def test_a_cancelled_order_s_row_says_why() -> None:
    (row,) = _rows(opened_town().do(placed(), CancelOrder(O1, "customer")))["orders"]

    assert row["cancel_reason"] == "customer"


def test_an_assignment_s_row_is_one_order_in_one_driver_s_hands() -> None:
    town = delivered_town((O1, 0, 10))
    (row,) = _rows(town)["driver_assignments"]

    assert (row["driver_id"], row["seq"], row["place"]) == (D1, town.order().assigned_seq, 0)
    assert (row["completed_at"], row["outcome"]) == (minute(10), "delivered")


def test_the_centre_of_the_city_is_the_origin_of_its_map() -> None:
    made = _rows(opened_town().do(shift(point=CENTRE)))
    driver, restaurant = made["drivers"][0], made["restaurants"][0]

    assert (driver["current_lat"], driver["current_lon"]) == (TRAVEL.origin.lat, TRAVEL.origin.lon)
    assert (restaurant["lat"], restaurant["lon"]) == (TRAVEL.origin.lat, TRAVEL.origin.lon)


def test_a_position_stands_for_five_seconds() -> None:
    slots = [position_row(CITY, position(D1, minute(0) + ms, CENTRE), TRAVEL)["slot"] for ms in (0, 4999, 5000, 9999)]

    assert slots == [minute(0), minute(0), minute(0) + 5000, minute(0) + 5000]


def test_an_assignment_s_row_says_why_and_one_of_the_first_release_does_not_know() -> None:
    by_hand = opened_town().do(shift(), placed()).tick(1).do(AssignOrder(O1, D1))
    because = {"rule": BY_HAND, "model": BY_HAND, "cost_ms": 0, "pickup_at": minute(1), "others": []}

    assert [row["why"] for row in _rows(by_hand)["driver_assignments"]] == [because]
    assert [row["why"] for row in _rows(bundle_town(O1))["driver_assignments"]] == [None]


def test_an_estimate_and_a_minute_are_rows_of_their_own() -> None:
    kpis = Kpis(City(CITY))
    closed, hour = [row for fact in opened_town().tick(1).log for row in count(kpis, fact)]
    (told, *_), (scored, *_) = _told(delivered_town((O1, 0, 30)))
    late = next(one for one in _made(delivered_town((O1, 0, 50))) if isinstance(one, Late))

    assert prediction_row(CITY, told).keys() == set(TABLES["eta_predictions"].columns.keys())
    assert score_row(CITY, scored).keys() == set(TABLES["eta_scores"].columns.keys())
    assert late_row(CITY, late).keys() == set(TABLES["lateness_ledger"].columns.keys())
    assert isinstance(closed, KpiMinute)
    assert isinstance(hour, KpiHour)
    assert set(kpi_row(CITY, closed)) == set(TABLES["kpi_minutes"].columns.keys())
    assert set(kpi_hour_row(CITY, hour)) == set(TABLES["kpi_hours"].columns.keys())


def test_an_estimate_and_its_score_are_as_postgres_gives_them_back() -> None:
    """Times are columns, parts and inputs JSON, enums their text."""
    told, scores = _told(delivered_town((O1, 0, 30)))
    row, scored = prediction_row(CITY, told[0]), score_row(CITY, scores[0])

    assert (row["order_id"], row["stage"], row["band"], row["p90"]) == (
        O1,
        "prepare",
        told[0].band.value,
        told[0].eta.p90,
    )
    assert row["parts"] == msgspec.structs.asdict(told[0].parts)
    assert row["inputs"] == msgspec.structs.asdict(told[0].inputs)
    assert (scored["order_id"], scored["since"], scored["restaurant_id"]) == (O1, "picked_up", R1)
    assert [type(row[name]) for name in ("stage", "band", "model")] == [str] * 3


def _made(town: Town) -> list[Made]:
    etas = Etas(City(CITY))
    return [one for fact in town.log for one in follow(etas, fact)]


def _told(town: Town) -> tuple[list[Prediction], list[Score]]:
    made = _made(town)
    return [p for p in made if isinstance(p, Prediction)], [s for s in made if isinstance(s, Score)]


def test_a_point_on_the_plane_is_a_place_on_the_map() -> None:
    row = position_row(CITY, position(D1, minute(0), Point(0.0, 1000.0)), TRAVEL)

    assert row["lat"] > TRAVEL.origin.lat
    assert row["lon"] == TRAVEL.origin.lon
