"""rows → here → Postgres. The shapes of the tables; `models/migrations/` makes them, and a test compares the two.

`city_events` is the truth; every other table of a city can be computed from it anew. Money is numeric, coordinates are
float8, time is timestamptz in UTC. Names of ours in the log (`placed_at`) keep the field's column names here (`created_at`).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Float, Index, LargeBinary, Numeric, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def _key(**more: Any) -> Any:
    return Field(primary_key=True, **more)


def _when(nullable: bool = True, **more: Any) -> Any:
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=nullable, **more))


def _float(nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Float(53), nullable=nullable))


class CityRow(SQLModel, table=True):
    __tablename__ = "cities"
    city_id: str = _key()
    name: str
    rules: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    opened_at: datetime = _when(nullable=False)
    closed: bool


class RestaurantRow(SQLModel, table=True):
    __tablename__ = "restaurants"
    city_id: str = _key()
    restaurant_id: str = _key()
    name: str
    lat: float = _float()
    lon: float = _float()


class OrderRow(SQLModel, table=True):
    """`estimated_delivery` is the promise, frozen at placement; what was told later stands in `eta_predictions`."""

    __tablename__ = "orders"
    __table_args__ = (Index("orders_by_restaurant", "city_id", "restaurant_id", "created_at"),)
    city_id: str = _key()
    order_id: str = _key()
    customer_id: str
    restaurant_id: str
    status: str
    version: int
    driver_id: str | None
    door_lat: float = _float()
    door_lon: float = _float()
    created_at: datetime = _when(nullable=False)
    estimated_delivery: datetime = _when(nullable=False)
    accepted_at: datetime | None = _when()
    ready_at: datetime | None = _when()
    assigned_at: datetime | None = _when()
    arrived_restaurant_at: datetime | None = _when()
    picked_up_at: datetime | None = _when()
    arrived_door_at: datetime | None = _when()
    actual_delivery: datetime | None = _when()
    cancelled_at: datetime | None = _when()
    cancel_reason: str | None


class OrderItemRow(SQLModel, table=True):
    __tablename__ = "order_items"
    city_id: str = _key()
    order_id: str = _key()
    line: int = _key()
    menu_item_id: str
    quantity: int
    price: Decimal = Field(sa_column=Column(Numeric(12, 2), nullable=False))


class DriverRow(SQLModel, table=True):
    """`current_*` is where the driver was when this version of the row came to be, at `located_at`."""

    __tablename__ = "drivers"
    city_id: str = _key()
    driver_id: str = _key()
    name: str
    vehicle_type: str
    status: str
    version: int
    current_lat: float = _float()
    current_lon: float = _float()
    located_at: datetime = _when(nullable=False)
    shift_until: datetime = _when(nullable=False)


class DriverAssignmentRow(SQLModel, table=True):
    """One order in one driver's hands; `outcome`: delivered, cancelled, or why it was taken back."""

    __tablename__ = "driver_assignments"
    city_id: str = _key()
    order_id: str = _key()
    seq: int = _key()
    driver_id: str
    place: int
    assigned_at: datetime = _when(nullable=False)
    completed_at: datetime | None = _when()
    outcome: str | None


class CityEventRow(SQLModel, table=True):
    """The log. Postgres wants the partition's column in every key, so `day` (UTC, of event time) stands in both."""

    __tablename__ = "city_events"
    __table_args__ = (
        UniqueConstraint("event_id", "day"),
        {"postgresql_partition_by": "RANGE (day)"},
    )
    city_id: str = _key()
    seq: int = _key(sa_type=BigInteger)
    day: date = _key()
    event_id: str
    command_id: str
    at: datetime = _when(nullable=False)
    kind: str
    fact: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CommandRow(SQLModel, table=True):
    """What came of a command, for ever: a known id is never decided again. `reason` is None when it was done."""

    __tablename__ = "commands"
    city_id: str = _key()
    command_id: str = _key()
    kind: str
    reason: str | None
    first_seq: int = Field(sa_type=BigInteger)
    last_seq: int = Field(sa_type=BigInteger)
    issued_by: str
    issued_at: datetime = _when(nullable=False)


class CityCheckpointRow(SQLModel, table=True):
    """A fold as it stood after `seq`, every 5 minutes of event time: a load starts at the nearest one."""

    __tablename__ = "city_checkpoints"
    agent: str = _key()
    city_id: str = _key()
    seq: int = _key(sa_type=BigInteger)
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AgentProgressRow(SQLModel, table=True):
    """How far an agent's own results reach, and the epoch that fences off a worker that was replaced."""

    __tablename__ = "agent_progress"
    agent: str = _key()
    city_id: str = _key()
    seq: int = Field(sa_type=BigInteger)
    epoch: int


class DriverPositionRow(SQLModel, table=True):
    """The first accepted position of a driver in each 5 s of event time."""

    __tablename__ = "driver_positions"
    __table_args__ = (
        Index("driver_positions_by_time", "slot", postgresql_using="brin"),
        {"postgresql_partition_by": "RANGE (slot)"},
    )
    city_id: str = _key()
    driver_id: str = _key()
    slot: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    at: datetime = _when(nullable=False)
    lat: float = _float()
    lon: float = _float()


class EtaPredictionRow(SQLModel, table=True):
    """Every estimate that was shown, and the fact (`seq`) it was made at."""

    __tablename__ = "eta_predictions"
    city_id: str = _key()
    order_id: str = _key()
    seq: int = _key(sa_type=BigInteger)
    made_at: datetime = _when(nullable=False)
    expected: datetime = _when(nullable=False)
    p10: datetime = _when(nullable=False)
    p80: datetime = _when(nullable=False)
    p90: datetime = _when(nullable=False)


class KpiMinuteRow(SQLModel, table=True):
    """The minute that ends at `minute`; shares and percentiles are of the 60 minutes before it."""

    __tablename__ = "kpi_minutes"
    city_id: str = _key()
    minute: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    placed: int
    delivered: int
    cancelled: int
    active: int
    unassigned: int
    drivers_available: int
    drivers_busy: int
    window_delivered: int
    on_time_share: float | None = _float(nullable=True)
    click_to_door_p50_minutes: float | None = _float(nullable=True)
    click_to_door_p90_minutes: float | None = _float(nullable=True)


class DeadLetterRow(SQLModel, table=True):
    __tablename__ = "dead_letters"
    topic: str = _key()
    partition: int = _key()
    offset: int = _key(sa_type=BigInteger)
    key: str
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    kind: str
    reason: str
    role: str
    received_at: datetime = _when(nullable=False, server_default=func.now())


class RoleBudgetRow(SQLModel, table=True):
    """Dead letters in a row of one agent, how many it may have, and why its role is paused (None: it runs)."""

    __tablename__ = "role_budgets"
    role: str = _key()
    agent: str = _key()
    run: int
    allowance: int
    paused_because: str | None
    changed_at: datetime = _when(nullable=False, server_default=func.now())


METADATA = SQLModel.metadata
"""Every table above: what adapters write by, and what the migrations are held to."""
