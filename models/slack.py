"""promise, P80, now → here → how near an order is to being late: the four levels of every screen."""

from enum import StrEnum

from models.ids import Instant
from models.ways import MINUTE_MS


class Risk(StrEnum):
    ON_TRACK = "on track"
    TIGHT = "tight"
    AT_RISK = "at risk"
    LATE = "late"


TIGHT_MS = 5 * MINUTE_MS


def risk_of(promised_at: Instant, p80: Instant | None, now: Instant) -> Risk:
    """Slack = promise − P80: on track above 5 min, tight down to 0, at risk below; late when the promise is past."""
    if now > promised_at:
        return Risk.LATE
    slack = promised_at - (p80 if p80 is not None else now)
    return Risk.ON_TRACK if slack > TIGHT_MS else Risk.TIGHT if slack >= 0 else Risk.AT_RISK
