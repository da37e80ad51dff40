"""the hour that ends with each minute → here → its table, and the same by SQL alone. Agents fold once from the start."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"

COUNTS = ("window_minutes", "delivered", "cancelled", "due", "kept", "picked_up", "late_food")
DURATIONS = ("click_to_door", "overage", "ready_to_pickup", "ready_to_door", "avoidable_wait")
PARTS = ("p10", "p50", "p90", "mean")
BY_HAND = Path(__file__).parents[1] / "sql" / "kpi_hour.sql"


def upgrade() -> None:
    op.create_table(
        "kpi_hours",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("engaged_ms", "on_duty_ms")),
        sa.Column("oldest_unassigned_minutes", sa.Float(precision=53), nullable=True),
        sa.Column("zones", JSONB(), nullable=False),
        *(
            sa.Column(f"{name}_{part}_minutes", sa.Float(precision=53), nullable=True)
            for name in DURATIONS
            for part in PARTS
        ),
        sa.PrimaryKeyConstraint("city_id", "minute"),
    )
    op.execute(sa.text(BY_HAND.read_text()))
    op.execute("truncate city_checkpoints")


def downgrade() -> None:
    op.execute("drop function kpi_hour")
    op.drop_table("kpi_hours")
    op.execute("truncate city_checkpoints")
