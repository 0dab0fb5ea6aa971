"""Before a meeting its robots look themselves over: asked once, half an hour before the start; leaders ask too."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

from protocol.commands import LeaderCommand
from protocol.preflight import RunPreflight
from protocol.state import RobotState
from protocol.topics import COMMAND
from remote_app.context import Context
from remote_app.errors import BrokerOffError
from remote_app.invited import OPENS_BEFORE

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 10.0  # of the half hour it is nothing, and a look is finished by then
ASKED_BY: Final = "tjenesten"  # in the robot's log alone


def is_due(starts: datetime, now: datetime, state: RobotState) -> bool:
    """Whether the robot is to look itself over for the meeting that starts then. Pure.

    What it found since it was due counts, whoever asked: the result is the robot's, so that every node knows it.
    """
    since_s = (now - (starts - OPENS_BEFORE)).total_seconds()
    if since_s < 0 or now >= starts or state.session is not None:
        return False
    return state.preflight is None or state.preflight.since_s > since_s


async def run(context: Context) -> None:
    """Asks the robots, until cancelled."""
    while True:
        await ask(context, datetime.now(UTC))
        await asyncio.sleep(LOOK_EVERY_S)


async def ask(context: Context, now: datetime) -> None:
    """Asks every robot that is due. Several nodes ask under the same name, and the robot does it once."""
    board = context.switchboard
    for robot, starts in context.invited.starts.items():
        room = board.rooms.get(robot)
        if room is None or room.epoch is None or room.state is None or not is_due(starts, now, room.state):
            continue
        command = LeaderCommand(
            id=f"preflight-{int(starts.timestamp())}",
            epoch=room.epoch,
            session=None,
            by=ASKED_BY,
            action=RunPreflight(ice=board.servers_of(robot)),
        )
        try:
            await context.bridge.publish(COMMAND, robot, command)
        except BrokerOffError as error:
            log.warning("%s: not asked to look itself over: %s", robot, error)
