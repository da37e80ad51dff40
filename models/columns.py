"""columns of a table → here → the few kinds of them that all tables are made of."""

from typing import Any

from sqlalchemy import Column, DateTime, Float
from sqlmodel import Field


def key_part(**more: Any) -> Any:
    """A part of the primary key."""
    return Field(primary_key=True, **more)


def when(nullable: bool = True, **more: Any) -> Any:
    """An instant, in UTC."""
    return Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=nullable, **more))


def real(nullable: bool = False) -> Any:
    """A float of 8 bytes, as Python has them."""
    return Field(default=None, sa_column=Column(Float(53), nullable=nullable))
