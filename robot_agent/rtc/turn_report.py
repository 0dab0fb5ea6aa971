"""Every way to every TURN server tried from here, in words for the person who sets it up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from protocol.ice import IceServer
from robot_agent.rtc.turn_check import Checked, check_relay, ways_of

NONE_NAMED = "No TURN server is named: page and robot meet only where a direct path is there."
NONE_WORKS = "None works from here: page and robot meet only where a direct path is there."


async def try_all(servers: Sequence[IceServer]) -> tuple[Checked, ...]:
    """What became of each way, in the order in which the robot prefers them."""
    return tuple(await asyncio.gather(*(check_relay(way) for way in ways_of(servers))))


def report(checked: Sequence[Checked]) -> str:
    """One line for each way and a last one that says what follows from it."""
    if not checked:
        return NONE_NAMED
    works = [one for one in checked if one.fault is None]
    lines = [f"{'works' if one.fault is None else 'fails'}  {one}" for one in checked]
    return "\n".join([*lines, f"The robot will use {works[0].address}." if works else NONE_WORKS])
