"""The SDK's end of the simulated bus."""

from __future__ import annotations

from typing import Any

from dynamixel_sdk import PortHandler, port_handler

PATIENCE_MS = 100  # the SDK's own 16 are for a USB adapter and lose answers on a busy machine; it waits twice this


def opened_port(name: str) -> Any:
    """The SDK's port, open."""
    port_handler.LATENCY_TIMER = PATIENCE_MS
    port = PortHandler(name)
    assert port.openPort()
    return port
