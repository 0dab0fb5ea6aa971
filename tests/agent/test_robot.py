"""The robot's agent as a whole: who gets it, what it refuses, what it leaves behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from protocol import topics
from protocol.commands import (
    AskHeard,
    Done,
    EndSession,
    GestureMade,
    GestureName,
    HandApplied,
    HeardApplied,
    ListenApplied,
    ListenOnly,
    LookApplied,
    LookAt,
    MakeGesture,
    MoodApplied,
    RaiseHand,
    Refusal,
    Refused,
    SessionEnded,
    SetChoices,
    SetMood,
    SetVolume,
    Speak,
    SpeechQueued,
    VolumeApplied,
)
from protocol.signals import Answer, Declined, Ended, EndReason, Hangup, TurnedAway
from protocol.state import Eyes, HandLight, Heard, Hearing, Mood, RobotState, VolumeState
from protocol.watching import Choices
from tests.agent.body import WAIT_S, Desk, Page, Simulator
from tests.agent.rescued import quiet, rescue_of
from tests.broker import Broker


def is_in_the_room(state: RobotState, page: Page) -> bool:
    session = state.session
    return session is not None and session.connection == page.connection and session.media == "connected"


@asynccontextmanager
async def in_the_room(desk: Desk, name: str, *, replace: bool = False, **other: Any) -> AsyncIterator[Page]:
    page = Page(name, **other)
    try:
        await page.offer(desk, replace=replace)
        answer = await desk.word(Answer, lambda a: a.connection == page.connection)
        await page.take(answer.sdp)
        await desk.until_state(lambda state: is_in_the_room(state, page), f"{name} to be in the room")
        yield page
    finally:
        await desk.send(topics.SIGNAL_IN, Hangup(session=page.session, connection=page.connection))
        await page.close()


def answer_to(desk: Desk, command: str) -> Done | Refused | None:
    return next((said for said in desk.said if isinstance(said, Done | Refused) and said.id == command), None)


async def end_of(desk: Desk, page: Page) -> Ended:
    return await desk.word(Ended, lambda said: said.connection == page.connection)


async def body(simulator: Simulator, fits: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
    deadline = time.monotonic() + WAIT_S
    while not fits(state := await asyncio.to_thread(simulator.state)):
        assert time.monotonic() < deadline, f"{what}: {state}"
        await asyncio.sleep(0.05)
    return state


async def turned(simulator: Simulator, page: Page, pan_deg: float) -> None:
    """The page's finger holds the head at an angle until it is there."""
    deadline = time.monotonic() + WAIT_S
    while abs((await asyncio.to_thread(simulator.state))["pan_deg"] - pan_deg) > 1:
        assert time.monotonic() < deadline, f"{page.name} does not turn the head to {pan_deg}"
        await page.turn(pan_deg)


def all_closed(state: dict[str, Any]) -> bool:
    return not state["camera_open"] and not state["microphone_open"] and state["eyes"] == "closed"


async def test_camera_and_microphone_are_open_exactly_while_somebody_is_in_the_room(
    desk: Desk, simulator: Simulator
) -> None:
    await body(simulator, all_closed, "all closed before")
    async with in_the_room(desk, "kari") as page:
        await body(simulator, lambda s: s["camera_open"] and s["microphone_open"] and s["eyes"] == "neutral", "open")
        await body(simulator, lambda s: abs(s["tilt_deg"]) < 1, "the head to look up from its rest")
        await desk.send(topics.COMMAND, desk.command(page, EndSession()))
        assert isinstance((await desk.word(Done)).applied, SessionEnded)
        assert (await end_of(desk, page)).reason is EndReason.LEFT
    await body(
        simulator, lambda s: not s["camera_open"] and not s["microphone_open"] and s["eyes"] == "closed", "closed"
    )
    await desk.until_state(lambda s: s.session is None and not s.camera_open, "the state to say so")
    await body(simulator, lambda s: s["tilt_deg"] < -18, "the head to rest")


