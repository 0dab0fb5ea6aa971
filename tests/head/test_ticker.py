"""The head's clock on a real event loop."""

from __future__ import annotations

import asyncio
import time

import pytest

from robot_agent.head.ticker import Ticker

FAR_S = 60.0


async def test_ticks_stay_on_the_grid() -> None:
    ticker = Ticker(0.01, 0.005)
    start = ticker.due
    ticks = 0
    while ticks < 20:
        ticks += await ticker.next() + 1
    assert asyncio.get_running_loop().time() >= start + 19 * 0.01
    assert ticker.due == pytest.approx(start + ticks * 0.01)


async def test_missed_ticks_are_counted_and_not_made_up_for() -> None:
    ticker = Ticker(0.01, 0.005)
    await ticker.next()
    await asyncio.sleep(0.055)
    missed = await ticker.next()
    assert missed >= 4
    assert ticker.stats.missed == missed
    assert ticker.stats.count == 2


async def test_a_hurry_brings_the_next_tick_forward() -> None:
    ticker = Ticker(FAR_S, 0.005)
    await ticker.next()
    start = time.monotonic()
    waiting = asyncio.create_task(ticker.next())
    await asyncio.sleep(0)
    ticker.hurry()
    await asyncio.wait_for(waiting, 5)
    assert time.monotonic() - start < 5
    assert ticker.due >= start + FAR_S
    assert ticker.stats.missed == 0


async def test_hurries_keep_their_distance() -> None:
    ticker = Ticker(FAR_S, 0.03)
    await ticker.next()
    last = asyncio.get_running_loop().time()
    for _ in range(3):
        ticker.hurry()
        await asyncio.wait_for(ticker.next(), 5)
        now = asyncio.get_running_loop().time()
        assert now - last >= 0.029
        last = now


async def test_a_hurry_just_before_a_tick_leaves_it_alone() -> None:
    ticker = Ticker(0.01, 0.001)
    await ticker.next()
    due = ticker.due
    await asyncio.sleep(0.0095)
    ticker.hurry()
    assert ticker.due == due


async def test_a_hurry_never_delays_a_tick() -> None:
    ticker = Ticker(0.01, 0.05)
    await ticker.next()
    due = ticker.due
    ticker.hurry()
    assert ticker.due == due


async def test_a_hurry_is_known_until_its_tick_has_come() -> None:
    """Also one that changes nothing, because the next tick is near: a slow answer is not asked for again then."""
    ticker = Ticker(0.01, 0.05)
    assert not ticker.hurried
    ticker.hurry()
    assert ticker.hurried
    await ticker.next()
    assert not ticker.hurried
    words = str(ticker.stats)
    assert words.startswith("1, of the last ones late by ")
    assert words.endswith("; 0 missed")
