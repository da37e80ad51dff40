"""Whatever a city is asked, in whatever order: what its customers are told adds up, and nothing of it lies in the past."""

from collections import Counter

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.city import City
from models.estimates import Prediction, Score
from models.eta import Etas, follow
from models.events import Fact
from tests.unit.models.builders import CITY, D1, D2, Town, opened_town, shift
from tests.unit.models.steps import DAYS, Step, asks

STEADY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Day = list[tuple[Step, int | None, int | None]]


def _lived(day: Day) -> Town:
    town = opened_town(offer_seconds=90).do(shift(D1), shift(D2))
    for step, at, version in day:
        for ask in asks(town.city, step):
            town.at = at
            town.ask(ask, version)
    return town


def _told(etas: Etas, log: list[Fact]) -> list[Prediction | Score]:
    return [one for fact in log for one in follow(etas, fact)]


@STEADY
@given(DAYS)
def test_of_any_day_what_is_told_adds_up_and_nothing_of_it_lies_in_the_past(day: Day) -> None:
    """The parts of an estimate are what is left of each stage: they come to what is left of the whole."""
    for one in _told(Etas(City(CITY)), _lived(day).log):
        if isinstance(one, Prediction):
            eta, parts = one.eta, msgspec.structs.astuple(one.parts)

            assert sum(parts) == eta.expected - one.made_at
            assert min(parts) >= 0
            assert one.made_at <= eta.p10 <= eta.p50 <= eta.p80 <= eta.p90


@STEADY
@given(DAYS)
def test_of_any_day_each_order_is_scored_once_of_each_kind(day: Day) -> None:
    told = _told(Etas(City(CITY)), _lived(day).log)

    assert set(Counter((s.order, s.since) for s in told if isinstance(s, Score)).values()) <= {1}


@STEADY
@given(DAYS, st.data())
def test_of_any_day_what_is_told_does_not_depend_on_where_a_checkpoint_was_cut(day: Day, data: st.DataObject) -> None:
    """As bytes, which is what a worker that takes over begins with."""
    log = _lived(day).log
    cut = data.draw(st.integers(0, len(log)))
    whole, early = Etas(City(CITY)), Etas(City(CITY))
    told, before = _told(whole, log), _told(early, log[:cut])
    late = msgspec.msgpack.decode(msgspec.msgpack.encode(early), type=Etas)

    assert before + _told(late, log[cut:]) == told
    assert msgspec.msgpack.encode(late) == msgspec.msgpack.encode(whole)
