"""What the tests of the simulated bus share."""

from collections.abc import Iterator

import pytest

from tests.sim.bus_rig import Rig, bus_rig


@pytest.fixture
def rig() -> Iterator[Rig]:
    with bus_rig() as made:
        yield made
