"""a made-up day → here → a folder in the shape of a recorded one: few drivers, so that policies decide otherwise."""

from pathlib import Path

from models.ways import MINUTE_MS
from tests.real.short_day import DAY, short_day
from tests.unit.infra.test_replay import GRUBHUB

HEADS = {name: GRUBHUB[name].splitlines()[0] for name in ("restaurants.txt", "couriers.txt", "orders.txt")}


def laid_day(folder: Path, orders: int = 30, drivers: int = 4) -> Path:
    made = short_day(seed=3, orders=orders, drivers=drivers)
    rows = {
        "restaurants.txt": [(r.restaurant, r.point.x, r.point.y) for r in made.restaurants],
        "couriers.txt": [(s.driver, s.point.x, s.point.y, 0, _minute(s.until)) for s in made.shifts],
        "orders.txt": [
            (o.order, o.door.x, o.door.y, _minute(o.placed_at), o.restaurant, _minute(o.ready_at)) for o in made.orders
        ],
    }
    (folder / "instance_parameters.txt").write_text(GRUBHUB["instance_parameters.txt"])
    for name, some in rows.items():
        lines = [HEADS[name], *("\t".join(map(str, row)) for row in some)]
        (folder / name).write_text("\n".join(lines) + "\n")
    return folder


def _minute(at: int) -> int:
    return (at - DAY) // MINUTE_MS
