"""facts → here → one row a minute. Counts, on-time share and click-to-door percentiles, by the definitions of MDRP.

click-to-door = delivered − placed; on time = delivered ≤ promised, of the orders whose promise fell due, delivered or not.
Shares and percentiles are of the last 60 minutes. `models/kpi_registry.py` says what each figure means, and whence.
"""

import msgspec

from models.city import City, apply
from models.driver import DriverStatus
from models.events import Fact, OrderCancelled, OrderDelivered, OrderPlaced, Ticked
from models.ids import Instant, OrderId
from models.kpi_hour import HOUR_MS, Hour, KpiHour, hour
from models.ways import MINUTE_MS


class Promise(msgspec.Struct, array_like=True):
    at: Instant
    delivered_at: Instant | None = None


class Counts(msgspec.Struct, array_like=True):
    placed: int = 0
    delivered: int = 0
    cancelled: int = 0


class KpiMinute(msgspec.Struct, frozen=True):
    """The minute that ends at `minute`; None where nothing was delivered in the window."""

    minute: Instant
    placed: int
    delivered: int
    cancelled: int
    active: int
    unassigned: int
    drivers_available: int
    drivers_busy: int
    window_delivered: int
    on_time_share: float | None
    click_to_door_p50_minutes: float | None
    click_to_door_p90_minutes: float | None


class Kpis(msgspec.Struct):
    """The fold of the KPI agent: the city, the counts of open minutes, the promises that fall due in the last hour or later.

    `minute` is the end of the last one that closed; `hour` what the hour before it is counted from.
    """

    city: City
    minute: Instant | None = None
    open: dict[Instant, Counts] = {}
    promises: dict[OrderId, Promise] = {}
    latest: KpiMinute | None = None
    hour: Hour = msgspec.field(default_factory=Hour)
    last_hour: KpiHour | None = None

    @property
    def seq(self) -> int:
        return self.city.seq


Made = KpiMinute | KpiHour


def count(kpis: Kpis, fact: Fact) -> list[Made]:
    """Fold one fact; the minutes that a tick closes, skipped ones included, and the hour that ends with each."""
    apply(kpis.city, fact)
    kpis.hour.note(kpis.city, fact)
    match fact.body:
        case OrderPlaced(order=o, promised_at=promised_at):
            _counts(kpis, fact.at).placed += 1
            kpis.promises[o] = Promise(promised_at)
        case OrderCancelled(order=o):
            _counts(kpis, fact.at).cancelled += 1
            if o in kpis.promises and fact.at < kpis.promises[o].at:
                del kpis.promises[o]
        case OrderDelivered(order=o):
            _counts(kpis, fact.at).delivered += 1
            if o in kpis.promises:
                kpis.promises[o].delivered_at = fact.at
        case Ticked(t=t):
            return _close(kpis, t)
    return []


def _counts(kpis: Kpis, at: Instant) -> Counts:
    """Of the minute that ends at `at` or after it; of the next one to close where that one is closed already."""
    ends = at + -at % MINUTE_MS
    return kpis.open.setdefault(max(ends, (kpis.minute or 0) + MINUTE_MS), Counts())


def _close(kpis: Kpis, t: Instant) -> list[Made]:
    """The first minute that closes has the counts of all before it: what was there before the first tick is in none."""
    last = t - t % MINUTE_MS
    if kpis.minute is None:
        kpis.minute = last - MINUTE_MS
    made: list[Made] = []
    while kpis.minute < last:
        kpis.minute += MINUTE_MS
        kpis.latest, kpis.last_hour = _rows(kpis, kpis.minute)
        made += [kpis.latest, kpis.last_hour]
    return made


def _rows(kpis: Kpis, minute: Instant) -> tuple[KpiMinute, KpiHour]:
    counted = [kpis.open.pop(ends) for ends in sorted(kpis.open) if ends <= minute]
    kpis.promises = {o: one for o, one in kpis.promises.items() if one.at > minute - HOUR_MS}
    due = [one for one in kpis.promises.values() if one.at <= minute]
    kept = sum(one.delivered_at is not None and one.delivered_at <= one.at for one in due)
    last = hour(kpis.hour, kpis.city, len(due), kept, minute)
    open_orders = [o for o in kpis.city.orders.values() if o.open]
    drivers = [d.status for d in kpis.city.drivers.values()]
    row = KpiMinute(
        minute=minute,
        placed=sum(one.placed for one in counted),
        delivered=sum(one.delivered for one in counted),
        cancelled=sum(one.cancelled for one in counted),
        active=len(open_orders),
        unassigned=sum(o.driver is None for o in open_orders),
        drivers_available=drivers.count(DriverStatus.AVAILABLE),
        drivers_busy=len(drivers) - drivers.count(DriverStatus.AVAILABLE) - drivers.count(DriverStatus.OFF),
        window_delivered=last.delivered,
        on_time_share=kept / len(due) if due else None,
        click_to_door_p50_minutes=last.click_to_door_p50_minutes,
        click_to_door_p90_minutes=last.click_to_door_p90_minutes,
    )
    return row, last
