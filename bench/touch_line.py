"""Touch to bus over a line that loses one packet of ten: how soon a set-point is there although some are not."""

from __future__ import annotations

import asyncio
import logging

from playwright.async_api import Error as PageError

from bench.figures import Limit, Row
from bench.picture import Stage
from bench.rounds import Plan
from bench.thin import ThinLine
from bench.thin_page import in_the_room
from bench.touch import SETTLE_S, Finger, part_rows, whole_rows

log = logging.getLogger(__name__)

TOUCH_LINE_ROWS = ("touch-loss",)
TOUCHES, QUICK_TOUCHES = 150, 20
LINE = ThinLine("20 ms one way, 10 % loss", {"delay_ms": 20, "loss": 0.1})


async def touch_line_rows(stage: Stage, plan: Plan, only: set[str], skipped: list[str]) -> list[Row]:
    """The whole demo at the near end, the patient's page at the far one."""
    if stage.line is None or only.isdisjoint(TOUCH_LINE_ROWS):
        return []
    touches = QUICK_TOUCHES if plan.quick else TOUCHES
    try:
        await stage.line.tell({"profile": "clean"})
        async with in_the_room(stage.chromium, stage.files, stage.line, shut=False, to_room=False) as thin:
            await thin.page.locator("#quality").wait_for()
            finger = Finger(thin.page, await thin.page.context.new_cdp_session(thin.page), thin.goals)
            await finger.begin()
            await stage.line.tell(LINE.wish)
            await asyncio.sleep(SETTLE_S)
            parts = await finger.touch_arrows(touches)
            carried = await stage.line.tell({})
            await stage.line.tell({"profile": "clean"})
        log.info("touches on the line %s: %s, line %s", LINE.title, parts, carried)
        title = f"touch to bus, {LINE.title}"
        return [*whole_rows(title, parts, touches, Limit(), Limit(most=45)), *part_rows(title, parts)]
    except (RuntimeError, PageError) as error:
        skipped.append(f"touches on the line {LINE.title}: {error}")
        return []
