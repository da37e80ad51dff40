"""The table of a backtest: a row a day, a mean for each policy and mode, and whatever the score tells of the ETA."""

from typing import Any

from infra.backtest_table import cells, means, table


def run(day: str, policy: str, undelivered: int, mean: float | None, **eta: Any) -> dict[str, Any]:
    return {
        "day": day,
        "policy": policy,
        "ready": "known",
        "orders": 252,
        "undelivered": undelivered,
        "click_to_door": {"mean": mean, "p50": mean, "p90": mean, "max": mean},
        "ready_to_pickup": {"mean": 2.0, "p50": 2.0, "p90": 2.0, "max": 2.0},
        "violations": [],
        "eta": eta,
    }


def told(*runs: dict[str, Any]) -> list[str]:
    return table({"runs": list(runs), "means": means(runs), "unread": []})


def test_the_mean_is_over_the_days_of_one_policy() -> None:
    batch, rolling = means([run("a", "batch", 1, 30.0), run("b", "batch", 4, 31.0), run("a", "rolling", 0, 20.0)])

    assert (batch["policy"], batch["days"], batch["undelivered"], batch["click_to_door_mean"]) == (
        "batch",
        2,
        2.5,
        30.5,
    )
    assert (rolling["policy"], rolling["days"], rolling["click_to_door_mean"]) == ("rolling", 1, 20.0)


def test_a_day_without_a_value_is_left_out_of_the_mean_and_shown_as_such() -> None:
    some = [run("a", "batch", 0, None), run("b", "batch", 0, 31.0)]

    assert means(some)[0]["click_to_door_mean"] == 31.0
    assert means(some[:1])[0]["click_to_door_mean"] is None
    assert next(line for line in told(*some) if " a " in line).split()[4:6] == ["-", "-"]


def test_whatever_figure_the_score_tells_of_the_eta_has_a_column() -> None:
    found = cells(run("a", "batch", 0, 30.0, mae_minutes=5.5, brand_new=None, by_stage={"door": 1.0}))

    assert [name for name in found if name.startswith("eta_")] == ["eta_mae_minutes", "eta_brand_new"]


def test_the_words_of_a_head_stand_one_below_the_other_above_figures_to_the_right() -> None:
    lines = told(run("monday", "batch", 0, 30.0, baseline_mae_minutes=11.25))

    assert [line.split() for line in lines[:3]] == [
        ["eta"],
        ["click-to-door", "click-to-door", "ready-to-pickup", "baseline"],
        ["policy/ready", "day", "orders", "undelivered", "mean", "p90", "mean", "mae", "violations"],
    ]
    assert len({len(line) for line in lines[2:]}) == 1
    assert lines[3].split()[-2:] == ["11.25", "0"]


def test_an_empty_line_stands_between_policies_and_none_at_the_end() -> None:
    lines = told(run("a", "batch", 0, 30.0), run("a", "rolling", 0, 30.0))

    assert [n for n, line in enumerate(lines) if not line] == [4]
    assert lines[-1].startswith("rolling/known  mean")
