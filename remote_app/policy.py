"""Who may do what, over HTTP, WebSocket and MQTT: the one table, and the only place that decides. Pure.

A deed of a WebSocket is named by the wire's own tag: of the message, or of the action inside it. The others are named
here. Whoever has a link has the deeds of its role (`BY_LINK`), whoever is logged in those of theirs (`BY_LOGIN`), and
at robots and sites that are theirs alone. What stands in no table nobody may.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final, Literal

from protocol.base import Wire
from protocol.leader import LeaderAct
from protocol.topics import Channel, FrameChannel
from protocol.web import Act
from remote_app.access import Claim, Leader, LinkRole, StaffRole

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
        "hand_over",
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
        "set_meeting_mode",
        "end_meeting",
        "look_at",
        "save_place",
        "remove_place",
        "run_preflight",
        "end_for_person",
        "leader_text",
        "leader_watch",
        "leader_unwatch",
        "make_screen",
        "withdraw_screen",
        "leader_ping",
    )
)
SCREENING: Final = frozenset(("screen_watch", "stop_watching", "leave"))
WATCHING: Final = frozenset(("watch", "stop_watching", "leave"))
# By a link, over HTTP: what it is good for, how well the line carries, and the WebSocket of the room or of the leaders.
WITH_A_LINK: Final = frozenset(("see_link", "measure_line"))
BY_LINK: Final[Mapping[str, frozenset[str]]] = {
    "patient": IN_THE_SEAT | WITH_A_LINK | {"open_room", "answer_form"},
    "nurse": IN_THE_SEAT | WITH_A_LINK | {"open_room", "answer_form"},
    "relative": WATCHING | WITH_A_LINK | {"open_watch"},
    "screen": SCREENING | WITH_A_LINK | {"open_screen"},
    "leader": LEADING | {"lead"},
}
# By login, over HTTP. A leader's deeds are about their own sites.
OF_A_LEADER: Final = frozenset(("lead", "see_courses", "see_log", "see_answers", "export", "keep_account"))
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
        "keep_account",
    )
)
OF_AN_ADMINISTRATOR: Final = OF_A_LEADER | OF_A_COORDINATOR | {"manage_staff", "pair_robot"}
STAFF_DEEDS: Final = OF_AN_ADMINISTRATOR  # all of them
BY_LOGIN: Final[Mapping[str, frozenset[str]]] = {
    "leader": OF_A_LEADER | LEADING,
    "coordinator": OF_A_COORDINATOR,
    "administrator": OF_AN_ADMINISTRATOR | LEADING,
}


def may(who: Claim | Leader, deed: str, robot: str) -> bool:
    """Whether the holder of this link, or a leader who is logged in, may do this at this robot."""
    table = BY_LINK if isinstance(who, Claim) else BY_LOGIN
    return deed in table.get(who.role, ()) and who.covers(robot)


def link_may(role: LinkRole, deed: str) -> bool:
    """Whether a link of this role opens this at all."""
    return deed in BY_LINK[role]


def staff_may(role: StaffRole, deed: str) -> bool:
    """Whether somebody who is logged in may do this, at the sites that are theirs."""
    return deed in BY_LOGIN[role]


def log_sites(role: StaffRole, own: Set[str]) -> Set[str] | None:
    """The sites whose part of the access log somebody who is logged in sees; None is the whole, logins too."""
    return own if role == "leader" else None


def of_robot(channel: Channel | FrameChannel) -> Literal["read", "write"]:
    """What a robot may do with this channel of its own over MQTT; with another robot's and the nodes' own, nothing."""
    return "write" if channel.from_robot else "read"


def deed_of(message: Wire) -> str:
    """What a message asks for, by its tag."""
    if isinstance(message, Act | LeaderAct):
        return message.action.type
    return str(getattr(message, "type"))  # noqa: B009 (every message of a union has one, `Wire` itself has none)
