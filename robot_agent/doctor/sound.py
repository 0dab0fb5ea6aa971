"""Microphone, speaker and the way between them: one opening of the device, a chirp, and a look for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np

from protocol.state import Hearing
from robot_agent.doctor.finding import Check, Finding, in_thread, note, ok, wrong
from robot_agent.media.blocks import BLOCK, RATE_HZ, SILENCE_DBFS, Block, dbfs, silence
from robot_agent.media.heard import Judge, Verdict
from robot_agent.media.sound_device import open_sound_device
from robot_agent.media.sound_errors import SoundDeviceError

CHIRPS: Final = 6
CHIRP_S: Final = 0.2
CHIRP_HZ: Final = (300.0, 3400.0)  # the voice band, which is what `heard` looks at
CHIRP_PEAK: Final = 5000  # -16 dBFS: a loud voice, no alarm
BEFORE_S: Final = 0.6  # the room's own noise
AFTER_S: Final = 0.8  # the way through card and air, and what the room adds
PLAY_LIMIT_S: Final = 8.0  # 2.6 s of sound on a device that starts slowly
LIMIT_S: Final = 18.0  # opening, playing and closing, each at its worst
LOUD_DBFS: Final = -12.0  # the room itself: the microphone's gain is too high
LATE_MS: Final = 300.0  # beyond that a conversation stumbles over itself


def chirps() -> list[Block]:
    """What is played: silence, CHIRPS sweeps over the voice band, silence."""
    times = np.arange(round(CHIRP_S * RATE_HZ)) / RATE_HZ
    low, high = CHIRP_HZ
    phase = 2 * np.pi * (low * times + (high - low) / (2 * CHIRP_S) * times**2)
    one = CHIRP_PEAK * np.sin(phase) * np.sin(np.pi * times / CHIRP_S)
    quiet = [np.zeros(round(seconds * RATE_HZ)) for seconds in (BEFORE_S, AFTER_S)]
    samples = np.concatenate([quiet[0], *[one] * CHIRPS, quiet[1]]).astype(np.int16)
    return list(samples.reshape(-1, BLOCK))


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it. `error` where the device failed; `complete`: everything was played."""

    error: SoundDeviceError | None = None
    complete: bool = False
    silent: bool = True
    room_dbfs: float = SILENCE_DBFS
    verdict: Verdict | None = None


class SoundChecks:
    """Three checks of one listening, which is done by the first of them."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._heard: Heard | None = None

    def checks(self) -> list[Check]:
        """Microphone, speaker, and the echo's way."""
        return [
            Check("microphone", LIMIT_S, self._microphone),
            Check("speaker", LIMIT_S, self._speaker),
            Check("echo", LIMIT_S, self._echo),
        ]

    async def _listen(self) -> Heard:
        if self._heard is None:
            self._heard = Heard()  # should it hang, the next checks do not hang as well
            self._heard = await in_thread(lambda: listen(self._device))
        return self._heard

    def _without_sound(self, heard: Heard) -> Finding | None:
        if self._device == "none":
            return note("sound_none")
        if heard.error is not None:
            return wrong("sound_closed", detail=f"{heard.error.what}; {heard.error.advice}", device=self._device)
        return None

    async def _microphone(self) -> Finding:
        heard = await self._listen()
        without = self._without_sound(heard)
        if without is not None:
            return without
        if heard.silent:
            return wrong("microphone_dead", device=self._device)
        if heard.room_dbfs > LOUD_DBFS:
            return note("microphone_loud", dbfs=round(heard.room_dbfs))
        return ok("microphone_ok", dbfs=round(heard.room_dbfs))

    async def _speaker(self) -> Finding:
        heard = await self._listen()
        without = self._without_sound(heard)
        if without is not None:
            return without
        return ok("speaker_ok") if heard.complete else wrong("speaker_stuck", device=self._device)

    async def _echo(self) -> Finding:
        heard = await self._listen()
        if self._device == "none":
            return note("sound_none")
        if heard.verdict is None:
            return wrong("needs_sound")
        delay_ms = heard.verdict.delay_ms
        match heard.verdict.hearing:
            case Hearing.NOT_HEARD:
                return wrong("echo_not_heard")
            case Hearing.UNKNOWN:
                return note("echo_unknown")
            case Hearing.FAINT:
                return note("echo_faint", snr_db=round(heard.verdict.snr_db or 0.0))
        if delay_ms is not None and delay_ms > LATE_MS:
            return note("echo_late", delay_ms=round(delay_ms))
        return ok("echo_ok", delay_ms=round(delay_ms or 0.0), snr_db=round(heard.verdict.snr_db or 0.0))


def listen(source: str) -> Heard:
    """Plays the chirps and listens meanwhile; blocking. Raises ValueError for a source that is no device."""
    wanted = chirps()
    played: list[Block] = []
    heard: list[Block] = []
    over = threading.Event()
    errors: list[SoundDeviceError] = []

    def process(microphone: Block) -> Block:
        if len(played) >= len(wanted):
            over.set()
            return silence()
        heard.append(microphone)
        played.append(wanted[len(played)])
        return played[-1]

    def failed(error: SoundDeviceError) -> None:
        errors.append(error)
        over.set()

    device = open_sound_device(source)
    try:
        device.open(process, failed)
        over.wait(PLAY_LIMIT_S)
    except SoundDeviceError as error:
        errors.append(error)
    finally:
        try:
            device.close()
        except SoundDeviceError as error:
            errors.append(error)
    if errors:
        return Heard(error=errors[0])
    return _judged(played, heard, complete=len(played) == len(wanted))


def _judged(played: list[Block], heard: list[Block], *, complete: bool) -> Heard:
    if not heard:
        return Heard()
    near = np.concatenate(heard)
    room = near[: round(BEFORE_S * RATE_HZ)]
    verdict = Judge().judge(np.concatenate(played), near) if complete else None
    return Heard(None, complete, not near.any(), dbfs(room), verdict)
