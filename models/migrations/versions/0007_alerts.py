"""alerts and incidents → here → a row each, with when it was raised and when it cleared."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "alerts",
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("city_id", "alert_id", "kind", "subject", "severity")
        ),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("worst", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("city_id", "alert_id"),
    )
    op.create_table(
        "incidents",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("city_id", "incident_id", "cause", "subject")),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("orders", JSONB(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("late_ms", "worst_ms")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("quiet_since", "ended_at")),
        sa.PrimaryKeyConstraint("city_id", "incident_id"),
    )


def downgrade() -> None:
    op.drop_table("incidents")
    op.drop_table("alerts")
