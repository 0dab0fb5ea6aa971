"""A course leader's commands: what each does to hand, floor, *privat* and session, and that each is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import topics
from protocol.commands import (
    AskHeard,
    Done,
    EndForPerson,
    FloorApplied,
    GiveFloor,
    HeardApplied,
    LeaderAction,
    LeaderCommand,
    LowerHand,
    MarkSeen,
    PrivateApplied,
    RaiseHand,
    Refusal,
    Refused,
    SessionEnded,
    SetPrivate,
    SetVolume,
    VolumeApplied,
)
from protocol.events import SessionClosed
from protocol.meeting import EndMeeting, MeetingEnded, MeetingMode, MeetingModeApplied, SetMeetingMode
from protocol.signals import EndReason
from protocol.state import Eyes, HandLight, Hearing
from robot_agent.button_desk import ButtonDesk
from robot_agent.command_gate import CommandGate
from robot_agent.leader_actions import LeaderActions
from robot_agent.live_state import LiveState
from robot_agent.media.heard import Verdict
from robot_agent.media.sound_errors import SoundClosedError
from robot_agent.privacy import Privacy, PrivacyKeeper
from robot_agent.status import Status
from robot_agent.words import WORDS
from tests.agent.body import Desk, Simulator
from tests.agent.test_robot import all_closed, answer_to, body, in_the_room

SESSION, EPOCH = "session-1", "e" * 8
UP, SEEN = FloorApplied(raised=True, seen=False, floor=False), FloorApplied(raised=True, seen=True, floor=False)
FLOOR, DOWN = FloorApplied(raised=True, seen=True, floor=True), FloorApplied(raised=False, seen=False, floor=False)


@dataclass
class Robot:
    """A gate with somebody in it, a live state, and what was done and said."""

    done: list[str] = field(default_factory=list)
    said: list[Done | Refused] = field(default_factory=list)
    number: int = 0
    sound_is_closed: bool = False

    def __post_init__(self) -> None:
        self.live = LiveState(changed=lambda: None)
        gate = CommandGate()
        gate.open_for(SESSION, "connection-1", 0.0, 0.0)

        async def end(reason: EndReason, session: str) -> None:
            self.done.append(f"ended {session}" if reason is EndReason.LEADER else f"{reason.value} {session}")

        async def answer(reply: Done | Refused) -> None:
            self.said.append(reply)

        announcer = cast("Any", SimpleNamespace(say=self.done.append))
        status = cast("Any", lambda: Status(private=self.live.private))
        keeper = PrivacyKeeper(Path("nowhere"))
        self.privacy = keeper.privacy

        def privacy_changed() -> None:
            self.live.set_privacy(self.privacy.private, self.privacy.mode)

        desk = ButtonDesk(announcer, WORDS["nb"], status, keeper, privacy_changed)
        self.button = desk
        self.question: Any = None

        def ask(answer: Any) -> bool:
            if self.sound_is_closed:
                raise SoundClosedError
            taken, self.question = self.question is None, self.question or answer
            return taken

        def set_volume(wish: SetVolume) -> VolumeApplied:
            self.done.append(f"volume {wish.percent:g}")
            return VolumeApplied(percent=wish.percent, whisper=wish.whisper)

        hearing = cast("Any", SimpleNamespace(ask=ask))
        nowhere = cast("Any", None)  # test_placing.py, test_preflight.py
        self.actions = LeaderActions("r1", gate, self.live, end, desk, set_volume, hearing, nowhere, nowhere, answer)

    async def lead(self, action: LeaderAction, session: str | None = SESSION) -> Done | Refused:
        self.number += 1
        await self.actions.handle(
            LeaderCommand(id=f"l{self.number}", epoch=EPOCH, session=session, by="Ane", action=action), EPOCH
        )
        reply = self.said[-1]
        assert (reply.id, reply.robot, reply.session) == (f"l{self.number}", "r1", session)
        return reply

    async def applied(self, action: LeaderAction, session: str | None = SESSION) -> Any:
        reply = await self.lead(action, session)
        assert isinstance(reply, Done)
        return reply.applied


@pytest.mark.parametrize(
    ("raised", "steps"),
    [
        (True, [(MarkSeen(), SEEN), (GiveFloor(given=True), FLOOR), (LowerHand(), DOWN)]),
        (True, [(GiveFloor(given=True), FLOOR), (GiveFloor(given=False), SEEN)]),
        (True, [(GiveFloor(given=False), UP), (MarkSeen(), SEEN), (MarkSeen(), SEEN)]),
        (False, [(LowerHand(), DOWN)]),
        (False, [(GiveFloor(given=True), FloorApplied(raised=False, seen=False, floor=True)), (LowerHand(), DOWN)]),
    ],
)
async def test_hand_and_floor(raised: bool, steps: list[tuple[LeaderAction, FloorApplied]]) -> None:
    robot = Robot()
    robot.live.raise_hand(raised, now_s=10.0)
    for action, applied in steps:
        assert await robot.applied(action) == applied


async def test_a_hand_that_is_down_cannot_be_seen() -> None:
    robot = Robot()
    refused = await robot.lead(MarkSeen())
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.HAND_DOWN
    assert not robot.live.hand_seen


async def test_a_hand_that_goes_up_again_has_not_been_seen() -> None:
    robot = Robot()
    robot.live.raise_hand(raised=True, now_s=10.0)
    await robot.lead(MarkSeen())
    robot.live.raise_hand(raised=False, now_s=11.0)
    robot.live.raise_hand(raised=True, now_s=12.0)
    assert (robot.live.hand_seen, robot.live.floor, robot.live.hand_raised_s) == (False, False, 12.0)


async def test_privat_is_what_the_button_does_and_is_said_once() -> None:
    robot, words = Robot(), WORDS["nb"]
    assert await robot.applied(SetPrivate(on=True), None) == PrivateApplied(on=True)
    assert await robot.applied(SetPrivate(on=True), None) == PrivateApplied(on=True)
    robot.button.pressed("long")
    assert not robot.live.private
    assert await robot.applied(SetPrivate(on=False), None) == PrivateApplied(on=False)
    assert robot.done == [words.private_on, words.private_off]


async def test_the_volume_is_the_leaders_too() -> None:
    robot = Robot()
    assert await robot.applied(SetVolume(percent=60)) == VolumeApplied(percent=60, whisper=False)
    assert robot.done == ["volume 60"]


async def test_the_rooms_answer_comes_later_and_one_question_is_asked_at_a_time() -> None:
    robot = Robot()
    command = LeaderCommand(id="first", epoch=EPOCH, session=SESSION, by="Ane", action=AskHeard())
    await robot.actions.handle(command, EPOCH)
    assert not robot.said
    refused = await robot.lead(AskHeard())
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.BUSY
    await robot.question(Verdict(Hearing.FAINT, 3.0, 80.0))
    (reply,) = [one for one in robot.said if one.id == "first"]
    assert isinstance(reply, Done)
    assert isinstance(reply.applied, HeardApplied)
    assert reply.applied.heard.hearing is Hearing.FAINT


async def test_a_room_without_sound_is_not_asked() -> None:
    robot = Robot(sound_is_closed=True)
    refused = await robot.lead(AskHeard())
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.PART_BROKEN
    robot = Robot()
    await robot.actions.handle(
        LeaderCommand(id="first", epoch=EPOCH, session=SESSION, by="Ane", action=AskHeard()), EPOCH
    )
    await robot.question(None)  # it was closed meanwhile
    assert [one.reason for one in robot.said if isinstance(one, Refused)] == [Refusal.PART_BROKEN]


async def test_the_end_is_answered_when_it_has_come_to_pass() -> None:
    robot = Robot()
    assert await robot.applied(EndForPerson()) == SessionEnded()
    assert robot.done == [f"ended {SESSION}"]
    refused = await robot.lead(EndForPerson(), "session-2")
    assert isinstance(refused, Refused)
    assert refused.reason is Refusal.OTHER_SESSION
    assert robot.done == [f"ended {SESSION}"]


async def said(desk: Desk, action: LeaderAction, session: str | None) -> Done:
    """The answer of the robot to a leader's command that it carries out."""
    command = desk.lead(action, session)
    await desk.send(topics.COMMAND, command)
    reply = await desk.until(lambda: answer_to(desk, command.id), action.type)
    assert isinstance(reply, Done), reply
    assert reply.session == session
    return reply


