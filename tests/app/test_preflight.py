"""Before a meeting: which robots are asked to look themselves over, when, and by which servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from protocol.commands import LeaderCommand
from protocol.ice import IceServer, IceSetup
from protocol.leader import LeaderAct
from protocol.preflight import Found, Preflight, RunPreflight
from protocol.state import RobotState
from remote_app.errors import BrokerOffError
from remote_app.invited import Invited, next_starts
from remote_app.preflight import ask, is_due
from tests.app.conftest import Service
from tests.app.fake_robot import FakeRobot
from tests.app.leading import leading
from tests.app.test_lobby import session as held

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
OURS = IceSetup(servers=(IceServer(urls=("turns:turn.example:443?transport=tcp",), username="u", credential="p"),))


def before(minutes: float) -> datetime:
    """So long before the meeting at noon."""
    return NOON - timedelta(minutes=minutes)


def state(found_s: float | None = None, **change: Any) -> RobotState:
    known = None if found_s is None else Preflight(found=(Found.POWER_OK,), since_s=found_s)
    return FakeRobot("vefsn", "").state().model_copy(update={"preflight": known, **change})


@pytest.mark.parametrize(
    ("minutes", "known", "due"),
    [
        (31, state(), False),
        (30, state(), True),
        (1, state(), True),  # it has come on late
        (0, state(), False),
        (20, state(found_s=9 * 60), False),  # since it was due
        (20, state(found_s=11 * 60), True),  # of before
        (20, state(session=held("session-kari")), False),
    ],
)
def test_a_robot_is_asked_once_for_each_meeting_while_nobody_is_in(
    minutes: float, known: RobotState, due: bool
) -> None:
    assert is_due(NOON, before(minutes), known) is due


def test_a_robot_serves_the_next_meeting_of_all_its_courses() -> None:
    def meeting(hours: float) -> tuple[datetime, datetime]:
        return NOON + timedelta(hours=hours), NOON + timedelta(hours=hours + 2)

    seats = [("vefsn", "a"), ("vefsn", "b"), ("bronnoy", "b"), ("alstahaug", "c")]
    meetings = {"a": [meeting(-1), meeting(48)], "b": [meeting(24)], "c": [meeting(-30)]}
    assert next_starts(seats, meetings, NOON) == {robot: meeting(24)[0] for robot in ("vefsn", "bronnoy")}


class Node:
    """Two robots, one of which has nothing to do with a meeting, and what was published."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, LeaderCommand]] = []
        self.off = False
        room = SimpleNamespace(epoch="e" * 8, state=state())
        self.context = cast(
            "Any",
            SimpleNamespace(
                switchboard=SimpleNamespace(rooms={"vefsn": room}, servers_of=lambda robot: OURS),
                invited=Invited(starts={"vefsn": NOON, "gone": NOON}),
                bridge=self,
            ),
        )

    async def publish(self, _: Any, robot: str, command: LeaderCommand) -> None:
        if self.off:
            raise BrokerOffError("nobody answers")
        self.sent.append((robot, command))


async def test_every_node_asks_under_the_same_name_and_by_the_services_own_servers() -> None:
    nodes = Node(), Node()
    for node in nodes:
        await ask(node.context, before(31))
        assert node.sent == []
        await ask(node.context, before(29))
    (robot, command), (_, other) = nodes[0].sent[0], nodes[1].sent[0]
    assert (robot, command.action) == ("vefsn", RunPreflight(ice=OURS))
    assert command == other
    nodes[0].off = True
    await ask(nodes[0].context, before(28))  # a broker that is off is tried again


async def test_a_page_does_not_say_which_servers_the_robot_tries(service: Service) -> None:
    async with FakeRobot("vefsn", service.robot_url()).running() as robot:
        leader, _ = await leading(service)
        asked = LeaderAct(id="1", robot="vefsn", session=None, action=RunPreflight(ice=OURS))
        await leader.send(asked)
        assert (await robot.next(LeaderCommand)).action == RunPreflight()
