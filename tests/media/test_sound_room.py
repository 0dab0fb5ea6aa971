"""The robot's sound as a whole: a real device clock, the real echo canceller, mixer and speech."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import pytest

from robot_agent.media import room_sound as room_sound_module
from robot_agent.media.blocks import BLOCK, SILENCE_DBFS, Block, dbfs
from robot_agent.media.opus import OpusSettings
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_device import OnFailure, ProcessBlock
from robot_agent.media.sound_errors import SoundClosedError, SoundDeviceError, SoundOpenError
from robot_agent.media.sound_none import NoSound
from tests.media.pulse import strongest_hz, tone
from tests.media.sound_end import WAIT_S, Room
from tests.media.voice_line import BROWSER, START_S, packets


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    server = Room(tmp_path / "sound")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def sound(room: Room, tmp_path: Path) -> AsyncIterator[RoomSound]:
    owned = RoomSound(f"socket:{tmp_path}/sound", fail_unexpected, clock=room.clock)
    yield owned
    await owned.stop()
    assert not sound_threads()


def fail_unexpected(error: SoundDeviceError) -> None:
    raise AssertionError(f"unexpected: {error}")


def sound_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("sound-")]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.005)


def last(room: Room, count: int) -> npt.NDArray[np.int16]:
    return np.concatenate(room.played[-count:])


async def test_a_listener_hears_the_room(sound: RoomSound) -> None:
    await sound.open()
    tap = sound.subscribe_microphone()
    async with asyncio.timeout(WAIT_S):
        heard = np.concatenate([await tap.get() for _ in range(120)])[-50 * BLOCK :]
    assert strongest_hz(heard) == pytest.approx(440.0, abs=5.0)
    assert sound.microphone_dbfs > -60.0
    tap.close()


async def test_voice_reaches_the_speaker_with_its_level(sound: RoomSound, room: Room) -> None:
    await sound.open()
    await until(lambda: len(room.played) > 5)
    began_s = room.clock()
    for packet in packets(tone(1000.0, 0, 200 * BLOCK), BROWSER):
        due_s = began_s + packet.arrived_s - START_S
        await until(lambda due_s=due_s: room.clock() >= due_s)  # type: ignore[misc]
        sound.voice_input.push(replace(packet, arrived_s=room.clock()))
    heard = last(room, 40)
    assert 80 < sound.voice_stats.received <= 100  # the figures are of the last whole 0.2 s
    assert strongest_hz(heard) == pytest.approx(1000.0, abs=40.0)
    assert sound.speaker_dbfs > -25.0


async def test_a_sentence_is_heard_and_the_robot_says_when_it_is_done(sound: RoomSound, room: Room) -> None:
    await sound.open()
    spoken = await sound.say("Hei, her er jeg", "nb")
    assert sound.speaking
    await until(lambda: not sound.speaking)
    heard = np.concatenate(room.played)
    active = heard[np.flatnonzero(np.abs(heard) > 100)[0] :][: int(spoken.duration_s * 48000)]
    assert dbfs(active) == pytest.approx(-20.0, abs=3.0)


async def test_a_chime_is_heard(sound: RoomSound, room: Room) -> None:
    await sound.open()
    sound.play_chime("connected")
    await until(lambda: len(room.played) > 60)
    assert dbfs(np.concatenate(room.played[:60])) > -35.0


async def test_closed_means_closed(sound: RoomSound, room: Room) -> None:
    assert not sound.is_open
    await sound.open()
    await sound.open()
    assert sound.is_open
    assert room.connections == 1
    tap = sound.subscribe_microphone()
    await tap.get()
    await sound.close()
    await until(lambda: not room.connected)
    assert not sound.is_open
    assert sound_threads() == []
    assert (sound.microphone_dbfs, sound.speaker_dbfs) == (SILENCE_DBFS, SILENCE_DBFS)
    with pytest.raises(SoundClosedError):
        await sound.say("Hei", "nb")
    with pytest.raises(SoundClosedError):
        sound.play_chime("left")
    waiting = asyncio.create_task(tap.get())
    await asyncio.sleep(0.05)
    assert not waiting.done()  # nothing of the room is left in the pipe
    await sound.open()
    async with asyncio.timeout(WAIT_S):
        await waiting
    tap.close()
    await sound.close()


async def test_nothing_of_one_session_is_played_in_the_next(sound: RoomSound, room: Room) -> None:
    await sound.open()
    await sound.say("En lang setning som ikke blir sagt ferdig, for så går vi", "nb")
    await until(lambda: len(room.played) > 30 and bool(room.played[-1].any()))
    await sound.close()
    await until(lambda: not room.connected)  # the last block may still be in the socket
    for packet in packets(tone(1000.0, 0, 8 * BLOCK), BROWSER):
        sound.voice_input.push(replace(packet, arrived_s=room.clock()))
    room.played.clear()
    await sound.open()
    await until(lambda: len(room.played) > 30)
    assert not np.concatenate(room.played[:30]).any()


async def test_a_sentence_made_for_an_earlier_opening_is_refused(sound: RoomSound) -> None:
    await sound.open()
    saying = asyncio.create_task(sound.say("Hei", "nb"))
    await asyncio.sleep(0)
    await sound.close()
    await sound.open()
    with pytest.raises(SoundClosedError):
        await saying
    assert not sound.speaking


async def test_opening_twenty_times_leaves_no_thread_and_no_file(sound: RoomSound, room: Room) -> None:
    await sound.open()
    await sound.close()
    process = psutil.Process()
    await until(lambda: not room.connected)
    threads, files = process.num_threads(), process.num_fds()
    for _ in range(20):
        await sound.open()
        await sound.close()
    await until(lambda: not room.connected)
    assert room.connections == 21
    assert sound_threads() == []
    assert process.num_fds() == files
    assert process.num_threads() <= threads + 8  # the default executor of the loop may grow, and no more


async def test_a_device_that_fails_is_told_once_and_can_be_opened_again(room: Room, tmp_path: Path) -> None:
    errors: list[SoundDeviceError] = []
    sound = RoomSound(f"socket:{tmp_path}/sound", errors.append)
    await sound.open()
    await until(lambda: len(room.played) > 3)
    room.hang_up()
    await until(lambda: bool(errors))
    assert not sound.is_open
    with pytest.raises(SoundClosedError):
        await sound.say("Hei", "nb")
    await sound.open()
    assert sound.is_open
    room.played.clear()
    await until(lambda: len(room.played) > 3)
    await sound.stop()
    assert len(errors) == 1
    assert sound_threads() == []


async def test_a_device_that_cannot_be_opened_raises_and_stays_closed(tmp_path: Path) -> None:
    sound = RoomSound(f"socket:{tmp_path}/nowhere", fail_unexpected)
    for _ in range(2):
        with pytest.raises(SoundOpenError, match="no such socket"):
            await sound.open()
        assert not sound.is_open
    await sound.stop()


async def test_an_unknown_device_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"sound\.device"):
        RoomSound("gramophone", fail_unexpected)


class SlowSound(NoSound):
    """A device that takes its time to open."""

    opening = threading.Event()
    go_on = threading.Event()
    open_devices = 0

    def open(self, process: ProcessBlock, on_failure: OnFailure) -> None:
        SlowSound.opening.set()
        SlowSound.go_on.wait(WAIT_S)
        super().open(process, on_failure)
        SlowSound.open_devices += 1

    def close(self) -> None:
        super().close()
        SlowSound.open_devices -= 1


class HandSound:
    """A device that the test turns by hand; what it is given comes back 20 ms later at half the level."""

    name = "hand"

    def __init__(self) -> None:
        self._process: ProcessBlock | None = None
        self._air = [np.zeros(BLOCK, dtype=np.int16)] * 2
        self.closing = threading.Event()
        self.may_close = threading.Event()
        self.may_close.set()

    def open(self, process: ProcessBlock, on_failure: OnFailure) -> None:
        self._process = process

    def close(self) -> None:
        self.closing.set()
        self.may_close.wait(WAIT_S)

    def turn(self) -> Block:
        """10 ms; what the microphone heard."""
        assert self._process is not None
        echo = self._air.pop(0)
        self._air.append((self._process(echo) // 2).astype(np.int16))
        return echo


async def test_the_robots_own_voice_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    device = HandSound()
    now_s = START_S
    sound = RoomSound("none", fail_unexpected, clock=lambda: now_s)
    monkeypatch.setattr(room_sound_module, "open_sound_device", lambda source: device)
    await sound.open()
    device.turn()
    noise = np.random.default_rng(4).normal(0.0, 3000.0, 300 * BLOCK).astype(np.int16)
    echo = np.zeros(0, dtype=np.int16)
    for packet in packets(noise, OpusSettings(frame_ms=10, bitrate_bps=96_000)):
        now_s = packet.arrived_s
        sound.voice_input.push(packet)
        echo = device.turn()
    assert dbfs(echo) > -28.0
    assert sound.microphone_dbfs < dbfs(echo) - 30.0
    assert sound.echo_return_loss_db is not None
    assert sound.echo_return_loss_db > 30.0
    await sound.stop()
    assert sound.echo_return_loss_db is None


async def test_a_device_counts_as_open_until_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    device = HandSound()
    sound = RoomSound("none", fail_unexpected)
    monkeypatch.setattr(room_sound_module, "open_sound_device", lambda source: device)
    await sound.open()
    device.may_close.clear()
    closing = asyncio.create_task(sound.close())
    await until(device.closing.is_set)
    assert sound.is_open
    device.may_close.set()
    await closing
    assert not sound.is_open
    await sound.stop()


async def test_an_opening_that_is_cancelled_twice_still_ends_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = RoomSound("none", fail_unexpected)
    monkeypatch.setattr(room_sound_module, "open_sound_device", lambda source: SlowSound())
    opening = asyncio.create_task(sound.open())
    await until(SlowSound.opening.is_set)
    for _ in range(2):
        opening.cancel()
        await asyncio.sleep(0.01)
    assert not opening.done()
    SlowSound.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert SlowSound.open_devices == 0
    assert not sound.is_open
    assert sound_threads() == []
    await sound.stop()


async def test_a_robot_without_sound_runs_silently() -> None:
    sound = RoomSound("none", fail_unexpected)
    await sound.open()
    tap = sound.subscribe_microphone()
    async with asyncio.timeout(WAIT_S):
        assert dbfs(await tap.get()) == SILENCE_DBFS
    await sound.stop()
    with pytest.raises(SoundClosedError):
        await tap.get()


async def test_a_slow_listener_loses_the_oldest_sound_and_takes_nothing_from_a_quick_one(
    sound: RoomSound, room: Room
) -> None:
    await sound.open()
    slow, quick = sound.subscribe_microphone(), sound.subscribe_microphone()
    async with asyncio.timeout(WAIT_S):
        for _ in range(60):
            await quick.get()
    # both are given the same blocks, however late a busy machine lets either be
    assert slow.dropped - quick.dropped > 50
    slow.close()
    slow.close()
    with pytest.raises(SoundClosedError):
        await slow.get()
    async with asyncio.timeout(WAIT_S):
        await quick.get()


async def test_closing_a_listener_wakes_who_waits_for_it() -> None:
    sound = RoomSound("none", fail_unexpected)
    tap = sound.subscribe_microphone()
    waiting = asyncio.create_task(tap.get())
    await asyncio.sleep(0)
    tap.close()
    with pytest.raises(SoundClosedError):
        await waiting
    await sound.stop()


async def test_warming_up_starts_the_speech_process_and_stopping_ends_it() -> None:
    sound = RoomSound("none", fail_unexpected)
    before = set(psutil.Process().children())
    await sound.warm_up()
    [child] = set(psutil.Process().children()) - before
    await sound.stop()
    assert not child.is_running()


async def test_another_room_hears_the_person_only_while_they_are_passed_on(sound: RoomSound) -> None:
    """The room itself all the time, with the voice over it from the next block on, and without it again as soon."""
    far, near = sound.subscribe_elsewhere(), sound.subscribe_microphone()
    room, voice = np.full(BLOCK, 1000, np.int16), np.full(BLOCK, 500, np.int16)
    for on, heard in ((False, 1000), (True, 1500), (False, 1000)):
        sound.passes_on = on
        sound.heard(room, voice)
        async with asyncio.timeout(WAIT_S):
            assert abs(int((await far.get())[0]) - heard) <= 1
            assert (await near.get())[0] == 1000, "the patient never hears themselves"
    sound.passes_on = True
    sound.heard(np.full(BLOCK, 30000, np.int16), np.full(BLOCK, 30000, np.int16))
    assert 30000 < int((await far.get())[0]) <= 32767, "too loud is bent, not folded over"
    far.close()
    near.close()


async def test_a_listener_elsewhere_is_closed_with_the_sound(sound: RoomSound) -> None:
    far = sound.subscribe_elsewhere()
    await sound.stop()
    with pytest.raises(SoundClosedError):
        await far.get()
