"""The waiting room, and who is handed the steering, as the service's nodes tell each other: no robot reads it.

Every node acts on what it hears there, its own words too, so that all of them know the same.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import Companion, ConnectionId, LinkId, PersonName, RobotId, SeatId, Seconds, Wire

KNOCK_EVERY_S = 2.0
MISSED_KNOCKS = 3  # and nobody waits there any more

NodeId = Annotated[str, Field(pattern=r"^[a-z0-9]{8,32}$", description="One life of a node of the service")]


class LobbyKnock(Wire):
    """Somebody waits at this robot's door; said every two seconds. `waited_s` is how long, as far as is known."""

    type: Literal["lobby_knock"] = "lobby_knock"
    robot: RobotId
    seat: SeatId
    link: LinkId
    name: PersonName
    companion: Companion = ""
    waited_s: Seconds = 0.0
    node: NodeId


class LobbyAdmit(Wire):
    """A leader lets the person in."""

    type: Literal["lobby_admit"] = "lobby_admit"
    robot: RobotId
    link: LinkId
    by: PersonName


class LobbyDecline(Wire):
    """A leader does not let the person in now."""

    type: Literal["lobby_decline"] = "lobby_decline"
    robot: RobotId
    link: LinkId
    by: PersonName


class LobbyGone(Wire):
    """The person waits no longer, or has left the room: whoever comes by this link knocks again."""

    type: Literal["lobby_gone"] = "lobby_gone"
    robot: RobotId
    link: LinkId


class LobbyHandOver(Wire):
    """Whoever steers hands it to another tablet of the seat: the node that has its page tells it."""

    type: Literal["lobby_hand_over"] = "lobby_hand_over"
    robot: RobotId
    seat: SeatId
    to: ConnectionId


LobbyWord = Annotated[LobbyKnock | LobbyAdmit | LobbyDecline | LobbyGone | LobbyHandOver, Field(discriminator="type")]

LOBBY: TypeAdapter[LobbyWord] = TypeAdapter(LobbyWord)
