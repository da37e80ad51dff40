"""names of things and moments → here → every shape. Times are whole milliseconds since 1970 UTC: sums are exact."""

from typing import Annotated, NewType

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
"""Ids and names: no control characters. Postgres refuses NUL, and a terminal obeys the rest."""
CityId = NewType("CityId", Text)
OrderId = NewType("OrderId", Text)
DriverId = NewType("DriverId", Text)
RestaurantId = NewType("RestaurantId", Text)
CustomerId = NewType("CustomerId", Text)
CommandId = NewType("CommandId", Text)

FIRST_INSTANT, LAST_INSTANT = 946_684_800_000, 4_102_444_800_000
Instant = Annotated[int, msgspec.Meta(ge=FIRST_INSTANT, le=LAST_INSTANT)]
"""Milliseconds since 1970 UTC, within 2000–2100: anything else is absurd and unreadable."""
