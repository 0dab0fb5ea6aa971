"""Commands carried out: every one is answered with what was really applied, or why not."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protocol.commands import (
    Applied,
    AskHeard,
    ChoicesApplied,
    Command,
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
from protocol.signals import EndReason
from protocol.state import Fault
from protocol.stills import CropStill, StillApplied, TakeStill
from robot_agent.command_gate import CommandGate
from robot_agent.head.controller import HeadController
from robot_agent.hearing import RoomHearing, as_heard
from robot_agent.live_state import LiveState
from robot_agent.media.heard import Verdict
from robot_agent.media.loudness import Loudness
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_errors import SoundClosedError, SoundError, SpeechBusyError, SpeechEmptyError
from robot_agent.sessions import SessionKeeper
from robot_agent.still_desk import NoStill, StillDesk

log = logging.getLogger(__name__)

HEAD_FAULTS = frozenset((Fault.HEAD, Fault.HEAD_BLOCKED, Fault.HEAD_HOT, Fault.HEAD_POWER))

Answer = Callable[[Done | Refused], Awaitable[None]]
_Quick = RaiseHand | Speak | LookAt | MakeGesture | SetMood | SetVolume | ListenOnly | SetChoices | EndSession


@dataclass(frozen=True, slots=True)
class RefusedAction(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """The action changed nothing, and why."""

    reason: Refusal
    detail: str = ""


class Actions:
    """Checks a command at the gate, does it, and answers it."""

    def __init__(
        self,
        robot: str,
        gate: CommandGate,
        live: LiveState,
        head: HeadController,
        sound: RoomSound,
        hearing: RoomHearing,
        sessions: SessionKeeper,
        stills: StillDesk,
        answer: Answer,
    ) -> None:
        self._robot = robot
        self._gate = gate
        self._live = live
        self._head = head
        self._sound = sound
        self._hearing = hearing
        self._sessions = sessions
        self._stills = stills
        self._answer = answer

    async def handle(self, command: Command, epoch: str) -> None:
        """Carries out one command and answers it, whatever comes of it; what takes long is answered when it is done."""
        reason = self._gate.check(command, epoch, time.monotonic() * 1000)
        try:
            if reason is not None:
                raise RefusedAction(reason)
            if isinstance(command.action, AskHeard):
                self._ask_heard(command)
                return
            if isinstance(command.action, TakeStill | CropStill):
                self._ask_still(command, command.action)
                return
            applied = await self._carry_out(command.action, command.session)
        except RefusedAction as refused:
            await self._refuse(command, refused)
            return
        await self._done(command, applied)

    async def _done(self, command: Command, applied: Applied) -> None:
        await self._answer(Done(robot=self._robot, id=command.id, session=command.session, applied=applied))

    async def _refuse(self, command: Command, refused: RefusedAction) -> None:
        log.info("%s refused: %s %s", command.action.type, refused.reason.value, refused.detail)
        await self._answer(
            Refused(
                robot=self._robot,
                id=command.id,
                session=command.session,
                reason=refused.reason,
                detail=refused.detail[:300],
            )
        )

    def _ask_heard(self, command: Command) -> None:
        async def answer(verdict: Verdict | None) -> None:
            if verdict is None:
                await self._refuse(command, RefusedAction(Refusal.PART_BROKEN, str(SoundClosedError())))
            else:
                await self._done(command, HeardApplied(heard=as_heard(verdict)))

        try:
            taken = self._hearing.ask(answer)
        except SoundClosedError as error:
            raise RefusedAction(Refusal.PART_BROKEN, str(error)) from error
        if not taken:
            raise RefusedAction(Refusal.BUSY, "the room is being asked already")

    def _ask_still(self, command: Command, action: TakeStill | CropStill) -> None:
        async def answer(outcome: StillApplied | NoStill) -> None:
            if isinstance(outcome, NoStill):
                await self._refuse(command, RefusedAction(outcome.reason, outcome.detail))
            else:
                await self._done(command, outcome)

        refused = self._stills.ask(command.id, action, answer)
        if refused is not None:
            raise RefusedAction(refused.reason, refused.detail)

    def set_volume(self, wish: SetVolume) -> VolumeApplied:
        """How loud the person is in the room from now on: their own wish, or the leader's."""
        self._sound.mixer.loudness = Loudness(wish.percent, wish.whisper)
        self._live.changed()
        now = self._sound.mixer.loudness
        return VolumeApplied(percent=now.percent, whisper=now.whisper)

    async def _carry_out(self, action: _Quick, session: str) -> Applied:
        match action:
            case RaiseHand(raised=raised):
                self._live.raise_hand(raised, time.monotonic())
                return HandApplied(raised=self._live.hand_raised)
            case SetMood(mood=mood):
                self._live.set_mood(mood)
                return MoodApplied(mood=self._live.mood)
            case ListenOnly(on=on):
                self._live.set_listening(on)
                return ListenApplied(on=self._live.listening)
            case SetVolume() as volume:
                return self.set_volume(volume)
            case SetChoices(choices=choices):
                self._live.choose(choices)
                return ChoicesApplied(choices=self._live.choices)
            case LookAt(pan_deg=pan_deg, tilt_deg=tilt_deg):
                pan, tilt = self._head.look_at(pan_deg, tilt_deg)
                return LookApplied(pan_deg=pan, tilt_deg=tilt)
            case MakeGesture(gesture=gesture):
                return self._make_gesture(gesture)
            case Speak(text=text, language=language):
                return await self._speak(text, language)
            case EndSession():
                await self._sessions.end(EndReason.LEFT, session)
                return SessionEnded()

    def _make_gesture(self, gesture: GestureName) -> GestureMade:
        if self._live.private:
            raise RefusedAction(Refusal.PRIVATE)
        broken = sorted(fault.value for fault in self._live.faults & HEAD_FAULTS)
        if broken:
            raise RefusedAction(Refusal.PART_BROKEN, f"the head cannot {gesture.value} now: {', '.join(broken)}")
        duration_s = self._head.make_gesture(gesture)
        if duration_s is None:
            raise RefusedAction(Refusal.BUSY, f"the head cannot {gesture.value} while it turns; try when it stands")
        return GestureMade(gesture=gesture, duration_s=duration_s)

    async def _speak(self, text: str, language: str) -> Applied:
        try:
            spoken = await self._sound.say(text, language)
        except SpeechEmptyError as error:
            raise RefusedAction(Refusal.INVALID, str(error)) from error
        except SpeechBusyError as error:
            raise RefusedAction(Refusal.BUSY, str(error)) from error
        except SoundClosedError as error:
            raise RefusedAction(Refusal.PART_BROKEN, str(error)) from error
        except SoundError as error:
            log.warning("speech failed: %s", error)
            raise RefusedAction(Refusal.PART_BROKEN, str(error)) from error
        self._live.changed()
        return SpeechQueued(duration_s=spoken.duration_s)
