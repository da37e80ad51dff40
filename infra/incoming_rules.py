"""the files of a recorded day → here → what must hold of their rows before the day is replayed, each rule with its weight.

What the source drops or cannot read fails; what it keeps or repairs, as `simulator/sources/rappi_rows.py` says, is a note.
"""

from enum import StrEnum
from typing import NamedTuple

from pipelines.quality.rules import Rule, Suite, Weight
from simulator.sources import mdrp
from simulator.sources import rappi_rows as rappi
from simulator.sources.handled import Done
from simulator.sources.rows import FARTHEST_METRES, LAST_MINUTE

KEY = ("file", "line")


class File(NamedTuple):
    """`id`: the column that names a row; `numbers`: those that are read as such where they are."""

    name: str
    delimiter: str
    id: str
    columns: tuple[str, ...]
    numbers: tuple[str, ...]
    rules: tuple[Rule, ...]

    @property
    def table(self) -> str:
        return self.name.partition(".")[0]

    @property
    def suite(self) -> Suite:
        return Suite(self.name, KEY, self.rules, f"select * from {self.table}", least=1)


def filled(*columns: str) -> list[Rule]:
    return [Rule(f"{column} is never empty", f'"{column}" is null', (f'"{column}"',)) for column in columns]


def unique(table: str, column: str) -> Rule:
    again = f'exists (select 1 from {table} a where a."{column}" = one."{column}" and a.line < one.line)'
    return Rule(f"No {column} comes twice", again, (f'"{column}"',))


def number(column: str, least: float, most: float, whole: bool = False) -> Rule:
    kinds = "('integer')" if whole else "('integer', 'real')"
    broken = f'typeof("{column}") not in {kinds} or "{column}" not between {least} and {most}'
    name = "a whole number" if whole else "a number"
    return Rule(f"{column} is {name} from {least:g} to {most:g}", broken, (f'"{column}"',))


def not_before(earlier: str, later: str) -> Rule:
    return Rule(f"{later} is not before {earlier}", f'"{later}" < "{earlier}"', (f'"{earlier}"', f'"{later}"'))


def metres(*columns: str) -> list[Rule]:
    return [number(column, -FARTHEST_METRES, FARTHEST_METRES) for column in columns]


def minutes(*columns: str) -> list[Rule]:
    return [number(column, 0, LAST_MINUTE, whole=True) for column in columns]


MDRP = (
    File(
        "orders.txt", "\t", "order", ("order", "x", "y", "placement_time", "restaurant", "ready_time"),
        ("x", "y", "placement_time", "ready_time"),
        (
            *filled("order", "restaurant"), unique("orders", "order"), *metres("x", "y"),
            *minutes("placement_time", "ready_time"), not_before("placement_time", "ready_time"),
            Rule("The restaurant of an order is one of restaurants.txt",
                 "restaurant not in (select restaurant from restaurants where restaurant is not null)",
                 ('"order"', "restaurant")),
            Rule("Food is ready while a driver is on shift", "ready_time > (select max(off_time) from couriers)",
                 ('"order"', "ready_time"), Weight.NOTE),
        ),
    ),
    File("restaurants.txt", "\t", "restaurant", ("restaurant", "x", "y"), ("x", "y"),
         (*filled("restaurant"), unique("restaurants", "restaurant"), *metres("x", "y"))),
    File("couriers.txt", "\t", "courier", ("courier", "x", "y", "on_time", "off_time"), ("x", "y", "on_time", "off_time"),
         (*filled("courier"), unique("couriers", "courier"), *metres("x", "y"), *minutes("on_time", "off_time"),
          not_before("on_time", "off_time"))),
    File("instance_parameters.txt", "\t", mdrp.SPEED, (mdrp.SPEED, mdrp.PICKUP, mdrp.DROPOFF, mdrp.TARGET),
         (mdrp.SPEED, mdrp.PICKUP, mdrp.DROPOFF, mdrp.TARGET),
         (number(mdrp.SPEED, 1, mdrp.FASTEST), number(mdrp.PICKUP, 0, mdrp.LONGEST_SERVICE, whole=True),
          number(mdrp.DROPOFF, 0, mdrp.LONGEST_SERVICE, whole=True))),
)  # fmt: skip


def time_of_day(column: str) -> Rule:
    padded = f"substr('0' || {column}, -8)"
    broken = (
        f"{padded} not glob '[0-2][0-9]:[0-5][0-9]:[0-5][0-9]' or length({column}) not in (7, 8) or {padded} > '24'"
    )
    return Rule(f"{column} is a time of day HH:MM:SS", f"{column} is not null and ({broken})", (column,))


