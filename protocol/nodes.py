"""What the service's nodes tell each other beside the waiting room and the texts; no robot reads it.

Which node has the page that holds a seat, that a node is gone, and who guessed wrongly: so that a page may come back at
any node, and limits count the same whichever node is asked.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import ConnectionId, LinkId, RobotId, Sequence, SessionId, Wire
from protocol.lobby import NodeId

HOLD_AGAIN_S = 30.0  # said again so often while it is held; a node that dies is told of by the broker at once
MISSED_HOLDS = 3  # and nobody holds it any more

TabId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,43}$", description="What a page calls itself; may be empty")]


class SeatHold(Wire):
    """A page of this link holds the seat at this node; or its line has dropped; or it has left for good.

    Every page that takes the seat has the next `turn`: the highest counts, and of equal ones the greater node.
    `opened_at` is when the page opened, by the node's clock: of two that are one tab the younger lives.
    """

    type: Literal["seat_hold"] = "seat_hold"
    robot: RobotId
    link: LinkId
    node: NodeId
    turn: Sequence
    state: Literal["held", "dropped", "left"]
    tab: TabId = ""
    session: SessionId
    connection: ConnectionId | None = None
    opened_at: Annotated[float, Field(ge=0, le=2**53, description="Seconds since 1970")]


class NodeGone(Wire):
    """The broker says that a node is gone (its last will): what it held, nobody holds."""

    type: Literal["node_gone"] = "node_gone"
    node: NodeId


class Missed(Wire):
    """Somebody was wrong at this node, which counts at all of them. `who` is a keyed hash, never an address."""

    type: Literal["missed"] = "missed"
    node: NodeId
    desk: Literal["code", "login"]
    who: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,43}$")]
    account: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,43}$")] = ""


NodeWord = Annotated[NodeGone | Missed, Field(discriminator="type")]

SEAT_HOLD: TypeAdapter[SeatHold] = TypeAdapter(SeatHold)
NODE_WORD: TypeAdapter[NodeWord] = TypeAdapter(NodeWord)
