"""The button of a robot as it runs: it speaks with its microphone closed, and it goes off."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from protocol.events import ButtonPressed, FaultRaised
from protocol.state import Fault, HandLight
from tests.agent.body import WAIT_S, Desk, Simulator, desk_at, robot_settings
from tests.broker import running_broker


async def heard(simulator: Simulator, fits: Callable[[dict[str, Any]], bool], what: str) -> None:
    """Waits until the body is so; the microphone is closed all the while."""
    deadline_s = time.monotonic() + WAIT_S
    while not fits(state := await asyncio.to_thread(simulator.state)):
        assert not state["microphone_open"]
        assert time.monotonic() < deadline_s, f"{what}: {state}"
        await asyncio.sleep(0.05)


async def pressed(desk: Desk, simulator: Simulator, press: str) -> None:
    await heard(simulator, lambda now: not now["button_down"], "the button to be up")
    await asyncio.to_thread(simulator.press_button, press)
    await desk.word(ButtonPressed, lambda event: event.press == press)


async def test_short_speaks_low_is_told_and_very_long_turns_it_off(tmp_path: Path, other_simulator: Simulator) -> None:
    off = tmp_path / "off"
    with running_broker(tmp_path) as broker:
        settings = robot_settings(tmp_path, other_simulator, broker)
        command = f'language = "en"\noff_command = ["touch", "{off}"]\n'
        text = settings.read_text().replace("[mqtt]", f"{command}[mqtt]") + "[head.button]\noff_s = 2\n"
        settings.write_text(text)
        robot = await asyncio.to_thread(
            subprocess.Popen, [sys.executable, "-m", "robot_agent.cli", "--config", str(settings)]
        )
        try:
            async with desk_at(broker) as desk:
                await desk.until_state(lambda s: s.battery is not None, "the board to have been looked at")
                await pressed(desk, other_simulator, "short")
                await desk.until_state(lambda s: s.speaking and s.hand_light is HandLight.TELLING, "it to speak")
                await heard(other_simulator, lambda now: now["speaker_dbfs"] > -60, "the speaker")
                await asyncio.to_thread(other_simulator.post, "body", battery_percent=10)
                await desk.word(FaultRaised, lambda event: event.fault is Fault.BATTERY_LOW)
                await pressed(desk, other_simulator, "very_long")
                assert await asyncio.to_thread(robot.wait, WAIT_S) == 0
            assert off.exists()
            state = other_simulator.state()
            assert (state["eyes"], state["torque"], state["microphone_open"]) == ("closed", False, False)
        finally:
            other_simulator.post("body", battery_percent=80)
            robot.kill()
            robot.wait(WAIT_S)