async def test_every_command_is_answered_with_what_was_applied(desk: Desk, simulator: Simulator) -> None:
    async with in_the_room(desk, "kari") as page:
        wishes = [
            (RaiseHand(raised=True), HandApplied(raised=True)),
            (SetMood(mood=Mood.HAPPY), MoodApplied(mood=Mood.HAPPY)),
            (SetVolume(percent=50, whisper=True), VolumeApplied(percent=50, whisper=True)),
            (ListenOnly(on=True), ListenApplied(on=True)),
            (LookAt(pan_deg=30, tilt_deg=5), LookApplied(pan_deg=30, tilt_deg=5)),
            (LookAt(pan_deg=-180, tilt_deg=90), LookApplied(pan_deg=-175, tilt_deg=40)),
        ]
        for action, applied in wishes:
            command = desk.command(page, action)
            await desk.send(topics.COMMAND, command)
            assert (await desk.word(Done, lambda d, c=command: d.id == c.id)).applied == applied
        state = await desk.until_state(lambda s: s.hand.raised and s.eyes is Eyes.HAPPY, "hand and mood in the state")
        assert state.hand_light is HandLight.BLINK
        assert state.listening
        assert state.volume == VolumeState(percent=50, whisper=True)
        await body(simulator, lambda s: s["hand_light"] == "blink" and s["eyes"] == "happy", "the lights")
        await body(simulator, lambda s: s["pan_deg"] < -174 and s["tilt_deg"] > 39, "the head at its limits")
        command = desk.command(page, Speak(text="Hei på dere", language="nb"))
        await desk.send(topics.COMMAND, command)
        spoken = (await desk.word(Done, lambda d: d.id == command.id)).applied
        assert isinstance(spoken, SpeechQueued)
        assert 0.3 < spoken.duration_s < 5
        await desk.send(topics.COMMAND, desk.command(page, EndSession()))
        fresh = await desk.until_state(lambda s: s.session is None and s.volume == VolumeState(), "the next turn")
        assert not fresh.listening


async def test_the_head_shakes_for_no_and_a_finger_is_followed_after_it(desk: Desk, simulator: Simulator) -> None:
    async with in_the_room(desk, "kari") as page:
        pans = [0.0]
        deadline = time.monotonic() + WAIT_S
        while not (min(pans) < -4 and 4 < max(pans) < 12):  # refused while the head looks up from its rest
            assert time.monotonic() < deadline, pans
            sent_ms = time.time() * 1000
            command = desk.command(page, MakeGesture(gesture=GestureName.SHAKE))
            await desk.send(topics.COMMAND, command)
            reply = await desk.until(lambda c=command: answer_to(desk, c.id), "an answer")  # type: ignore[misc]
            if isinstance(reply, Done):
                assert isinstance(reply.applied, GestureMade)
                assert reply.applied.gesture is GestureName.SHAKE
                await asyncio.sleep(reply.applied.duration_s)
            goals = await asyncio.to_thread(simulator.goals)
            pans = [goal["goal_pan_deg"] for goal in goals if goal["at_ms"] > sent_ms] or [0.0]
        await turned(simulator, page, 30)


async def test_the_robot_tells_how_well_the_room_hears_it(desk: Desk, simulator: Simulator) -> None:
    await asyncio.to_thread(simulator.post, "room-sound", kind="pause")
    try:
        async with in_the_room(desk, "kari") as page:
            assert desk.state is not None
            assert desk.state.heard is None
            await body(simulator, lambda s: s["microphone_open"], "the sound device to be open")
            for gain, hearing in ((1.0, Hearing.HEARD), (0.05, Hearing.FAINT), (0.0, Hearing.NOT_HEARD)):
                await asyncio.to_thread(simulator.post, "speaker", speaker_gain=gain)
                heard = await ask_heard(desk, page)
                assert heard.hearing is hearing, (gain, heard)
                assert (heard.snr_db is None) == (hearing is Hearing.NOT_HEARD)
                await desk.until_state(lambda s, h=hearing: s.heard is not None and s.heard.hearing is h, hearing)
            first, second = desk.command(page, AskHeard()), desk.command(page, AskHeard())
            await desk.send(topics.COMMAND, first)
            await desk.send(topics.COMMAND, second)
            refused = await desk.word(Refused, lambda r: r.id == second.id)
            assert refused.reason is Refusal.BUSY
            raised = desk.command(page, RaiseHand(raised=True))
            await desk.send(topics.COMMAND, raised)
            assert await desk.word(Done, lambda d: d.id == raised.id)
            assert not any(isinstance(said, Done) and said.id == first.id for said in desk.said), "nobody waits for it"
        await desk.until_state(lambda s: s.session is None and s.heard is None, "the verdict to go with the session")
    finally:
        await asyncio.to_thread(simulator.post, "speaker", speaker_gain=1.0)
        await asyncio.to_thread(simulator.post, "room-sound", kind="course")


