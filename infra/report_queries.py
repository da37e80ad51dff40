"""Postgres → here → the figures of a city's day, in one round trip each. All are of the orders placed in the span.

On time is as `models/kpi_registry.py` says, at the end of the span: of the orders whose promise fell due, those that were
there by then; an order that was cancelled before its promise is not among them.
"""

from infra.postgres_connection import FOREMOST
from models.lateness import Booked

STAGES = tuple(Booked.__struct_fields__)

CITY = f"""
select c.city_id, c.name, c.closed, c.rules ->> 'time_zone' as time_zone, c.rules ->> 'policy' as policy,
    c.opened_at, e.at as newest_at, e.seq as newest_seq, (
        select written_at from agent_progress p where p.city_id = c.city_id and p.agent = 'city_commands'
    ) as written_at
from cities c left join lateral (
    select at, seq from city_events e where e.city_id = c.city_id order by seq desc limit 1
) e on true
where %(city)s::text is null or c.city_id = %(city)s
order by {FOREMOST} limit 1"""

PLACED = """placed as (
    select * from orders where city_id = %(city)s and created_at >= %(since)s and created_at < %(until)s
)"""

TOTALS = f"""
with {PLACED}
select count(*) as orders,
    count(*) filter (where status = 'delivered') as delivered,
    count(*) filter (where status = 'cancelled') as cancelled,
    count(*) filter (where status not in ('delivered', 'cancelled')) as active,
    count(*) filter (where actual_delivery <= estimated_delivery and estimated_delivery < %(until)s) as on_time,
    count(*) filter (where estimated_delivery < %(until)s
        and (cancelled_at is null or cancelled_at >= estimated_delivery)) as due,
    percentile_disc(array[0.1, 0.5, 0.9]) within group (
        order by extract(epoch from actual_delivery - created_at)::float8 / 60
    ) filter (where actual_delivery is not null) as click_to_door
from placed"""

LOST = f"""
with {PLACED}
select l.restaurant_id, max(r.name) as restaurant, l.zone, 'around ' || mode() within group (order by r.name) as near,
    case grouping(l.restaurant_id, l.zone) when 3 then 'all' when 1 then 'restaurant' else 'zone' end as by,
    count(*) as orders, sum(l.late_ms)::int8 as late_ms, {", ".join(f"sum({s}_ms)::int8 as {s}" for s in STAGES)}
from lateness_ledger l join placed o using (city_id, order_id)
left join restaurants r on r.city_id = l.city_id and r.restaurant_id = l.restaurant_id
group by grouping sets ((), (l.restaurant_id), (l.zone)) order by late_ms desc, l.restaurant_id, l.zone"""
"""`near`: a zone is a cell without a name; the restaurant in it that was late most often says where it is."""

HOURS = f"""
with {PLACED}, hours as (
    select date_trunc('hour', o.created_at, %(zone)s) as begins, count(*) as orders,
        count(*) filter (where o.actual_delivery > o.estimated_delivery) as late,
        coalesce(sum(l.late_ms), 0)::int8 as late_ms
    from placed o left join lateness_ledger l using (city_id, order_id) group by 1
)
select begins at time zone %(zone)s as hour, orders, late, late_ms, ceil(extract(epoch from
    least(begins + interval '1 hour', %(until)s) - greatest(begins, %(since)s, %(opened)s)) / 60)::int as minutes
from hours order by begins"""
"""`minutes`: how much of the hour is in the span, with the city open and its facts here; below 60 it is not whole."""

WORST = f"""
with {PLACED}
select o.order_id, coalesce(r.name, o.restaurant_id) as restaurant, o.driver_id, o.created_at, o.estimated_delivery,
    o.actual_delivery, l.late_ms, {", ".join(f"l.{s}_ms as {s}" for s in STAGES)}
from lateness_ledger l join placed o using (city_id, order_id)
left join restaurants r on r.city_id = o.city_id and r.restaurant_id = o.restaurant_id
order by l.late_ms desc, o.order_id limit 10"""

ETAS = f"""
with {PLACED}
select s.since, count(*) as orders, avg(s.error_ms)::float8 / 60000 as bias, avg(abs(s.error_ms))::float8 / 60000 as mae,
    percentile_cont(0.5) within group (order by abs(s.error_ms)) / 60000 as error_p50,
    percentile_cont(0.9) within group (order by abs(s.error_ms)) / 60000 as error_p90,
    avg((abs(s.error_ms) <= 300000)::int)::float8 as within_5, avg(s.covered::int)::float8 as coverage,
    max(s.jump_ms)::float8 / 60000 as jump
from eta_scores s join placed o using (city_id, order_id)
group by s.since order by array_position(array['placed', 'ready', 'picked_up'], s.since)"""

INCIDENTS = """
select i.cause, i.subject, coalesce(r.name, 'around ' || coalesce(struck.name, late.name), i.subject) as about, i.since,
    i.ended_at, i.worst_ms, coalesce(i.ended_at, %(until)s) - i.since as lasted
from incidents i left join restaurants r on r.city_id = i.city_id and r.restaurant_id = i.subject
left join lateral (
    select n.name from orders o join restaurants n using (city_id, restaurant_id)
    where i.cause = 'drivers_short' and i.subject <> 'city' and o.city_id = i.city_id and o.order_id = i.orders ->> 0
) struck on true
left join lateral (
    select mode() within group (order by n.name) as name
    from lateness_ledger l join restaurants n using (city_id, restaurant_id)
    where i.cause = 'drivers_short' and l.city_id = i.city_id and l.zone = i.subject
) late on true
where i.city_id = %(city)s and i.since < %(until)s and coalesce(i.ended_at, %(until)s) >= %(since)s
order by i.worst_ms desc, i.incident_id limit 12"""

ALERTS = """
select kind, severity, count(*) as raised, count(*) filter (where cleared_at is null) as open,
    percentile_disc(0.5) within group (order by coalesce(cleared_at, %(until)s) - raised_at) as half,
    max(coalesce(cleared_at, %(until)s) - raised_at) as longest
from alerts where city_id = %(city)s and raised_at >= %(since)s and raised_at < %(until)s
group by kind, severity order by raised desc, kind"""

UNASSIGNED = """
select minute, unassigned, active, drivers_available from kpi_minutes
where city_id = %(city)s and minute >= %(since)s and minute <= %(until)s and unassigned > 0
order by unassigned desc, minute limit 5"""

ALL = {
    "lost": LOST, "hours": HOURS, "worst": WORST, "etas": ETAS, "incidents": INCIDENTS, "alerts": ALERTS,
    "unassigned": UNASSIGNED,
}  # fmt: skip
