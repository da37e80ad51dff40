"""The table of topics is whole: one key, a producer and a reader each, and every message on one of them."""

from typing import get_args

import pytest

from models import codec
from models.topics import PARTITIONS, TOPICS, Topic

HOUR_MS = 3_600_000


def test_no_topic_is_declared_twice() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_a_city_is_one_partition_of_every_topic(topic: Topic) -> None:
    assert (topic.key, topic.partitions) == ("city_id", PARTITIONS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.name)
def test_every_topic_has_who_writes_it_and_who_reads_it(topic: Topic) -> None:
    assert topic.producer
    assert topic.consumers
    assert topic.retention_ms >= HOUR_MS


def test_every_message_travels_on_exactly_one_topic() -> None:
    carried = [name for topic in TOPICS for name in topic.carries.split(", ")]

    assert sorted(carried) == sorted(kind.__name__ for kind in get_args(codec.Message))
