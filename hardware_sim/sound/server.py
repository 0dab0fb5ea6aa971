"""The device's sound end: a unix stream socket that stands in for a full-duplex sound card.

The client sends one JSON line `{"rate":48000,"block":480,"channels":1}` (and `"microphone":false` when it only
plays), the server answers `{"ok":true}` or `{"ok":false,"error":"words"}` and closes. Then, every 10 ms by this clock,
the server sends one microphone block (480 s16le samples) and the client answers each with one speaker block. One
client at a time. As long as nobody is connected the device is closed: the speaker plays nothing and the microphone
hears nothing.
"""

import asyncio
import contextlib
import json
import math
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware_sim.faults import SoundTrouble
from hardware_sim.room.director import Director, Voice
from hardware_sim.sound.acoustics import Convolver, impulse_response
from hardware_sim.sound.room_sound import Recordings, RoomSound, RoomSource, room_voices
from hardware_sim.sound.samples import BLOCK_BYTES, BLOCK_S, Recent, dbfs, from_pcm, to_pcm, to_wav

Pose = Callable[[], tuple[float, float]]
Voices = Callable[[], Awaitable[Recordings]]

HELLO_TIMEOUT_S: Final = 2.0  # a local client sends it at once
HELLO_BYTES: Final = 1024
PLAYOUT_BLOCKS: Final = 2  # bridges a client that is up to 20 ms late
PLAYOUT_MAX_BLOCKS: Final = 4
TRIM_AFTER_BLOCKS: Final = 100  # 1 s with more waiting than PLAYOUT_BLOCKS: drop one
CATCH_UP_BLOCKS: Final = 5  # a late clock sends so many at once; older ones are lost, as on a real card
SEND_BUFFER_BYTES: Final = 16 * 1024  # about a dozen blocks: a client that does not read loses sound
LEVEL_S: Final = 0.5
KEPT_S: Final = 10.0
SILENCE: Final = bytes(BLOCK_BYTES)


class SpeakerSwitch(BaseModel):
    """The developer's switch: 1 = as it should be, 0.1 = turned down by 20 dB, 0 = unplugged."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    speaker_gain: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)


class Hello(BaseModel):
    """What a client must ask for: this card knows one format."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rate: Literal[48000]
    block: Literal[480]
    channels: Literal[1]
    microphone: bool = True
    """False: the client plays only, and the microphone stays closed."""


@dataclass
class Counters:
    """What went wrong since the start, in blocks of 10 ms."""

    underruns: int = 0  # nothing to play, though playing had begun
    overflows: int = 0  # the client sent more than it was asked for, or stood still and caught up
    unheard: int = 0  # microphone blocks that the client did not fetch in time
    clock_skips: int = 0  # the machine was too busy even for catching up


