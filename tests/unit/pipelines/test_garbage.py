"""pipelines/garbage.py: for a while garbage is looked for seldom, and then as before."""

import gc

import pytest

from pipelines.garbage import COLLECTED_EVERY, collect_seldom, few_collections


def fails(within: list[int]) -> None:
    with few_collections():
        within.append(gc.get_threshold()[0])
        raise KeyError


def test_a_process_looks_as_often_as_before_whatever_ended_the_while() -> None:
    before, within = gc.get_threshold(), list[int]()
    with pytest.raises(KeyError):
        fails(within)

    assert within == [COLLECTED_EVERY]
    assert gc.get_threshold() == before


def test_a_worker_looks_seldom_and_never_through_what_was_imported() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        found = gc.get_threshold()[0], gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)

    assert found == (COLLECTED_EVERY, True)
