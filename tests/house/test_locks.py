"""What the lock files must say beside the hashes."""

import re
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[([a-z0-9,-]+)\])?==", re.MULTILINE)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_a_package_that_is_asked_for_with_an_extra_is_locked_with_it(lock: str) -> None:
    """Else the pip of Python 3.11 takes the newest instead: the day coverage 7.17.4 came out, nothing installed any more."""
    pinned = {name: set(extras.split(",")) for name, extras in PINNED.findall((ROOT / lock).read_text())}

    assert [f"{name}[{extra}]" for name, extra in _asked(pinned) if extra not in pinned[name]] == []


def _asked(pinned: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Package and extra, for each that a locked package needs here."""
    for one in distributions():
        if one.name.lower() in pinned:
            for needed in map(Requirement, one.requires or ()):
                wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
                if wanted and needed.name.lower() in pinned:
                    yield from ((needed.name.lower(), extra.lower()) for extra in needed.extras)
