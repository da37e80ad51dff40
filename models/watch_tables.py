"""alerts, incidents → here → Postgres. What was raised, when it cleared, and what it cost."""

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
