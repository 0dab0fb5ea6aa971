"""Who may see and hear the room without holding the robot. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from protocol.meeting import MeetingMode
from protocol.watching import Choices, WatchOffer, WatchOver, WatchRole

MOST = 8  # connections that are encrypted and sent one by one, at some 3 % of a core each
KEPT_OUT: Final[Mapping[MeetingMode, frozenset[WatchRole]]] = {
    MeetingMode.GROUP: frozenset(("screen",)),
    MeetingMode.ONE_TO_ONE: frozenset(("screen", "relative", "leader")),
}
"""Whom the room's own way of taking part in the meeting keeps out. A companion is the person's own other tablet."""


@dataclass(frozen=True, slots=True)
class RoomNow:
    """What of the robot decides it: whose session holds it, in which seat (None: nobody's), what that person allows."""

    session: str | None = None
    seat: str | None = None
    choices: Choices = field(default_factory=Choices)
    private: bool = False
    mode: MeetingMode = MeetingMode.PLENARY
    stopping: bool = False


def passes_on(now: RoomNow, floor: bool, whisper: bool) -> bool:
    """Whether the person's voice goes to the rooms that watch: they allow it, have the floor, and the room is in
    plenary. A whisper is for the neighbour's ears."""
    heard = now.session is not None and now.choices.heard_elsewhere and floor and not whisper
    return heard and now.mode is MeetingMode.PLENARY and not now.private and not now.stopping


def why_not(offer: WatchOffer, now: RoomNow) -> WatchOver | None:
    """Why somebody may not watch now; None when they may.

    A leader may whenever the room is not private, also to set the robot up before the meeting. A screen is a room of
    the same course that was given its link for it, as long as somebody is in and the room is in plenary. A companion is
    another tablet of the seat that is in, by the same link or by the nurse's own. Relatives need the word of the person
    whose seat their link names.
    """
    if now.stopping:
        return WatchOver.STOPPING
    if now.private:
        return WatchOver.PRIVATE
    if offer.role in KEPT_OUT.get(now.mode, ()):
        return WatchOver.BY_ITSELF
    if offer.role == "leader":
        return None
    if now.session is None:
        return WatchOver.NOBODY_IN
    if offer.role in ("companion", "relative") and offer.seat != now.seat:
        return WatchOver.NOBODY_IN
    if offer.role == "relative" and not now.choices.relatives_watch:
        return WatchOver.NOT_ALLOWED
    return None
