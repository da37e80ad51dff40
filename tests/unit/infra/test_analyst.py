"""infra/analyst.py on a recorded day, as a notebook asks it."""

from pathlib import Path

from infra.analyst import city, kpis, orders
from tests.unit.infra.laid_day import laid_day


async def test_a_notebook_s_cell_which_runs_in_a_loop_can_replay_a_recorded_day(tmp_path: Path) -> None:
    one = city(source=laid_day(tmp_path))

    assert len(orders(one)) == 30
    assert len(kpis(one)) > 0
