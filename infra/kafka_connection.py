"""settings → here → what kafka-python wants to know of the brokers."""

from typing import Any

from models.settings import Settings


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
