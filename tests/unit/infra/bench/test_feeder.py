"""infra/bench/feeder.py: when a frame goes out."""

from infra.bench.feeder import FLUSH_MS, plan_of
from infra.bench.fleet import Fleet
from models.ids import CityId

FLEET = Fleet(CityId("town"), 5_000, 2, 1, 1_800_000_000_007)


def test_every_frame_goes_out_once_and_in_order() -> None:
    sent = [payload for flush in plan_of(FLEET) for payload in flush.payloads]

    assert sent == [FLEET.frame(number) for number in range(FLEET.frames)]


def test_no_frame_goes_out_before_it_is_full_or_waits_longer_than_a_flush() -> None:
    number = 0
    for flush in plan_of(FLEET):
        for _ in flush.payloads:
            assert 0 <= flush.at - FLEET.full_at(number) < FLUSH_MS
            number += 1


def test_whatever_comes_after_a_flush_was_due_later_than_its_first_ping() -> None:
    plan = plan_of(FLEET)

    assert [flush.first for flush in plan] == sorted({flush.first for flush in plan})
    assert plan[0].first == FLEET.began
