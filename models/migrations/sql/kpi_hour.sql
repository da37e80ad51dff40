-- orders, assignments, shifts → here → the hour that ends at a minute, by SQL alone: what the agent is held against.
-- Percentiles are nearest rank (percentile_disc). Written by hand; models/kpi_registry.py says what each column means.
-- What dispatch assigns at the minute itself comes after it.
create function kpi_hour(city text, minute timestamptz) returns table (
    window_minutes int, delivered int, cancelled int, due int, kept int, picked_up int, late_food int,
    engaged_ms bigint, on_duty_ms bigint, oldest_unassigned_minutes float8,
    click_to_door_p10_minutes float8, click_to_door_p50_minutes float8, click_to_door_p90_minutes float8,
    click_to_door_mean_minutes float8,
    overage_p10_minutes float8, overage_p50_minutes float8, overage_p90_minutes float8, overage_mean_minutes float8,
    ready_to_pickup_p10_minutes float8, ready_to_pickup_p50_minutes float8, ready_to_pickup_p90_minutes float8,
    ready_to_pickup_mean_minutes float8,
    ready_to_door_p10_minutes float8, ready_to_door_p50_minutes float8, ready_to_door_p90_minutes float8,
    ready_to_door_mean_minutes float8,
    avoidable_wait_p10_minutes float8, avoidable_wait_p50_minutes float8, avoidable_wait_p90_minutes float8,
    avoidable_wait_mean_minutes float8
) language sql stable as $$
with span as (select minute - interval '1 hour' as since, minute as until),
rules as (
    select opened_at, (rules -> 'services' ->> 'pickup_seconds')::int * interval '0.5 s' as half_pickup
    from cities where city_id = city
),
doors as (
    select extract(epoch from actual_delivery - created_at) / 60 as click,
        greatest(0, extract(epoch from actual_delivery - created_at) / 60 - 40) as over,
        extract(epoch from actual_delivery - ready_at) / 60 as food
    from orders, span where city_id = city and actual_delivery > since and actual_delivery <= until
),
pickups as (
    select extract(epoch from picked_up_at - ready_at) / 60 as stood,
        greatest(0, extract(epoch from picked_up_at - arrived_restaurant_at - half_pickup) / 60) as wait,
        ready_at > arrived_restaurant_at + half_pickup as late
    from orders, span, rules where city_id = city and picked_up_at > since and picked_up_at <= until
),
promises as (
    select count(*) as due, count(*) filter (where actual_delivery <= estimated_delivery) as kept
    from orders, span
    where city_id = city and estimated_delivery > since and estimated_delivery <= until
        and (cancelled_at is null or cancelled_at >= estimated_delivery)
),
shifts as (
    select at as begins, case when lead(kind) over driver = 'ShiftEnded' then lead(at) over driver end as ends, kind
    from (
        select at, seq, kind, convert_from(fact, 'UTF8')::jsonb -> 'body' ->> 'driver' as driver_id
        from city_events where city_id = city and kind in ('ShiftStarted', 'ShiftEnded')
    ) as told
    window driver as (partition by driver_id order by seq)
),
duty as (
    select sum(extract(epoch from least(coalesce(ends, until), until) - greatest(begins, since)) * 1000) as ms
    from shifts, span where kind = 'ShiftStarted' and begins < until and (ends is null or ends > since)
),
busy as (
    select range_agg(tstzrange(assigned_at, coalesce(completed_at, until))) as spans
    from driver_assignments, span
    where city_id = city and assigned_at < until and (completed_at is null or completed_at > since)
        and assigned_at < coalesce(completed_at, until)
    group by driver_id
),
engaged as (
    select sum(extract(epoch from least(upper(one), until) - greatest(lower(one), since)) * 1000) as ms
    from busy, span, unnest(spans) as one where upper(one) > since
),
waiting as (
    select min(created_at) as since from orders
    where city_id = city and created_at <= minute and coalesce(actual_delivery, cancelled_at, 'infinity') > minute
        and not exists (
            select from driver_assignments as held
            where held.city_id = city and held.order_id = orders.order_id and held.assigned_at < minute
                and (held.completed_at is null or held.completed_at > minute)
        )
)
select least(60, ceil(extract(epoch from minute - (select opened_at from rules)) / 60))::int,
    (select count(*) from doors)::int,
    (select count(*) from orders, span where city_id = city and cancelled_at > since and cancelled_at <= until)::int,
    promises.due::int, promises.kept::int,
    (select count(*) from pickups)::int, (select count(*) from pickups where late)::int,
    coalesce((select ms from engaged), 0)::bigint, coalesce((select ms from duty), 0)::bigint,
    (select extract(epoch from minute - since) / 60 from waiting),
    (select percentile_disc(0.1) within group (order by click) from doors),
    (select percentile_disc(0.5) within group (order by click) from doors),
    (select percentile_disc(0.9) within group (order by click) from doors),
    (select avg(click) from doors),
    (select percentile_disc(0.1) within group (order by over) from doors),
    (select percentile_disc(0.5) within group (order by over) from doors),
    (select percentile_disc(0.9) within group (order by over) from doors),
    (select avg(over) from doors),
    (select percentile_disc(0.1) within group (order by stood) from pickups),
    (select percentile_disc(0.5) within group (order by stood) from pickups),
    (select percentile_disc(0.9) within group (order by stood) from pickups),
    (select avg(stood) from pickups),
    (select percentile_disc(0.1) within group (order by food) from doors),
    (select percentile_disc(0.5) within group (order by food) from doors),
    (select percentile_disc(0.9) within group (order by food) from doors),
    (select avg(food) from doors),
    (select percentile_disc(0.1) within group (order by wait) from pickups),
    (select percentile_disc(0.5) within group (order by wait) from pickups),
    (select percentile_disc(0.9) within group (order by wait) from pickups),
    (select avg(wait) from pickups)
from promises
$$;