async def ask_heard(desk: Desk, page: Page) -> Heard:
    command = desk.command(page, AskHeard())
    await desk.send(topics.COMMAND, command)
    applied = (await desk.word(Done, lambda d: d.id == command.id)).applied
    assert isinstance(applied, HeardApplied)
    return applied.heard


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"session": "session-other"}, Refusal.OTHER_SESSION),
        ({"connection": "connection-other"}, Refusal.OTHER_SESSION),
        ({"epoch": "0" * 16}, Refusal.OTHER_EPOCH),
        ({"seq": 0}, Refusal.OUT_OF_ORDER),
        ({}, Refusal.TOO_OLD),
    ],
)
async def test_what_must_not_run_is_refused_and_changes_nothing(
    desk: Desk, wrong: dict[str, Any], reason: Refusal
) -> None:
    async with in_the_room(desk, "kari") as page:
        first = desk.command(page, SetMood(mood=Mood.SAD), seq=5)
        await desk.send(topics.COMMAND, first)
        await desk.word(Done, lambda d: d.id == first.id)
        if reason is Refusal.TOO_OLD:
            wrong = {"sent_ms": page.now_ms() - 6000}  # older than the five seconds that a hand may take
        command = desk.command(page, RaiseHand(raised=True), **({"seq": 9} | wrong))
        await desk.send(topics.COMMAND, command)
        assert (await desk.word(Refused, lambda r: r.id == command.id)).reason is reason
        assert desk.state is not None
        assert not desk.state.hand.raised


async def test_without_a_session_and_without_sense_commands_are_refused(desk: Desk) -> None:
    assert desk.state is not None
    before = desk.state.refused_messages
    command = desk.command(Page("nobody"), RaiseHand(raised=True))
    await desk.send(topics.COMMAND, command)
    assert (await desk.word(Refused, lambda r: r.id == command.id)).reason is Refusal.NO_SESSION
    await desk.send(topics.COMMAND, b'{"type":"command","id":"c2"}')
    assert (await desk.word(Refused, lambda r: r.reason is Refusal.INVALID)).detail
    await desk.until_state(lambda s: s.refused_messages > before, "it to be counted")


async def test_one_seat_at_a_time_and_taking_over_is_told(desk: Desk) -> None:
    async with in_the_room(desk, "kari") as kari:
        other = Page("ola", seat="traena")
        await other.offer(desk)
        declined = await desk.word(Declined)
        assert (declined.reason, declined.holder) == (TurnedAway.BUSY, "Kari")
        await other.close()
        async with in_the_room(desk, "eva", replace=True):
            assert (await end_of(desk, kari)).reason is EndReason.REPLACED


async def test_the_same_session_on_a_new_connection_keeps_the_hand_up(desk: Desk) -> None:
    async with in_the_room(desk, "kari") as page:
        await desk.send(topics.COMMAND, desk.command(page, RaiseHand(raised=True)))
        await desk.word(Done)
        async with in_the_room(desk, "tablet2", session=page.session):
            assert desk.state is not None
            assert desk.state.hand.raised
            assert desk.state.session is not None
            late = desk.command(page, RaiseHand(raised=False))
            await desk.send(topics.COMMAND, late)
            assert (await desk.word(Refused)).reason is Refusal.OTHER_SESSION


async def test_by_the_nurses_own_link_the_visit_goes_on_until_she_leaves(desk: Desk, simulator: Simulator) -> None:
    chosen = Choices(relatives_watch=True)
    async with in_the_room(desk, "kari") as kari:
        for action in (RaiseHand(raised=True), SetChoices(choices=chosen), SetVolume(percent=60)):
            await desk.send(topics.COMMAND, desk.command(kari, action))
        await turned(simulator, kari, 30)
        before = await desk.until_state(lambda s: s.hand.raised and s.volume.percent == 60, "what Kari did")
        async with in_the_room(desk, "anne", replace=True) as anne:
            state = await desk.until_state(lambda s: is_in_the_room(s, anne), "Anne")
            assert (state.hand.raised, state.choices, state.volume.percent) == (True, chosen, 60)
            assert state.hand.since_s >= before.hand.since_s, "it has been up all the while"
            assert state.pose is not None
            assert abs(state.pose.goal_pan_deg - 30) < 2, "nobody turned the head"
            await end_of(desk, kari)
            await desk.send(topics.COMMAND, desk.command(anne, EndSession()))
            state = await desk.until_state(lambda s: s.session is None and not s.hand.raised, "the end")
            assert (state.choices, state.volume.percent) == (Choices(), 100)


