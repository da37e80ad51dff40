"""rows → here → Postgres. The shapes of the tables; `models/migrations/` makes them, and a test compares the two.

`city_events` is the truth; every other table of a city can be computed from it anew. Money is numeric, coordinates are
float8, time is timestamptz in UTC. Names of ours in the log (`placed_at`) keep the field's column names here (`created_at`).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Index, LargeBinary, Numeric, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models import eta_tables as eta_tables
from models import guard_tables as guard_tables
from models import kpi_tables as kpi_tables
from models import lateness_tables as lateness_tables
from models import watch_tables as watch_tables
from models.columns import key_part, real, when


class CityRow(SQLModel, table=True):
    __tablename__ = "cities"
    city_id: str = key_part()
    name: str
    rules: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    opened_at: datetime = when(nullable=False)
    closed: bool


class RestaurantRow(SQLModel, table=True):
    __tablename__ = "restaurants"
    city_id: str = key_part()
    restaurant_id: str = key_part()
    name: str
    lat: float = real()
    lon: float = real()


class OrderRow(SQLModel, table=True):
    """`estimated_delivery` is the promise, frozen at placement; what was told later stands in `eta_predictions`."""

    __tablename__ = "orders"
    __table_args__ = (Index("orders_by_restaurant", "city_id", "restaurant_id", "created_at"),)
    city_id: str = key_part()
    order_id: str = key_part()
    customer_id: str
    restaurant_id: str
    status: str
    version: int
    driver_id: str | None
    door_lat: float = real()
    door_lon: float = real()
    created_at: datetime = when(nullable=False)
    estimated_delivery: datetime = when(nullable=False)
    accepted_at: datetime | None = when()
    ready_at: datetime | None = when()
    assigned_at: datetime | None = when()
    arrived_restaurant_at: datetime | None = when()
    picked_up_at: datetime | None = when()
    arrived_door_at: datetime | None = when()
    actual_delivery: datetime | None = when()
    cancelled_at: datetime | None = when()
    cancel_reason: str | None


class OrderItemRow(SQLModel, table=True):
    __tablename__ = "order_items"
    city_id: str = key_part()
    order_id: str = key_part()
    line: int = key_part()
    menu_item_id: str
    quantity: int
    price: Decimal = Field(sa_column=Column(Numeric(12, 2), nullable=False))


class DriverRow(SQLModel, table=True):
    """`current_*` is where the driver was when this version of the row came to be, at `located_at`."""

    __tablename__ = "drivers"
    __table_args__ = (Index("drivers_by_place", text("point(current_lon, current_lat)"), postgresql_using="spgist"),)
    city_id: str = key_part()
    driver_id: str = key_part()
    name: str
    vehicle_type: str
    status: str
    version: int
    current_lat: float = real()
    current_lon: float = real()
    located_at: datetime = when(nullable=False)
    shift_until: datetime = when(nullable=False)


class DriverAssignmentRow(SQLModel, table=True):
    """One order in one driver's hands, `why` he got it, and `outcome`: delivered, cancelled, or why it was taken back."""

    __tablename__ = "driver_assignments"
    city_id: str = key_part()
    order_id: str = key_part()
    seq: int = key_part()
    driver_id: str
    place: int
    assigned_at: datetime = when(nullable=False)
    completed_at: datetime | None = when()
    outcome: str | None
    why: dict[str, Any] | None = Field(sa_column=Column(JSONB))


class CityEventRow(SQLModel, table=True):
    """The log. Postgres wants the partition's column in every key, so `day` (UTC, of event time) stands in both."""

    __tablename__ = "city_events"
    __table_args__ = (
        UniqueConstraint("event_id", "day"),
        {"postgresql_partition_by": "RANGE (day)"},
    )
    city_id: str = key_part()
    seq: int = key_part(sa_type=BigInteger)
    day: date = key_part()
    event_id: str
    command_id: str
    at: datetime = when(nullable=False)
    kind: str
    fact: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LogBeginningRow(SQLModel, table=True):
    """The first fact that retention has left of a city's log; no row: all of it is there."""

    __tablename__ = "log_beginnings"
    city_id: str = key_part()
    first_seq: int = Field(sa_type=BigInteger)


class CommandRow(SQLModel, table=True):
    """What came of a command, for ever: a known id is never decided again. `reason` is None when it was done."""

    __tablename__ = "commands"
    city_id: str = key_part()
    command_id: str = key_part()
    kind: str
    reason: str | None
    first_seq: int = Field(sa_type=BigInteger)
    last_seq: int = Field(sa_type=BigInteger)
    issued_by: str
    issued_at: datetime = when(nullable=False)


class CityCheckpointRow(SQLModel, table=True):
    """A fold as it stood after `seq`, every 5 minutes of event time: a load starts at the nearest one."""

    __tablename__ = "city_checkpoints"
    agent: str = key_part()
    city_id: str = key_part()
    seq: int = key_part(sa_type=BigInteger)
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AgentProgressRow(SQLModel, table=True):
    """How far an agent's own results reach, the epoch that fences off a worker that was replaced, and when by the wall clock it
    last wrote.
    """

    __tablename__ = "agent_progress"
    agent: str = key_part()
    city_id: str = key_part()
    seq: int = Field(sa_type=BigInteger)
    epoch: int
    written_at: datetime = Field(sa_column=Column(DateTime(timezone=True), server_default=func.now(), nullable=False))


class DriverPositionRow(SQLModel, table=True):
    """The first accepted position of a driver in each 5 s of event time."""

    __tablename__ = "driver_positions"
    __table_args__ = (
        Index("driver_positions_by_time", "slot", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (slot)"},
    )
    city_id: str = key_part()
    driver_id: str = key_part()
    slot: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    at: datetime = when(nullable=False)
    lat: float = real()
    lon: float = real()


class DriverLocationRow(SQLModel, table=True):
    """The newest row of `driver_positions` of each driver; a trigger keeps it. `available_near` asks it by place."""

    __tablename__ = "driver_locations"
    __table_args__ = (Index("driver_locations_by_place", text("point(lon, lat)"), postgresql_using="spgist"),)
    city_id: str = key_part()
    driver_id: str = key_part()
    at: datetime = when(nullable=False)
    lat: float = real()
    lon: float = real()


class KpiMinuteRow(SQLModel, table=True):
    """The minute that ends at `minute`; shares and percentiles are of the 60 minutes before it."""

    __tablename__ = "kpi_minutes"
    city_id: str = key_part()
    minute: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    placed: int
    delivered: int
    cancelled: int
    active: int
    unassigned: int
    drivers_available: int
    drivers_busy: int
    window_delivered: int
    on_time_share: float | None = real(nullable=True)
    click_to_door_p50_minutes: float | None = real(nullable=True)
    click_to_door_p90_minutes: float | None = real(nullable=True)


METADATA = SQLModel.metadata
"""Every table here and in `eta_tables.py` and `guard_tables.py`: adapters write by it, migrations are held to it."""
