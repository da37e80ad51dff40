"""infra/bench/dispatch_dense.py: the reference weighs what the policy weighs, and is never dearer."""

import pytest

from infra.bench.dispatch_dense import Weighed, compared, densest, total_ms, weighed
from infra.bench.rush import Rush, rush
from models.course import Courses
from models.policies import rolling
from models.policies.hands import hands
from models.prep import Outlook

SIZE = 80


@pytest.fixture(scope="module")
def noon() -> Rush:
    return rush(SIZE, "batch")


@pytest.fixture(scope="module")
def one(noon: Rush) -> Weighed:
    return weighed(noon)


def test_its_costs_and_its_near_drivers_are_those_of_the_policy(noon: Rush, one: Weighed) -> None:
    rules = noon.city.rules
    assert rules is not None
    pairs = rolling._pairs(
        one.routes, hands(Courses(noon.city, rules, Outlook(noon.city.kitchens, noon.t))), rules, rolling.BATCH.calm
    )
    left = [rolling._left_ms(unit, noon.t) for unit in one.routes]

    assert one.left.tolist() == left
    assert [one.costs[row, column] for row, column, _ in pairs] == [min(cost, left[row]) for row, _, cost in pairs]
    assert [(row, column) for row, column, _ in pairs if column not in one.near[row]] == []


def test_the_optimum_of_all_pairs_is_never_dearer(noon: Rush, one: Weighed) -> None:
    found = compared(noon)

    assert found.cost_ratio >= 1.0
    assert (found.orders, found.all_pairs) == (SIZE, one.costs.size)
    assert found.left >= SIZE - one.costs.shape[1]


def test_with_few_drivers_the_rest_is_left_at_what_that_costs(noon: Rush, one: Weighed) -> None:
    few = one._replace(costs=one.costs[:, :5], near=[[0, 1, 2, 3, 4]] * SIZE)
    matched = densest(few)
    taken = {row for row, _ in matched}

    assert 0 < len(matched) <= 5
    assert total_ms(few, matched) == sum(int(few.costs[pair]) for pair in matched) + sum(
        int(few.left[row]) for row in range(SIZE) if row not in taken
    )


def test_where_everyone_is_near_ours_is_the_optimum() -> None:
    assert compared(rush(40, "batch")).cost_ratio == 1.0
