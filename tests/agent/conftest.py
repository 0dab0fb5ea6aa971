"""One simulated body, broker and robot for all tests of the agent; every test finds the robot free."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.agent.body import Desk, Simulator, desk_at, running_robot, running_simulator
from tests.broker import Broker, running_broker


@pytest.fixture(scope="package")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("sim")) as started:
        yield started


@pytest.fixture(scope="package")
def other_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A body for robots that a test starts or ends itself, and for whoever looks at a body without a robot."""
    with running_simulator(tmp_path_factory.mktemp("other-sim")) as started:
        yield started


@pytest.fixture(scope="package")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="package")
def robot_log() -> list[str]:
    """The lines of the robot's log, oldest first; they grow as it speaks."""
    return []


@pytest.fixture(scope="package")
def robot(
    tmp_path_factory: pytest.TempPathFactory, simulator: Simulator, shared_broker: Broker, robot_log: list[str]
) -> Iterator[subprocess.Popen[bytes]]:
    with running_robot(tmp_path_factory.mktemp("robot"), simulator, shared_broker, robot_log) as process:
        yield process


@pytest.fixture
async def desk(robot: subprocess.Popen[bytes], shared_broker: Broker) -> AsyncIterator[Desk]:
    async with desk_at(shared_broker) as ready:
        await ready.until_state(lambda state: state.session is None, "the robot to be free")
        yield ready
