"""The programs that a demo is made of, each with the settings file that tells it its part."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import json
import logging
import socket
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hardware_sim.demo.child import Child, ChildError
from protocol.errors import SettingsError

log = logging.getLogger(__name__)

PLACES: Final = (  # as a leader has saved them: what the simulated room has there
    {"name": "Foreleseren", "pan_deg": 14.0, "tilt_deg": 2.0},
    {"name": "Tavla", "pan_deg": -12.0, "tilt_deg": 4.0},
    {"name": "Gruppa", "pan_deg": 48.0, "tilt_deg": -6.0},
)


@dataclass(frozen=True, slots=True)
class Picture:
    """The size and rate of a simulated camera."""

    width: int = 1280
    height: int = 720
    fps: int = 30


FULL: Final = Picture()
CHEAP: Final = Picture(width=640, height=360, fps=10)  # a quarter of the full one's processor time, while it is watched


@dataclass(frozen=True, slots=True)
class SimulatedRobot:
    """One body and its agent. `mark` sets its files apart from those of others."""

    id: str
    place: str
    picture: Picture = FULL
    mark: str = ""


class Programs:
    """Starts programs, watches them, and stops them, the last started first. Files are in `run`."""

    def __init__(self, run: Path, host: str) -> None:
        self.run = run
        self._host = host
        self._stack = AsyncExitStack()
        self._children: list[Child] = []

    async def first_to_end(self) -> ChildError:
        """Waits until one program ends by itself; says which."""
        waits = [asyncio.create_task(child.ended(), name=f"{child.name}-watch") for child in self._children]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def leave(self) -> None:
        """Stops everything."""
        await self._stack.aclose()

    async def simulator(self, robot: SimulatedRobot, port: int) -> dict[str, Any]:
        """Starts a body in its room; where everything of it is. Raises ChildError."""
        picture = robot.picture
        camera = {"width": picture.width, "height": picture.height, "fps": picture.fps}
        child = await self._start(
            f"simulator{robot.mark}",
            "hardware_sim.cli",
            f"--config={self._write(f'sim{robot.mark}.toml', {'camera': camera})}",
            f"--host={self._host}",
            f"--port={port}",
            f"--serial-link={self.run / f'bus{robot.mark}'}",
            f"--sound-socket={self.run / f'sound{robot.mark}'}",
            "--json",
        )
        return await child.ready_line()

    async def service(
        self, port: int, data: Path, more: Mapping[str, Mapping[str, object]], robots: Sequence[SimulatedRobot]
    ) -> dict[str, Any]:
        """Starts the web service with its broker, `more` in its settings; what it says of itself. Raises ChildError."""
        tables = "".join(f'\n[[robots]]\nid = "{robot.id}"\nplace = "{robot.place}"\n' for robot in robots)
        settings: dict[str, Mapping[str, object]] = {
            "http": {"host": self._host, "port": port},
            "data": {"directory": str(data)},
            **more,
        }
        config = self._write("app.toml", settings, tables)
        child = await self._start("service", "remote_app.cli", f"--config={config}", "--json")
        return await child.ready_line()

    async def agent(self, robot: SimulatedRobot, simulator: Mapping[str, Any], broker: str, sound: str = "") -> Child:
        """Starts the agent of a body; it comes to the broker by itself. `sound` stands in for the room's."""
        directory = self.run / f"robot-data{robot.mark}"
        directory.mkdir()
        (directory / "places.json").write_text(json.dumps({"places": PLACES}), encoding="utf-8")
        picture = robot.picture
        config = self._write(
            f"robot{robot.mark}.toml",
            {
                "robot": {"id": robot.id},
                "mqtt": {"url": broker},
                "data": {"directory": str(directory)},
                "serial": {"port": str(self.run / f"bus{robot.mark}")},
                "camera": {
                    "source": simulator["camera"],
                    "still_source": simulator["still"],
                    "width": picture.width,
                    "height": picture.height,
                    "fps": float(picture.fps),
                },
                "sound": {"device": sound or f"socket:{self.run / f'sound{robot.mark}'}"},
                "rtc": {"host_addresses": [self._host] if _is_one_address(self._host) else []},
            },
        )
        return await self._start(f"robot{robot.mark}", "robot_agent.cli", f"--config={config}")

    async def commands(self, *commands: Sequence[str], lines: int) -> list[str]:
        """What commands of `av1-app` print, one after the other in one process. Raises ChildError."""
        config = f"--config={self.run / 'app.toml'}"
        words = json.dumps([[config, *command] for command in commands])
        child = await self._start("av1-app", "hardware_sim.demo.commands", words)
        self._children.remove(child)
        return [await child.text_line() for _ in range(lines)]

    async def _start(self, name: str, *args: str) -> Child:
        child = Child(name, args, lambda who, line: log.info("[%s] %s", who, line))
        self._stack.push_async_callback(child.stop)
        await child.start()
        self._children.append(child)
        return child

    def _write(self, name: str, tables: Mapping[str, Mapping[str, object]], more: str = "") -> Path:
        lines: list[str] = []
        for table, values in tables.items():
            lines.append(f"[{table}]")
            lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
        file = self.run / name
        file.touch(mode=0o600)
        file.write_text("\n".join(lines) + "\n" + more, encoding="utf-8")
        return file


def check_port(host: str, port: int, option: str) -> None:
    """Raises SettingsError for a port that is taken, or an address that is not this machine's."""
    if port and not is_free(host, port):
        raise SettingsError(f"port {port} is taken; choose another with {option}")


def free_or_any(host: str, port: int) -> int:
    """The port, or 0 where it cannot be had."""
    return port if port <= 65535 and port > 1 and is_free(host, port) else 0


def is_free(host: str, port: int) -> bool:
    """Whether a program can listen there. Raises SettingsError for an address that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise SettingsError(f"--host {host}: this machine cannot listen there ({error.strerror})") from error
            return False
    return True


def _is_one_address(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
