"""Who may do what: the one table, and the only place that decides. Pure.

A deed is named by the wire's own tag: of the message, or of the action inside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from protocol.base import Wire
from protocol.leader import LeaderAct
from protocol.web import Act
from remote_app.access import Claim, Leader, StaffRole

SOUND: Final = "sound"  # frames of the rescue path carry no tag

IN_THE_SEAT: Final = frozenset(
    (
        "connect",
        "beat",
        "rescue",
        SOUND,
        "set_point",
        "write_text",
        "knock",
        "leave",
        "raise_hand",
        "speak",
        "look_at",
        "make_gesture",
        "set_mood",
        "set_volume",
        "listen_only",
        "ask_heard",
        "take_still",
        "crop_still",
        "set_choices",
        "watch",
        "stop_watching",
        "end_session",
    )
)
LEADING: Final = frozenset(
    (
        "admit",
        "turn_down",
        "mark_seen",
        "give_floor",
        "lower_hand",
        "set_volume",
        "ask_heard",
        "set_private",
        "look_at",
        "save_place",
        "remove_place",
        "end_for_person",
        "leader_text",
        "leader_watch",
        "leader_unwatch",
        "leader_ping",
    )
)
WATCHING: Final = frozenset(("watch", "stop_watching", "leave"))
# Staff who are logged in, over HTTP. A leader's deeds are about their own sites.
OF_A_LEADER: Final = frozenset(("lead", "see_courses", "see_log", "see_answers", "export"))
OF_A_COORDINATOR: Final = frozenset(
    (
        "see_courses",
        "edit_courses",
        "invite",
        "withdraw_link",
        "see_log",
        "see_answers",
        "edit_forms",
        "see_use",
        "export",
        "see_staff",
    )
)
OF_AN_ADMINISTRATOR: Final = OF_A_LEADER | OF_A_COORDINATOR | {"manage_staff", "pair_robot"}
STAFF_MAY: Final[Mapping[StaffRole, frozenset[str]]] = {
    "leader": OF_A_LEADER,
    "coordinator": OF_A_COORDINATOR,
    "administrator": OF_AN_ADMINISTRATOR,
}
STAFF_DEEDS: Final = OF_AN_ADMINISTRATOR  # all of them
MAY: Final[Mapping[str, frozenset[str]]] = {
    "patient": IN_THE_SEAT,
    "relative": WATCHING,
    "leader": LEADING,
    "administrator": LEADING,
}


def may(claim: Claim | Leader, deed: str, robot: str) -> bool:
    """Whether the holder of this link, or whoever is logged in, may do this at this robot."""
    return deed in MAY.get(claim.role, ()) and claim.covers(robot)


def staff_may(role: StaffRole, deed: str) -> bool:
    """Whether somebody who is logged in may do this, at the sites that are theirs."""
    return deed in STAFF_MAY[role]


def deed_of(message: Wire) -> str:
    """What a message asks for, by its tag."""
    if isinstance(message, Act | LeaderAct):
        return message.action.type
    return str(getattr(message, "type"))  # noqa: B009 (every message of a union has one, `Wire` itself has none)
