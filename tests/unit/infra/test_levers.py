"""A lever → in words."""

import msgspec

from infra.levers import words
from models.levers import CallDrivers, ExtendPromises, PauseKitchen, ShrinkRadius, SlowKitchen
from tests.unit.models.builders import R1


def test_every_lever_has_words() -> None:
    every = (
        PauseKitchen(R1),
        SlowKitchen(R1, 10),
        ExtendPromises(10),
        ExtendPromises(10, R1),
        ShrinkRadius(900),
        CallDrivers(2, "z"),
    )

    assert [words(one) for one in every] == [
        "pause r1", "one order of r1 in 10 min", "promise 10 min later", "promise 10 min later at r1", "doors within 900 m",
        "call 2 drivers to z",
    ]  # fmt: skip
    assert msgspec.convert(msgspec.to_builtins(every[0]), PauseKitchen) == every[0]
