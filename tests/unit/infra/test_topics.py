"""infra/topics.py: every declared topic is there, with the partitions that were declared."""

from typing import Any

import pytest
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from infra import topics
from models.topics import CITY_COMMANDS, CITY_EVENTS, DEAD_LETTERS, MOST_LETTER_BYTES, MOST_MESSAGE_BYTES, TOPICS

NAMES = [topic.name for topic in TOPICS]


class Admin:
    """A broker's topics: name → partitions."""

    def __init__(self, there: dict[str, int], is_late: bool = False) -> None:
        self.there, self.is_late = there, is_late
        self.asked: list[NewTopic] = []
        self.is_closed = False

    def list_topics(self) -> list[str]:
        return list(self.there)

    def create_topics(self, wanted: list[NewTopic]) -> None:
        self.asked += wanted
        if self.is_late:
            raise TopicAlreadyExistsError

    def describe_topics(self, names: list[str]) -> list[dict[str, Any]]:
        return [{"name": name, "partitions": [{}] * self.there[name]} for name in names]

    def close(self) -> None:
        self.is_closed = True


def create(monkeypatch: pytest.MonkeyPatch, admin: Admin) -> list[str]:
    monkeypatch.setattr(topics, "KafkaAdminClient", lambda **_: admin)
    return topics.create({})


def test_an_empty_broker_gets_every_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = Admin({})

    assert create(monkeypatch, admin) == NAMES
    asked = [(one.name, one.num_partitions, one.topic_configs["retention.ms"]) for one in admin.asked]
    assert asked == [(topic.name, topic.partitions, str(topic.retention_ms)) for topic in TOPICS]
    assert {one.name: int(one.topic_configs["max.message.bytes"]) for one in admin.asked} == {
        topic.name: MOST_LETTER_BYTES if topic is DEAD_LETTERS else MOST_MESSAGE_BYTES for topic in TOPICS
    }
    assert admin.is_closed


def test_only_what_is_missing_is_created(monkeypatch: pytest.MonkeyPatch) -> None:
    """Topics of others on the same broker are nobody's business."""
    admin = Admin({CITY_COMMANDS.name: CITY_COMMANDS.partitions, "somebody-else-s": 3})

    assert create(monkeypatch, admin) == [name for name in NAMES if name != CITY_COMMANDS.name]
    assert CITY_COMMANDS.name not in [one.name for one in admin.asked]


def test_a_complete_broker_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = Admin({topic.name: topic.partitions for topic in TOPICS})

    assert create(monkeypatch, admin) == []
    assert admin.asked == []


def test_another_process_that_was_as_quick_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = Admin({}, is_late=True)

    assert create(monkeypatch, admin) == NAMES


def test_another_count_of_partitions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the topic and both counts."""
    admin = Admin({CITY_EVENTS.name: 3})

    with pytest.raises(topics.WrongPartitions, match=f"{CITY_EVENTS.name} has 3 .* declares {CITY_EVENTS.partitions}"):
        create(monkeypatch, admin)
    assert admin.is_closed
