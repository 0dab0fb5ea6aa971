"""The walks through the code lead through files that there are."""

from __future__ import annotations

import os
import re
from pathlib import Path

from hardware_sim.bus.packets import Instruction as Packet
from hardware_sim.bus.packets import Parser
from robot_agent.head.frames import BROADCAST_ID, Instruction, InstructionFrame
from robot_agent.head.registers import GOAL_POSITION
from robot_agent.head.settings import PanSettings, TiltSettings

ROOT = Path(__file__).parents[1]
PACKAGES = ("protocol", "robot_agent", "remote_app", "hardware_sim", "bench", "tests")
OTHERS = {"node_modules", "static", "__pycache__"}  # not ours, or made from ours
NAMED = re.compile(r"`([\w./-]+\.(?:py|tsx?))`")


def ours() -> list[str]:
    """Every file of the packages, with a slash before its path."""
    files = []
    for package in PACKAGES:
        for folder, folders, names in os.walk(ROOT / package):
            folders[:] = set(folders) - OTHERS
            files += [f"/{Path(folder, name).relative_to(ROOT).as_posix()}" for name in names]
    return files


def test_every_file_that_a_walk_names_is_there() -> None:
    named = set(NAMED.findall((ROOT / "docs" / "walks.md").read_text(encoding="utf-8")))
    assert len(named) > 80
    files = ours()
    assert [name for name in sorted(named) if not any(file.endswith(f"/{name}") for file in files)] == []


def test_the_bytes_of_the_first_walk_are_those_that_the_bus_gets() -> None:
    walk = (ROOT / "docs" / "walks.md").read_text(encoding="utf-8")
    found = re.search(r"^ *((?:[0-9a-f]{2} +)+[0-9a-f]{2})$", walk, re.MULTILINE)
    assert found is not None
    goals = {axis.id: axis.to_servo(deg) for axis, deg in ((PanSettings(), 10.0), (TiltSettings(), -5.0))}
    params = b"".join(bytes((servo,)) + GOAL_POSITION.encode(deg) for servo, deg in goals.items())
    place = GOAL_POSITION.address.to_bytes(2, "little") + GOAL_POSITION.size.to_bytes(2, "little")
    frame = InstructionFrame(BROADCAST_ID, Instruction.SYNC_WRITE, place + params)
    assert bytes.fromhex(found[1]) == frame.to_bytes()
    (packet,) = Parser().feed(frame.to_bytes(), 0.0)
    assert isinstance(packet, Packet)
    assert packet.params == place + params
