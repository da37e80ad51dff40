"""A driver's ping, hop by hop, through one process: the first walk of docs/ARCHITECTURE.md."""

import msgspec

from models import codec
from models.codec import HEADERS
from models.commands import Frame, PositionFrame
from models.events import Position, Ticked
from models.rows import POSITION_SLOT_MS
from models.topics import DRIVER_PINGS, DRIVER_POSITIONS
from models.views import Key
from tests.agents.little_day import LittleDay


def test_a_ping_becomes_a_position_a_row_a_view_and_part_of_a_tick(little_day: LittleDay) -> None:
    frames = [codec.decode(DRIVER_PINGS.name, raw, HEADERS).message for raw in little_day.pings]
    pings = [ping for frame in frames if isinstance(frame, Frame) for ping in frame.pings]
    told = [codec.decode(DRIVER_POSITIONS.name, raw, HEADERS).message for raw in little_day.positions]
    accepted = {(p.driver, p.at): p for frame in told if isinstance(frame, PositionFrame) for p in frame.positions}
    ping = pings[0]

    assert accepted[ping.driver, ping.at].point == ping.point

    rows = little_day.pipeline.log.tables["driver_positions"]

    assert (little_day.city, ping.driver, ping.at - ping.at % POSITION_SLOT_MS) in rows

    ticks = [fact.body for fact in little_day.log if isinstance(fact.body, Ticked)]
    first = next(tick for tick in ticks if tick.t >= ping.at)

    assert (ping.driver, ping.at) in {(p.driver, p.at) for p in first.positions}

    shown = little_day.pipeline.live.hashes[little_day.city, Key.POSITIONS][ping.driver]
    newest = max(at for driver, at in accepted if driver == ping.driver)

    assert msgspec.json.decode(shown, type=Position).at == newest
