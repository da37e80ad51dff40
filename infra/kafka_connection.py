"""settings → here → what kafka-python wants to know of the brokers, and a producer for what a person sends."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from models.settings import Settings
from pipelines.ports import StoreAway

if TYPE_CHECKING:  # whoever asks for options alone must not wait for it
    from kafka import KafkaProducer


def options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments of a KafkaProducer, KafkaConsumer or KafkaAdminClient."""
    password = settings.kafka_sasl_password
    found: dict[str, Any] = {
        "bootstrap_servers": (settings.kafka_bootstrap or "").split(","),
        "security_protocol": settings.kafka_security,
        "ssl_cafile": settings.kafka_ca_file,
        "ssl_certfile": settings.kafka_certificate_file,
        "ssl_keyfile": settings.kafka_key_file,
    }
    if settings.kafka_security.startswith("SASL"):
        found["sasl_mechanism"] = settings.kafka_sasl_mechanism
        found["sasl_plain_username"] = settings.kafka_sasl_username
        found["sasl_plain_password"] = password.get_secret_value() if password else None
    return {name: str(value) if "file" in name else value for name, value in found.items() if value is not None}


@contextmanager
def producer(settings: Settings, **more: Any) -> Iterator["KafkaProducer"]:
    """Each record once, acknowledged by all replicas; given up after seconds. Raises StoreAway where no broker answers."""
    from kafka import KafkaProducer
    from kafka.errors import KafkaError

    whole = {"acks": "all", "enable_idempotence": True, "max_block_ms": 10_000, "bootstrap_timeout_ms": 5_000}
    try:
        made = KafkaProducer(**options(settings), **whole, **more)
    except (KafkaError, OSError) as error:
        raise StoreAway(f"Kafka is away: {error!r}") from error
    with closing(made):
        yield made
