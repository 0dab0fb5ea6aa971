"""Imports point one way: who may import whom, checked on every source file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("protocol", "robot_agent", "remote_app", "hardware_sim", "tests", "bench", "tools")
ALLOWED = {
    "protocol": {"protocol"},
    "robot_agent": {"protocol", "robot_agent"},
    "remote_app": {"protocol", "remote_app"},
    "hardware_sim": {"protocol", "hardware_sim"},
    "hardware_sim/demo": {"protocol", "hardware_sim", "robot_agent", "remote_app"},
}
# Inside the robot: pure rules <- drivers <- session and controllers <- service.
ROBOT_PARTS = {
    "robot_agent/head": {"robot_agent.head"},
    "robot_agent/media": {"robot_agent.media"},
    "robot_agent/rtc": {"robot_agent.rtc", "robot_agent.media", "robot_agent.memory"},
}


def imports(file: Path) -> set[str]:
    """Full names of all modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative imports hide where things come from"
            found.add(node.module or "")
    return found


def sources(place: str) -> list[Path]:
    return sorted(f for f in (ROOT / place).rglob("*.py") if "node_modules" not in f.parts)


@pytest.mark.parametrize("place", sorted(ALLOWED))
def test_packages_import_only_what_they_may(place: str) -> None:
    assert sources(place), f"{place} has no source"
    for file in sources(place):
        if place == "hardware_sim" and "demo" in file.relative_to(ROOT).parts:
            continue
        ours = {name.split(".")[0] for name in imports(file)} & set(OURS)
        assert ours <= ALLOWED[place], f"{file.relative_to(ROOT)} imports {ours - ALLOWED[place]}"


@pytest.mark.parametrize("place", sorted(ROBOT_PARTS))
def test_the_robots_parts_know_only_what_is_below_them(place: str) -> None:
    for file in sources(place):
        inner = {name for name in imports(file) if name.split(".")[0] == "robot_agent"}
        bad = {name for name in inner if not any(name.startswith(part) for part in ROBOT_PARTS[place])}
        assert not bad, f"{file.relative_to(ROOT)} imports {bad}"


def test_the_webrtc_library_is_imported_in_one_place() -> None:
    for package in ("protocol", "robot_agent", "remote_app", "hardware_sim"):
        for file in sources(package):
            used = {name.split(".")[0] for name in imports(file)} & {"aiortc", "aioice"}
            assert not used or "rtc" in file.relative_to(ROOT).parts, f"{file.relative_to(ROOT)} imports {used}"
