"""A node that is killed in mid-meeting, as the people see it: real pages in Chromium, a real robot, its picture."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from hardware_sim.demo.programs import CHEAP, Programs, SimulatedRobot
from tests.e2e.tablet import FLAGS, TABLET
from tests.nodes.conftest import Site, proxy

pytestmark = [pytest.mark.browser, pytest.mark.alone]  # the picture is watched for a gap

ROBOT = "luroy"
WAIT_MS = 30_000
PAUSE_MS = 2000  # what people may see of it
WATCH = """() => {
    const video = document.querySelector("video");
    const headings = () => [...document.querySelectorAll("h1, h2")].map((one) => one.textContent);
    const before = headings();
    window.seen = {last: performance.now(), longest: 0, count: 0, words: []};
    const look = (now) => {
        seen.longest = Math.max(seen.longest, now - seen.last);
        seen.last = now;
        seen.count += 1;
        video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    const read = () => seen.words.push(...headings().filter((one) => !before.includes(one)));
    new MutationObserver(read).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
LONGEST = "Math.max(seen.longest, performance.now() - seen.last)"


@pytest.fixture
async def robot(site: Site, tmp_path: Path) -> AsyncIterator[str]:
    """A robot in its simulated room, at the broker of all nodes."""
    logging.getLogger("hardware_sim.demo").setLevel(logging.INFO)
    programs = Programs(tmp_path, "127.0.0.1")
    try:
        one = SimulatedRobot(ROBOT, ROBOT, CHEAP)
        await programs.agent(one, await programs.simulator(one, 0), site.broker.url)
        yield ROBOT
    finally:
        await programs.leave()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def screen(chromium: Browser, address: str) -> AsyncIterator[Page]:
    """Somebody's own browser, in Norwegian; a fault of the page itself fails the test."""
    context = await chromium.new_context(
        viewport={"width": TABLET["width"], "height": TABLET["height"]},
        has_touch=True,
        permissions=["microphone"],
        locale="nb-NO",
    )
    context.set_default_timeout(WAIT_MS)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(address)
    yield page
    await context.close()
    assert not errors


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).tap()


async def says(page: Page, words: str) -> None:
    await expect(page.locator("main")).to_contain_text(words, timeout=WAIT_MS)


async def come_in(patient: Page, leader: Page) -> None:
    """The patient knocks, is let in, and the picture moves; from now on it is watched."""
    await press(patient, "Bli med")
    await leader.get_by_role("button", name="Slipp inn – Kari", exact=True).click()
    await patient.wait_for_function(
        "() => (document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 10", timeout=WAIT_MS
    )
    await patient.evaluate(WATCH)


async def hand(patient: Page, leader: Page, *, up: bool) -> None:
    """The patient's tap comes to the leader, and what came of it back."""
    await press(patient, "Rekk opp hånda" if up else "Ta ned hånda")
    lines = leader.get_by_role("region", name="Hender", exact=True).get_by_role("listitem").filter(has_text="Kari")
    await expect(lines).to_have_count(int(up), timeout=WAIT_MS)
    await expect(patient.get_by_role("button", name="Ta ned hånda" if up else "Rekk opp hånda")).to_be_visible()


async def test_nobody_sees_that_a_node_was_killed_or_begins(site: Site, robot: str, chromium: Browser) -> None:
    async with (
        site.node() as dying,
        proxy(dying.port, site.second.port) as front,
        screen(chromium, f"http://127.0.0.1:{site.second.port}/l/{site.token('Ane', robot, 'leader')}") as leader,
        screen(chromium, f"http://127.0.0.1:{front}/j/{site.token(robot=robot)}") as patient,
    ):
        await come_in(patient, leader)
        await hand(patient, leader, up=True)
        dying.kill()
        await hand(patient, leader, up=False)
        await hand(patient, leader, up=True)
        async with site.node() as begun:
            await leader.get_by_role("button", name="Sett – Kari", exact=True).click()
            await says(patient, "Sett av kurslederen")
            assert begun.port != dying.port
        await says(patient, "Sett av kurslederen")
        assert await patient.evaluate("seen.count") > 0
        assert await patient.evaluate(LONGEST) < PAUSE_MS, "the picture goes from the robot to the page"
        assert await patient.evaluate("seen.words") == [], "nothing was said of it"
        await press(patient, "Forlat")
