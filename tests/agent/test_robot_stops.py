"""The robot's agent is told to stop, or its power goes: what it leaves, and how it comes back."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest

from protocol import topics
from protocol.commands import LookAt
from protocol.signals import Declined, EndReason, TurnedAway
from tests.agent.body import Page, Simulator, desk_at, running_robot
from tests.agent.test_robot import all_closed, body, end_of, in_the_room
from tests.broker import running_broker


async def test_sigterm_ends_it_within_two_seconds_with_the_head_at_rest(
    tmp_path: Path, other_simulator: Simulator
) -> None:
    with (
        running_broker(tmp_path) as broker,
        running_robot(tmp_path, other_simulator, broker) as robot,
    ):
        async with desk_at(broker) as desk, in_the_room(desk, "kari") as page:
            await desk.send(topics.COMMAND, desk.command(page, LookAt(pan_deg=170, tilt_deg=30)))
            await body(other_simulator, lambda s: s["pan_deg"] > 169, "the head to turn far")
            began = time.monotonic()
            robot.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(robot.wait, 20) == 0
            took_s = time.monotonic() - began
            assert (await end_of(desk, page)).reason is EndReason.STOPPING
        state = other_simulator.state()
    assert took_s < 4, "two seconds, and as much again for a busy machine"
    assert abs(state["pan_deg"]) < 2
    assert state["tilt_deg"] == pytest.approx(-20, abs=2)
    assert (state["eyes"], state["hand_light"], state["torque"]) == ("closed", "off", False)
    assert not state["camera_open"]
    assert not state["microphone_open"]


async def test_a_room_that_was_private_is_private_when_the_power_comes_back(
    tmp_path: Path, other_simulator: Simulator
) -> None:
    with running_broker(tmp_path) as broker:
        with running_robot(tmp_path, other_simulator, broker):
            async with desk_at(broker) as desk:
                await desk.until_state(lambda s: not s.private, "the robot")
                await asyncio.to_thread(other_simulator.press_button, "long")
                before = await desk.until_state(lambda s: s.private, "the button to make it private")
                kept = tmp_path / "robot-data" / "privacy.json"  # at once, for when the plug is pulled
                await body(other_simulator, lambda _: kept.exists(), "it to be kept")
        with running_robot(tmp_path, other_simulator, broker):
            async with desk_at(broker) as desk:
                await desk.until_state(lambda s: s.private and s.epoch != before.epoch, "it to be as it was")
                page = Page("kari")
                await page.offer(desk)
                said = await desk.word(Declined, lambda d: d.connection == page.connection)
                assert said.reason is TurnedAway.PRIVATE
                await page.close()
                await body(other_simulator, lambda s: s["privacy_light"] and not s["button_down"], "the light")
                await asyncio.to_thread(other_simulator.press_button, "long")
                await desk.until_state(lambda s: not s.private, "the button to lift it")


async def test_it_stops_in_time_though_the_broker_hangs(tmp_path: Path, other_simulator: Simulator) -> None:
    with (
        running_broker(tmp_path) as broker,
        running_robot(tmp_path, other_simulator, broker) as robot,
    ):
        async with desk_at(broker) as desk, in_the_room(desk, "kari"):
            await body(other_simulator, lambda s: s["camera_open"], "the camera to open")
            with broker.frozen():
                began = time.monotonic()
                robot.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(robot.wait, 20) == 0
                assert time.monotonic() - began < 4, "two seconds, and as much again for a busy machine"
            assert all_closed(other_simulator.state())
