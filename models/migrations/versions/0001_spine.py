"""the spine → here → the log, the rows it is folded into, what is made of it, and what could not be read.

`city_events` and `driver_positions` are partitioned by day with a default partition: a day of its own is made ahead.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

PARTITIONED = ("city_events", "driver_positions")


def upgrade() -> None:
    for make in (_log, _city, _orders, _order_parts, _made_of_the_log, _guarded):
        make()
    for table in PARTITIONED:
        op.execute(f"create table {table}_default partition of {table} default")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _log() -> None:
    op.create_table(
        "city_events",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("command_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fact", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("city_id", "seq", "day"),
        sa.UniqueConstraint("event_id", "day"),
        postgresql_partition_by="RANGE (day)",
    )
    op.create_table(
        "commands",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("command_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("city_id", "command_id"),
    )
    op.create_table(
        "city_checkpoints",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("agent", "city_id", "seq"),
    )
    op.create_table(
        "agent_progress",
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agent", "city_id"),
    )


def _city() -> None:
    op.create_table(
        "cities",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("city_id"),
    )
    op.create_table(
        "restaurants",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("restaurant_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lat", sa.Float(precision=53), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("city_id", "restaurant_id"),
    )
    op.create_table(
        "drivers",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("driver_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("vehicle_type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("current_lat", sa.Float(precision=53), nullable=False),
        sa.Column("current_lon", sa.Float(precision=53), nullable=False),
        sa.Column("located_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shift_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("city_id", "driver_id"),
    )


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("restaurant_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("driver_id", sa.String(), nullable=True),
        sa.Column("door_lat", sa.Float(precision=53), nullable=False),
        sa.Column("door_lon", sa.Float(precision=53), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("estimated_delivery", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_restaurant_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("picked_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_door_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_delivery", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("city_id", "order_id"),
    )
    op.create_index("orders_by_restaurant", "orders", ["city_id", "restaurant_id", "created_at"], unique=False)


def _order_parts() -> None:
    op.create_table(
        "order_items",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("menu_item_id", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.PrimaryKeyConstraint("city_id", "order_id", "line"),
    )
    op.create_table(
        "driver_assignments",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("driver_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("city_id", "order_id", "seq"),
    )


def _made_of_the_log() -> None:
    op.create_table(
        "driver_positions",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("driver_id", sa.String(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lat", sa.Float(precision=53), nullable=False),
        sa.Column("lon", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("city_id", "driver_id", "slot"),
        postgresql_partition_by="RANGE (slot)",
    )
    op.create_index("driver_positions_by_time", "driver_positions", ["slot"], unique=False, postgresql_using="brin")
    op.create_table(
        "eta_predictions",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected", sa.DateTime(timezone=True), nullable=False),
        sa.Column("p10", sa.DateTime(timezone=True), nullable=False),
        sa.Column("p80", sa.DateTime(timezone=True), nullable=False),
        sa.Column("p90", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("city_id", "order_id", "seq"),
    )
    op.create_table(
        "kpi_minutes",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("unassigned", sa.Integer(), nullable=False),
        sa.Column("drivers_available", sa.Integer(), nullable=False),
        sa.Column("drivers_busy", sa.Integer(), nullable=False),
        sa.Column("window_delivered", sa.Integer(), nullable=False),
        sa.Column("on_time_share", sa.Float(precision=53), nullable=True),
        sa.Column("click_to_door_p50_minutes", sa.Float(precision=53), nullable=True),
        sa.Column("click_to_door_p90_minutes", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("city_id", "minute"),
    )


def _guarded() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "offset"),
    )
    op.create_table(
        "role_budgets",
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("allowance", sa.Integer(), nullable=False),
        sa.Column("paused_because", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("role", "agent"),
    )


TABLES = (
    "city_events",
    "commands",
    "city_checkpoints",
    "agent_progress",
    "cities",
    "restaurants",
    "drivers",
    "orders",
    "order_items",
    "driver_assignments",
    "driver_positions",
    "eta_predictions",
    "kpi_minutes",
    "dead_letters",
    "role_budgets",
)
