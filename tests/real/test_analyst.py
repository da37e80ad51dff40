"""infra/analyst.py: the frames of a stored city are those of the same day in memory; the log can be asked at any time."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from infra import analyst, replay, stack
from infra.analyst import NotOpenYet, Opened, etas, hours, kpis, ledger, log_at, orders
from infra.inprocess import replay_in_memory
from infra.postgres_connection import NoSuchCity
from models import codec
from models.kpi_registry import REGISTRY, columns
from models.settings import Settings
from simulator.engine import Engine
from tests.agents.little_day import CITY, OPENS, scenario

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The little day through real servers."""
    with stack.running(Settings(), tmp_path_factory.mktemp("analyst")) as one:
        city = replay.new_city(scenario())
        replay.feed(Engine(scenario(), city), one.settings)
        replay.settled(str(one.settings.postgres_url), city)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(analyst, "running", lambda *names: one.settings)
            yield analyst.city(city)


@pytest.fixture(scope="module")
def remembered() -> Opened:
    """The same day in memory."""
    log = replay_in_memory(Engine(scenario(), CITY)).log
    facts = [codec.decode_fact(raw) for raw in log.raw[CITY]]
    return Opened(CITY, lambda table: [row for _, row in sorted(log.tables[table].items())], lambda: facts)


@pytest.mark.parametrize("ask", [orders, kpis, hours, ledger, etas])
def test_a_stored_city_has_the_frames_of_the_same_day_in_memory(
    ask: object, stored: Opened, remembered: Opened
) -> None:
    assert_frame_equal(ask(stored), ask(remembered))  # type: ignore[operator]


def test_late_minutes_are_those_of_the_ledger_and_its_stages_sum_to_them(remembered: Opened) -> None:
    found, late = orders(remembered), ledger(remembered)
    stages = [f"{name}_minutes" for name in analyst.LOST]

    assert found["late_minutes"].sum() == pytest.approx(late["late_minutes"].sum())
    assert late[stages].sum(axis=1).tolist() == pytest.approx(late["late_minutes"].tolist())
    assert len(late) > 0
    assert "customer_id" not in found


def test_every_share_of_the_registry_is_had_by_its_name_from_the_counts_of_its_hour(remembered: Opened) -> None:
    found, stored = hours(remembered), kpis(remembered)
    busiest = found.loc[found["engaged_ms"].idxmax()]

    assert_series_equal(found["on_time"], stored["on_time_share"], check_names=False)
    assert {kpi.name for kpi in REGISTRY.values() if "hours()" in columns(kpi)} <= set(found.columns)
    assert busiest["utilisation"] == busiest["engaged_ms"] / busiest["on_duty_ms"] > 0
    assert busiest["orders_per_courier_hour"] == busiest["delivered"] / (busiest["on_duty_ms"] / 3_600_000)
    assert found["unfulfilled"].max() <= 1
    assert found["prep_delay"].isna().tolist() == (found["picked_up"] == 0).tolist()


def test_an_hour_says_how_much_of_it_there_was_and_supply_zone_by_zone(remembered: Opened) -> None:
    found = hours(remembered)

    assert found["window_minutes"].tolist()[:3] == [1, 2, 3]
    assert found["window_minutes"].max() == 60
    for zones, supply in zip((row["zones"] for row in remembered.rows("kpi_hours")), found["supply"], strict=True):
        assert supply == {zone: free / wanted for zone, (free, wanted) in zones.items() if wanted}
    assert any(found["supply"])


def test_the_city_can_be_had_as_it_was_at_any_moment(remembered: Opened) -> None:
    noon = log_at(remembered, datetime.fromtimestamp(OPENS / 1000 + 3600, UTC))

    assert noon.now == OPENS + 3_600_000
    assert 0 < sum(order.open for order in noon.orders.values()) < len(noon.orders)
    with pytest.raises(NotOpenYet, match="was not open at 2020"):
        log_at(remembered, datetime(2020, 1, 1, tzinfo=UTC))


def test_a_city_that_is_not_there_is_named_with_those_that_are(stored: Opened) -> None:
    with pytest.raises(NoSuchCity, match=f"there is no city 'nowhere'; there are {stored.id}"):
        analyst.city("nowhere")
