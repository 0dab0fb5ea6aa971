"""Who may use the machine while others do.

`make test` runs three workers and three kinds of tests, one kind after the other. Most run beside each other. Those
marked `timed` are timed by something real but do little themselves: only their like run beside them. Those marked
`alone` need a whole machine: a real browser at full frame rate, a sound card's ten milliseconds.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

KINDS = ("together", "timed", "alone")  # in the order in which they run
ROOMS = {"agent": "timed", "head": "timed", "e2e": "alone"}  # directories that are all of one kind
CUTS: dict[str, tuple[str, ...]] = {  # directories whose files share a robot, a demo, a browser: so many parts
    "agent": ("test_f", "test_r"),
    "e2e": (),
    "oidc": (),
    "store": (),
    "web": ("test_re", "test_sc", "test_sh"),
}
ORDER = ("web", "agent", "media", "rtc", "sim")  # what takes longest begins first; then the rest
LOOK_S = 0.05
_LOCKS = "AV1_TESTS_LOCKS"  # a directory: workers inherit it


def offer_locks(directory: Path) -> None:
    """The first process of a run says where the locks are; its workers find them."""
    if _LOCKS not in os.environ:
        os.environ[_LOCKS] = str(directory)
        directory.mkdir()
        for name in ("door", *KINDS):
            (directory / name).touch()


def arrange(items: list[pytest.Item]) -> None:
    """The kinds one after the other, so that they need not wait for each other."""
    for item in items:
        if kind := ROOMS.get(_directory(item)):
            item.add_marker(getattr(pytest.mark, kind))
    items.sort(key=lambda item: (KINDS.index(_kind(item)), _rank(_directory(item))))


class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # the library has no types
    """Which worker runs what: a file is a unit, and so is a part of a directory whose files share something."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        directory, _, name = file.rpartition("/")
        room = directory.rpartition("/")[2]
        if room not in CUTS:
            return file
        return f"{directory}, part {1 + sum(name >= cut for cut in CUTS[room])}"


class Share:
    """One worker's locks: `door` while somebody goes in or out, and one for each kind while such a test runs."""

    def __init__(self) -> None:
        self._files: dict[str, int] = {}
        self._kept = False

    def during(self, item: pytest.Item, following: pytest.Item | None) -> Generator[None, object, object]:
        """Holds what the test needs; between tests that are alone nobody gets in, for what they share goes on."""
        if not self._files:
            directory = Path(os.environ[_LOCKS])
            self._files = {name: os.open(directory / name, os.O_RDONLY) for name in ("door", *KINDS)}
        kind = _kind(item)
        while not (self._kept or self._entered(kind)):
            time.sleep(LOOK_S)
        try:
            return (yield)
        finally:
            self._kept = following is not None and kind == _kind(following) == "alone"
            if not self._kept:
                fcntl.flock(self._files[kind], fcntl.LOCK_UN)

    def _entered(self, kind: str) -> bool:
        fcntl.flock(self._files["door"], fcntl.LOCK_EX)
        try:
            if not all(self._is_empty(other) for other in KINDS if other != kind):
                return False
            how = fcntl.LOCK_EX if kind == "alone" else fcntl.LOCK_SH
            return self._locked(kind, how)
        finally:
            fcntl.flock(self._files["door"], fcntl.LOCK_UN)

    def _is_empty(self, kind: str) -> bool:
        if not self._locked(kind, fcntl.LOCK_EX):
            return False
        fcntl.flock(self._files[kind], fcntl.LOCK_UN)
        return True

    def _locked(self, kind: str, how: int) -> bool:
        try:
            fcntl.flock(self._files[kind], how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _kind(item: pytest.Item) -> str:
    return next((kind for kind in KINDS[1:] if item.get_closest_marker(kind)), KINDS[0])


def _directory(item: pytest.Item) -> str:
    parts = item.path.relative_to(Path(__file__).parent).parts
    return parts[0] if len(parts) > 1 else "here"


def _rank(directory: str) -> int:
    return ORDER.index(directory) if directory in ORDER else len(ORDER)