def seconds(column: str) -> str:
    padded = f"'0' || {column}"
    return f"(3600 * substr({padded}, -8, 2) + 60 * substr({padded}, -5, 2) + substr({padded}, -2))"


def after_midnight(column: str, begins: str) -> str:
    """Its seconds; more than twelve hours before the row begins it is of the next day."""
    late = f"{seconds(column)} < {seconds(begins)} - 43200"
    return f"({seconds(column)} + case when {late} then 86400 else 0 end)"


def remedied(rule: StrEnum, sentence: str, broken: str, *shows: str) -> Rule:
    """A rule of the source, with the weight and the words of what it does with such a row."""
    done, how = (rappi.ORDER_RULES if isinstance(rule, rappi.OrderRule) else rappi.COURIER_RULES)[rule]
    weight = Weight.FAILS if done is Done.DROPPED else Weight.NOTE
    return Rule(f"{sentence} (else {done}: {how})", broken, shows, weight)


def on_the_map(rule: StrEnum, lat: str, lon: str) -> Rule:
    far = f"abs({lat} - {_middle('pick_up_lat')}) > 1 or abs({lon} - {_middle('pick_up_lng')}) > 1"
    broken = f"abs({lat}) > {rappi.FARTHEST_LAT} or abs({lon}) > 180 or ({lat} = 0 and {lon} = 0) or {far}"
    return remedied(rule, f"{lat}, {lon} lie within a degree of the day's middle", broken, lat, lon)


def _middle(column: str) -> str:
    """The median of the orders' coordinates, which a few stray ones do not move."""
    half = "(select count(*) / 2 from orders)"
    return f"(select {column} from orders where typeof({column}) <> 'text' order by {column} limit 1 offset {half})"


def degrees(*columns: str) -> list[Rule]:
    return [
        Rule(
            f"{column} is a number", f"{column} is not null and typeof({column}) not in ('integer', 'real')", (column,)
        )
        for column in columns
    ]


def _shift_rules() -> tuple[Rule, ...]:
    rules, ends, starts = rappi.CourierRule, after_midnight("off_time", "on_time"), seconds("on_time")
    vehicles = ", ".join(f"'{vehicle}'" for vehicle in rappi.VEHICLES)
    return (
        *filled(*rappi.SHIFT_COLUMNS), unique("couriers", "courier_id"), *degrees(*rappi.START),
        time_of_day("on_time"), time_of_day("off_time"), on_the_map(rules.OFF_THE_MAP, *rappi.START),
        remedied(rules.UNKNOWN_VEHICLE, "A vehicle is known", f"coalesce(vehicle, '') not in ({vehicles})", "vehicle"),
        remedied(rules.ENDS_BEFORE_IT_STARTS, "A shift ends after it starts", f"{ends} < {starts}", "on_time", "off_time"),
        remedied(rules.SHORT, "A shift takes five minutes", f"{ends} - {starts} between 0 and 299", "on_time", "off_time"),
    )  # fmt: skip


def _order_rules() -> tuple[Rule, ...]:
    rules, placed = rappi.OrderRule, seconds(rappi.PLACED)
    ready, promised = (after_midnight(column, rappi.PLACED) for column in (rappi.READY, rappi.PROMISED))
    return (
        *filled(*rappi.ORDER_COLUMNS), unique("orders", "order_id"), *degrees(*rappi.KITCHEN, *rappi.DOOR),
        *(time_of_day(column) for column in (rappi.PLACED, rappi.READY, rappi.PROMISED)),
        on_the_map(rules.OFF_THE_MAP, *rappi.KITCHEN), on_the_map(rules.OFF_THE_MAP, *rappi.DOOR),
        remedied(rules.READY_BEFORE_PLACED, "Food is ready after its placement", f"{ready} < {placed}",
                 rappi.PLACED, rappi.READY),
        remedied(rules.PROMISE_BEFORE_READY, "A promise is not before the food is ready", f"{promised} < {ready}",
                 rappi.READY, rappi.PROMISED),
        remedied(rules.PROMISE_NOT_AFTER_PLACED, "A promise lies after its placement", f"{promised} <= {placed}",
                 rappi.PLACED, rappi.PROMISED),
    )  # fmt: skip


RAPPI = (
    File(
        "orders.csv",
        ",",
        "order_id",
        (*rappi.ORDER_COLUMNS, rappi.PREPARED),
        (*rappi.KITCHEN, *rappi.DOOR),
        _order_rules(),
    ),
    File("couriers.csv", ",", "courier_id", (*rappi.SHIFT_COLUMNS, "vehicle"), rappi.START, _shift_rules()),
)