async def test_a_leader_sees_gives_takes_down_and_ends(desk: Desk, simulator: Simulator) -> None:
    async with in_the_room(desk, "kari") as page:
        await desk.send(topics.COMMAND, desk.command(page, RaiseHand(raised=True)))
        await desk.until_state(lambda s: s.hand.raised and s.hand_light is HandLight.BLINK, "the hand")
        assert (await said(desk, MarkSeen(), page.session)).applied == SEEN
        await desk.until_state(lambda s: s.hand.seen and s.hand_light is HandLight.BLINK, "the state to say so")
        assert (await said(desk, GiveFloor(given=True), page.session)).applied == FLOOR
        await desk.until_state(lambda s: s.hand.floor and s.hand_light is HandLight.ON, "the floor in the state")
        await body(simulator, lambda s: s["hand_light"] == "on", "the light to stand")
        softer = await said(desk, SetVolume(percent=60), page.session)
        assert softer.applied == VolumeApplied(percent=60, whisper=False)
        await desk.until_state(lambda s: s.volume.percent == 60, "the volume in the state")
        assert (await said(desk, LowerHand(), page.session)).applied == DOWN
        await desk.until_state(lambda s: not s.hand.raised and s.hand_light is HandLight.OFF, "the hand to be down")

        stale = desk.lead(EndForPerson(), page.session, epoch="0" * 16)
        await desk.send(topics.COMMAND, stale)
        refused = await desk.until(lambda: answer_to(desk, stale.id), "the refusal")
        assert isinstance(refused, Refused)
        assert refused.reason is Refusal.OTHER_EPOCH

        assert (await said(desk, EndForPerson(), page.session)).applied == SessionEnded()
        assert (await desk.word(SessionClosed, lambda e: e.session == page.session)).reason is EndReason.LEADER
    await body(simulator, all_closed, "all closed")


