"""Cancellation that a library lost on the way."""

from __future__ import annotations

import asyncio


def heed_cancellation() -> None:
    """Raises CancelledError if this task is being cancelled. Call it after awaiting `asyncio.wait_for`, as aiomqtt
    does inside: before Python 3.12 it swallows a cancellation that comes in the moment of the result (gh-81839)."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
