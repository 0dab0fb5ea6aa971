"""The keeper while something else goes on: *Privat*, a stop, a crowd of offers, a line that breaks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from protocol.signals import Answer, Declined, Ended, EndReason, Hangup, Offer, TurnedAway
from robot_agent import sessions as sessions_module
from robot_agent.command_gate import CommandGate
from robot_agent.outlets import Outlets
from robot_agent.ownership import LOST_AFTER_S, Liveness, Ownership
from robot_agent.rtc.session import MediaState, RtcSettings, SessionHandlers
from robot_agent.session_requests import WAITING_OFFERS, Due, End, Requests
from robot_agent.sessions import SessionKeeper
from tests.rtc.parts import PATIENCE_S, until


class Line:
    """A connection whose answer comes when the test says so, and whose state the test says."""

    def __init__(self, handlers: SessionHandlers) -> None:
        self.handlers = handlers
        self.may_answer = asyncio.Event()
        self.may_close = asyncio.Event()
        self.may_close.set()
        self.state: MediaState | None = None
        self.last_heard_s = self.last_beat_s = None
        self.stats = None
        self.silent = self.closed = False

    async def answer(self, sdp: str) -> str:
        await self.may_answer.wait()
        return "v=0"

    def become(self, state: MediaState) -> None:
        self.state = state
        self.handlers.on_state(state)

    def silence(self) -> None:
        self.silent = True

    async def close(self) -> None:
        self.silence()
        await self.may_close.wait()
        self.closed = True


@dataclass
class Robot:
    """A keeper with devices that only count, and everything that it said."""

    lines: list[Line] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)
    looks: list[bool] = field(default_factory=list)
    camera_is_open: bool = False

    def __post_init__(self) -> None:
        async def nothing(*_: object) -> None:
            pass

        async def camera(is_open: bool) -> None:
            self.camera_is_open = is_open

        async def signal(word: Any) -> None:
            self.said.append(word)

        video = SimpleNamespace(open=lambda: camera(True), close=lambda: camera(False), subscribe=lambda: None)
        sound = SimpleNamespace(
            open=nothing,
            close=nothing,
            subscribe_microphone=lambda: None,
            voice_input=None,
            is_open=True,
            play_chime=lambda name: None,
        )
        outlets = Outlets(
            signal=signal,
            new_connection=lambda: None,
            opened=nothing,
            closed=nothing,
            set_point=lambda point: None,
            fault=lambda fault, words: None,
            changed=lambda: self.looks.append(self.keeper.watched),
        )
        devices = cast("Any", video), cast("Any", sound)
        self.keeper = SessionKeeper("r1", Ownership(), CommandGate(), *devices, RtcSettings(), outlets)

    async def heard(self, kind: type[Any], connection: str) -> Any:
        def words() -> list[Any]:
            return [word for word in self.said if isinstance(word, kind) and word.connection == connection]

        await until(lambda: bool(words()), f"{kind.__name__} for {connection}")
        return words()[0]


@pytest.fixture
async def robot(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Robot]:
    made = Robot()

    def new_line(video: object, microphone: object, voice: object, handlers: SessionHandlers, *_: object) -> Line:
        made.lines.append(Line(handlers))
        return made.lines[-1]

    monkeypatch.setattr(sessions_module, "RtcSession", new_line)
    monkeypatch.setattr(sessions_module, "check_offer", lambda sdp: None)
    async with running(made.keeper):
        yield made


@asynccontextmanager
async def running(keeper: SessionKeeper) -> AsyncIterator[None]:
    serving = asyncio.create_task(keeper.run(), name="keeper")
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def offer(connection: str, session: str = "session-kari", **other: Any) -> Offer:
    fields: dict[str, Any] = {
        "session": session,
        "connection": connection,
        "seat": "rodoy",
        "epoch": "0123456789abcdef",
        "name": "Kari",
        "sent_ms": 1.0,
        "sdp": "v=0",
    }
    return Offer(**(fields | other))


async def let_in(robot: Robot, connection: str = "connection-1", **other: Any) -> Line:
    """Somebody sees and hears the room."""
    before = len(robot.lines)
    await robot.keeper.ask(offer(connection, **other))
    await until(lambda: len(robot.lines) > before, "the connection")
    line = robot.lines[-1]
    line.may_answer.set()
    await robot.heard(Answer, connection)
    line.become(MediaState.CONNECTED)
    return line


async def being_answered(robot: Robot, connection: str, **other: Any) -> Line:
    before = len(robot.lines)
    await robot.keeper.ask(offer(connection, **other))
    await until(lambda: len(robot.lines) > before, "the answer to begin")
    return robot.lines[-1]


@pytest.mark.parametrize(
    ("stops", "declined", "ended"),
    [(False, TurnedAway.PRIVATE, EndReason.PRIVATE), (True, TurnedAway.STOPPING, EndReason.STOPPING)],
)
async def test_private_and_stop_do_not_wait_behind_an_answer(
    robot: Robot, stops: bool, declined: TurnedAway, ended: EndReason
) -> None:
    old = await let_in(robot)
    new = await being_answered(robot, "connection-2")  # whose answer never comes by itself
    stopping = asyncio.ensure_future(robot.keeper.stop()) if stops else None
    if stops:
        await asyncio.sleep(0)
    else:
        robot.keeper.set_private(True)
    assert old.silent, "at once"
    assert (await robot.heard(Declined, "connection-2")).reason is declined
    assert (await robot.heard(Ended, "connection-1")).reason is ended
    await until(lambda: old.closed and new.closed and robot.keeper.holder is None, "all to be closed")
    assert not any(isinstance(word, Answer) and word.connection == "connection-2" for word in robot.said)
    if stopping is not None:
        await asyncio.wait_for(stopping, PATIENCE_S)
    else:
        robot.keeper.set_private(True)  # again, and nothing is left to interrupt
        robot.keeper.set_private(False)
        await let_in(robot, "connection-3")


async def test_a_visit_that_a_leader_ended_is_not_begun_again_by_an_offer_on_its_way(robot: Robot) -> None:
    line = await let_in(robot)
    await robot.keeper.end(EndReason.LEADER, "session-kari")
    assert line.closed
    await robot.keeper.ask(offer("connection-2"))  # the page had noticed a silence, and not yet heard why
    assert (await robot.heard(Ended, "connection-2")).reason is EndReason.LEADER
    assert robot.keeper.holder is None
    assert robot.lines == [line], "nothing was opened"
    await let_in(robot, "connection-3", session="session-ola", seat="traena", name="Ola")


async def test_the_camera_is_closed_before_a_page_that_is_gone_has_heard_good_bye(robot: Robot) -> None:
    line = await let_in(robot)
    await until(lambda: robot.camera_is_open, "the camera to open")
    line.may_close.clear()
    robot.keeper.set_private(True)
    await until(lambda: not robot.camera_is_open, "the camera to close")
    assert not line.closed
    line.may_close.set()
    await until(lambda: line.closed, "the connection to close")


async def test_a_keeper_that_is_cancelled_while_it_answers_closes_the_connection(robot: Robot) -> None:
    line = await being_answered(robot, "connection-1")
    serving = next(task for task in asyncio.all_tasks() if task.get_name() == "keeper")
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert line.closed


async def test_eyes_hear_of_it_at_once_when_somebody_sees(robot: Robot) -> None:
    line = await being_answered(robot, "connection-1")
    line.may_answer.set()
    await robot.heard(Answer, "connection-1")
    await being_answered(robot, "connection-2")  # the task is busy from here on
    robot.looks.clear()
    line.become(MediaState.CONNECTED)
    assert robot.looks == [True]


async def test_offers_of_a_crowd_are_declined_and_none_is_lost(robot: Robot) -> None:
    await being_answered(robot, "connection-0")
    for number in range(1, WAITING_OFFERS + 2):
        await robot.keeper.ask(offer(f"connection-{number}"))
    assert (await robot.heard(Declined, f"connection-{WAITING_OFFERS + 1}")).reason is TurnedAway.BUSY
    assert len([word for word in robot.said if isinstance(word, Declined)]) == 1
    robot.keeper.hang_up(Hangup(session="session-kari", connection=f"connection-{WAITING_OFFERS}"))
    ending = asyncio.ensure_future(robot.keeper.end(EndReason.LEFT))  # behind all of them, and there is room for it

    async def answer_all() -> None:
        while not ending.done():
            for line in robot.lines:
                line.may_answer.set()
            await asyncio.sleep(0.01)

    await asyncio.wait_for(answer_all(), PATIENCE_S)
    assert (await robot.heard(Ended, f"connection-{WAITING_OFFERS}")).reason is EndReason.LEFT
    assert robot.keeper.holder is None


async def test_the_end_of_one_session_is_not_the_end_of_whoever_came_meanwhile(robot: Robot) -> None:
    await let_in(robot)
    new = await being_answered(robot, "connection-2", session="session-ola1", name="Ola", replace=True)
    ending = asyncio.ensure_future(robot.keeper.end(EndReason.LEADER, "session-kari"))  # waits behind the answer
    await asyncio.sleep(0)
    new.may_answer.set()
    await robot.heard(Answer, "connection-2")
    await asyncio.wait_for(ending, PATIENCE_S)
    assert robot.keeper.holder is not None
    assert robot.keeper.holder.name == "Ola"
    assert not new.closed
    assert (await robot.heard(Ended, "connection-1")).reason is EndReason.REPLACED
    await robot.keeper.end(EndReason.LEADER, "session-ola1")
    assert robot.keeper.holder is None


async def test_what_time_asks_for_waits_once() -> None:
    requests, ended = Requests(), End(EndReason.LOST, "connection-1")
    for _ in range(100):
        requests.put(Due.OPEN_SOUND)
        requests.put(ended)
    requests.offer(asked := offer("connection-1"))
    requests.put(ended)  # behind the offer it is another wish
    assert [await requests.get() for _ in range(4)] == [Due.OPEN_SOUND, ended, asked, ended]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await requests.get()


async def test_a_slow_answer_does_not_cost_the_seat(robot: Robot, monkeypatch: pytest.MonkeyPatch) -> None:
    line = await being_answered(robot, "connection-1")
    clock = time.monotonic
    monkeypatch.setattr(sessions_module.time, "monotonic", lambda: clock() + LOST_AFTER_S + 1)
    line.may_answer.set()
    await robot.heard(Answer, "connection-1")
    assert robot.keeper.liveness is Liveness.ALIVE
