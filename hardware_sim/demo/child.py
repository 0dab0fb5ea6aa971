"""One process of the demo: started, waited for, stopped; its last words kept for when it fails."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

READY_TIMEOUT_S = 60.0  # a cold start on a small, busy machine
STOP_TIMEOUT_S = 4.0  # each program ends within 2 s; twice that before it is killed
LAST_LINES = 30
PR_SET_PDEATHSIG = 1  # prctl(2): the child gets a signal when its parent dies


class ChildError(Exception):
    """A process of the demo did not start, or ended by itself; the text says which and how it ended."""


class Child:
    """A Python program of ours as a child process. Used once: start, wait, stop."""

    def __init__(self, name: str, args: Sequence[str], on_line: Callable[[str, str], None]) -> None:
        self.name = name
        self._args = args
        self._on_line = on_line
        self._process: asyncio.subprocess.Process | None = None
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts the program; its standard error goes line by line to `on_line(name, line)`."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *self._args,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=_end_with_parent(os.getpid()),
            start_new_session=True,  # Ctrl-C reaches the parent alone, which stops everything in order
        )
        self._reader = asyncio.create_task(self._read_errors(), name=f"{self.name}-log")

    @property
    def has_ended(self) -> bool:
        """Whether the program is over."""
        return self._running().returncode is not None

    async def ready_line(self) -> dict[str, Any]:
        """The program's one JSON line. Raises ChildError when it ends or stays silent."""
        values: dict[str, Any] = json.loads(await self.text_line())
        return values

    async def text_line(self) -> str:
        """The next line that the program prints. Raises ChildError when it ends or stays silent."""
        process = self._running()
        assert process.stdout is not None
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                line = await process.stdout.readline()
        except TimeoutError:
            raise ChildError(f"{self.name} was not ready after {READY_TIMEOUT_S:.0f} s") from None
        if not line:
            raise await self._failure()
        return line.decode().strip()

    async def ended(self) -> ChildError:
        """Waits until the program ends by itself; what to say then."""
        await self._running().wait()
        return await self._failure()

    async def stop(self) -> None:
        """Asks the program to end, and ends it when it does not. Nothing happens when it has ended."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await process.wait()
            except TimeoutError:
                self._on_line(self.name, f"did not stop within {STOP_TIMEOUT_S:.0f} s and is killed")
                process.kill()
                await process.wait()
        if self._reader is not None:
            await self._reader

    async def _failure(self) -> ChildError:
        code = await self._running().wait()
        if self._reader is not None:
            await self._reader
        said = "\n  ".join(self._last) or "(it said nothing)"
        return ChildError(f"{self.name} ended with code {code}; it said last:\n  {said}")

    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError(f"{self.name} has not been started")
        return self._process

    async def _read_errors(self) -> None:
        process = self._running()
        assert process.stderr is not None
        async for raw in process.stderr:
            line = raw.decode(errors="replace").rstrip()
            self._last.append(line)
            self._on_line(self.name, line)


def _end_with_parent(parent: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent died before the line above
            os.kill(os.getpid(), signal.SIGTERM)

    return prepare
