"""the ledger's last hour → here → where its late minutes were lost: by stage, and at which kitchens. The stages sum exactly."""

import msgspec

from dashboard import wording
from dashboard.frames import freshness, restaurant_name
from dashboard.history import History, Lost
from dashboard.snapshot import Snapshot
from models.lateness import Booked, by_stage
from models.ways import MINUTE_MS

AGENT = "order_etas"
STALE_AFTER_MS = 30_000
"""It is read every ten seconds, and once more before it counts as old."""
STAGES = tuple(Booked.__struct_fields__)
NOTHING = Lost(None, 0, Booked())


class Part(msgspec.Struct, frozen=True):
    """`share`: per cent of the largest, as the bar is long."""

    name: str
    minutes: str
    share: int
    note: str = ""


class LostPanel(msgspec.Struct, frozen=True):
    """`total` is what the parts sum to; `kitchens` have the most, each with the stage that lost most there."""

    parts: tuple[Part, ...]
    kitchens: tuple[Part, ...]
    total: str
    age: str
    stale: bool


def lost_panel(s: Snapshot, kept: History | None) -> LostPanel:
    """The same lines in every state: nobody knows while Postgres is away, and nothing was lost while nobody was late."""
    if kept is None:
        return LostPanel(tuple(Part(named(one), wording.MISSING, 0) for one in STAGES), (), wording.MISSING, "", False)
    city = kept.lost[0] if kept.lost else NOTHING
    minutes, most = by_stage([city.booked], MINUTE_MS), max(msgspec.structs.astuple(city.booked))
    parts = (Part(named(one), wording.whole(minutes[one]), _share(getattr(city.booked, one), most)) for one in STAGES)
    total = f"{wording.whole(sum(minutes.values()))} min of {wording.plural(city.orders, 'late order')}"
    fresh = freshness(s, AGENT, max(0, s.read_at - kept.read_at), STALE_AFTER_MS)
    return LostPanel(tuple(parts), _kitchens(s, kept.lost[1:]), total, wording.age(fresh.age_ms), fresh.stale)


def _kitchens(s: Snapshot, found: tuple[Lost, ...]) -> tuple[Part, ...]:
    totals = [sum(msgspec.structs.astuple(one.booked)) for one in found]
    return tuple(
        Part(
            restaurant_name(s, one.restaurant or ""),
            wording.whole((total + MINUTE_MS // 2) // MINUTE_MS),
            _share(total, max(totals)),
            named(max(STAGES, key=lambda stage: getattr(one.booked, stage))).lower(),
        )
        for one, total in zip(found, totals, strict=True)
    )


def named(stage: str) -> str:
    """Hand over."""
    return stage.replace("_", " ").capitalize()


def _share(ms: int, most: int) -> int:
    return 100 * ms // most if most else 0
