"""What a course leader may do with the robot: hand and floor, volume, *privat*, places, the end of a session."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from protocol.commands import (
    Applied,
    AskHeard,
    Done,
    EndForPerson,
    FloorApplied,
    GiveFloor,
    HeardApplied,
    LeaderAction,
    LeaderCommand,
    LookAt,
    LowerHand,
    MarkSeen,
    PrivateApplied,
    Refusal,
    Refused,
    RemovePlace,
    SavePlace,
    SessionEnded,
    SetPrivate,
    SetVolume,
    VolumeApplied,
)
from protocol.ice import IceSetup
from protocol.meeting import EndMeeting, MeetingEnded, MeetingModeApplied, SetMeetingMode
from protocol.preflight import Preflight, PreflightApplied, RunPreflight
from protocol.signals import EndReason
from robot_agent.button_desk import ButtonDesk
from robot_agent.command_gate import CommandGate
from robot_agent.hearing import RoomHearing, as_heard
from robot_agent.live_state import LiveState
from robot_agent.media.heard import Verdict
from robot_agent.media.sound_errors import SoundClosedError
from robot_agent.placing import Placing
from robot_agent.preflight_desk import PreflightDesk

log = logging.getLogger(__name__)


class LeaderActions:
    """Checks a leader's command at the gate, does it, and answers it.

    `end_session` ends the session of this id, and nobody else's who came in the meantime (without an id whoever is in);
    `button` does what the button does.
    """

    def __init__(
        self,
        robot: str,
        gate: CommandGate,
        live: LiveState,
        end_session: Callable[[EndReason, str], Awaitable[None]],
        button: ButtonDesk,
        set_volume: Callable[[SetVolume], VolumeApplied],
        hearing: RoomHearing,
        placing: Placing,
        preflight: PreflightDesk,
        answer: Callable[[Done | Refused], Awaitable[None]],
    ) -> None:
        self._robot = robot
        self._gate = gate
        self._live = live
        self._end_session = end_session
        self._button = button
        self._set_volume = set_volume
        self._hearing = hearing
        self._placing = placing
        self._preflight = preflight
        self._answer = answer

    async def handle(self, command: LeaderCommand, epoch: str) -> None:
        """Carries out one command and answers it, whatever comes of it; the room's answer takes two seconds."""
        applied = self._gate.check_leader(command, epoch) or await self._carry_out(command)
        if applied is not None:
            await self._say(command, applied)

    def _ask_heard(self, command: LeaderCommand) -> Refusal | None:
        async def answer(verdict: Verdict | None) -> None:
            await self._say(command, Refusal.PART_BROKEN if verdict is None else HeardApplied(heard=as_heard(verdict)))

        try:
            return None if self._hearing.ask(answer) else Refusal.BUSY
        except SoundClosedError:
            return Refusal.PART_BROKEN

    async def _say(self, command: LeaderCommand, applied: Applied | Refusal) -> None:
        if isinstance(applied, Refusal):
            log.info("%s of %s refused: %s", command.action.type, command.by, applied.value)
            await self._answer(Refused(robot=self._robot, id=command.id, session=command.session or "", reason=applied))
        else:
            await self._answer(Done(robot=self._robot, id=command.id, session=command.session, applied=applied))

    async def _carry_out(self, command: LeaderCommand) -> Applied | Refusal | None:
        """What was done, or why not; None for what is answered later."""
        action: LeaderAction = command.action
        match action:
            case MarkSeen() if not self._live.hand_raised:
                return Refusal.HAND_DOWN
            case MarkSeen():
                self._live.mark_seen()
                return self._floor()
            case GiveFloor(given=given):
                self._live.give_floor(given)
                return self._floor()
            case LowerHand():
                self._live.raise_hand(raised=False, now_s=0.0)
                return self._floor()
            case SetVolume() as volume:
                return await self._volume(volume, for_the_room=command.session is None)
            case AskHeard():
                return self._ask_heard(command)
            case SetPrivate(on=on):
                self._button.switch_private(on, command.by)
                return PrivateApplied(on=self._live.private)
            case SetMeetingMode(mode=mode):
                self._button.choose(mode, command.by)
                return MeetingModeApplied(mode=self._live.mode, private=self._live.private)
            case EndMeeting():
                log.info("%s ends the meeting", command.by)
                await self._end_session(EndReason.MEETING_OVER, "")
                self._button.over(command.by)
                return MeetingEnded()
            case RunPreflight(ice=ice):
                return self._look_over(command, ice)
            case LookAt() as look:
                return self._placing.look_at(look)
            case SavePlace() as place:
                return await self._placing.save(place)
            case RemovePlace() as place:
                return await self._placing.remove(place)
            case EndForPerson():
                log.info("%s ends the session", command.by)
                await self._end_session(EndReason.LEADER, command.session or "")
                return SessionEnded()

    def _look_over(self, command: LeaderCommand, ice: IceSetup) -> Refusal | None:
        async def answer(preflight: Preflight) -> None:
            await self._say(command, PreflightApplied(preflight=preflight))

        return None if self._preflight.ask(ice.servers, answer) else Refusal.BUSY

    async def _volume(self, wish: SetVolume, *, for_the_room: bool) -> VolumeApplied:
        applied = self._set_volume(wish)
        if for_the_room:
            await self._placing.keep_volume(applied.percent)
        return applied

    def _floor(self) -> FloorApplied:
        live = self._live
        return FloorApplied(raised=live.hand_raised, seen=live.hand_seen, floor=live.floor)
