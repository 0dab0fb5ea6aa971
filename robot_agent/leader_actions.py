"""What a course leader may do with the robot: the hand, the floor, *privat*, and the end of somebody's session."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from protocol.commands import (
    Applied,
    Done,
    EndForPerson,
    FloorApplied,
    GiveFloor,
    LeaderAction,
    LeaderCommand,
    LowerHand,
    MarkSeen,
    PrivateApplied,
    Refusal,
    Refused,
    SessionEnded,
    SetPrivate,
)
from robot_agent.command_gate import CommandGate
from robot_agent.live_state import LiveState

log = logging.getLogger(__name__)


class LeaderActions:
    """Checks a leader's command at the gate, does it, and answers it.

    `end_session` ends the session of this id, and nobody else's who came in the meantime; `set_private` is told what is
    wished and by whom, and does what the button does.
    """

    def __init__(
        self,
        robot: str,
        gate: CommandGate,
        live: LiveState,
        end_session: Callable[[str], Awaitable[None]],
        set_private: Callable[[bool, str], None],
        answer: Callable[[Done | Refused], Awaitable[None]],
    ) -> None:
        self._robot = robot
        self._gate = gate
        self._live = live
        self._end_session = end_session
        self._set_private = set_private
        self._answer = answer

    async def handle(self, command: LeaderCommand, epoch: str) -> None:
        """Carries out one command and answers it, whatever comes of it."""
        applied: Applied | Refusal = self._gate.check_leader(command, epoch) or await self._carry_out(command)
        if isinstance(applied, Refusal):
            log.info("%s of %s refused: %s", command.action.type, command.by, applied.value)
            await self._answer(Refused(robot=self._robot, id=command.id, session=command.session or "", reason=applied))
        else:
            await self._answer(Done(robot=self._robot, id=command.id, session=command.session, applied=applied))

    async def _carry_out(self, command: LeaderCommand) -> Applied | Refusal:
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
            case SetPrivate(on=on):
                self._set_private(on, command.by)
                return PrivateApplied(on=self._live.private)
            case EndForPerson():
                log.info("%s ends the session", command.by)
                await self._end_session(command.session or "")
                return SessionEnded()

    def _floor(self) -> FloorApplied:
        live = self._live
        return FloorApplied(raised=live.hand_raised, seen=live.hand_seen, floor=live.floor)
