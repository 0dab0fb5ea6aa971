"""Watchers at the real robot: beside the person, by the person's word, ended at once, and never in the way."""

from __future__ import annotations

from protocol import topics
from protocol.base import parse
from protocol.commands import (
    Applied,
    AskHeard,
    Done,
    GiveFloor,
    HeardApplied,
    LeaderAction,
    LookAt,
    Refusal,
    Refused,
    SetChoices,
    SetPrivate,
    SetVolume,
    VolumeApplied,
)
from protocol.meeting import MeetingMode, SetMeetingMode
from protocol.signals import SIGNAL_TO_ROBOT
from protocol.state import Eyes, RobotState
from protocol.watching import Choices, WatchAnswer, WatchEnded, WatchOffer, WatchOver, WatchRole
from tests.agent.body import Desk, Page
from tests.agent.test_robot import in_the_room


async def asks(desk: Desk, watcher: Page, role: WatchRole) -> None:
    """The page asks to watch in place of the robot's seat."""
    assert desk.state is not None
    sdp = await watcher.describe()
    offer = WatchOffer(
        connection=watcher.connection, role=role, name=watcher.name, seat="rodoy", epoch=desk.state.epoch, sdp=sdp
    )
    assert parse(SIGNAL_TO_ROBOT, "offer", offer.model_dump_json()) == offer
    await desk.send(topics.SIGNAL_IN, offer)


async def watches(desk: Desk, watcher: Page, role: WatchRole) -> None:
    await asks(desk, watcher, role)
    answer = await desk.word(WatchAnswer, lambda word: word.connection == watcher.connection)
    await watcher.take(answer.sdp)
    await desk.until_state(lambda state: sees(state, watcher), f"{watcher.name} to see the room")


async def over(desk: Desk, watcher: Page) -> WatchOver:
    return (await desk.word(WatchEnded, lambda word: word.connection == watcher.connection)).reason


async def applied(desk: Desk, action: LeaderAction) -> Applied:
    """What a leader who places the robot, with nobody in, has done to it."""
    command = desk.lead(action, None)
    await desk.send(topics.COMMAND, command)
    return (await desk.word(Done, lambda word: word.id == command.id)).applied


def sees(state: RobotState, watcher: Page) -> bool:
    return any(one.name == watcher.name and one.seeing for one in state.watchers)


async def test_a_relative_beside_the_person_sees_hears_and_does_nothing(desk: Desk) -> None:
    relative, late = Page("Per"), Page("Lise")
    try:
        async with in_the_room(desk, "Kari") as kari:
            await asks(desk, late, "relative")
            assert await over(desk, late) is WatchOver.NOT_ALLOWED
            await desk.send(topics.COMMAND, desk.command(kari, SetChoices(choices=Choices(relatives_watch=True))))
            await desk.until_state(lambda state: state.choices.relatives_watch, "the person's word")
            await watches(desk, relative, "relative")
            await relative.sees_and_hears()
            await kari.sees_and_hears()
            turned = desk.command(relative, LookAt(pan_deg=40, tilt_deg=0))
            await desk.send(topics.COMMAND, turned)
            refused = await desk.word(Refused, lambda word: word.id == turned.id)
            assert refused.reason is Refusal.OTHER_SESSION
            await relative.turn(60)
            assert desk.state is not None
            turned_at = desk.state.seq
            state = await desk.until_state(lambda state: state.seq > turned_at, "the heartbeat after that")
            assert state.session is not None
            assert state.session.connection == kari.connection
            assert state.pose is not None
            assert state.pose.goal_pan_deg == 0
            await desk.send(topics.COMMAND, desk.command(kari, SetChoices(choices=Choices())))
            assert await over(desk, relative) is WatchOver.NOT_ALLOWED
            await desk.until_state(lambda state: not state.watchers and state.session is not None, "Kari alone")
    finally:
        await relative.close()
        await late.close()


async def test_a_leader_looks_before_anybody_is_in_until_private(desk: Desk) -> None:
    leader = Page("Ane")
    try:
        await watches(desk, leader, "leader")
        await leader.sees_and_hears()
        state = await desk.until_state(lambda state: state.eyes is Eyes.NEUTRAL, "the eyes to say so")
        assert state.session is None
        assert state.camera_open
        assert await applied(desk, SetVolume(percent=60)) == VolumeApplied(percent=60, whisper=False)
        assert isinstance(await applied(desk, AskHeard()), HeardApplied)
        async with in_the_room(desk, "Kari"):
            begun = await desk.until_state(lambda state: state.session is not None, "Kari to be in")
            assert begun.volume.percent == 60, "a visit begins as loud as the room was set"
        assert await applied(desk, SetVolume(percent=100)) == VolumeApplied(percent=100, whisper=False)
        await desk.send(topics.COMMAND, desk.lead(SetPrivate(on=True), None))
        assert await over(desk, leader) is WatchOver.PRIVATE
        closed = await desk.until_state(lambda state: not state.camera_open and not state.microphone_open, "closed")
        assert closed.eyes is Eyes.CLOSED
        assert closed.watchers == ()
    finally:
        await desk.send(topics.COMMAND, desk.lead(SetPrivate(on=False), None))
        await desk.until_state(lambda state: not state.private, "the room to be open again")
        await leader.close()


async def test_another_room_hears_the_person_only_as_they_allow_and_while_they_have_the_floor(desk: Desk) -> None:
    """A group is for this room only: whoever watches from another one is out, at once."""
    screen = Page("Biblioteket")
    try:
        async with in_the_room(desk, "Kari") as kari:
            await watches(desk, screen, "screen")
            await screen.sees_and_hears()
            await desk.send(topics.COMMAND, desk.command(kari, SetChoices(choices=Choices(heard_elsewhere=True))))
            state = await desk.until_state(lambda state: state.choices.heard_elsewhere, "the person's word")
            assert not state.voice_elsewhere, "without the floor nobody is heard elsewhere"
            await desk.send(topics.COMMAND, desk.lead(GiveFloor(given=True), kari.session))
            await desk.until_state(lambda state: state.voice_elsewhere, "the voice to go there")
            await desk.send(topics.COMMAND, desk.command(kari, SetChoices(choices=Choices())))
            await desk.until_state(lambda state: not state.choices.heard_elsewhere, "the person's other word")
            assert desk.state is not None
            assert not desk.state.voice_elsewhere
            await desk.send(topics.COMMAND, desk.lead(SetMeetingMode(mode=MeetingMode.GROUP), None))
            assert await over(desk, screen) is WatchOver.BY_ITSELF
            await kari.sees_and_hears()
            await desk.send(topics.COMMAND, desk.lead(SetMeetingMode(mode=MeetingMode.PLENARY), None))
            await desk.until_state(lambda state: state.mode is MeetingMode.PLENARY, "the room as it was")
    finally:
        await screen.close()
