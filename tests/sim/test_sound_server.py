"""The sound end over a real unix socket: pacing, echo, tone, refusals, levels, shutdown."""

import asyncio
import contextlib
import io
import json
import time
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import numpy.typing as npt
import psutil
import pytest
from aiohttp import web

from hardware_sim.sound.acoustics import ECHO_DB, PATH_DELAY_S
from hardware_sim.sound.samples import BLOCK, BLOCK_BYTES, RATE, dbfs, from_pcm, to_pcm
from hardware_sim.sound.server import SoundServer

pytestmark = pytest.mark.alone  # a block every 10 ms

HELLO = b'{"rate":48000,"block":480,"channels":1}\n'
TIMEOUT_S = 20.0
Samples = npt.NDArray[Any]


@dataclass
class Site:
    sound: SoundServer
    path: Path
    http: aiohttp.ClientSession
    running: "asyncio.Task[None]"

    async def room(self, **message: object) -> int:
        async with self.http.post("/api/room-sound", json=message) as response:
            self.answer = await response.json()
            return response.status

    async def wav(self, end: str, seconds: float) -> Samples:
        async with self.http.get(f"/api/{end}.wav", params={"seconds": str(seconds)}) as response:
            assert response.status == 200
            with wave.open(io.BytesIO(await response.read())) as reader:
                return from_pcm(reader.readframes(RATE * 10)).astype(np.float64)


