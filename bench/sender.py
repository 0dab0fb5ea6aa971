"""What a sender is to the bench, and ours as one."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Sender:
    """Something that answers an offer and then sends. `clock_100us` is how far its stamps are ahead of our clock."""

    name: str
    answer: Callable[[str], Awaitable[str]]
    processes: Callable[[], Sequence[psutil.Process]]
    clock_100us: float
    prefer: str


@asynccontextmanager
async def our_process(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`bench.ours`, ended by the end of its input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.ours", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**20,
    )  # fmt: skip
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


@asynccontextmanager
async def our_sender() -> AsyncIterator[Sender]:
    """Our encoder and session in their own process."""
    async with our_process() as process:

        async def answer(offer: str) -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"offer": offer}).encode() + b"\n")
            return str(json.loads(await process.stdout.readline())["answer"])

        root = psutil.Process(process.pid)
        yield Sender("ours", answer, lambda: [root], 0.0, prefer="video/h264")
