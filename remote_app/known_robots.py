"""Robots that a command may name: those of the settings, and those that only the store knows."""

from __future__ import annotations

import asyncio

from protocol.errors import SettingsError
from remote_app.access import EVERY_ROBOT
from remote_app.settings import AppSettings, RobotSettings


def with_robot(settings: AppSettings, robot: str | None) -> AppSettings:
    """The settings, with the store's robots where the settings' own are not meant. Raises SettingsError."""
    own = {known.id for known in settings.robots}
    if robot is None or robot == EVERY_ROBOT or robot in own:
        return settings
    from remote_app.store.engine import FILE  # not above: SQLAlchemy takes half a second to import
    from remote_app.store.errors import StoreError

    if not settings.store.address() and not (settings.data.directory / FILE).exists():
        return settings  # a robot that is asked for by mistake makes no database
    try:
        kept = asyncio.run(_kept(settings))
    except StoreError as error:
        raise SettingsError(f"whether {robot!r} is a robot of the store's cannot be seen: {error}") from error
    others = tuple(known for known in kept if known.id not in own)
    return settings.model_copy(update={"robots": settings.robots + others})


async def _kept(settings: AppSettings) -> list[RobotSettings]:
    from sqlalchemy import select

    from remote_app.store.models import Robot
    from remote_app.store.service import open_store

    store = await open_store(settings)
    try:
        async with store.read() as session:
            rows = await session.scalars(select(Robot).order_by(Robot.id))
            return [RobotSettings(id=row.id, place=row.place) for row in rows]
    finally:
        await store.close()