async def answers(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    return True


@contextlib.asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    path = folder / "sound.sock"
    before = set(psutil.Process().children())  # those of other tests' fixtures
    sound = SoundServer(path, lambda: (0.0, 0.0), seed=4)
    app = web.Application()
    app.add_routes(sound.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running = asyncio.create_task(sound.run())
    try:
        async with asyncio.timeout(TIMEOUT_S):
            while not await answers(path):
                await asyncio.sleep(0.01)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as http:
            yield Site(sound, path, http, running)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await runner.cleanup()
    assert not path.exists()
    assert not set(psutil.Process().children()) - before


class Device:
    """A client of the sound end, as a driver would be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def run(self, speaker: Samples) -> Samples:
        """Play all blocks of `speaker`; returns what the microphone heard meanwhile."""
        heard = []
        for start in range(0, len(speaker), BLOCK):
            heard.append(await asyncio.wait_for(self.reader.readexactly(BLOCK_BYTES), TIMEOUT_S))
            self.writer.write(to_pcm(speaker[start : start + BLOCK]))
        return from_pcm(b"".join(heard)).astype(np.float64)


async def greet(path: Path, hello: bytes) -> tuple[dict[str, Any], Device]:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(hello)
    answer = await asyncio.wait_for(reader.readline(), TIMEOUT_S)
    return json.loads(answer), Device(reader, writer)


@contextlib.asynccontextmanager
async def opened(here: Site) -> AsyncIterator[Device]:
    answer, device = await greet(here.path, HELLO)
    assert answer == {"ok": True}
    try:
        yield device
    finally:
        device.writer.close()
        async with asyncio.timeout(TIMEOUT_S):
            while here.sound.open:
                await asyncio.sleep(0.01)


async def test_blocks_are_paced_and_the_device_is_open_only_meanwhile(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        assert not here.sound.open
        async with opened(here) as device:
            await device.run(np.zeros(BLOCK * 10))
            assert here.sound.open
            started_s = time.monotonic()
            await device.run(np.zeros(BLOCK * 150))
            assert time.monotonic() - started_s == pytest.approx(1.5, abs=0.1)


async def test_echo_has_level_and_delay_of_the_room(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        assert await here.room(kind="silence") == 200
        noise = np.random.default_rng(1).normal(0, 0.1, RATE)
        async with opened(here) as device:
            heard = await device.run(noise)
            speaker, microphone = await here.wav("speaker", 0.8), await here.wav("microphone", 0.8)
        tail = slice(RATE // 2, None)
        assert dbfs(float(np.mean(heard[tail] ** 2))) - dbfs(0.01) == pytest.approx(ECHO_DB, abs=2)
        assert dbfs(float(np.mean(speaker**2))) == pytest.approx(-20, abs=0.5)
        spectrum = np.fft.rfft(microphone, 2**17) * np.conj(np.fft.rfft(speaker, 2**17))
        assert int(np.argmax(np.fft.irfft(spectrum)[: RATE // 2])) == round(PATH_DELAY_S * RATE)


async def test_tone_is_in_the_microphone(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        assert await here.room(kind="tone", hz=1234) == 200
        async with opened(here) as device:
            await device.run(np.zeros(BLOCK * 5))
            heard = await device.run(np.zeros(RATE))
        assert dbfs(float(np.mean(heard**2))) == pytest.approx(-20, abs=0.3)
        assert int(np.argmax(np.abs(np.fft.rfft(heard)))) == pytest.approx(1234, abs=1)


async def test_lecturer_is_heard(tmp_path: Path) -> None:
    async with site(tmp_path) as here, opened(here) as device:
        heard = np.zeros(1)
        async with asyncio.timeout(TIMEOUT_S):
            while dbfs(float(np.mean(heard**2))) < -34:
                heard = await device.run(np.zeros(RATE // 2))
        heard = await device.run(np.zeros(RATE * 3))  # a half second may be all s and t, which lie above 4 kHz
        assert 0 <= here.sound.voice().opened <= 1
        spectrum = np.abs(np.fft.rfft(heard)) ** 2
        hz = np.fft.rfftfreq(len(heard), 1 / RATE)
        assert spectrum[(hz > 100) & (hz < 4000)].sum() > 0.8 * spectrum.sum()


async def test_speaker_level_rises_and_falls(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        assert here.sound.speaker_dbfs() == -120
        async with opened(here) as device:
            await device.run(np.sin(2 * np.pi * 500 * np.arange(RATE * 0.7) / RATE))
            assert here.sound.speaker_dbfs() == pytest.approx(-3.01, abs=0.3)
        async with asyncio.timeout(TIMEOUT_S):
            while here.sound.speaker_dbfs() > -120:
                await asyncio.sleep(0.02)
        assert float(np.abs(await here.wav("speaker", 10)).max()) > 0.9
        assert not (await here.wav("microphone", 0.2)).any()  # closed means deaf


async def test_second_client_is_refused_with_words_and_disturbs_nobody(tmp_path: Path) -> None:
    async with site(tmp_path) as here, opened(here) as device:
        answer, second = await greet(here.path, HELLO)
        assert answer["ok"] is False
        assert "in use" in answer["error"]
        assert await second.reader.read() == b""
        second.writer.close()
        await device.run(np.zeros(BLOCK * 3))
        assert here.sound.open


@pytest.mark.parametrize(
    "hello",
    [
        b'{"rate":44100,"block":480,"channels":1}\n',
        b'{"rate":48000,"block":480}\n',
        b'{"rate":48000,"block":480,"channels":1,"x":2}\n',
        b"hello\n",
        b"\xff\xfe\n",
        b"x" * 5000,
    ],
)
async def test_bad_hello_is_refused_with_words(tmp_path: Path, hello: bytes) -> None:
    async with site(tmp_path) as here:
        answer, device = await greet(here.path, hello)
        assert answer["ok"] is False
        assert "48000" in answer["error"]
        assert not here.sound.open
        device.writer.close()
        async with opened(here) as device:  # and the next one is welcome
            await device.run(np.zeros(BLOCK * 2))


async def test_a_client_that_does_not_read_loses_sound_and_does_not_stop_the_clock(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        await here.room(kind="tone", hz=440)
        async with opened(here) as device:
            device.writer.transport.pause_reading()  # type: ignore[attr-defined]
            async with asyncio.timeout(TIMEOUT_S):
                while here.sound.counters.unheard < 10:
                    await asyncio.sleep(0.01)
            device.writer.transport.resume_reading()  # type: ignore[attr-defined]
            before = here.sound.counters.unheard
            started_s = time.monotonic()
            await device.run(np.zeros(BLOCK * 100))
            assert time.monotonic() - started_s > 0.3  # what had waited was far less than a second
            assert here.sound.counters.unheard <= before + 3
            assert here.sound.counters.clock_skips == 0


async def test_bad_requests_get_words(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        assert await here.room(kind="disco") == 400
        assert "kind" in here.answer["error"]
        assert await here.room(kind="tone", hz=5) == 400
        assert "hz" in here.answer["error"]
        for seconds in ["0", "11", "-1", "nan", "much"]:
            async with here.http.get("/api/speaker.wav", params={"seconds": seconds}) as response:
                assert response.status == 400
                assert "seconds" in (await response.json())["error"]


async def test_a_live_socket_is_not_taken_over_but_a_dead_one_is(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        with pytest.raises(OSError, match="in use by another simulator"):
            await SoundServer(here.path, lambda: (0.0, 0.0)).run()
        assert here.path.exists()
    left_behind = tmp_path / "sound.sock"
    server = await asyncio.start_unix_server(lambda _r, _w: None, left_behind)
    server.close()
    assert left_behind.is_socket()
    async with site(tmp_path) as here, opened(here):
        pass


async def test_shutdown_lets_the_client_go(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        _, device = await greet(here.path, HELLO)
        await device.run(np.zeros(BLOCK * 3))
        here.running.cancel()
        await asyncio.wait_for(asyncio.gather(here.running, return_exceptions=True), 2)
        await asyncio.wait_for(device.reader.read(), 2)
        assert not here.sound.open
        device.writer.close()


async def test_the_speaker_can_be_turned_down_and_unplugged(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        assert await here.room(kind="silence") == 200
        noise = np.random.default_rng(1).normal(0, 0.1, RATE)
        async with opened(here) as device:
            levels = []
            for gain in (1.0, 0.1, 0.0):
                async with here.http.post("/api/speaker", json={"speaker_gain": gain}) as response:
                    assert await response.json() == {"speaker_gain": gain}
                heard = (await device.run(noise))[RATE // 2 :]
                levels.append((dbfs(float(np.mean(heard**2))), here.sound.speaker_dbfs()))
        assert levels[1][0] == pytest.approx(levels[0][0] - 20, abs=2)
        assert levels[1][1] == pytest.approx(levels[0][1] - 20, abs=1)
        assert levels[2] == (-120, -120)


@pytest.mark.parametrize("wrong", [{"speaker_gain": 2}, {"speaker_gain": -1}, {"gain": 1}, {}])
async def test_a_wrong_switch_of_the_speaker_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    async with site(tmp_path) as here:
        async with here.http.post("/api/speaker", json=wrong) as response:
            assert response.status == 400
            assert "gain" in (await response.json())["error"]
        assert here.sound.speaker_gain == 1.0
