"""the hour that ends with each minute → here → Postgres: `kpi_hours`, beside `kpi_minutes`."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.columns import key_part, real


class KpiHourRow(SQLModel, table=True):
    """What `models/kpi_hour.py` says; `window_minutes` below 60 marks an hour that is not whole."""

    __tablename__ = "kpi_hours"
    city_id: str = key_part()
    minute: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    window_minutes: int
    delivered: int
    cancelled: int
    due: int
    kept: int
    picked_up: int
    late_food: int
    engaged_ms: int = Field(sa_type=BigInteger)
    on_duty_ms: int = Field(sa_type=BigInteger)
    oldest_unassigned_minutes: float | None = real(nullable=True)
    zones: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    click_to_door_p10_minutes: float | None = real(nullable=True)
    click_to_door_p50_minutes: float | None = real(nullable=True)
    click_to_door_p90_minutes: float | None = real(nullable=True)
    click_to_door_mean_minutes: float | None = real(nullable=True)
    overage_p10_minutes: float | None = real(nullable=True)
    overage_p50_minutes: float | None = real(nullable=True)
    overage_p90_minutes: float | None = real(nullable=True)
    overage_mean_minutes: float | None = real(nullable=True)
    ready_to_pickup_p10_minutes: float | None = real(nullable=True)
    ready_to_pickup_p50_minutes: float | None = real(nullable=True)
    ready_to_pickup_p90_minutes: float | None = real(nullable=True)
    ready_to_pickup_mean_minutes: float | None = real(nullable=True)
    ready_to_door_p10_minutes: float | None = real(nullable=True)
    ready_to_door_p50_minutes: float | None = real(nullable=True)
    ready_to_door_p90_minutes: float | None = real(nullable=True)
    ready_to_door_mean_minutes: float | None = real(nullable=True)
    avoidable_wait_p10_minutes: float | None = real(nullable=True)
    avoidable_wait_p50_minutes: float | None = real(nullable=True)
    avoidable_wait_p90_minutes: float | None = real(nullable=True)
    avoidable_wait_mean_minutes: float | None = real(nullable=True)