class Playout:
    """The speaker's short queue: starts when PLAYOUT_BLOCKS are there, never grows past PLAYOUT_MAX_BLOCKS."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._blocks: deque[bytes] = deque()
        self._started = False
        self._lowest = 0
        self._age = 0

    def push(self, block: bytes) -> None:
        if len(self._blocks) == PLAYOUT_MAX_BLOCKS:
            self._blocks.popleft()
            self._counters.overflows += 1
        self._blocks.append(block)

    def pop(self) -> bytes:
        """The block to play now; silence before the start and where one is missing."""
        self._started = self._started or len(self._blocks) >= PLAYOUT_BLOCKS
        if not self._started:
            return SILENCE
        if not self._blocks:
            self._counters.underruns += 1
            return SILENCE
        self._trim()
        return self._blocks.popleft()

    def _trim(self) -> None:
        self._lowest = len(self._blocks) if self._age == 0 else min(self._lowest, len(self._blocks))
        self._age += 1
        if self._age == TRIM_AFTER_BLOCKS:
            self._age = 0
            if self._lowest > PLAYOUT_BLOCKS:
                self._blocks.popleft()
                self._counters.overflows += 1


class BlockClock:
    """Says how many blocks are due at a time; never more than CATCH_UP_BLOCKS, and never drifts."""

    def __init__(self, now_s: float, counters: Counters) -> None:
        self._counters = counters
        self._start_s = now_s
        self._done = 0

    def due(self, now_s: float) -> int:
        behind = math.floor((now_s - self._start_s) / BLOCK_S + 1e-6) - self._done
        lost = max(0, behind - CATCH_UP_BLOCKS)
        self._counters.clock_skips += lost
        self._done += max(0, behind)
        return max(0, behind - lost)

    def wait_s(self, now_s: float) -> float:
        """Until the next block is due."""
        return max(0.0, self._start_s + (self._done + 1) * BLOCK_S - now_s)


class _Client:
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


class SoundServer:
    """The sound of the room at `socket_path`; `pose()` (pan, tilt in degrees) says where the microphone looks.

    `voices` gives what is said, `director` when and by whom. With `sleeps` the room is still while nobody has the
    device open: one of many.
    """

    def __init__(
        self,
        socket_path: Path,
        pose: Pose,
        seed: int = 0,
        voices: Voices = room_voices,
        *,
        director: Director | None = None,
        sleeps: bool = False,
    ) -> None:
        self.counters = Counters()
        self.speaker_gain = 1.0
        self._path, self._pose = socket_path, pose
        self._voices, self._sleeps = voices, sleeps
        self._wanted = asyncio.Event()
        self._source = RoomSource(seed, director)
        self._response = impulse_response(seed)
        self._echo = Convolver(self._response)
        self._client: _Client | None = None
        self._trouble: SoundTrouble = "works"
        self._clients: asyncio.TaskGroup | None = None
        self._server: asyncio.Server | None = None
        self._speaker, self._microphone = Recent(KEPT_S), Recent(KEPT_S)
        self._powers: deque[float] = deque(maxlen=round(LEVEL_S / BLOCK_S))

    @property
    def open(self) -> bool:
        """Whether a client has the microphone open."""
        return self._client is not None and self._client.microphone

    def speaker_dbfs(self) -> float:
        """RMS level of the last 500 ms that the speaker played; a full-scale sine is -3.01, silence -120."""
        return dbfs(sum(self._powers) / (LEVEL_S / BLOCK_S))

    def voice(self) -> Voice:
        """Whose mouth is open, and how far."""
        return self._source.voice()

    async def run(self) -> None:
        """Serve until cancelled; then the client is let go and the socket is gone.

        Raises OSError when the socket is in use or cannot be made, VoiceError when nobody can speak.
        """
        await _refuse_live_socket(self._path)
        async with asyncio.TaskGroup() as tasks:
            self._clients = tasks
            await self._listen()
            try:
                tasks.create_task(self._prepare_voice(), name="sound-voice")
                await self._tick()
            finally:
                self._clients = None
                self._stop_listening()

    @property
    def trouble(self) -> SoundTrouble:
        """What is wrong with it."""
        return self._trouble

    async def fail(self, trouble: SoundTrouble) -> None:
        """From now on this is wrong; whoever has the device open loses it. Raises OSError when the socket is taken."""
        if trouble == self._trouble:
            return
        if trouble == "server_killed":
            self._stop_listening()
        elif self._server is None:
            await _refuse_live_socket(self._path)
            await self._listen()
        self._trouble = trouble
        if self._client is not None:
            self._client.hang_up()

    async def _listen(self) -> None:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if self._clients is None:
                writer.close()
            else:
                self._clients.create_task(self._serve(reader, writer), name="sound-client")

        self._server = await asyncio.start_unix_server(accept, self._path, limit=HELLO_BYTES)

    def _stop_listening(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            self._path.unlink(missing_ok=True)

    async def _prepare_voice(self) -> None:
        self._source.speak(await self._voices())

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        clock = BlockClock(loop.time(), self.counters)
        while True:
            if self._sleeps and self._client is None:
                self._powers.clear()
                self._wanted.clear()
                await self._wanted.wait()
                clock = BlockClock(loop.time(), self.counters)
            await asyncio.sleep(clock.wait_s(loop.time()))
            for _ in range(clock.due(loop.time())):
                self._block()

    def _block(self) -> None:
        """Ten milliseconds of the room: play a block, hear a block."""
        heard = self._source.next_block(self._pose()[0], time.time())
        if self._client is None:
            played, microphone = SILENCE, SILENCE
        else:
            played = self._loudspeaker(self._client.playout.pop())
            echo = self._echo.process(from_pcm(played))
            microphone = to_pcm(heard + echo) if self._client.microphone else SILENCE
            self._client.send(microphone)
        self._speaker.append(played)
        self._microphone.append(microphone)
        self._powers.append(float(np.mean(from_pcm(played) ** 2)) if played is not SILENCE else 0.0)

    def _loudspeaker(self, block: bytes) -> bytes:
        if self.speaker_gain == 1.0 or block is SILENCE:
            return block
        return to_pcm(from_pcm(block) * np.float32(self.speaker_gain)) if self.speaker_gain else SILENCE

    # One client.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello = await self._hello(reader)
            if isinstance(hello, str):
                writer.write(_line({"ok": False, "error": hello}))
                await writer.drain()
                return
            await self._converse(reader, writer, hello)
        except ConnectionError:
            pass  # it has gone, which is its way of closing the device
        finally:
            writer.close()

    async def _hello(self, reader: asyncio.StreamReader) -> Hello | str:
        """What the client wants, or why it does not get it."""
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                line = await reader.readline()
            hello = Hello.model_validate_json(line)
        except TimeoutError:
            return f"no hello within {HELLO_TIMEOUT_S:g} s"
        except ValueError as error:  # ValidationError, or a line over HELLO_BYTES
            return f"the hello must be one line of JSON with rate 48000, block 480, channels 1: {_words(error)}"
        if self._trouble == "microphone_gone" and hello.microphone:
            return "the microphone is unplugged"
        return "the sound device is in use by another client" if self._client is not None else hello

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: Hello) -> None:
        link = writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        writer.write(_line({"ok": True}))
        client = self._client = _Client(writer, self.counters, hello.microphone)
        self._wanted.set()
        self._echo = Convolver(self._response)
        try:
            await client.receive(reader)
        finally:
            self._client = None

    # What the developer's page and the tests ask for.

    def routes(self) -> list[web.RouteDef]:
        """WAV of the last seconds (`?seconds=N`, up to 10) of either end, and what shall sound in the room."""

        async def speaker(request: web.Request) -> web.Response:
            return _wav(self._speaker, request)

        async def microphone(request: web.Request) -> web.Response:
            return _wav(self._microphone, request)

        return [
            web.get("/api/speaker.wav", speaker),
            web.get("/api/microphone.wav", microphone),
            web.post("/api/room-sound", self._post_room_sound),
            web.post("/api/speaker", self._post_speaker),
        ]

    async def _post_speaker(self, request: web.Request) -> web.Response:
        try:
            switch = SpeakerSwitch.model_validate_json(await request.read())
        except ValidationError as error:
            return _refused(_words(error))
        self.speaker_gain = switch.speaker_gain
        return web.json_response(switch.model_dump())

    async def _post_room_sound(self, request: web.Request) -> web.Response:
        try:
            self._source.playing = RoomSound.model_validate_json(await request.read())
        except ValidationError as error:
            return _refused(_words(error))
        return web.json_response(self._source.playing.model_dump())


def _wav(recent: Recent, request: web.Request) -> web.Response:
    text = request.query.get("seconds", f"{KEPT_S:g}")
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= KEPT_S:
        return _refused(f"seconds must be a number above 0, at most {KEPT_S:g}; it is {text!r}")
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=to_wav(recent.last(seconds)), content_type="audio/wav", headers=headers)


def _refused(words: str) -> web.Response:
    return web.json_response({"error": words}, status=400)


def _words(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(
        ".".join(str(part) for part in item["loc"]) + f": {item['msg']}" if item["loc"] else item["msg"]
        for item in error.errors(include_url=False)
    )


def _line(message: dict[str, object]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


async def _refuse_live_socket(path: Path) -> None:
    """Raise OSError when another server answers at the path; a socket left behind by a dead one is no obstacle."""
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return
    writer.close()
    raise OSError(f"the sound socket {path} is in use by another simulator")
