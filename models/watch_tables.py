"""alerts, incidents, levers → here → Postgres. What was raised, when it cleared, what it cost, and what was done about it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import key_part, when


class AlertRow(SQLModel, table=True):
    """`worst` is in the unit of its kind's measure (`models/measures`); open while `cleared_at` is null."""

    __tablename__ = "alerts"
    city_id: str = key_part()
    alert_id: str = key_part()
    kind: str
    subject: str
    severity: str
    raised_at: datetime = when(nullable=False)
    cleared_at: datetime | None = when()
    evidence: str
    worst: int = Field(sa_type=BigInteger)


class IncidentRow(SQLModel, table=True):
    """`orders` are those at risk by it as it was last told; open while `ended_at` is null."""

    __tablename__ = "incidents"
    city_id: str = key_part()
    incident_id: str = key_part()
    cause: str
    subject: str
    since: datetime = when(nullable=False)
    orders: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    late_ms: int = Field(sa_type=BigInteger)
    worst_ms: int = Field(sa_type=BigInteger)
    quiet_since: datetime | None = when()
    ended_at: datetime | None = when()
    owner: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = when()
    snoozed_until: datetime | None = when()


class LeverRow(SQLModel, table=True):
    """What was foretold (`expected`) beside what came: `late_orders`, `late_ms`, null until the time it speaks of is over."""

    __tablename__ = "levers"
    city_id: str = key_part()
    lever_id: str = key_part()
    lever: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    since: datetime = when(nullable=False)
    until: datetime = when(nullable=False)
    incident: str | None = None
    expected: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    ended_at: datetime | None = when()
    reason: str | None = None
    refused: int = Field(sa_type=BigInteger)
    late_orders: int | None = Field(default=None, sa_type=BigInteger)
    late_ms: int | None = Field(default=None, sa_type=BigInteger)
