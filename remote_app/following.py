"""Which room a screen follows, and what it shows of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from protocol.leader import ElsewhereHand
from protocol.meeting import MeetingMode
from protocol.screen import RoomShown, ScreenView, Speaker
from protocol.state import RobotState


@dataclass(frozen=True, slots=True)
class RoomSeen:
    """One room of the meeting, as a node knows it."""

    robot: str
    place: str
    present: bool
    state: RobotState | None


def name_elsewhere(state: RobotState | None) -> str:
    """The person's name as other municipalities see it: empty unless the person allows it."""
    if state is None or state.session is None or not state.choices.named_elsewhere:
        return ""
    return state.session.name


def room_now(room: RoomSeen) -> RoomShown:
    """Whether a screen may follow this room, and why not."""
    state = room.state
    if not room.present or state is None:
        return "off"
    if state.mode is MeetingMode.BREAK:
        return "break"
    if state.private:
        return "private"
    if state.mode is not MeetingMode.PLENARY:
        return "by_itself"
    return "open" if state.session is not None else "nobody_in"


def view(own: RoomSeen, others: Iterable[RoomSeen], queue: tuple[ElsewhereHand, ...]) -> ScreenView:
    """What a screen shows whose link names `own`. `others` are the rooms that are in plenary with it, `queue` theirs.

    Whoever has the floor is followed; where several have it, the own room first, then by robot id. Of a room that is by
    itself nothing is shown, its hands neither: a screen may hang in another one.
    """
    speaking = sorted(
        (room for room in (own, *others) if room_now(room) == "open" and room.state and room.state.hand.floor),
        key=lambda room: (room.robot != own.robot, room.robot),
    )
    closed = room_now(own) in ("by_itself", "break", "private")
    shown = speaking[0] if speaking and not closed else own
    state = shown.state
    floor = room_now(shown) == "open" and state is not None and state.hand.floor
    return ScreenView(
        robot=shown.robot,
        where=shown.place,
        room=room_now(shown),
        speaker=Speaker(where=shown.place, name=name_elsewhere(state)) if floor else None,
        heard=floor and state is not None and state.choices.heard_elsewhere,
        queue=() if closed else queue,
    )
