"""what the guard decides → here → Postgres: letters, who replayed them, and the budgets that pause a role."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, LargeBinary, func
from sqlmodel import Field, SQLModel

from models.columns import key_part, when


class DeadLetterRow(SQLModel, table=True):
    """A record nobody could act on, whole. `headers` is a JSON object of base64 values; null: before they were kept."""

    __tablename__ = "dead_letters"
    topic: str = key_part()
    partition: int = key_part()
    offset: int = key_part(sa_type=BigInteger)
    key: str
    value: bytes | None = Field(sa_column=Column(LargeBinary))
    kind: str
    reason: str
    role: str
    received_at: datetime = when(nullable=False, server_default=func.now())
    agent: str
    headers: bytes | None = Field(sa_column=Column(LargeBinary))
    raw_key: bytes | None = Field(sa_column=Column(LargeBinary))
    produced_at: datetime | None = when()


class DeadLetterReplayRow(SQLModel, table=True):
    """Who put a dead letter back onto its topic, and the offset it stands at there (`replayed_as`)."""

    __tablename__ = "dead_letter_replays"
    topic: str = key_part()
    partition: int = key_part()
    offset: int = key_part(sa_type=BigInteger)
    replayed_as: int = key_part(sa_type=BigInteger)
    replayed_by: str
    replayed_at: datetime = when(nullable=False, server_default=func.now())


class RoleBudgetRow(SQLModel, table=True):
    """Dead letters in a row of one agent, how many it may have, and why its role is paused (None: it runs)."""

    __tablename__ = "role_budgets"
    role: str = key_part()
    agent: str = key_part()
    run: int
    allowance: int
    paused_because: str | None
    changed_at: datetime = when(nullable=False, server_default=func.now())
