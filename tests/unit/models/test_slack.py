"""How near an order is to being late: four levels, by slack to the promise and by the clock."""

import pytest

from models.slack import TIGHT_MS, Risk, risk_of
from tests.unit.models.builders import T0, minute

PROMISE = minute(40)


@pytest.mark.parametrize(
    ("p80", "now", "risk"),
    [
        (PROMISE - TIGHT_MS - 1, T0, Risk.ON_TRACK),
        (PROMISE - TIGHT_MS, T0, Risk.TIGHT),
        (PROMISE, T0, Risk.TIGHT),
        (PROMISE + 1, T0, Risk.AT_RISK),
        (PROMISE + 1, PROMISE, Risk.AT_RISK),
        (PROMISE - TIGHT_MS - 1, PROMISE + 1, Risk.LATE),
        (PROMISE, PROMISE, Risk.TIGHT),
        (None, PROMISE - TIGHT_MS - 1, Risk.ON_TRACK),
        (None, PROMISE - TIGHT_MS, Risk.TIGHT),
        (None, PROMISE, Risk.TIGHT),
        (None, PROMISE + 1, Risk.LATE),
    ],
)
def test_slack_is_from_p80_to_the_promise(p80: int | None, now: int, risk: Risk) -> None:
    """Above 5 minutes on track, down to none tight, below at risk; late when the promise is past."""
    assert risk_of(PROMISE, p80, now) is risk
