"""levers, a person's word on an incident → here → rows. Cities fold once from their start: no checkpoint knows either."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
TENDED = (("owner", sa.String()), ("acknowledged_by", sa.String()), ("acknowledged_at", sa.DateTime(timezone=True)))


def upgrade() -> None:
    for name, kind in (*TENDED, ("snoozed_until", sa.DateTime(timezone=True))):
        op.add_column("incidents", sa.Column(name, kind, nullable=True))
    op.create_table(
        "levers",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("city_id", "lever_id")),
        sa.Column("lever", JSONB(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("since", "until")),
        sa.Column("incident", sa.String(), nullable=True),
        sa.Column("expected", JSONB(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("late_orders", "late_ms")),
        sa.PrimaryKeyConstraint("city_id", "lever_id"),
    )
    op.execute("truncate city_checkpoints")


def downgrade() -> None:
    op.drop_table("levers")
    for name in ("snoozed_until", "acknowledged_at", "acknowledged_by", "owner"):
        op.drop_column("incidents", name)
    op.execute("truncate city_checkpoints")
