"""Who may use the machine while others do: most tests run beside each other, those marked `alone` by themselves.

`make test` runs two workers. A worker holds a shared lock while it runs a test, and the only one for a test that is
timed by real devices, a real browser at full frame rate or a real clock of milliseconds.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOM_FOR_ONE = ("e2e", "agent", "head")  # directories whose tests are all timed
ORDER = ("web", "media", "bench", "rtc", "sim", "app", "protocol")  # the longest first; then the rest, then those
SECOND_HALF_OF_WEB = "test_s"
_LOCK = "AV1_TESTS_LOCK"  # a directory: workers inherit it


def offer_lock(directory: Path) -> None:
    """The first process of a run says what is locked; its workers find it."""
    os.environ.setdefault(_LOCK, str(directory))


def arrange(items: list[pytest.Item]) -> None:
    """Directories stay together on one worker (they share a browser or a robot); the timed ones come last."""
    for item in items:
        if _directory(item) in ROOM_FOR_ONE:
            item.add_marker(pytest.mark.alone)
    items.sort(key=lambda item: _rank(_directory(item)))


class ByDirectory(LoadScopeScheduling):  # type: ignore[misc]  # the library has no types
    """Which worker runs what: a directory is a unit, and the pages are two, one for each."""

    def _split_scope(self, nodeid: str) -> str:
        directory, _, file = nodeid.split("::")[0].rpartition("/")
        return f"{directory}, second half" if directory.endswith("/web") and file >= SECOND_HALF_OF_WEB else directory


class Share:
    """One worker's lock."""

    def __init__(self) -> None:
        self._file: int | None = None
        self._alone = False

    def during(self, item: pytest.Item, following: pytest.Item | None) -> Generator[None, object, object]:
        """Holds what the test needs; between tests that are alone nobody gets in."""
        if self._file is None:
            self._file = os.open(os.environ[_LOCK], os.O_RDONLY)
        if not self._alone:
            self._alone = _is_alone(item)
            fcntl.flock(self._file, fcntl.LOCK_EX if self._alone else fcntl.LOCK_SH)
        result = yield
        if following is None or not (self._alone and _is_alone(following)):
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._alone = False
        return result


def _is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


def _directory(item: pytest.Item) -> str:
    parts = item.path.relative_to(Path(__file__).parent).parts
    return parts[0] if len(parts) > 1 else "here"


def _rank(directory: str) -> int:
    if directory in ROOM_FOR_ONE:
        return len(ORDER) + 1 + ROOM_FOR_ONE.index(directory)
    return ORDER.index(directory) if directory in ORDER else len(ORDER)
