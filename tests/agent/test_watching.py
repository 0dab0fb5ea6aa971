"""Who may watch, and that a watcher who may no longer sees nothing from that moment on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.meeting import MeetingMode
from protocol.watching import Choices, WatchAnswer, WatchEnded, WatchHangup, WatchOffer, WatchOver
from robot_agent import watchers as watchers_module
from robot_agent.devices import Devices
from robot_agent.media.opus_room import RoomEncoders
from robot_agent.rtc.session import MediaState, RtcSettings
from robot_agent.watchers import Watchers, WatchOutlets
from robot_agent.watching import RoomNow, passes_on, why_not
from tests.agent.test_sessions import Line
from tests.rtc.parts import until

EPOCH = "0123456789abcdef"
KARI = RoomNow("session-kari", "rodoy", Choices(relatives_watch=True))
ROLES = ("relative", "leader", "companion", "screen")


def wish(connection: str = "connection-1", **other: Any) -> WatchOffer:
    fields = {
        "connection": connection,
        "role": "relative",
        "name": "Per",
        "seat": "rodoy",
        "epoch": EPOCH,
        "sdp": "v=0",
    }
    return WatchOffer.model_validate(fields | other)


@given(
    role=st.sampled_from(ROLES),
    seat=st.sampled_from(["rodoy", "lovund", None]),
    session=st.sampled_from(["session-kari", "session-ola1", None]),
    held=st.booleans(),
    allowed=st.booleans(),
    private=st.booleans(),
    stopping=st.booleans(),
)
def test_who_may_watch(
    role: str, seat: str | None, session: str | None, held: bool, allowed: bool, private: bool, stopping: bool
) -> None:
    whose = ("session-kari", "rodoy") if held else (None, None)
    now = RoomNow(*whose, choices=Choices(relatives_watch=allowed), private=private, stopping=stopping)
    why = why_not(wish(role=role, seat=seat, session=session), now)
    if why is None:
        assert not private
        assert not stopping
        assert held or role == "leader", "a room that nobody is in is for whoever sets the robot up"
        assert role != "relative" or (allowed and seat == "rodoy"), "the person's own relatives, by their word"
        assert role != "companion" or seat == "rodoy", "another tablet of that seat, the nurse's own link too"
    if role == "leader" and not private and not stopping:
        assert why is None
    if private and not stopping:
        assert why is WatchOver.PRIVATE, "whoever asks for what"


LETTERS = {"R": "relative", "L": "leader", "C": "companion", "S": "screen"}


@pytest.mark.parametrize(
    ("mode", "seeing"),
    [
        (MeetingMode.PLENARY, "R L C S"),
        (MeetingMode.GROUP, "R L C"),
        (MeetingMode.ONE_TO_ONE, "C"),
        (MeetingMode.BREAK, "R L C S"),  # which is private besides
    ],
)
@pytest.mark.parametrize("letter", LETTERS)
def test_whom_the_way_of_taking_part_keeps_out(mode: MeetingMode, seeing: str, letter: str) -> None:
    now = RoomNow("session-kari", "rodoy", Choices(relatives_watch=True), mode=mode)
    why = why_not(wish(role=LETTERS[letter], seat="rodoy", session="session-kari"), now)
    assert why == (None if letter in seeing else WatchOver.BY_ITSELF)


@given(
    heard=st.booleans(),
    floor=st.booleans(),
    whisper=st.booleans(),
    private=st.booleans(),
    stopping=st.booleans(),
    held=st.booleans(),
    mode=st.sampled_from(MeetingMode),
)
def test_the_voice_goes_elsewhere_only_when_everything_says_so(
    heard: bool, floor: bool, whisper: bool, private: bool, stopping: bool, held: bool, mode: MeetingMode
) -> None:
    now = RoomNow("session-kari" if held else None, "rodoy", Choices(heard_elsewhere=heard), private, mode, stopping)
    wanted = heard and floor and held and not whisper and not private and not stopping and mode is MeetingMode.PLENARY
    assert passes_on(now, floor, whisper) == wanted


@dataclass
class Robot:
    """Watchers with connections whose state the test says, and devices that only say who holds them."""

    most: int = 2
    now: RoomNow = KARI
    lines: list[Line] = field(default_factory=list)
    said: list[Any] = field(default_factory=list)
    alone: list[bool] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        async def signal(word: Any) -> None:
            self.said.append(word)

        async def note(what: str) -> None:
            self.opened.append(what)

        video = SimpleNamespace(
            open=lambda: note("open"),
            close=lambda: note("close"),
            subscribe=lambda guest: None,
            stats=lambda: SimpleNamespace(bitrate_bps=0),
        )

        async def nothing() -> None:
            pass

        sound = SimpleNamespace(open=nothing, close=nothing, subscribe_microphone=lambda: None, is_open=True)
        self.watchers = Watchers(
            "r1",
            cast("Any", video),
            cast("Any", sound),
            Devices(cast("Any", video), cast("Any", sound), lambda fault, words: None),
            RoomEncoders(),
            RtcSettings(),
            (),
            self.most,
            lambda: self.now,
            WatchOutlets(signal, self.alone.append, lambda: None),
        )

    async def word(self, kind: type[Any], connection: str) -> Any:
        def words() -> list[Any]:
            return [one for one in self.said if isinstance(one, kind) and one.connection == connection]

        await until(lambda: bool(words()), f"{kind.__name__} for {connection}")
        return words()[-1]

    async def becomes(self, now: RoomNow) -> None:
        self.now = now
        self.watchers.review()

    async def let_in(self, connection: str = "connection-1", **other: Any) -> Line:
        before = len(self.lines)
        await self.watchers.ask(wish(connection, **other), EPOCH)
        await until(lambda: len(self.lines) > before, "the connection")
        line = self.lines[-1]
        line.may_answer.set()
        await self.word(WatchAnswer, connection)
        line.become(MediaState.CONNECTED)
        return line


@pytest.fixture
async def robot(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Robot]:
    made = Robot()

    def new_line(video: object, microphone: object, voice: object, handlers: Any, *_: object) -> Line:
        made.lines.append(Line(handlers))
        return made.lines[-1]

    monkeypatch.setattr(watchers_module, "RtcSession", new_line)
    serving = asyncio.create_task(made.watchers.run(), name="watchers")
    try:
        yield made
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_a_relative_is_named_to_everybody_and_the_last_one_closes_the_devices(robot: Robot) -> None:
    line = await robot.let_in()
    (told,) = robot.watchers.told
    assert (told.role, told.name, told.connection, told.seeing) == ("relative", "Per", "connection-1", True)
    assert robot.watchers.seeing
    robot.watchers.hang_up(WatchHangup(connection="connection-1"))
    assert line.silent, "at once"
    assert (await robot.word(WatchEnded, "connection-1")).reason is WatchOver.LEFT
    await until(lambda: line.closed and robot.opened == ["open", "close"], "the devices to be closed")
    assert robot.watchers.told == ()
    assert robot.alone == [True, False]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (replace(KARI, choices=Choices()), WatchOver.NOT_ALLOWED),
        (replace(KARI, private=True), WatchOver.PRIVATE),
        (RoomNow(), WatchOver.NOBODY_IN),
        (RoomNow("session-ola1", "lovund", Choices(relatives_watch=True)), WatchOver.NOBODY_IN),
        (replace(KARI, stopping=True), WatchOver.STOPPING),
    ],
)
async def test_who_may_no_longer_watch_sees_nothing_from_that_moment(
    robot: Robot, change: RoomNow, why: WatchOver
) -> None:
    line = await robot.let_in()
    await robot.becomes(change)
    assert line.silent
    assert not robot.watchers.seeing
    assert robot.watchers.told == ()
    assert (await robot.word(WatchEnded, "connection-1")).reason is why
    await until(lambda: line.closed, "the connection to be closed")
    await robot.watchers.ask(wish("connection-2"), EPOCH)
    assert (await robot.word(WatchEnded, "connection-2")).reason is why


async def test_private_does_not_wait_for_an_answer_that_is_being_made(robot: Robot) -> None:
    await robot.watchers.ask(wish(), EPOCH)
    await until(lambda: bool(robot.lines), "the connection")
    assert robot.watchers.connecting
    await robot.becomes(replace(KARI, private=True))
    assert (await robot.word(WatchEnded, "connection-1")).reason is WatchOver.PRIVATE
    await until(lambda: robot.lines[0].closed and robot.opened[-1] == "close", "all to be closed")
    assert not any(isinstance(word, WatchAnswer) for word in robot.said)


async def test_no_more_than_so_many_watch_and_nobody_twice(robot: Robot) -> None:
    await robot.let_in("connection-1")
    await robot.watchers.ask(wish("connection-1"), EPOCH)
    assert (await robot.word(WatchEnded, "connection-1")).reason is WatchOver.BAD_OFFER
    await robot.let_in("connection-2", role="leader", name="Ane")
    await robot.watchers.ask(wish("connection-3"), EPOCH)
    assert (await robot.word(WatchEnded, "connection-3")).reason is WatchOver.FULL
    assert [one.name for one in robot.watchers.told] == ["Per", "Ane"]


async def test_an_offer_for_another_life_of_the_robot_and_a_line_that_fails(robot: Robot) -> None:
    await robot.watchers.ask(wish("connection-0", epoch="fedcba9876543210"), EPOCH)
    assert (await robot.word(WatchEnded, "connection-0")).reason is WatchOver.OTHER_EPOCH
    line = await robot.let_in()
    line.become(MediaState.FAILED)
    assert (await robot.word(WatchEnded, "connection-1")).reason is WatchOver.MEDIA_FAILED
    await until(lambda: line.closed, "the connection to be closed")


async def test_a_robot_that_stops_tells_its_watchers(robot: Robot) -> None:
    await robot.let_in(role="leader", name="Ane")
    robot.now = replace(KARI, stopping=True)
    await robot.watchers.stop()
    assert robot.watchers.told == ()
    assert (await robot.word(WatchEnded, "connection-1")).reason is WatchOver.STOPPING
