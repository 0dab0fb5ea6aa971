"""How a room takes part in the meeting, as its course leader has chosen. The robot keeps it and tells it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from protocol.base import Wire


class MeetingMode(StrEnum):
    """Each room has its own; what the rooms of a meeting have in common is that they are in *plenary*."""

    PLENARY = "plenary"
    """With the other municipalities: one queue of hands, and screens that follow."""
    GROUP = "group"
    """This room only: a queue of its own, and nobody of the other rooms sees or hears it."""
    ONE_TO_ONE = "one_to_one"
    """The person and whoever is with the robot: nobody looks on, relatives and leaders neither."""
    BREAK = "break"
    """Private by itself, until it is over."""


class SetMeetingMode(Wire):
    """What the room does from now on; needs no session. The end of a break lifts *privat* unless somebody else pressed
    it meanwhile."""

    type: Literal["set_meeting_mode"] = "set_meeting_mode"
    mode: MeetingMode


class EndMeeting(Wire):
    """The meeting is over in this room: whoever is in is told so and goes, and the room is in plenary again."""

    type: Literal["end_meeting"] = "end_meeting"


class MeetingModeApplied(Wire):
    """How the room takes part now, and whether it is private."""

    type: Literal["meeting_mode_applied"] = "meeting_mode_applied"
    mode: MeetingMode
    private: bool


class MeetingEnded(Wire):
    """Nobody is in any more."""

    type: Literal["meeting_ended"] = "meeting_ended"


class MeetingOver(Wire):
    """To a page: the meeting is over, and its link opens nothing before the next one."""

    type: Literal["meeting_over"] = "meeting_over"
