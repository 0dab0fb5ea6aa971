"""The robot's sound, whole: the device while it is open, echo canceller, mixer, speech and listeners."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Literal

from robot_agent.media.blocks import SILENCE_DBFS, Block, BlockRing, BlockSource, LevelMeter, silence
from robot_agent.media.echo import EchoCanceller
from robot_agent.media.heard import Played
from robot_agent.media.mixer import Mixer, chime, together
from robot_agent.media.slow_voice import SlowVoice
from robot_agent.media.sound_alone import play_alone
from robot_agent.media.sound_device import SoundDevice, open_sound_device
from robot_agent.media.sound_errors import SoundClosedError, SoundDeviceError
from robot_agent.media.sound_tap import MicrophoneTap
from robot_agent.media.sound_voice import VoicePlayer, VoiceStats
from robot_agent.media.speech import Speech, Spoken
from robot_agent.media.worker import to_the_end

logger = logging.getLogger(__name__)

CHIME_BLOCKS = 200  # 2 s, so that two chimes can follow each other
TOLD_POLL_S = 0.05


class RoomSound:
    """Owner of the robot's sound. Belongs to one event loop; may be opened and closed any number of times.

    Closed means that the device is closed. Each opening makes a new device and a new echo canceller.
    """

    def __init__(
        self,
        source: str,
        on_failure: Callable[[SoundDeviceError], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`source` as in `sound.device`; raises ValueError if it is none. Raises OpusLibraryError without libopus.

        `on_failure` is called in the event loop when an open device fails; its owner then calls `close`,
        and `open` again when it likes. `clock` is the one of `VoicePacket.arrived_s`.
        """
        open_sound_device(source)
        self.voice_input = VoicePlayer(clock)
        self.slow_voice = SlowVoice()
        self._source = source
        self._on_failure = on_failure
        self._speech = Speech()
        self._chimes = BlockRing(CHIME_BLOCKS)
        self._question = BlockRing(CHIME_BLOCKS)
        self.played = Played()
        person: dict[str, BlockSource] = {
            "voice": self.voice_input,
            "slow voice": self.slow_voice,
            "speech": self._speech.queue,
            "question": self._question,  # «hører dere meg?» is asked as loudly as the person is
        }
        # a chime is not of the person: it tells the room that somebody came or went, at any volume
        self.mixer = Mixer({**person, "chime": self._chimes}, person)
        self._device: SoundDevice | None = None
        self._echo: EchoCanceller | None = None
        self._failed = False
        self._turn = asyncio.Lock()
        self._cut = asyncio.Event()  # set: whoever plays alone makes room
        self._taps: tuple[MicrophoneTap, ...] = ()  # replaced whole, so that the device's thread can iterate
        self._far_taps: tuple[MicrophoneTap, ...] = ()
        self.passes_on = False
        self._microphone_level = LevelMeter()
        self._speaker_level = LevelMeter()

    @property
    def is_open(self) -> bool:
        """Is the device open and working?"""
        return self._device is not None and not self._failed

    async def open(self) -> None:
        """Open the device; nothing if it is open. Raises SoundOpenError. A cancelled opening is undone."""
        self._cut.set()
        async with self._turn:
            if self.is_open:
                return
            await self._close_device()
            device = open_sound_device(self._source)
            self._forget_sound()
            self._echo = EchoCanceller()
            process = _Processing(self, self._echo).process
            loop = asyncio.get_running_loop()

            def failed(error: SoundDeviceError) -> None:
                loop.call_soon_threadsafe(self._device_failed, device, error)

            self._failed = False
            self._device = device
            try:
                await to_the_end(asyncio.to_thread(device.open, process, failed))
            except BaseException:  # also when cancelled: a device that was opened all the same is closed
                await self._close_device()
                raise

    async def close(self) -> None:
        """Close the device and forget every sound on its way, even when cancelled meanwhile.

        Raises SoundLostError where the device does not let go.
        """
        self._cut.set()
        async with self._turn:
            await self._close_device()

    async def stop(self) -> None:
        """Close for good: the device, the listeners and the speech process."""
        try:
            await self.close()
        finally:
            for tap in (*self._taps, *self._far_taps):
                tap.close()
            await self._speech.stop()

    async def warm_up(self) -> None:
        """Start the speech process, so that the first sentence does not wait. Raises SpeechProcessError."""
        await self._speech.start()

    def subscribe_microphone(self) -> MicrophoneTap:
        """A listener to the room without the robot's own voice; it outlives closing and opening.

        Call its `close` when done. To be called in the event loop.
        """
        tap = MicrophoneTap(asyncio.get_running_loop(), self._forget_tap)
        self._taps = (*self._taps, tap)
        return tap

    def subscribe_elsewhere(self) -> MicrophoneTap:
        """A listener in another room: the same, and the person's voice with it as long as `passes_on` is set."""
        tap = MicrophoneTap(asyncio.get_running_loop(), self._forget_tap)
        self._far_taps = (*self._far_taps, tap)
        return tap

    async def say(self, text: str, language: str) -> Spoken:
        """Speak in the room. Raises SoundClosedError and the SpeechErrors."""
        if not self.is_open:
            raise SoundClosedError
        device = self._device
        sentence = await self._speech.synthesise(text, language)
        if device is not self._device or not self.is_open:  # not into a later session
            raise SoundClosedError
        return self._speech.enqueue(sentence)

    async def tell(self, text: str, language: str) -> None:
        """Say something of the robot's own; returns when it was said. Raises the SpeechErrors and SoundDeviceErrors.

        While the sound is closed the speaker alone is opened for it; a session that opens the sound cuts it short.
        A sentence that ends with the session is said again from its beginning.
        """
        if await self._told_in_session(text, language):
            return
        sentence = await self._speech.synthesise(text, language)
        self._cut.set()  # the newest is what counts
        cut = self._cut = asyncio.Event()  # before the turn: whoever opens the sound behind us has to find it
        async with self._turn:
            if self.is_open:
                self._speech.enqueue(sentence)
                return
            await play_alone(self._source, sentence.blocks, cut)

    async def _told_in_session(self, text: str, language: str) -> bool:
        device = self._device
        try:
            spoken = await self.say(text, language)
        except SoundClosedError:
            return False
        over_s = time.monotonic() + spoken.wait_s + spoken.duration_s
        while time.monotonic() < over_s and self._device is device and self.is_open:  # noqa: ASYNC110
            await asyncio.sleep(TOLD_POLL_S)
        return time.monotonic() >= over_s

    def cancel_speech(self) -> None:
        """Stop talking at once."""
        self._speech.cancel()

    @property
    def speaking(self) -> bool:
        """Is the robot saying a sentence, or about to?"""
        return self._speech.speaking

    def play_chime(self, name: Literal["connected", "left", "ask"]) -> None:
        """A soft sound, see `mixer.chime`. Raises SoundClosedError."""
        if not self.is_open:
            raise SoundClosedError
        ring = self._question if name == "ask" else self._chimes
        for block in chime(name):
            ring.push(block)

    @property
    def voice_stats(self) -> VoiceStats:
        """How the far side's voice fares on its way into the room."""
        return self.voice_input.stats

    @property
    def microphone_dbfs(self) -> float:
        """What is sent from the room, over the last 300 ms; SILENCE_DBFS while closed."""
        return self._microphone_level.dbfs if self.is_open else SILENCE_DBFS

    @property
    def speaker_dbfs(self) -> float:
        """What the speaker plays, over the last 300 ms; SILENCE_DBFS while closed."""
        return self._speaker_level.dbfs if self.is_open else SILENCE_DBFS

    @property
    def echo_return_loss_db(self) -> float | None:
        """How much of the robot's own voice the echo canceller takes out; None while that is not known."""
        return None if self._echo is None else self._echo.return_loss_db

    def heard(self, block: Block, played: Block) -> None:
        """A microphone block without echo, and what the speaker played meanwhile; from the device's thread."""
        self._microphone_level.add(block)
        for tap in self._taps:
            tap.push(block)
        if self._far_taps:
            block = together(block, played) if self.passes_on else block
            for tap in self._far_taps:
                tap.push(block)

    def next_played(self) -> Block:
        """The next block for the speaker; from the device's thread."""
        block = self.mixer.mix()
        self._speaker_level.add(block)
        return block

    async def _close_device(self) -> None:
        device = self._device  # open until it is closed: the state must not say otherwise
        try:
            if device is not None:
                await to_the_end(asyncio.to_thread(device.close))
        finally:
            self._device = self._echo = None
            self._forget_sound()

    def _forget_sound(self) -> None:
        self.voice_input.clear()
        self.slow_voice.clear()
        self._chimes.clear()
        self._question.clear()
        self.played.clear()
        self._speech.cancel()
        self.mixer.reset()
        self._microphone_level.reset()
        self._speaker_level.reset()
        for tap in (*self._taps, *self._far_taps):
            tap.clear()

    def _device_failed(self, device: SoundDevice, error: SoundDeviceError) -> None:
        if device is self._device and not self._failed:
            logger.error("%s", error)
            self._failed = True
            self._on_failure(error)

    def _forget_tap(self, tap: MicrophoneTap) -> None:
        self._taps = tuple(other for other in self._taps if other is not tap)
        self._far_taps = tuple(other for other in self._far_taps if other is not tap)


class _Processing:
    """What happens to one opening's blocks, in the device's thread."""

    def __init__(self, sound: RoomSound, echo: EchoCanceller) -> None:
        self._sound = sound
        self._echo = echo
        self._played: Block | None = None

    def process(self, microphone: Block) -> Block:
        if self._played is None:  # what came in while the device was being opened would stay as delay
            self._sound.voice_input.clear()
            self._played = silence()
        self._sound.played.push(self._played, microphone)
        self._sound.heard(self._echo.process(microphone, self._played), self._played)
        self._played = self._sound.next_played()
        return self._played
