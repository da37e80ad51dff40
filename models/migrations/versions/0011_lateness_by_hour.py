"""late minutes by the hour of the day → here → by the hour: a city of two days has its Friday's 19:00 and its Saturday's."""

from alembic import op

revision = "0011"
down_revision = "0010"

STAGES = ("promise", "prepare", "assign", "approach", "wait", "ride", "hand_over")
ZONE = "c.rules ->> 'time_zone'"
HOUR_OF_DAY = f"extract(hour from l.ended_at at time zone ({ZONE}))::int"
HOUR = f"date_trunc('hour', l.ended_at, {ZONE})"


def upgrade() -> None:
    op.execute("drop view lateness_sums")
    op.execute(_sums(HOUR))


def downgrade() -> None:
    op.execute("drop view lateness_sums")
    op.execute(_sums(HOUR_OF_DAY))


def _sums(hour: str) -> str:
    """A row a zone, restaurant, driver and hour of a city, the other three empty, and one with all four empty: the city's."""
    return f"""
create view lateness_sums as
select l.city_id, l.zone, l.restaurant_id, l.driver_id, {hour} as hour, count(*) as orders, sum(l.late_ms)::bigint as late_ms,
    {", ".join(f"sum(l.{stage}_ms)::bigint as {stage}_ms" for stage in STAGES)}
from lateness_ledger l join cities c using (city_id)
group by l.city_id, grouping sets ((), (l.zone), (l.restaurant_id), (l.driver_id), ({hour}))
"""