async def test_the_old_connection_steers_until_the_new_one_is_there(desk: Desk, simulator: Simulator) -> None:
    async with in_the_room(desk, "kari") as page:
        new = Page("kari", session=page.session)
        await new.offer(desk)
        answer = await desk.word(Answer, lambda a: a.connection == new.connection)
        await desk.until_state(lambda s: s.session is not None and s.session.media == "connecting", "the new one")
        await turned(simulator, page, 30)
        await new.take(answer.sdp)
        await desk.until_state(lambda state: is_in_the_room(state, new), "the new connection")
        await desk.until_state(lambda s: page.over, "the old connection to be closed")
        await turned(simulator, new, -30)
        await new.close()


async def test_a_tablet_that_falls_silent_is_lost_and_then_gone(desk: Desk, simulator: Simulator) -> None:
    async with in_the_room(desk, "kari") as page:
        page.fall_silent()
        lost = await desk.until_state(lambda s: s.session is not None and s.session.lost_s > 0, "the robot to notice")
        assert lost.eyes is not Eyes.CLOSED, "picture and sound still go out: the eyes say so"
        assert (await end_of(desk, page)).reason is EndReason.LOST
    await body(simulator, all_closed, "all closed")


async def test_private_closes_everything_and_only_the_button_lifts_it(
    desk: Desk, simulator: Simulator, shared_broker: Broker
) -> None:
    async with in_the_room(desk, "kari") as page, rescue_of(page, desk, shared_broker) as rescued:
        await rescued.until(lambda: len(rescued.stills) >= 1 and len(rescued.sounds) >= 2, "a rescue beside it")
        await asyncio.to_thread(simulator.press_button, "long")
        assert (await end_of(desk, page)).reason is EndReason.PRIVATE
        await quiet(rescued)
        state = await body(
            simulator, lambda s: all_closed(s) and s["privacy_light"], "all closed, and the light says so"
        )
        assert state["hand_light"] == "off"
        await desk.until_state(lambda s: s.private and s.session is None, "the state to say so")
    again = Page("kari")
    await again.offer(desk)
    assert (await desk.word(Declined, lambda d: d.connection == again.connection)).reason is TurnedAway.PRIVATE
    await again.close()
    await body(simulator, lambda s: not s["button_down"], "the button to be up")
    await asyncio.to_thread(simulator.press_button, "long")
    await desk.until_state(lambda s: not s.private, "the button to lift it")
    async with in_the_room(desk, "kari"):
        pass


async def test_a_hang_up_right_behind_its_offer_leaves_nothing_open(desk: Desk, simulator: Simulator) -> None:
    page = Page("kari")
    await page.offer(desk)
    await desk.send(topics.SIGNAL_IN, Hangup(session=page.session, connection=page.connection))
    assert (await end_of(desk, page)).reason is EndReason.LEFT
    await body(simulator, all_closed, "all closed")
    await page.close()


async def test_an_offer_for_another_epoch_is_declined(desk: Desk) -> None:
    page = Page("kari")
    await page.offer(desk, epoch="0" * 16)
    declined = await desk.word(Declined, lambda d: d.connection == page.connection)
    assert declined.reason is TurnedAway.OTHER_EPOCH
    await page.close()


async def test_an_offer_without_sense_is_declined_and_opens_nothing(desk: Desk, simulator: Simulator) -> None:
    await body(simulator, all_closed, "all closed before")
    nonsense = Page("kari")
    await nonsense.offer(desk, sdp="v=0\r\nnonsense")
    assert (await desk.word(Declined)).reason is TurnedAway.BAD_OFFER
    await nonsense.close()
    assert not simulator.state()["camera_open"]
    async with in_the_room(desk, "ola"):
        pass
