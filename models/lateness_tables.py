"""bookings of late orders → here → Postgres. Which stage lost which minute."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from models.columns import key_part, when


class LatenessRow(SQLModel, table=True):
    """An order that came late; the seven stages sum to `late_ms`. `lateness_sums` adds them up by whom and when."""

    __tablename__ = "lateness_ledger"
    city_id: str = key_part()
    order_id: str = key_part()
    seq: int = Field(sa_type=BigInteger)
    restaurant_id: str
    zone: str
    driver_id: str
    promised_at: datetime = when(nullable=False)
    ended_at: datetime = when(nullable=False)
    late_ms: int = Field(sa_type=BigInteger)
    promise_ms: int = Field(sa_type=BigInteger)
    prepare_ms: int = Field(sa_type=BigInteger)
    assign_ms: int = Field(sa_type=BigInteger)
    approach_ms: int = Field(sa_type=BigInteger)
    wait_ms: int = Field(sa_type=BigInteger)
    ride_ms: int = Field(sa_type=BigInteger)
    hand_over_ms: int = Field(sa_type=BigInteger)
