"""The robot's own voice: text -> a sentence in the mixer, synthesised in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from robot_agent.media.blocks import RATE_HZ
from robot_agent.media.sound_errors import SpeechLanguageError, SpeechProcessError
from robot_agent.media.speech_frames import (
    LENGTHS,
    MAX_SOUND_BYTES,
    FrameError,
    SpeechAnswer,
    SpeechRequest,
    lengths,
)
from robot_agent.media.speech_sound import SentenceQueue, prepare

logger = logging.getLogger(__name__)

# Language on the wire -> (language that is heard, espeak-ng's voice). There is no voice for nynorsk or South Sámi.
VOICES = MappingProxyType({"nb": ("nb", "nb"), "nn": ("nb", "nb"), "en": ("en", "en-us"), "sma": ("nb", "nb")})
MAX_SENTENCES = 4  # the one being said and three more: who writes faster is told so
ANSWER_TIMEOUT_S = 3.0  # a sentence takes milliseconds, the start of the process some tenths of a second
STOP_TIMEOUT_S = 0.5  # it ends at the end of its input; then it is killed
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Sentence:
    """A synthesised sentence: blocks of shape (n, 480), and the language that is heard."""

    blocks: npt.NDArray[np.int16]
    language: str


@dataclass(frozen=True)
class Spoken:
    """What will be heard: how long the sentence takes, after how long a wait, and in which language."""

    duration_s: float
    wait_s: float
    language: str


class SpeechProcess:
    """One life of the speech process. Every trouble is a SpeechProcessError, after which it is stopped."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> SpeechProcess:
        """Raises SpeechProcessError."""
        paths = [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")]
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "robot_agent.media.speech_process",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
            )
        except OSError as error:
            raise SpeechProcessError(f"the speech process cannot be started: {error}") from error
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, request: SpeechRequest) -> SpeechAnswer:
        """One request at a time. Raises SpeechProcessError."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await self._exchange(request)
        except TimeoutError as error:
            raise SpeechProcessError(f"no sentence in {ANSWER_TIMEOUT_S:.0f} s") from error
        except (OSError, asyncio.IncompleteReadError) as error:
            raise SpeechProcessError("the speech process ended") from error
        except FrameError as error:
            raise SpeechProcessError(f"the speech process answered nonsense: {error}") from error

    async def stop(self) -> None:
        """End it, by the end of its input or else by force."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._process.communicate()  # `wait` would wait for ever for an answer that nobody reads
        except TimeoutError:
            self.kill()
            await self._process.communicate()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _exchange(self, request: SpeechRequest) -> SpeechAnswer:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(request.to_bytes())
        await stdin.drain()
        header_size, sound_size = lengths(await stdout.readexactly(LENGTHS.size), MAX_SOUND_BYTES)
        header = await stdout.readexactly(header_size)
        return SpeechAnswer.from_parts(header, await stdout.readexactly(sound_size))


class Speech:
    """Owns the speech process and the queue of sentences; `queue` is what the mixer pulls from.

    Belongs to one event loop. The process is started by `start` or the first sentence, and again if it dies.
    """

    def __init__(self) -> None:
        self.queue = SentenceQueue(MAX_SENTENCES)
        self._process: SpeechProcess | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Start early, so that the first sentence does not wait. Raises SpeechProcessError."""
        async with self._turn:
            if self._process is None:
                self._process = await SpeechProcess.start()

    async def say(self, text: str, language: str) -> Spoken:
        """Synthesise and queue. Raises the SpeechErrors; the text's length is the caller's to limit."""
        return self.enqueue(await self.synthesise(text, language))

    async def synthesise(self, text: str, language: str) -> Sentence:
        """Make the sound. Concurrent calls end in the order in which they began. Raises the SpeechErrors."""
        if language not in VOICES:
            raise SpeechLanguageError(language, tuple(VOICES))
        spoken_language, voice = VOICES[language]
        async with self._turn:
            self.queue.check_room()
            answer = await self._ask(SpeechRequest(voice, text.replace("\0", " ")))
            if answer.error:
                raise SpeechProcessError(f"espeak-ng: {answer.error}")
            blocks = await asyncio.to_thread(prepare, answer.sound, answer.rate_hz)
        return Sentence(blocks, spoken_language)

    def enqueue(self, sentence: Sentence) -> Spoken:
        """Let it be said. Raises SpeechBusyError."""
        wait_s = self.queue.put(sentence.blocks)
        return Spoken(sentence.blocks.size / RATE_HZ, wait_s, sentence.language)

    def cancel(self) -> None:
        """Be silent at once and forget what waits."""
        self.queue.clear()

    @property
    def speaking(self) -> bool:
        """Is a sentence being said or waiting?"""
        return self.queue.remaining_s > 0.0

    async def stop(self) -> None:
        """Be silent and end the process. A later sentence starts a new one."""
        self.cancel()
        async with self._turn:
            await self._discard()

    async def _ask(self, request: SpeechRequest) -> SpeechAnswer:
        """Ask; if the process has died or hangs, ask a new one, once."""
        try:
            return await self._ask_once(request)
        except SpeechProcessError as error:
            logger.warning("%s; starting it again", error)
        try:
            return await self._ask_once(request)
        except SpeechProcessError as error:
            raise SpeechProcessError(f"{error}, twice; the sentence is not said") from error

    async def _ask_once(self, request: SpeechRequest) -> SpeechAnswer:
        if self._process is None:
            self._process = await SpeechProcess.start()
        try:
            return await self._process.ask(request)
        except BaseException:  # also when cancelled: half an answer may be in the pipe
            self._process.kill()
            await self._discard()
            raise

    async def _discard(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.stop()
