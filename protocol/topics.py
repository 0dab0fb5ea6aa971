"""Topics and delivery rules as data: `av1/1/robots/<robot>/<channel>`.

MQTT 3.1.1, QoS 0 and 1, no dot in a topic, no overlapping subscriptions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from protocol import commands, events, live, lobby, nodes, signals, state, text
from protocol.base import ID_PATTERN, MAX_PAYLOAD_BYTES
from protocol.errors import TopicError
from protocol.rescue import MAX_PARCEL_BYTES

PREFIX = "av1/1"
ROLL_CALL = f"{PREFIX}/roll-call"  # a node that starts asks; robots answer with their state, nodes with what they know
NODES = f"{PREFIX}/nodes"  # from node to node, about no robot: `nodes.NODE_WORD`, QoS 1
MAX_NODE_WORD_BYTES = 1024

STATE_INTERVAL_SESSION_S = 1.0
STATE_INTERVAL_REST_S = 5.0
MISSED_BEATS_OFFLINE = 3  # presence is the age of the heartbeat


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of traffic about a robot. `from_robot` says who publishes; `limit` is in bytes."""

    name: str
    qos: int = field(kw_only=True)
    retain: bool = field(kw_only=True)
    from_robot: bool = field(kw_only=True)
    limit: int = field(kw_only=True, default=MAX_PAYLOAD_BYTES)

    def topic(self, robot: str) -> str:
        """The channel's topic for one robot, or `+` for all."""
        return f"{PREFIX}/robots/{robot}/{self.name}"


@dataclass(frozen=True, slots=True)
class Channel(Route):
    """A route of messages: JSON."""

    messages: TypeAdapter[Any]


@dataclass(frozen=True, slots=True)
class FrameChannel(Route):
    """A route of `protocol.rescue` parcels: bytes, delivered now or never, and never stored."""

    qos: int = field(kw_only=True, default=0)
    retain: bool = field(kw_only=True, default=False)
    limit: int = field(kw_only=True, default=MAX_PARCEL_BYTES)


PRESENCE = Channel("presence", state.PRESENCE, qos=1, retain=True, from_robot=True, limit=1024)
STATE = Channel("state", state.STATE, qos=0, retain=True, from_robot=True, limit=16 * 1024)
COMMAND = Channel("command", commands.COMMAND, qos=1, retain=False, from_robot=False, limit=8 * 1024)
REPLY = Channel("reply", commands.REPLY, qos=1, retain=False, from_robot=True, limit=8 * 1024)
SIGNAL_IN = Channel("signal-in", signals.SIGNAL_TO_ROBOT, qos=1, retain=False, from_robot=False)
SIGNAL_OUT = Channel("signal-out", signals.SIGNAL_FROM_ROBOT, qos=1, retain=False, from_robot=True)
EVENT = Channel("event", events.EVENT, qos=1, retain=False, from_robot=True, limit=8 * 1024)
SET_POINT = Channel("set-point", live.FAR_SET_POINT, qos=0, retain=False, from_robot=False, limit=live.MAX_LIVE_BYTES)
POSE = Channel("pose", state.POSE, qos=0, retain=False, from_robot=True, limit=live.MAX_LIVE_BYTES)

CHANNELS = (PRESENCE, STATE, COMMAND, REPLY, SIGNAL_IN, SIGNAL_OUT, EVENT, SET_POINT, POSE)
RESCUE_OUT = FrameChannel("rescue-out", from_robot=True)
RESCUE_IN = FrameChannel("rescue-in", from_robot=False)
FRAME_CHANNELS = (RESCUE_OUT, RESCUE_IN)
ROUTES: tuple[Channel | FrameChannel, ...] = (*CHANNELS, *FRAME_CHANNELS)
LOBBY = Channel("lobby", lobby.LOBBY, qos=1, retain=False, from_robot=False, limit=2048)
TEXT = Channel("text", text.TEXT_LINE, qos=0, retain=False, from_robot=False, limit=4096)
TEXT_DONE = Channel("text-done", text.TEXT_LINE, qos=1, retain=False, from_robot=False, limit=4096)
HOLD = Channel("hold", nodes.SEAT_HOLD, qos=1, retain=False, from_robot=False, limit=1024)
NODE_CHANNELS = (LOBBY, TEXT, TEXT_DONE, HOLD)  # from node to node: no robot reads or writes them, and none may
_BY_NAME = {route.name: route for route in (*ROUTES, *NODE_CHANNELS)}
_ROBOT = re.compile(ID_PATTERN)


def parse_topic(topic: str) -> tuple[str, Channel | FrameChannel]:
    """Robot and route of a topic. Raises TopicError for anything else."""
    parts = topic.split("/")
    if len(parts) != 5 or "/".join(parts[:3]) != f"{PREFIX}/robots":
        raise TopicError(topic)
    robot, name = parts[3], parts[4]
    if not _ROBOT.match(robot) or name not in _BY_NAME:
        raise TopicError(topic)
    return robot, _BY_NAME[name]
