"""What is counted against an agent outlives it, in Postgres and in memory."""

from uuid import uuid4

import pytest

from pipelines.ports import Budget, Budgets


@pytest.fixture
def role() -> str:
    """A role that no other test knows."""
    return f"role {uuid4().hex}"


async def test_an_agent_without_a_dead_letter_has_no_budget_yet(budgets: Budgets, role: str) -> None:
    assert await budgets.get(role, "one") is None


async def test_the_last_one_put_is_kept(budgets: Budgets, role: str) -> None:
    """A pause begins and ends."""
    for one in (Budget(1, 100), Budget(100, 100, 'it\'s "all" unreadable — čau'), Budget(0, 200)):
        await budgets.put(role, "one", one)

        assert await budgets.get(role, "one") == one


async def test_agents_and_roles_are_counted_apart(budgets: Budgets, role: str) -> None:
    await budgets.put(role, "one", Budget(1, 100))
    await budgets.put(role, "two", Budget(2, 100))

    assert await budgets.get(role, "one") == Budget(1, 100)
    assert await budgets.get(role, "two") == Budget(2, 100)
    assert await budgets.get(f"{role} again", "one") is None
