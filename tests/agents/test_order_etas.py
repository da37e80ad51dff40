"""city-events → eta_predictions, live ETAs: every estimate that was shown is kept, and an order that ended shows none."""

import msgspec

from models import codec
from models.commands import AcceptOrder, CancelOrder, Deliver, MarkReady, PickUp
from models.estimates import Prediction
from models.forecast import Since
from models.lateness import Booked
from models.views import Key
from pipelines.agents.order_etas import AGENT
from tests.agents.stage import Stage
from tests.unit.models.builders import (
    CITY,
    D1,
    MINUTE,
    O1,
    O2,
    Town,
    delivered_town,
    minute,
    opened_town,
    placed,
    shift,
)


async def after(town: Town) -> Stage:
    """The agent, having heard the town's whole log fact by fact."""
    stage = Stage(AGENT)
    stage.log.raw[CITY] = [codec.encode(fact) for fact in town.log]
    await stage.through([[raw] for raw in stage.log.raw[CITY]])
    return stage


def shown(stage: Stage) -> dict[str, Prediction]:
    return {o: msgspec.json.decode(raw, type=Prediction) for o, raw in stage.live.hashes[CITY, Key.ETAS].items()}


async def test_an_order_is_given_an_eta_when_it_is_placed() -> None:
    stage = await after(opened_town().do(placed(O1)))
    (row,) = stage.log.tables["eta_predictions"].values()

    assert (row["order_id"], row["made_at"], row["expected"]) == (O1, minute(0), shown(stage)[O1].eta.expected)


async def test_what_is_shown_is_the_last_that_was_kept() -> None:
    stage = await after(opened_town().do(shift(), placed(O1), AcceptOrder(O1)).assign(D1, O1).tick(30))
    last = max(stage.log.tables["eta_predictions"].values(), key=lambda row: row["seq"])

    assert (last["seq"], last["expected"]) == (shown(stage)[O1].seq, shown(stage)[O1].eta.expected)


async def test_an_order_that_arrived_is_scored_and_one_that_was_cancelled_is_not() -> None:
    stage = await after(delivered_town((O1, 0, 30)).do(placed(O2), CancelOrder(O2, "customer")))
    rows = sorted(stage.log.tables["eta_scores"].values(), key=lambda row: row["since"])

    assert [(row["order_id"], row["since"]) for row in rows] == [(O1, since) for since in sorted(Since)]
    assert {row["ended_at"] for row in rows} == {minute(30)}


async def test_an_order_that_ended_has_no_eta_any_more_and_the_others_keep_theirs() -> None:
    town = opened_town().do(shift(), placed(O1), placed(O2), AcceptOrder(O1), MarkReady(O1)).assign(D1, O1)
    stage = await after(town.do(PickUp(O1, D1), Deliver(O1, D1)))

    assert list(shown(stage)) == [O2]
    assert {row["order_id"] for row in stage.log.tables["eta_predictions"].values()} == {O1, O2}


async def test_an_order_that_came_late_is_in_the_ledger_and_one_in_time_is_not() -> None:
    """Both are promised for 40; o1 comes ten minutes after that."""
    stage = await after(delivered_town((O1, 0, 50), (O2, 0, 39)))
    [row] = stage.log.tables["lateness_ledger"].values()

    assert (row["order_id"], row["late_ms"], row["ended_at"]) == (O1, 10 * MINUTE, minute(50))
    assert sum(row[f"{stage}_ms"] for stage in Booked.__struct_fields__) == row["late_ms"]
