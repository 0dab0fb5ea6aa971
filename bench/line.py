"""The line between the senders and the receiver, and where their processes run."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from hardware_sim.line.ends import LineError, check_machine

END_TIMEOUT_S = 10.0  # the line ends what still runs at its ends first


@dataclass(frozen=True)
class Place:
    """Where a process runs: `enter` goes before its command."""

    enter: tuple[str, ...] = ()


HERE = Place()


class BenchLine:
    """A running `av1-sim line`."""

    def __init__(self, process: asyncio.subprocess.Process, ends: dict[str, Any]) -> None:
        self._process = process
        self.near = Place(tuple(ends["near"]["enter"]))
        self.far = Place(tuple(ends["far"]["enter"]))
        self.near_address: str = ends["near"]["address"]

    async def tell(self, wish: Mapping[str, object]) -> dict[str, Any]:
        """Changes the line; what it is now. Raises LineError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        if "error" in answer:
            raise LineError(answer["error"])
        return answer


@asynccontextmanager
async def bench_line() -> AsyncIterator[BenchLine]:
    """A clean line of its own. Raises LineError, with the reason, where there can be none."""
    check_machine()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hardware_sim.line.cli", "--json"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        ready = await process.stdout.readline()
        if not ready:
            raise LineError("the line did not start; its words are above")
        yield BenchLine(process, json.loads(ready))
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(END_TIMEOUT_S):
            await process.wait()
