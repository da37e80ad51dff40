"""infra/kafka_connection.py: the settings, as kafka-python wants them."""

from typing import Any

from infra.kafka_connection import options
from models.settings import Settings

SECRET = "open sesame"
BROKERS = "one:9092,two:9093"
SASL_SSL = {
    "kafka_security": "SASL_SSL",
    "kafka_sasl_mechanism": "SCRAM-SHA-256",
    "kafka_sasl_username": "ann",
    "kafka_sasl_password": SECRET,
    "kafka_ca_file": "/certificates/ca.pem",
}
UNSET = {name: field.default for name, field in Settings.model_fields.items()}


def settings(**changes: Any) -> Settings:
    """Whatever the environment of the tests says."""
    return Settings(_env_file=None, **UNSET | {"kafka_bootstrap": BROKERS} | changes)


def test_plaintext_needs_the_brokers_only() -> None:
    found = options(settings())

    assert found == {"bootstrap_servers": ["one:9092", "two:9093"], "security_protocol": "PLAINTEXT"}


def test_a_password_that_is_not_asked_for_is_not_handed_over() -> None:
    found = options(settings(**SASL_SSL | {"kafka_security": "PLAINTEXT"}))

    assert not {name for name in found if name.startswith("sasl")}


def test_sasl_ssl_brings_the_user_the_password_and_the_authority() -> None:
    found = options(settings(**SASL_SSL))

    assert found == {
        "bootstrap_servers": ["one:9092", "two:9093"],
        "security_protocol": "SASL_SSL",
        "ssl_cafile": "/certificates/ca.pem",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "ann",
        "sasl_plain_password": SECRET,
    }


def test_ssl_brings_the_client_s_certificate_as_text() -> None:
    """kafka-python takes paths as strings."""
    files = {"kafka_certificate_file": "/certificates/me.pem", "kafka_key_file": "/certificates/me.key"}

    found = options(settings(kafka_security="SSL", **files))

    assert (found["ssl_certfile"], found["ssl_keyfile"]) == tuple(files.values())


def test_no_secret_is_in_what_the_settings_say_of_themselves() -> None:
    made = settings(**SASL_SSL)

    assert SECRET not in f"{made!r} {made} {made.model_dump_json()}"
