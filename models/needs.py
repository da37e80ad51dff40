"""an order at risk → here → what a screen says of it: chance, minutes, the stage that eats its slack, the next step."""

from collections.abc import Collection

import msgspec

from models.course import Courses
from models.estimates import Estimate
from models.ids import DriverId, OrderId
from models.next_step import NextStep, next_step
from models.order import Order
from models.risk import Judged
from models.ways import MINUTE_MS


class Need(msgspec.Struct, frozen=True):
    """An order that needs action; `incident`: the id of the one it is part of."""

    judged: Judged
    step: NextStep | None
    incident: str | None

    @property
    def order(self) -> OrderId:
        return self.judged.order


class Eased(msgspec.Struct, frozen=True):
    """An order that needs no action any more."""

    order: OrderId


def needed(
    courses: Courses,
    order: Order,
    latest: Estimate,
    judged: Judged,
    out_of_touch: Collection[DriverId],
    incident: str | None,
) -> Need:
    return Need(judged, next_step(courses, order, latest, judged, out_of_touch), incident)


def as_shown(need: Need) -> tuple[object, ...]:
    """What of it is news: a second, a metre or a per cent more is none."""
    judged, step = need.judged, need.step
    minutes = (ms // MINUTE_MS for ms in (judged.late_ms, judged.slack_ms, judged.over_ms))
    asked = None if step is None else (step.act, step.whom, step.gain_ms // MINUTE_MS)
    return judged.chance // 50, *minutes, judged.stage, asked, need.incident
