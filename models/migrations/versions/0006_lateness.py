"""the ledger of late minutes → here → a row a late order, and a view that sums them up."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

STAGES = ("promise", "prepare", "assign", "approach", "wait", "ride", "hand_over")
HOUR = "extract(hour from l.ended_at at time zone (c.rules ->> 'time_zone'))::int"
SUMS = f"""
create view lateness_sums as
select l.city_id, l.zone, l.restaurant_id, l.driver_id, {HOUR} as hour, count(*) as orders, sum(l.late_ms)::bigint as late_ms,
    {", ".join(f"sum(l.{stage}_ms)::bigint as {stage}_ms" for stage in STAGES)}
from lateness_ledger l join cities c using (city_id)
group by l.city_id, grouping sets ((), (l.zone), (l.restaurant_id), (l.driver_id), ({HOUR}))
"""


def upgrade() -> None:
    op.create_table(
        "lateness_ledger",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("restaurant_id", "zone", "driver_id")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("promised_at", "ended_at")),
        sa.Column("late_ms", sa.BigInteger(), nullable=False),
        *(sa.Column(f"{stage}_ms", sa.BigInteger(), nullable=False) for stage in STAGES),
        sa.PrimaryKeyConstraint("city_id", "order_id"),
    )
    # Checkpoints of before do not know what was planned: a load folds the log from its start, once.
    op.execute("truncate city_checkpoints")
    op.execute(SUMS)


def downgrade() -> None:
    op.execute("drop view lateness_sums")
    op.drop_table("lateness_ledger")
