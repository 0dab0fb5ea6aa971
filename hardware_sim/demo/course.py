"""The demo as a small course: three municipalities with a robot and a leader each, and the people who are invited."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from hardware_sim.demo.child import Child, ChildError
from hardware_sim.demo.office import Invited, Office
from hardware_sim.demo.programs import CHEAP, Programs, SimulatedRobot
from hardware_sim.demo.stage import COURSE, LINK_HOURS, TELEPHONE, Progress, Wishes, at, robot_is_there

COORDINATOR: Final = "Tora Koordinator"
LOGIN: Final = "koordinator"
NURSE: Final = "Siv Sykepleier"


@dataclass(frozen=True, slots=True)
class Municipality:
    """A site with its robot and leader, and who takes part through that robot."""

    robot: SimulatedRobot
    house: str
    leader: str
    seat: str
    patient: str

    @property
    def site(self) -> str:
        """The site's id, which is the robot's too."""
        return self.robot.id


MUNICIPALITIES: Final = (
    Municipality(SimulatedRobot("vefsn", "Vefsn"), "Frisklivssentralen", "Ane Leder", "rodoy", "Kari Nordmann"),
    Municipality(
        SimulatedRobot("bronnoy", "Brønnøy", CHEAP, "-bronnoy"), "Biblioteket", "Bjørn Leder", "vega", "Ola Hansen"
    ),
    Municipality(
        SimulatedRobot("alstahaug", "Alstahaug", CHEAP, "-alstahaug"), "Rådhuset", "Siri Leder", "trana", "Inga Moe"
    ),
)
SITES: Final = tuple(one.site for one in MUNICIPALITIES)


@dataclass(frozen=True, slots=True)
class RoomLinks:
    """The links of one municipality; `simulator` is empty until its room is drawn."""

    place: str
    name: str
    patient: str
    digits: str
    leader_name: str
    leader: str
    simulator: str


@dataclass(frozen=True, slots=True)
class CourseReady:
    """Where everything is. The first six are those of a demo with one robot (`stage.Ready`)."""

    patient: str
    digits: str
    leader: str
    simulator: str
    robot_id: str
    broker: str
    coordinator: str
    login: str
    password: str
    nurse: str
    nurse_digits: str
    rooms: tuple[RoomLinks, ...]


class CourseStage:
    """All programs of the demo. `enter` opens the course and the first room, `others` the other rooms.

    Both raise SettingsError for a taken port and ChildError for a program that does not start.
    """

    def __init__(self, wishes: Wishes, run_directory: Path, say: Progress) -> None:
        self._wishes = wishes
        self._say = say
        self._programs = Programs(run_directory, wishes.host)
        self._ports: list[int] = []
        self._brokers: dict[str, str] = {}
        self._opened: CourseReady | None = None

    async def enter(self) -> CourseReady:
        """Returns when the course is planned and the first robot at the broker."""
        wishes, programs, first = self._wishes, self._programs, MUNICIPALITIES[0]
        wishes.check_ports()
        self._ports = wishes.simulator_ports(len(MUNICIPALITIES))
        data = wishes.data or programs.run / "data"
        self._say("Drawing the first course room, starting the service and its broker …")
        robots = [one.robot for one in MUNICIPALITIES]
        simulator, app = await asyncio.gather(
            programs.simulator(first.robot, self._ports[0]),
            programs.service(wishes.port, data, wishes.service(), robots),
        )
        self._brokers = app["robots"]
        self._say("Starting the first robot, planning the course …")
        agent = await self._agent(first, simulator)
        async with Office(app["http"], data) as office:
            people, leaders = await self._plan(office, app["administrator"])
        self._opened = opened = _ready(app, office.password, people, leaders, simulator["simulator"])
        await robot_is_there(opened.patient, agent)
        return opened

    async def others(self) -> CourseReady:
        """Returns when the other robots are at the broker too."""
        opened, others = self._opened, MUNICIPALITIES[1:]
        assert opened is not None
        self._say(f"Drawing {len(others)} more rooms for the robots in {' and '.join(o.robot.place for o in others)} …")
        pages = await asyncio.gather(
            *(
                self._other(one, port, room.patient)
                for one, port, room in zip(others, self._ports[1:], opened.rooms[1:], strict=True)
            )
        )
        drawn = [replace(room, simulator=page) for room, page in zip(opened.rooms[1:], pages, strict=True)]
        return replace(opened, rooms=(opened.rooms[0], *drawn))

    async def first_to_end(self) -> ChildError:
        """Waits until one program ends by itself; says which."""
        return await self._programs.first_to_end()

    async def leave(self) -> None:
        """Stops everything, last started first."""
        await self._programs.leave()

    async def _other(self, one: Municipality, port: int, patient: str) -> str:
        """The page of its simulator, once the robot is at the broker."""
        simulator = await self._programs.simulator(one.robot, port)
        await robot_is_there(patient, await self._agent(one, simulator))
        return str(simulator["simulator"])

    async def _agent(self, one: Municipality, simulator: Mapping[str, Any]) -> Child:
        return await self._programs.agent(one.robot, simulator, self._brokers[one.robot.id])

    async def _plan(self, office: Office, administrator: str) -> tuple[dict[str, Invited], list[str]]:
        """The invitations by name, and the leaders' lines. What an earlier start has left is used again."""
        is_new = await office.open(administrator)
        for one in MUNICIPALITIES:
            await office.site(one.site, one.house, one.robot.place)
            await office.robot(one.robot.id, one.site, one.robot.place)
        if is_new:
            await office.form()
        if await office.meets_now():
            people = await office.invited()
        else:
            people = await self._new_course(office)
        links = [
            ("link", "--role=leader", f"--robot={one.robot.id}", f"--name={one.leader}", f"--hours={LINK_HOURS}")
            for one in MUNICIPALITIES
        ]
        if not is_new:
            return people, await self._programs.commands(*links, lines=len(links))
        staff = [("staff", "add", "--role=coordinator", f"--name={COORDINATOR}")] + [
            ("staff", "add", "--role=leader", f"--name={one.leader}", f"--site={one.site}") for one in MUNICIPALITIES
        ]
        said = await self._programs.commands(*links, *staff, lines=len(links) + 2 * len(staff))
        once = said[len(links) + 1 :: 2]  # after each id
        await office.account(once[0], COORDINATOR, LOGIN)
        for one, link in zip(MUNICIPALITIES, once[1:], strict=True):
            await office.account(link, one.leader, one.site)
        return people, said[: len(links)]

    async def _new_course(self, office: Office) -> dict[str, Invited]:
        await office.plan(COURSE, TELEPHONE, SITES, waiting_room=self._wishes.waiting_room)
        people = {}
        for one in MUNICIPALITIES:
            seat = await office.seat(one.seat, one.robot.id)
            people[one.patient] = await office.invite(one.patient, "patient", seat)
            if one is MUNICIPALITIES[0]:
                people[NURSE] = await office.invite(NURSE, "nurse", seat)
        return people


def _ready(
    app: Mapping[str, Any], password: str, people: Mapping[str, Invited], leaders: Sequence[str], simulator: str
) -> CourseReady:
    """What there is to open when the first robot runs."""
    base = app["http"]
    rooms = tuple(
        RoomLinks(
            place=one.robot.place,
            name=one.patient,
            patient=people[one.patient].link,
            digits=people[one.patient].digits,
            leader_name=one.leader,
            leader=at(base, line, "/l/"),
            simulator=simulator if one is MUNICIPALITIES[0] else "",
        )
        for one, line in zip(MUNICIPALITIES, leaders, strict=True)
    )
    first = rooms[0]
    return CourseReady(
        patient=first.patient,
        digits=first.digits,
        leader=first.leader,
        simulator=simulator,
        robot_id=MUNICIPALITIES[0].robot.id,
        broker=app["broker"],
        coordinator=f"{base}/courses",
        login=LOGIN,
        password=password,
        nurse=people[NURSE].link,
        nurse_digits=people[NURSE].digits,
        rooms=rooms,
    )
