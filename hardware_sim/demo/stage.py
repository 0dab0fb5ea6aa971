"""The demo's processes in the order in which they need each other, and the files that tell them so."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import json
import logging
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from hardware_sim.demo.child import READY_TIMEOUT_S, Child, ChildError
from protocol.errors import SettingsError

log = logging.getLogger(__name__)

ROBOT = "demo"
SEAT = "rodoy"
PATIENT = "Kari Nordmann"
PLACE = "Vefsn"
COURSE = "Mestringstreff på Helgeland"
LEADER = "Ane Leder"
TELEPHONE = "75 00 00 00"
LINK_HOURS = 12
PLACES = (  # as a leader has saved them: what the simulated room has there
    {"name": "Foreleseren", "pan_deg": 14.0, "tilt_deg": 2.0},
    {"name": "Tavla", "pan_deg": -12.0, "tilt_deg": 4.0},
    {"name": "Gruppa", "pan_deg": 48.0, "tilt_deg": -6.0},
)
POLL_S = 0.1

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ready:
    """Where everything is once it runs."""

    patient: str
    digits: str
    """What opens the patient's page from the service's start page, such as "314 159"."""
    leader: str
    simulator: str
    robot_id: str
    broker: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person who starts the demo may choose."""

    host: str
    port: int
    simulator_port: int | None = None
    waiting_room: bool = False
    """Whether the patient waits until the leader lets them in."""
    sound: str = ""
    """The device of the robot's sound, instead of the simulated room's."""


class Stage:
    """All processes of the demo. `enter` starts them, `first_to_end` watches them, `leave` stops them."""

    def __init__(self, wishes: Wishes, run_directory: Path, say: Progress) -> None:
        self._wishes = wishes
        self._run = run_directory
        self._say = say
        self._stack = AsyncExitStack()
        self._children: list[Child] = []

    async def enter(self) -> Ready:
        """Starts simulator, service with broker, and robot; returns when the robot is at the broker.

        Raises SettingsError for a taken port and ChildError for a process that does not start.
        """
        _check_port(self._wishes.host, self._wishes.port, "--port (AV1_DEMO_PORT for make demo)")
        _check_port(self._wishes.host, self._wishes.simulator_port or 0, "--simulator-port")
        self._say("Drawing the course room …")
        simulator = await self._start_simulator()
        self._say("Starting the service and its broker …")
        app = await self._start_app()
        self._say("Starting the robot …")
        await self._start_robot(simulator, app["robots"][ROBOT])
        base = app["http"]
        line, code = await self._link(f"--robot={ROBOT}", f"--seat={SEAT}", f"--name={PATIENT}", lines=2)
        patient, digits = base + line[line.index("/j/") :], code.removeprefix("code ").partition(" at ")[0]
        (line,) = await self._link("--role=leader", f"--name={LEADER}", lines=1)
        leader = base + line[line.index("/l/") :]
        await self._robot_is_there(patient)
        return Ready(patient, digits, leader, simulator["simulator"], ROBOT, app["broker"])

    async def first_to_end(self) -> ChildError:
        """Waits until one process ends by itself; says which."""
        waits = [asyncio.create_task(child.ended(), name=f"{child.name}-watch") for child in self._children]
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def leave(self) -> None:
        """Stops everything, last started first."""
        await self._stack.aclose()

    async def _start(self, name: str, *args: str) -> Child:
        child = Child(name, args, lambda who, line: log.info("[%s] %s", who, line))
        self._stack.push_async_callback(child.stop)
        await child.start()
        self._children.append(child)
        return child

    async def _start_simulator(self) -> dict[str, Any]:
        port = self._wishes.simulator_port
        if port is None:
            port = _free_or_any(self._wishes.host, self._wishes.port + 1)
        child = await self._start(
            "simulator",
            "hardware_sim.cli",
            f"--host={self._wishes.host}",
            f"--port={port}",
            f"--serial-link={self._run / 'bus'}",
            f"--sound-socket={self._run / 'sound'}",
            "--json",
        )
        return await child.ready_line()

    async def _start_app(self) -> dict[str, Any]:
        self._write(
            "app.toml",
            {
                "http": {"host": self._wishes.host, "port": self._wishes.port},
                "data": {"directory": str(self._run / "data")},
                "course": {"name": COURSE, "telephone": TELEPHONE, "waiting_room": self._wishes.waiting_room},
            },
            f'\n[[robots]]\nid = "{ROBOT}"\nplace = "{PLACE}"\n',
        )
        child = await self._start("service", "remote_app.cli", f"--config={self._run / 'app.toml'}", "--json")
        return await child.ready_line()

    async def _start_robot(self, simulator: dict[str, Any], broker: str) -> None:
        directory = self._run / "robot-data"
        directory.mkdir()
        (directory / "places.json").write_text(json.dumps({"places": PLACES}), encoding="utf-8")
        self._write(
            "robot.toml",
            {
                "robot": {"id": ROBOT},
                "mqtt": {"url": broker},
                "data": {"directory": str(directory)},
                "serial": {"port": str(self._run / "bus")},
                "camera": {"source": simulator["camera"], "still_source": simulator["still"]},
                "sound": {"device": self._wishes.sound or f"socket:{self._run / 'sound'}"},
                "rtc": {"host_addresses": [self._wishes.host] if _is_one_address(self._wishes.host) else []},
            },
        )
        await self._start("robot", "robot_agent.cli", f"--config={self._run / 'robot.toml'}")

    async def _link(self, *options: str, lines: int) -> list[str]:
        """What the command prints for one new link."""
        child = await self._start(
            "link",
            "remote_app.cli",
            "link",
            f"--config={self._run / 'app.toml'}",
            f"--hours={LINK_HOURS}",
            *options,
        )
        self._children.remove(child)
        return [await child.text_line() for _ in range(lines)]

    async def _robot_is_there(self, link: str) -> None:
        question = link.replace("/j/", "/api/link/", 1)
        try:
            async with asyncio.timeout(READY_TIMEOUT_S), aiohttp.ClientSession() as http:
                while True:
                    async with http.get(question) as answer:
                        if (await answer.json()).get("present"):
                            return
                    robot = self._children[-1]
                    if robot.has_ended:
                        raise await robot.ended()
                    await asyncio.sleep(POLL_S)
        except aiohttp.ClientError as error:
            raise ChildError(f"the service does not answer any more: {error}") from error
        except TimeoutError:
            raise ChildError(f"the robot did not come to the broker within {READY_TIMEOUT_S:.0f} s") from None

    def _write(self, name: str, tables: dict[str, dict[str, object]], more: str = "") -> None:
        lines: list[str] = []
        for table, values in tables.items():
            lines.append(f"[{table}]")
            lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
        file = self._run / name
        file.touch(mode=0o600)
        file.write_text("\n".join(lines) + "\n" + more, encoding="utf-8")


def _check_port(host: str, port: int, option: str) -> None:
    if port and not _is_free(host, port):
        raise SettingsError(f"port {port} is taken; choose another with {option}")


def _free_or_any(host: str, port: int) -> int:
    return port if port <= 65535 and port > 1 and _is_free(host, port) else 0


def _is_free(host: str, port: int) -> bool:
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
