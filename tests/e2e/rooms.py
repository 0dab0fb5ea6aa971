"""A service that nobody has planned anything on yet, and three rooms with real robots and a cheap picture.

`python -m tests.e2e.rooms` prints one JSON line when the robots run, and ends with SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hardware_sim.demo.programs import Picture, Programs, SimulatedRobot

SMALL = Picture(width=320, height=180, fps=5)  # three rooms and eight screens share two cores
ANY_PORT = "http://127.0.0.1:0"
ROBOTS = tuple(
    SimulatedRobot(robot, place, SMALL, f"-{robot}")
    for robot, place in (("vefsn", "Vefsn"), ("bronnoy", "Brønnøy"), ("alstahaug", "Alstahaug"))
)


@dataclass(frozen=True)
class Where:
    """How to reach everything. `administrator` is the one-time link of the first start."""

    http: str
    administrator: str
    config: str
    simulators: dict[str, str]


class Rooms:
    """The running service with its rooms."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.e2e.rooms"], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the rooms ended with code {self._process.wait()}")
        self.where = Where(**json.loads(line))

    def commands(self, *commands: Sequence[str]) -> list[str]:
        """What commands of `av1-app` print, line by line, with links to the port that the service really has."""
        words = json.dumps([[f"--config={self.where.config}", *command] for command in commands])
        program = [sys.executable, "-m", "hardware_sim.demo.commands", words]
        said = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=True).stdout
        return said.replace(ANY_PORT, self.where.http).splitlines()

    def stop(self) -> int:
        """Asks it to end; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


async def run() -> None:
    """Starts everything, says where it is, and waits."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with tempfile.TemporaryDirectory(prefix="av1-rooms-") as directory:
        programs = Programs(Path(directory), "127.0.0.1")
        try:
            app, *simulators = await asyncio.gather(
                programs.service(0, Path(directory) / "data", {}, ROBOTS),
                *(programs.simulator(robot, 0) for robot in ROBOTS),
            )
            for robot, simulator in zip(ROBOTS, simulators, strict=True):
                await programs.agent(robot, simulator, app["robots"][robot.id])
            pages = {robot.id: one["simulator"] for robot, one in zip(ROBOTS, simulators, strict=True)}
            where = Where(app["http"], app["administrator"], str(Path(directory) / "app.toml"), pages)
            sys.stdout.write(json.dumps(asdict(where)) + "\n")
            sys.stdout.flush()
            await stop.wait()
        finally:
            await programs.leave()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)  # read when the test has failed
    asyncio.run(run())
