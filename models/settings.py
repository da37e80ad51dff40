"""environment, .env → here → the two composition roots (worker, CLI) and the dashboard's server.

One class, prefix `TRACK_`, units in the names. Safe defaults: everything on loopback, and no password anywhere.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, PostgresDsn, RedisDsn, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where the servers are and how a worker behaves.

    An unset URL means: use the embedded server of `track up`, whose address the launcher puts in the environment.
    """

    model_config = SettingsConfigDict(
        env_prefix="TRACK_",
        env_file=".env",
        env_ignore_empty=True,  # a container is given each variable, said or not
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # a slip in an address stands beside its password
    )

    postgres_url: PostgresDsn | None = None
    redis_url: RedisDsn | None = None
    kafka_bootstrap: str | None = Field(default=None, description="host:port[,host:port…]")

    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    kafka_certificate_file: Path | None = None
    kafka_key_file: Path | None = None

    state_dir: Path = Path(".track")
    bind_host: str = "127.0.0.1"
    worker_urls: dict[str, str] = Field(
        default={},
        description="role → /healthz, as JSON: the workers that `track check` asks where `track up` started none",
    )
    dashboard_url: str | None = Field(default=None, description="the board that `track check` asks along with them")
    worker_port: int = Field(default=0, description="/healthz and /metrics of one worker; 0: no pages")
    worker_instance: str | None = Field(
        default=None, description="role.ordinal: static membership, never used twice at a time"
    )
    worker_stalled_after_seconds: float = Field(
        default=30.0, description="records wait and none was handled for so long"
    )
    dead_letter_budget: int = Field(default=100, description="unreadable or crashed in a row before a role pauses")
    partition_days_ahead: int = Field(
        default=2, ge=1, description="day partitions made ahead of each city's event time"
    )
    retain_events_days: int | None = Field(
        default=None, ge=2, description="of a city's own event time; unset: for ever"
    )
    retain_positions_days: int | None = Field(default=None, ge=1, description="likewise, for driver_positions")
    retain_closed_hours: float = Field(
        default=24.0, gt=0, description="wall time for which screens still find a closed city"
    )
    log_json: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
