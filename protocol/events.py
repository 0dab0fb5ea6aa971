"""Things that happened at a robot, once each: for the log and the leader, never needed to know the state."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from protocol.base import Epoch, PersonName, RobotId, SessionId, Wire
from protocol.signals import EndReason
from protocol.state import Fault


class SessionOpened(Wire):
    """Somebody holds the robot from now on."""

    type: Literal["session_opened"] = "session_opened"
    robot: RobotId
    epoch: Epoch
    session: SessionId
    name: PersonName


class SessionClosed(Wire):
    """Camera and microphone are closed, and why."""

    type: Literal["session_closed"] = "session_closed"
    robot: RobotId
    epoch: Epoch
    session: SessionId
    reason: EndReason


class FaultRaised(Wire):
    """A part stopped working, or does so for another reason than before; `detail` says what the reader can do."""

    type: Literal["fault_raised"] = "fault_raised"
    robot: RobotId
    epoch: Epoch
    fault: Fault
    detail: Annotated[str, Field(max_length=300)] = ""


class FaultCleared(Wire):
    """A part works again."""

    type: Literal["fault_cleared"] = "fault_cleared"
    robot: RobotId
    epoch: Epoch
    fault: Fault


class ButtonPressed(Wire):
    """The button on the robot: short asks how it is, long is *privat* on or off, very long turns it off."""

    type: Literal["button_pressed"] = "button_pressed"
    robot: RobotId
    epoch: Epoch
    press: Literal["short", "long", "very_long"]


Event = Annotated[
    SessionOpened | SessionClosed | FaultRaised | FaultCleared | ButtonPressed, Field(discriminator="type")
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
