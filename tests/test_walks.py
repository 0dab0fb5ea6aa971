"""The walks through the code lead through files that there are."""

from __future__ import annotations

import os
import re
from pathlib import Path

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
