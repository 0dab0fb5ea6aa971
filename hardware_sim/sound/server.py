"""The device's sound end: a unix stream socket that stands in for a full-duplex sound card.

The client sends one JSON line `{"rate":48000,"block":480,"channels":1}` (and `"microphone":false` when it only
plays), the server answers `{"ok":true}` or `{"ok":false,"error":"words"}` and closes. Then, every 10 ms by this clock,
the server sends one microphone block (480 s16le samples) and the client answers each with one speaker block. One
client at a time. As long as nobody is connected the device is closed: the speaker plays nothing and the microphone
hears nothing.
"""

import asyncio
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import numpy as np
from aiohttp import web

from hardware_sim.faults import SoundTrouble
from hardware_sim.room.director import Director, Voice
from hardware_sim.sound import switches
from hardware_sim.sound.acoustics import Convolver, impulse_response
from hardware_sim.sound.client import HELLO_BYTES, Client, Hello, greeting, line
from hardware_sim.sound.pacing import SILENCE, BlockClock, Counters
from hardware_sim.sound.room_sound import Recordings, RoomSource, room_voices
from hardware_sim.sound.samples import BLOCK_S, Recent, dbfs, from_pcm, to_pcm

Pose = Callable[[], tuple[float, float]]
Voices = Callable[[], Awaitable[Recordings]]

SEND_BUFFER_BYTES: Final = 16 * 1024  # about a dozen blocks: a client that does not read loses sound
LEVEL_S: Final = 0.5
KEPT_S: Final = 10.0


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
        self.source = RoomSource(seed, director)
        self._response = impulse_response(seed)
        self._echo = Convolver(self._response)
        self._client: Client | None = None
        self._trouble: SoundTrouble = "works"
        self._clients: asyncio.TaskGroup | None = None
        self._server: asyncio.Server | None = None
        self.speaker, self.microphone = Recent(KEPT_S), Recent(KEPT_S)
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
        return self.source.voice()

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
        self.source.speak(await self._voices())

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
        heard = self.source.next_block(self._pose()[0], time.time())
        if self._client is None:
            played, microphone = SILENCE, SILENCE
        else:
            played = self._loudspeaker(self._client.playout.pop())
            echo = self._echo.process(from_pcm(played))
            microphone = to_pcm(heard + echo) if self._client.microphone else SILENCE
            self._client.send(microphone)
        self.speaker.append(played)
        self.microphone.append(microphone)
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
                writer.write(line({"ok": False, "error": hello}))
                await writer.drain()
                return
            await self._converse(reader, writer, hello)
        except ConnectionError:
            pass  # it has gone, which is its way of closing the device
        finally:
            writer.close()

    async def _hello(self, reader: asyncio.StreamReader) -> Hello | str:
        """What the client wants, or why it does not get it."""
        hello = await greeting(reader)
        if isinstance(hello, str):
            return hello
        if self._trouble == "microphone_gone" and hello.microphone:
            return "the microphone is unplugged"
        return "the sound device is in use by another client" if self._client is not None else hello

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: Hello) -> None:
        link = writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        writer.write(line({"ok": True}))
        client = self._client = Client(writer, self.counters, hello.microphone)
        self._wanted.set()
        self._echo = Convolver(self._response)
        try:
            await client.receive(reader)
        finally:
            self._client = None

    def routes(self) -> list[web.RouteDef]:
        """The addresses of this part: see `switches`."""
        return switches.routes(self, KEPT_S)


async def _refuse_live_socket(path: Path) -> None:
    """Raise OSError when another server answers at the path; a socket left behind by a dead one is no obstacle."""
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return
    writer.close()
    raise OSError(f"the sound socket {path} is in use by another simulator")
