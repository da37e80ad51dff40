"""estimates, scores → here → Postgres. What customers were told, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import key_part, when


class EtaPredictionRow(SQLModel, table=True):
    """Every estimate that was shown, the fact (`seq`) it was made at, what it stood on, and the second model's beside it."""

    __tablename__ = "eta_predictions"
    city_id: str = key_part()
    order_id: str = key_part()
    seq: int = key_part(sa_type=BigInteger)
    made_at: datetime = when(nullable=False)
    expected: datetime = when(nullable=False)
    p10: datetime = when(nullable=False)
    p50: datetime = when(nullable=False)
    p80: datetime = when(nullable=False)
    p90: datetime = when(nullable=False)
    stage: str
    band: str
    parts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    inputs: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    baseline: datetime = when(nullable=False)
    model: str


class EtaScoreRow(SQLModel, table=True):
    """What came of an order's first estimate since it was placed, ready or picked up; errors are actual − told.

    `eta_quality` sums it up by model, moment, zone, restaurant and hour.
    """

    __tablename__ = "eta_scores"
    city_id: str = key_part()
    order_id: str = key_part()
    since: str = key_part()
    seq: int = Field(sa_type=BigInteger)
    restaurant_id: str
    zone: str
    made_at: datetime = when(nullable=False)
    ended_at: datetime = when(nullable=False)
    error_ms: int = Field(sa_type=BigInteger)
    baseline_error_ms: int = Field(sa_type=BigInteger)
    width_ms: int = Field(sa_type=BigInteger)
    covered: bool
    jump_ms: int = Field(sa_type=BigInteger)
    model: str
