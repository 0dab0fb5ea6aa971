"""The processes at the ends of a line: started there, and all ended with it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from hardware_sim.line.ends import End

END_S: Final = 3.0  # for good-byes over a line that is about to go
POLL_S: Final = 0.05


def enter(end: End) -> list[str]:
    """What goes before a command to run it at that end, from any process of root's, while the line lives."""
    return ["nsenter", f"--net=/proc/{os.getpid()}/fd/{end.namespace}", "--"]


async def start(end: End, command: Sequence[str], *, in_front: bool) -> asyncio.subprocess.Process:
    """Runs `command` at that end, as the person who called sudo; it gets SIGTERM when this process dies.

    In front it shares our terminal and its Ctrl-C. Raises OSError when nsenter cannot be run.
    """
    rights = ["setpriv", "--pdeathsig", "TERM"]
    user, group = os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID")
    if user and group:
        rights += ["--reuid", user, "--regid", group, "--init-groups"]
    return await asyncio.create_subprocess_exec(
        *enter(end),
        *rights,
        *command,
        stdin=None if in_front else asyncio.subprocess.DEVNULL,
        start_new_session=not in_front,
    )


def living_at(ends: Iterable[End]) -> list[int]:
    """Process ids of everything that uses one of these ends' networks."""
    inodes = {end.inode for end in ends}
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):  # gone meanwhile
                if (entry / "ns/net").stat().st_ino in inodes:
                    found.append(int(entry.name))
    return found


async def end_all(ends: Sequence[End], started: Sequence[asyncio.subprocess.Process]) -> None:
    """Ends what was started, and whatever lives at the ends: SIGTERM, and after END_S SIGKILL."""
    _send(signal.SIGTERM, ends, started)
    for _ in range(int(END_S / POLL_S)):
        if not _running(ends, started):
            return
        await asyncio.sleep(POLL_S)
    _send(signal.SIGKILL, ends, started)
    for process in started:
        await process.wait()


def _running(ends: Sequence[End], started: Sequence[asyncio.subprocess.Process]) -> bool:
    return any(process.returncode is None for process in started) or bool(living_at(ends))


def _send(number: signal.Signals, ends: Sequence[End], started: Sequence[asyncio.subprocess.Process]) -> None:
    pids = {process.pid for process in started if process.returncode is None} | set(living_at(ends))
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
