"""The patient's page over a line, from the tap on: the demo at the near end, a browser at the far one."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from playwright.async_api import BrowserType, Page, ViewportSize

from bench.browsers import COMMON, HERE, clock_offset_100us, executable
from bench.line import BenchLine
from bench.room import Room, room_process
from bench.sender import child

PERIOD_S = 2.5  # of the chirps: a voice by TCP can be later than a second
VIEW: ViewportSize = {"width": 1180, "height": 820}
SCRIPTS = ("stamp.js", "sound.js", "thin.js")


@dataclass(frozen=True)
class Thin:
    """A person in the room by way of a line; `offset_100us` is how far the page's clock is ahead of ours."""

    page: Page
    room: Room
    offset_100us: float
    goals: Callable[[], Awaitable[list[dict[str, float]]]]
    """The last changes of the goals on the robot's bus, as the simulator tells them."""

    async def clock(self) -> float:
        """The page's, in 100 us."""
        now: float = await self.page.evaluate("clock()")
        return now


@asynccontextmanager
async def in_the_room(
    chromium: BrowserType, files: Path, line: BenchLine, *, shut: bool, to_room: bool
) -> AsyncIterator[Thin]:
    """Has tapped «Join»; who speaks is the person (`to_room`) or somebody in the room. `shut`: media cannot connect."""
    folder = Path(mkdtemp(prefix="demo-", dir=files))
    async with room_process(folder / "room", quiet=to_room, period_s=PERIOD_S) as room:
        words = ["--host", line.near_address, "--room", room.path, "--folder", str(folder)]
        async with child(sys.executable, "-m", "bench.thin_stage", *words, place=line.near) as demo:
            assert demo.stdout is not None
            said = await demo.stdout.readline()
            if not said:
                raise RuntimeError("the demo did not start; its words are above")
            link = json.loads(said)["patient"]
            async with _page(chromium, executable(files, line.far), link, shut=shut, speaks=to_room) as page:
                await page.get_by_role("button", name="Join", exact=True).click()
                yield Thin(page, room, await clock_offset_100us(page), _asks_goals(demo))


def _asks_goals(demo: asyncio.subprocess.Process) -> Callable[[], Awaitable[list[dict[str, float]]]]:
    async def goals() -> list[dict[str, float]]:
        assert demo.stdin is not None
        assert demo.stdout is not None
        demo.stdin.write(b"\n")
        found: list[dict[str, float]] = json.loads(await demo.stdout.readline())
        return found

    return goals


@asynccontextmanager
async def _page(chromium: BrowserType, program: str, link: str, *, shut: bool, speaks: bool) -> AsyncIterator[Page]:
    origin = link.split("/j/", maxsplit=1)[0]
    browser = await chromium.launch(
        executable_path=program, args=[*COMMON, f"--unsafely-treat-insecure-origin-as-secure={origin}"]
    )
    try:
        context = await browser.new_context(viewport=VIEW, bypass_csp=True)  # the recorder is a script of our own
        page = await context.new_page()
        await page.add_init_script(init_script(shut=shut, speaks=speaks))
        await page.goto(f"{link}?lang=en")
        yield page
    finally:
        await browser.close()


def init_script(*, shut: bool, speaks: bool) -> str:
    """What runs in the page before its own."""
    wish = json.dumps({"shut": shut, "speaks": speaks, "period": PERIOD_S})
    parts = [(HERE / name).read_text(encoding="utf-8") for name in SCRIPTS]
    return f"(() => {{ const wish = {wish};\n" + "\n".join(parts) + "\n})();"
