"""infra/bench/watch.py: what a stall hides is counted, and the counters are read as Prometheus writes them."""

import msgspec

from infra.bench.fleet import Fleet
from infra.bench.watch import Quantiles, Watch, fates, quantiles
from models.ids import CityId

BEGAN = 1_800_000_000_000
FLEET = Fleet(CityId("town"), 1, 60, 1, BEGAN)


def seen(watch: Watch, at: int, now: int) -> None:
    watch._seen([msgspec.json.encode(["driver-00000", at, [0.0, 0.0]])], 0, now)


def test_a_ping_counts_from_its_own_time_and_once() -> None:
    watch = Watch("redis://127.0.0.1:1", FLEET)
    seen(watch, BEGAN, BEGAN + 30)
    seen(watch, BEGAN, BEGAN + 34)
    seen(watch, BEGAN + 1000, BEGAN + 1040)

    assert watch.latencies == [30, 40]


def test_pings_that_a_stall_let_overtake_each_other_all_count() -> None:
    watch = Watch("redis://127.0.0.1:1", FLEET)
    seen(watch, BEGAN, BEGAN + 30)
    seen(watch, BEGAN + 3000, BEGAN + 3100)

    assert watch.latencies == [30, 100, 1100, 2100]


def test_what_stood_there_before_the_first_ping_does_not_count() -> None:
    watch = Watch("redis://127.0.0.1:1", FLEET)
    watch._seen([None], 0, BEGAN)
    seen(watch, BEGAN - 5000, BEGAN + 30)

    assert watch.latencies == []


def test_the_city_s_watermark_has_an_age_of_its_own() -> None:
    watch = Watch("redis://127.0.0.1:1", FLEET)
    for as_of, now in ((BEGAN, 1), (BEGAN + 1000, 1200), (BEGAN + 1000, 1300), (BEGAN + 2000, 2100)):
        watch._seen([None], as_of, BEGAN + now)

    assert watch.ticks == [200, 100]


def test_quantiles_are_by_the_nearest_rank() -> None:
    assert quantiles(list(range(101))) == Quantiles(101, 50, 95, 99, 100)
    assert quantiles([]) is None


def test_the_fates_of_pings_are_read_from_the_worker_s_metrics() -> None:
    text = b'# HELP x\ntrack_pings_total{fate="accepted"} 1.2e+06\ntrack_pings_total{fate="late"} 3.0\ntrack_x 1\n'

    assert fates(text) == {"accepted": 1_200_000, "late": 3}
