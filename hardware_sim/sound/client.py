"""One client of the sound end: what it asks for, and the blocks that go to it and come from it."""

import asyncio
import contextlib
import json
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from hardware_sim.sound.pacing import Counters, Playout
from hardware_sim.sound.samples import BLOCK_BYTES

HELLO_TIMEOUT_S: Final = 2.0  # a local client sends it at once
HELLO_BYTES: Final = 1024


class Hello(BaseModel):
    """What a client must ask for: this card knows one format."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rate: Literal[48000]
    block: Literal[480]
    channels: Literal[1]
    microphone: bool = True
    """False: the client plays only, and the microphone stays closed."""


async def greeting(reader: asyncio.StreamReader) -> Hello | str:
    """What the client asks for, or why that cannot be had."""
    try:
        async with asyncio.timeout(HELLO_TIMEOUT_S):
            return Hello.model_validate_json(await reader.readline())
    except TimeoutError:
        return f"no hello within {HELLO_TIMEOUT_S:g} s"
    except ValueError as error:  # ValidationError, or a line over HELLO_BYTES
        return f"the hello must be one line of JSON with rate 48000, block 480, channels 1: {explained(error)}"


class Client:
    """The one connection that has the device open."""

    def __init__(self, writer: asyncio.StreamWriter, counters: Counters, microphone: bool) -> None:
        self._writer = writer
        self.microphone = microphone
        self._counters = counters
        self.playout = Playout(counters)

    def send(self, block: bytes) -> None:
        if self._writer.transport.get_write_buffer_size() > 0:
            self._counters.unheard += 1
        elif not self._writer.is_closing():
            self._writer.write(block)

    def hang_up(self) -> None:
        """The card is gone: what is on its way is lost."""
        self._writer.transport.abort()

    async def receive(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self.playout.push(await reader.readexactly(BLOCK_BYTES))


def explained(error: ValueError) -> str:
    """What is wrong with a message, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(
        ".".join(str(part) for part in item["loc"]) + f": {item['msg']}" if item["loc"] else item["msg"]
        for item in error.errors(include_url=False)
    )


def line(message: dict[str, object]) -> bytes:
    """A message as it is sent."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"
