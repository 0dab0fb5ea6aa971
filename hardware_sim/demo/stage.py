"""The demo with one robot: the programs in the order in which they need each other, and the links to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from hardware_sim.demo.child import READY_TIMEOUT_S, Child, ChildError
from hardware_sim.demo.programs import Programs, SimulatedRobot, check_port, free_or_any

ROBOT = SimulatedRobot("demo", "Vefsn")
SEAT = "rodoy"
PATIENT = "Kari Nordmann"
COURSE = "Mestringstreff på Helgeland"
LEADER = "Ane Leder"
TELEPHONE = "75 00 00 00"
LINK_HOURS = 12
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
    data: Path | None = None
    """Where the store is kept; None forgets everything at the end."""
    turn_urls: tuple[str, ...] = ()
    """TURN servers over which everything goes then, and nothing directly."""
    turn_secret_file: Path | None = None

    def check_ports(self) -> None:
        """Raises SettingsError for a port that is taken."""
        check_port(self.host, self.port, "--port (AV1_DEMO_PORT for make demo)")
        check_port(self.host, self.simulator_port or 0, "--simulator-port")

    def simulator_ports(self, count: int) -> list[int]:
        """A port for each simulator's page: the next ones after that of the pages where they are free, else any."""
        if self.simulator_port is None:
            return [free_or_any(self.host, self.port + number) for number in range(1, count + 1)]
        first = self.simulator_port
        return [first, *(free_or_any(self.host, first + number) for number in range(1, count))]

    def service(self) -> dict[str, Mapping[str, object]]:
        """The service's settings."""
        course = {"name": COURSE, "telephone": TELEPHONE, "waiting_room": self.waiting_room}
        if self.turn_secret_file is None:
            return {"course": course}
        secret = str(self.turn_secret_file.absolute())
        return {"course": course, "turn": {"urls": self.turn_urls, "secret_file": secret, "force_relay": True}}


class Stage:
    """All programs of the demo. `enter` starts them, `first_to_end` watches them, `leave` stops them."""

    def __init__(self, wishes: Wishes, run_directory: Path, say: Progress) -> None:
        self._wishes = wishes
        self._say = say
        self._programs = Programs(run_directory, wishes.host)
        self._opened: Ready | None = None

    async def enter(self) -> Ready:
        """Starts simulator, service with broker, and robot; returns when the robot is at the broker.

        Raises SettingsError for a taken port and ChildError for a program that does not start.
        """
        wishes, programs = self._wishes, self._programs
        wishes.check_ports()
        (port,) = wishes.simulator_ports(1)
        self._say("Drawing the course room, starting the service and its broker …")
        data = wishes.data or programs.run / "data"
        simulator, app = await asyncio.gather(
            programs.simulator(ROBOT, port), programs.service(wishes.port, data, wishes.service(), [ROBOT])
        )
        self._say("Starting the robot …")
        agent = await programs.agent(ROBOT, simulator, app["robots"][ROBOT.id], wishes.sound)
        base = app["http"]
        hours = f"--hours={LINK_HOURS}"
        line, code, lead = await programs.commands(
            ("link", f"--robot={ROBOT.id}", f"--seat={SEAT}", f"--name={PATIENT}", hours),
            ("link", "--role=leader", f"--name={LEADER}", hours),
            lines=3,
        )
        patient, digits = at(base, line, "/j/"), code.removeprefix("code ").partition(" at ")[0]
        await robot_is_there(patient, agent)
        lead = at(base, lead, "/l/")
        self._opened = Ready(patient, digits, lead, simulator["simulator"], ROBOT.id, app["broker"])
        return self._opened

    async def others(self) -> Ready:
        """There are none."""
        assert self._opened is not None
        return self._opened

    async def first_to_end(self) -> ChildError:
        """Waits until one program ends by itself; says which."""
        return await self._programs.first_to_end()

    async def leave(self) -> None:
        """Stops everything, last started first."""
        await self._programs.leave()


def at(base: str, line: str, page: str) -> str:
    """The link that a command printed, at the port that the service really has."""
    return base + line[line.index(page) :]


async def robot_is_there(link: str, agent: Child) -> None:
    """Returns when the robot of a patient's link is at the broker. Raises ChildError when it does not come."""
    question = link.replace("/j/", "/api/link/", 1)
    try:
        async with asyncio.timeout(READY_TIMEOUT_S), aiohttp.ClientSession() as http:
            while True:
                async with http.get(question) as answer:
                    if (await answer.json()).get("present"):
                        return
                if agent.has_ended:
                    raise await agent.ended()
                await asyncio.sleep(POLL_S)
    except aiohttp.ClientError as error:
        raise ChildError(f"the service does not answer any more: {error}") from error
    except TimeoutError:
        raise ChildError(f"{agent.name} did not come to the broker within {READY_TIMEOUT_S:.0f} s") from None
