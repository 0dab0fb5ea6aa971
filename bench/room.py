"""The room at the other side of the robot's sound card: chirps into its microphone, its speaker recorded.

`python -m bench.room SOCKET` is the server of `sound.device = "socket:SOCKET"`, a process of its own so that nothing
delays its clock. Prints a line when it listens; at the end of stdin a JSON line with what went in and came out.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.chirps import PERIOD_S, Recording, Samples, chirp_track
from bench.sender import child

BLOCK = 480
BLOCK_BYTES = 2 * BLOCK
MOST_BLOCKS = 60_000  # ten minutes are kept


@dataclass(frozen=True)
class Room:
    """A running room; `finish` ends it and gives what was spoken in it and what its speaker played."""

    path: str
    process: asyncio.subprocess.Process

    async def finish(self) -> tuple[Recording, Recording]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        said = json.loads(await self.process.stdout.readline())
        return Recording.of(said["microphone"]), Recording.of(said["speaker"])


@asynccontextmanager
async def room_process(path: Path, *, quiet: bool = False, period_s: float = PERIOD_S) -> AsyncIterator[Room]:
    """A room whose socket is at `path`; nobody speaks in a quiet one."""
    words = [str(path), f"--period-s={period_s}", *(["--quiet"] if quiet else [])]
    async with child(sys.executable, "-m", "bench.room", *words) as process:
        assert process.stdout is not None
        await process.stdout.readline()
        yield Room(str(path), process)


class _Ears:
    """What came out of the speaker, with the wall clock of each block."""

    def __init__(self) -> None:
        self.blocks: list[tuple[float, bytes]] = []

    def listen(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := _exactly(connection):
                if len(self.blocks) < MOST_BLOCKS:
                    self.blocks.append((time.time() * 1000, data))

    def recording(self) -> dict[str, object]:
        """A block plays from the time on when it was handed over."""
        clock = [(number * BLOCK, at) for number, (at, _) in enumerate(self.blocks)]
        return {"clock": clock, "pcm": base64.b64encode(b"".join(data for _, data in self.blocks)).decode()}


def _exactly(connection: socket.socket) -> bytes:
    data = b""
    while len(data) < BLOCK_BYTES:
        part = connection.recv(BLOCK_BYTES - len(data))
        if not part:
            return b""
        data += part
    return data


def _speak(connection: socket.socket, stop: threading.Event, track: Samples) -> dict[str, object]:
    """One block every 10 ms, complete when it is sent: its first sample is 10 ms old then."""
    start_s, wall_ms, number = time.monotonic(), time.time() * 1000, 0
    sent: list[bytes] = []
    with contextlib.suppress(OSError):
        while not stop.wait(max(0.0, start_s + number / 100 - time.monotonic())):
            at = number * BLOCK % track.size
            block = track[at : at + BLOCK].tobytes()
            connection.sendall(block)
            if len(sent) < MOST_BLOCKS:
                sent.append(block)
            number += 1
    clock = [(n * BLOCK, wall_ms + 10.0 * (n - 1)) for n in range(number)]
    return {"clock": clock, "pcm": base64.b64encode(b"".join(sent)).decode()}


def _until_told(stop: threading.Event, server: socket.socket) -> None:
    sys.stdin.read()
    stop.set()
    with contextlib.suppress(OSError):  # somebody came and went
        server.shutdown(socket.SHUT_RDWR)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.room", description=__doc__)
    parser.add_argument("socket", type=Path)
    parser.add_argument("--quiet", action="store_true", help="nobody speaks")
    parser.add_argument("--period-s", type=float, default=PERIOD_S, help="from one chirp to the next (0.5)")
    options = parser.parse_args()
    track = chirp_track(options.period_s) * np.int16(not options.quiet)
    stop, ears = threading.Event(), _Ears()
    options.socket.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(options.socket))
        server.listen(1)
        print("ready", flush=True)
        threading.Thread(target=_until_told, args=(stop, server)).start()
        said: dict[str, object] = {"clock": [], "pcm": ""}
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b'{"ok":true}\n')
                listening = threading.Thread(target=ears.listen, args=(connection,))
                listening.start()
                said = _speak(connection, stop, track)
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                listening.join()
    print(
        json.dumps(
            {
                "microphone": said,
                "speaker": ears.recording(),
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
