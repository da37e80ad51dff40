"""drivers → here → where someone is who goes from one point to another."""

from dataclasses import dataclass

from models.geo import Point
from models.ids import Instant
from models.ways import Path


@dataclass(frozen=True, slots=True)
class Way:
    """From one point to another; before he leaves a driver stands at its start, after he arrives at its end.

    `halts`: since when he stands still on the way, and for how many milliseconds; one after the other.
    """

    path: Path
    leaves: Instant
    arrives: Instant
    halts: tuple[tuple[Instant, int], ...] = ()

    @property
    def end(self) -> Point:
        return self.path.corners[-1]

    def point(self, t: Instant) -> Point:
        if t >= self.arrives:
            return self.end
        stood, stands = sum(min(max(t - at, 0), ms) for at, ms in self.halts), sum(ms for _, ms in self.halts)
        return self.path.at((t - stood - self.leaves) / max(1, self.arrives - stands - self.leaves))


def standing(point: Point, at: Instant) -> Way:
    """No way at all."""
    return Way(Path((point,)), at, at)
