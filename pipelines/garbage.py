"""a worker, a replay, a benchmark → here → a process that seldom looks for garbage: a city keeps nearly all that it makes.

At Python's own 700 new objects a day in memory took a third longer, and one turn of 2,000 orders met two full
collections of 26 ms, in which nothing else of the process ran.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECTED_EVERY = 50_000


def collect_seldom() -> None:
    """For good. What was imported is never garbage: looked through each time, it was 65 of a full collection's 90 ms."""
    gc.freeze()
    gc.set_threshold(COLLECTED_EVERY)


@contextmanager
def few_collections() -> Iterator[None]:
    """For a while."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECTED_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
