"""Orders that need action, least slack first; the order of rows is that of whole minutes, then of ids."""

from hypothesis import given
from hypothesis import strategies as st

from models.ids import OrderId
from models.queue import Queue
from tests.unit.models.builders import MINUTE, O1, O2, O3

CHANGES = st.lists(st.tuples(st.sampled_from([O1, O2, O3]), st.none() | st.integers(-20, 20)), max_size=30)


def test_the_least_slack_comes_first_and_ties_go_by_id() -> None:
    queue = Queue()
    for order, minutes in ((O3, -2), (O2, -9), (O1, -2)):
        queue.put(order, minutes * MINUTE)

    assert queue.orders == (O2, O1, O3)


def test_a_second_more_or_less_moves_no_row() -> None:
    queue = Queue()

    assert queue.put(O1, -2 * MINUTE)
    assert not queue.put(O1, -2 * MINUTE + 59_000)
    assert queue.put(O1, -MINUTE)


def test_who_needs_no_action_any_more_leaves() -> None:
    queue = Queue()
    queue.put(O1, -MINUTE)

    assert queue.drop(O1)
    assert not queue.drop(O1)
    assert queue.orders == ()


@given(CHANGES)
def test_after_any_changes_it_is_as_if_sorted_anew(changes: list[tuple[OrderId, int | None]]) -> None:
    queue, slack = Queue(), dict[OrderId, int]()
    for order, minutes in changes:
        if minutes is None:
            queue.drop(order)
            slack.pop(order, None)
        else:
            queue.put(order, minutes * MINUTE)
            slack[order] = minutes

    assert queue.orders == tuple(sorted(slack, key=lambda order: (slack[order], order)))
