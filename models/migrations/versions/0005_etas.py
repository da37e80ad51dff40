"""estimates with their stages and reasons → here → scores of them, and a view that sums the scores up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

QUALITY = """
create view eta_quality as
select s.city_id, s.model, s.since, s.zone, s.restaurant_id,
    extract(hour from o.created_at at time zone (c.rules ->> 'time_zone'))::int as hour,
    count(*) as orders,
    avg(s.error_ms) / 60000 as bias_minutes,
    avg(abs(s.error_ms)) / 60000 as mae_minutes,
    avg(abs(s.baseline_error_ms)) / 60000 as baseline_mae_minutes,
    avg((abs(s.error_ms) <= 180000)::int) as within_3,
    avg((abs(s.error_ms) <= 300000)::int) as within_5,
    avg((abs(s.error_ms) <= 600000)::int) as within_10,
    avg(s.covered::int) as coverage,
    avg(s.width_ms) / 60000 as width_minutes,
    avg(s.jump_ms) / 60000 as jump_minutes
from eta_scores s join orders o using (city_id, order_id) join cities c using (city_id)
group by s.city_id, s.model, s.since, grouping sets (
    (), (s.zone), (s.restaurant_id), (extract(hour from o.created_at at time zone (c.rules ->> 'time_zone'))::int)
)
"""


def upgrade() -> None:
    op.add_column("driver_assignments", sa.Column("why", JSONB(), nullable=True))
    # Estimates of the first release lack what these columns hold: `reconcile --repair` makes them anew from the log.
    # Checkpoints of it know no kitchens: a load folds the log from its start, once.
    op.execute("truncate eta_predictions, city_checkpoints")
    for name in ("p50", "baseline"):
        op.add_column("eta_predictions", sa.Column(name, sa.DateTime(timezone=True), nullable=False))
    for name in ("stage", "band", "model"):
        op.add_column("eta_predictions", sa.Column(name, sa.String(), nullable=False))
    for name in ("parts", "inputs"):
        op.add_column("eta_predictions", sa.Column(name, JSONB(), nullable=False))
    op.create_table(
        "eta_scores",
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("restaurant_id", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error_ms", sa.BigInteger(), nullable=False),
        sa.Column("baseline_error_ms", sa.BigInteger(), nullable=False),
        sa.Column("width_ms", sa.BigInteger(), nullable=False),
        sa.Column("covered", sa.Boolean(), nullable=False),
        sa.Column("jump_ms", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("city_id", "order_id", "since"),
    )
    op.execute(QUALITY)


def downgrade() -> None:
    op.execute("drop view eta_quality")
    op.drop_table("eta_scores")
    for name in ("inputs", "parts", "model", "band", "stage", "baseline", "p50"):
        op.drop_column("eta_predictions", name)
    op.drop_column("driver_assignments", "why")
