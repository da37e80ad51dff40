"""guard → here → the cities that nobody has spoken of for five minutes: an agent forgets them until they speak again.

A city ticks at least once a minute, so only one that closed, or whose feeder is away, comes to rest. Without this a worker
kept every city it ever met, each with the ways of its street map: 20 MB.
"""

from collections import OrderedDict
from collections.abc import Iterable

from models.ids import CityId

REST_MS = 5 * 60_000


class Resting:
    """When each city was heard of last, oldest first; wall time in ms, since only memory depends on it."""

    def __init__(self) -> None:
        self._heard: OrderedDict[CityId, int] = OrderedDict()

    def after(self, spoken: Iterable[CityId], now_ms: int) -> list[CityId]:
        """Those at rest once these have spoken; each is named once, until it speaks again."""
        for city in spoken:
            self._heard[city] = now_ms
            self._heard.move_to_end(city)
        resting = []
        while self._heard and now_ms - next(iter(self._heard.values())) > REST_MS:
            resting.append(self._heard.popitem(last=False)[0])
        return resting
