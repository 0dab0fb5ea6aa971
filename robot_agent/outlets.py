"""What the session tells the rest of the robot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protocol.live import SetPoint
from protocol.signals import EndReason, SignalFromRobot
from protocol.state import Fault
from robot_agent.ownership import Holder


@dataclass(frozen=True, slots=True)
class Outlets:
    """What the keeper tells the rest of the robot. Those that are not awaited return at once.

    `new_connection` comes with every connection that steers from now on, `opened` and `closed` once a session; they say
    whether the visit goes on, by another link of the same seat. `released` comes when nobody holds the robot any more,
    before camera and microphone are closed.
    """

    signal: Callable[[SignalFromRobot], Awaitable[None]]
    new_connection: Callable[[], None]
    opened: Callable[[Holder, bool], Awaitable[None]]
    closed: Callable[[Holder, EndReason, bool], Awaitable[None]]
    set_point: Callable[[SetPoint], None]
    fault: Callable[[Fault, str | None], None]
    changed: Callable[[], None]
    released: Callable[[], None] = lambda: None
