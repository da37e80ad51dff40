"""models/topics → here → the broker. Every topic exists before anything starts; auto-create is off."""

from typing import Any

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

from models.errors import TrackError
from models.topics import TOPICS, Topic


class WrongPartitions(TrackError):
    """A topic that exists with another partition count: cities would move between partitions and lose their order."""


def create(kafka: dict[str, Any]) -> list[str]:
    """Create the topics that are missing; their names. Raises WrongPartitions for one that does not fit."""
    admin = KafkaAdminClient(**kafka)
    try:
        there = set(admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in there]
        _create(admin, missing)
        _compare(admin, [topic for topic in TOPICS if topic.name in there])
        return [topic.name for topic in missing]
    finally:
        admin.close()


def _create(admin: Any, missing: list[Topic]) -> None:
    wanted = [NewTopic(t.name, t.partitions, 1, topic_configs=_configs(t)) for t in missing]
    try:
        if wanted:
            admin.create_topics(wanted)
    except TopicAlreadyExistsError:
        """Another process was as quick: that is what was wanted."""


def _configs(topic: Topic) -> dict[str, str]:
    return {"retention.ms": str(topic.retention_ms), "max.message.bytes": str(topic.most_bytes)}


def _compare(admin: Any, there: list[Topic]) -> None:
    if not there:
        return
    for found in admin.describe_topics([topic.name for topic in there]):
        topic = next(t for t in there if t.name == found["name"])
        if (count := len(found["partitions"])) != topic.partitions:
            raise WrongPartitions(f"{topic.name} has {count} partitions, this release declares {topic.partitions}")
