"""What the bench asks of a sender, and the ones that are a child process speaking JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import psutil

from bench.line import HERE, Place

END_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Sender:
    """Something that answers offers and then sends. `clock_100us` is how far its stamps are ahead of our clock.

    `encoded` says how many pictures were encoded so far, of every size together; None where nobody knows.
    """

    name: str
    answer: Callable[[str], Awaitable[str]]
    processes: Callable[[], Sequence[psutil.Process]]
    clock_100us: float
    prefer: str
    channels: bool = False
    """Whether it expects the page's data channels."""
    encoded: Callable[[], Awaitable[int]] | None = None


@asynccontextmanager
async def child(*command: str, place: Place = HERE) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process at `place`, ended by the end of its input."""
    process = await asyncio.create_subprocess_exec(
        *place.enter, *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**26
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        # `communicate`, as last words that nobody reads would keep it from ending, and `wait` waits for the pipe too.
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                await process.communicate()
        except TimeoutError:
            process.kill()
            await process.communicate()


def our_process(*arguments: str, place: Place = HERE) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    """`bench.ours`."""
    return child(sys.executable, "-m", "bench.ours", *arguments, place=place)


async def ask(process: asyncio.subprocess.Process, **words: object) -> dict[str, str]:
    """One line to a child, one line back. Raises RuntimeError when it ended instead."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(words).encode() + b"\n")
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("the sender ended; its words are above")
    answer: dict[str, str] = json.loads(line)
    return answer


def child_sender(name: str, process: asyncio.subprocess.Process, prefer: str = "", *, channels: bool = False) -> Sender:
    """A sender that is a child process: `{"offer": SDP}` -> `{"answer": SDP}`."""

    async def answer(offer: str) -> str:
        return (await ask(process, offer=offer))["answer"]

    async def encoded() -> int:
        return int((await ask(process, count=True))["encoded"])

    root = psutil.Process(process.pid)
    counter = encoded if name == "ours" else None
    return Sender(name, answer, lambda: [root, *root.children(recursive=True)], 0.0, prefer, channels, counter)