async def test_a_leaders_privat_closes_everything_until_it_is_lifted(desk: Desk, simulator: Simulator) -> None:
    async with in_the_room(desk, "kari") as page:
        assert (await said(desk, SetPrivate(on=True), None)).applied == PrivateApplied(on=True)
        closed = await desk.word(SessionClosed, lambda e: e.session == page.session)
        assert closed.reason is EndReason.PRIVATE
        await body(simulator, lambda s: all_closed(s) and s["privacy_light"], "all closed, and the light says so")
        await desk.until_state(lambda s: s.private and s.eyes is Eyes.CLOSED, "the state to say so")
    assert (await said(desk, SetPrivate(on=False), None)).applied == PrivateApplied(on=False)
    await body(simulator, lambda s: not s["privacy_light"], "the light to go off")
    async with in_the_room(desk, "kari"):
        pass


PLENARY, GROUP, ONE_TO_ONE, BREAK = MeetingMode


async def test_a_break_is_private_by_itself_and_opens_when_it_is_over() -> None:
    robot = Robot()
    assert await robot.applied(SetMeetingMode(mode=BREAK), None) == MeetingModeApplied(mode=BREAK, private=True)
    assert robot.live.private
    assert await robot.applied(SetMeetingMode(mode=BREAK), None) == MeetingModeApplied(mode=BREAK, private=True)
    assert await robot.applied(SetMeetingMode(mode=GROUP), None) == MeetingModeApplied(mode=GROUP, private=False)
    assert (robot.live.mode, robot.live.private) == (GROUP, False)
    assert robot.done == [WORDS["nb"].private_on, WORDS["nb"].private_off], "each is said once"


@pytest.mark.parametrize("by", ["leader", "button"])
async def test_privat_that_somebody_pressed_in_the_break_stays_after_it(by: str) -> None:
    robot = Robot()
    await robot.lead(SetMeetingMode(mode=BREAK), None)
    if by == "leader":
        await robot.lead(SetPrivate(on=True), None)
    else:
        robot.button.pressed("long")
    assert await robot.applied(SetMeetingMode(mode=PLENARY), None) == MeetingModeApplied(mode=PLENARY, private=True)
    assert await robot.applied(SetPrivate(on=False), None) == PrivateApplied(on=False)
    assert not robot.live.private


async def test_privat_from_before_the_break_stays_after_it() -> None:
    robot = Robot()
    await robot.lead(SetPrivate(on=True), None)
    await robot.lead(SetMeetingMode(mode=BREAK), None)
    await robot.lead(SetMeetingMode(mode=PLENARY), None)
    assert robot.live.private


async def test_the_button_never_opens_the_room_in_a_break() -> None:
    robot, words = Robot(), WORDS["nb"]
    await robot.lead(SetMeetingMode(mode=BREAK), None)
    for _ in range(2):
        robot.button.pressed("long")
        assert robot.live.private
    assert robot.done == [words.private_on, words.private_on, words.private_in_break]
    await robot.lead(SetMeetingMode(mode=PLENARY), None)
    assert not robot.live.private, "the second press took the first one back"


async def test_a_leader_who_lifts_privat_in_a_break_ends_it_here() -> None:
    robot = Robot()
    await robot.lead(SetMeetingMode(mode=BREAK), None)
    assert await robot.applied(SetPrivate(on=False), None) == PrivateApplied(on=False)
    assert (robot.live.mode, robot.live.private) == (PLENARY, False)


@pytest.mark.parametrize(("pressed", "mode"), [(False, BREAK), (True, BREAK), (False, GROUP), (True, PLENARY)])
async def test_the_end_of_the_meeting_ends_the_visit_and_leaves_the_room_as_it_was(
    pressed: bool, mode: MeetingMode
) -> None:
    robot = Robot()
    await robot.lead(SetPrivate(on=pressed), None)
    await robot.lead(SetMeetingMode(mode=mode), None)
    assert await robot.applied(EndMeeting(), None) == MeetingEnded()
    assert "meeting_over " in robot.done, "whoever is in"
    assert (robot.live.mode, robot.live.private) == (PLENARY, pressed)


@given(st.lists(st.sampled_from([*MeetingMode, "on", "off", "button", "over"]), max_size=12))
def test_a_break_is_private_whatever_is_pressed(deeds: list[MeetingMode | str]) -> None:
    privacy = Privacy()
    for deed in deeds:
        match deed:
            case MeetingMode():
                privacy.choose(deed)
            case "over":
                privacy.over()
            case "button":
                privacy.button()
            case pressed:
                privacy.press(pressed == "on")
        assert privacy.private or not (privacy.pressed or privacy.mode is BREAK)
        if deed in ("on", BREAK):
            assert privacy.private
        if deed in ("off", "over"):
            assert privacy.mode is not BREAK
