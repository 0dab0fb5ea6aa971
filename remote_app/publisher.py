"""The way to robots and nodes, as the rest of the service sees it."""

from __future__ import annotations

from typing import Protocol

from protocol.base import Wire
from protocol.rescue import RescueParcel
from protocol.topics import Channel


class Publisher(Protocol):
    """The way to the robots, and to the other nodes."""

    @property
    def connected(self) -> bool:
        """Whether a message has a chance now."""

    async def publish(self, channel: Channel, robot: str, message: Wire) -> None:
        """Raises BrokerOffError."""

    async def publish_parcel(self, robot: str, parcel: RescueParcel) -> None:
        """Raises BrokerOffError."""
