"""Leaders who are logged out, withdrawn, or get other robots lead no longer from the pages that they have open."""

from __future__ import annotations

import logging
from typing import Final

from remote_app.context import Context
from remote_app.leaders import REFUSED_CODE, Leaders
from remote_app.staff.desk import StaffDesk
from remote_app.staff.who import StaffLeader
from remote_app.store.errors import StoreError

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0  # how late a logout or a withdrawal may work


async def run(context: Context) -> None:
    """Looks for ever, until cancelled."""
    while True:
        await context.records.changes.wait(LOOK_EVERY_S)
        await close_pages(context.switchboard.leaders, context.staff)


async def close_pages(leaders: Leaders, desk: StaffDesk) -> None:
    """Closes those pages; a page asks anew what it may. While the database is away all stay as they are."""
    try:
        open_now = [(page, page.claim) for page in leaders.pages if isinstance(page.claim, StaffLeader)]
        if not open_now:
            return
        now = await desk.leaders({claim.session for _, claim in open_now})
        for page, claim in open_now:
            if now.get(claim.session) != claim:
                page.outbox.close(REFUSED_CODE, "logged out, or of other robots now")
    except StoreError as error:
        log.error("leaders' pages stay as they were: %s", error)
