"""The head end to end over a real pty: the stop rests it, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import time

import pytest

from protocol.state import Fault
from tests.head.fake_bus import FakeBus
from tests.head.running import HAND_UP, HAND_UP_BYTES, SLACK_S, Head, both_up, running, shown, until


async def test_stop_rests_from_the_far_end_in_time(fake: FakeBus) -> None:
    async with running(fake) as head:
        head.controller.set_lights(HAND_UP)
        await until(lambda: both_up(fake) and shown(fake) == HAND_UP_BYTES)
        head.controller.look_at(175, 40)
        await until(lambda: head.at(175, 40))
        start = time.monotonic()
        await head.controller.stop()
        assert time.monotonic() - start < 1.6 + SLACK_S
        assert fake.pan.deg == pytest.approx(0, abs=2)
        assert fake.tilt.deg == pytest.approx(-20, abs=2)
        assert not fake.pan.torque
        assert not fake.tilt.torque
        assert fake.pan.table[98] == fake.tilt.table[98] == 0, "no watchdog trips later"
        assert shown(fake) == bytes(8), "dark, and no fault pattern later"
        frames = fake.frames
        await asyncio.sleep(0.1)
        assert fake.frames == frames, "the port is closed"
        assert not head.controller.steer(10, 0, 99)


async def test_stop_with_a_blocked_head_or_without_a_body_ends_in_time(fake: FakeBus) -> None:
    async with running(fake) as head:
        await until(lambda: both_up(fake))
        head.controller.look_at(100, 0)
        await until(lambda: head.at(100, 0))
        fake.pan.blocked = True
        start = time.monotonic()
        await head.controller.stop()
        assert time.monotonic() - start < 1.6 + SLACK_S
        assert not fake.pan.torque
    fake.unplug()
    async with running(fake) as head:
        await until(lambda: Fault.HEAD in head.faults)
        start = time.monotonic()
        await head.controller.stop()
        assert time.monotonic() - start < 0.5 + SLACK_S


async def test_stop_after_a_cancelled_run_still_rests_the_head(fake: FakeBus) -> None:
    async with running(fake) as head:
        head.controller.set_lights(HAND_UP)
        await until(lambda: both_up(fake) and shown(fake) == HAND_UP_BYTES)
        head.controller.look_at(60, 20)
        await until(lambda: head.at(60, 20))
    await head.controller.stop()
    assert fake.pan.deg == pytest.approx(0, abs=2)
    assert not fake.pan.torque
    assert shown(fake) == bytes(8)
    await head.controller.stop()


async def test_stop_before_run_does_nothing(fake: FakeBus) -> None:
    await Head(fake).controller.stop()
    assert fake.frames == 0
