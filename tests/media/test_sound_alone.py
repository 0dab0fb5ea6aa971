"""The robot's own words while nobody is connected: the speaker plays and the microphone stays closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from hardware_sim.sound.server import SoundServer
from robot_agent.media.blocks import BLOCK, RATE_HZ
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_alone import play_alone
from robot_agent.media.sound_errors import SoundOpenError

WAIT_S = 20.0


@asynccontextmanager
async def card(path: Path) -> AsyncIterator[SoundServer]:
    server = SoundServer(path, lambda: (0.0, 0.0))
    serving = asyncio.create_task(server.run())
    try:
        await until(path.exists)
        yield server
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


def tone(seconds: float) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    count = round(seconds * RATE_HZ / BLOCK) * BLOCK
    wave = 8000 * np.sin(2 * np.pi * 440 * np.arange(count) / RATE_HZ)
    return wave.astype(np.int16).reshape(-1, BLOCK)


async def test_a_sentence_is_heard_and_the_microphone_stays_closed(tmp_path: Path) -> None:
    async with card(tmp_path / "s") as server:
        playing = asyncio.create_task(play_alone(f"socket:{tmp_path / 's'}", tone(0.4), asyncio.Event()))
        loudest, opened = -120.0, False
        while not playing.done():
            loudest, opened = max(loudest, server.speaker_dbfs()), opened or server.open
            await asyncio.sleep(0.01)
        await playing
        assert loudest > -20
        assert not opened


async def test_whoever_needs_the_sound_cuts_it_short(tmp_path: Path) -> None:
    async with card(tmp_path / "s") as server:
        cut = asyncio.Event()
        playing = asyncio.create_task(play_alone(f"socket:{tmp_path / 's'}", np.tile(tone(0.5), (120, 1)), cut))
        await until(lambda: server.speaker_dbfs() > -40)
        cut.set()
        async with asyncio.timeout(WAIT_S):
            await playing


async def test_a_session_takes_the_sound_from_a_sentence_and_the_other_way_round(tmp_path: Path) -> None:
    async with card(tmp_path / "s") as server:
        sound = RoomSound(f"socket:{tmp_path / 's'}", lambda error: None)
        try:
            telling = asyncio.create_task(sound.tell("Batteriet er snart tomt. " * 8, "nb"))
            await until(lambda: server.speaker_dbfs() > -60)
            assert not server.open
            assert not sound.is_open
            await sound.open()
            async with asyncio.timeout(WAIT_S):
                await telling
            await until(lambda: server.open)
            telling = asyncio.create_task(sound.tell("Privat er på.", "nb"))
            await until(lambda: sound.speaking)
            await sound.close()
            await until(lambda: not server.open and server.speaker_dbfs() > -60)  # from its beginning, alone
            async with asyncio.timeout(WAIT_S):
                await telling
        finally:
            await sound.stop()


async def test_a_speaker_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SoundOpenError, match="no such socket"):
        await play_alone(f"socket:{tmp_path / 'nowhere'}", tone(0.1), asyncio.Event())
