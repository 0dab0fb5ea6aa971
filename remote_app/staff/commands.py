"""`av1-app admin-link`: the one-time link, whether the service runs or not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from protocol.errors import SettingsError
from remote_app.settings import AppSettings
from remote_app.store import staff
from remote_app.store.errors import StoreError
from remote_app.store.service import open_store


def administrator_link(settings: AppSettings) -> str | None:
    """The token of a new link; None where there is an administrator. Raises SettingsError in words."""
    try:
        return asyncio.run(_administrator_link(settings))
    except StoreError as error:
        raise SettingsError(str(error)) from error


async def _administrator_link(settings: AppSettings) -> str | None:
    store = await open_store(settings)
    try:
        async with store.write() as session:
            if await staff.has_administrator(session):
                return None
            return await staff.new_link(session, None, datetime.now(UTC))
    finally:
        await store.close()
