"""«Hører dere meg?» while the robot is in use: looks now and then, and when it is asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protocol.state import Heard, Hearing
from robot_agent.media.blocks import BLOCK_S
from robot_agent.media.heard import MAX_DELAY_S, NOTHING_TO_TELL, WINDOW_BLOCKS, Judge, Verdict
from robot_agent.media.mixer import chime
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_errors import SoundClosedError

LOOK_INTERVAL_S = 2.0  # half of what is looked at; 8 ms of work each time, in a worker thread
AFTER_CHIME_BLOCKS = round((MAX_DELAY_S + 0.2) / BLOCK_S)  # its way through card and room, and what the room adds
ANSWER_TIMEOUT_S = 10.0  # a starved machine plays late; a device that stands still plays nothing
POLL_S = 0.05

Answer = Callable[[Verdict | None], Awaitable[None]]
"""Given the verdict, or None where the sound was closed meanwhile."""


@dataclass(frozen=True, slots=True)
class SteadyVerdict:
    """What is told of the room: another word only after two equal ones in a row. Pure."""

    verdict: Verdict = NOTHING_TO_TELL
    doubt: Hearing | None = None
    """The last word, where it was another than the one that is told."""

    def after(self, verdict: Verdict, *, at_once: bool) -> SteadyVerdict:
        """With one more verdict; `at_once` where somebody asked, or waits for the first one."""
        first = self.verdict is NOTHING_TO_TELL
        if at_once or first or verdict.hearing in (self.verdict.hearing, self.doubt):
            return SteadyVerdict(verdict)
        return SteadyVerdict(self.verdict, verdict.hearing)


class RoomHearing:
    """Owner of the verdict. Belongs to one event loop; `run` is a task of the service."""

    def __init__(self, sound: RoomSound, changed: Callable[[], None]) -> None:
        """`changed` is called when the room hears better or worse than before."""
        self._sound = sound
        self._changed = changed
        self._judge = Judge()
        self._steady = SteadyVerdict()
        self._judged_s = 0.0
        self._question: asyncio.Queue[Answer] = asyncio.Queue(1)
        self._asking = False

    @property
    def heard(self) -> Heard | None:
        """For the robot's state; None until something was said in the open room."""
        if self._steady.verdict is NOTHING_TO_TELL:
            return None
        return as_heard(self._steady.verdict, max(0.0, time.monotonic() - self._judged_s))

    def forget(self) -> None:
        """The session is over: what the room heard of one person says nothing to the next."""
        self._judge, self._steady = Judge(), SteadyVerdict()

    def ask(self, answer: Answer) -> bool:
        """Play the chime and answer in two seconds; False where a question is under way already.

        Raises SoundClosedError.
        """
        if not self._sound.is_open:
            raise SoundClosedError
        if self._asking:
            return False
        self._asking = True
        self._question.put_nowait(answer)
        return True

    async def run(self) -> None:
        """Look every LOOK_INTERVAL_S and answer questions, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_INTERVAL_S):
                    answer = await self._question.get()
            except TimeoutError:
                await self._look()
                continue
            verdict = await self._after_chime()
            self._asking = False
            await answer(verdict)

    async def _after_chime(self) -> Verdict | None:
        try:
            self._sound.play_chime("ask")
        except SoundClosedError:
            return None
        blocks = len(chime("ask")) + AFTER_CHIME_BLOCKS
        due = self._sound.played.count + blocks
        deadline_s = time.monotonic() + ANSWER_TIMEOUT_S
        # counted in what was played, not in time: the device may have stood still
        while self._sound.is_open and self._sound.played.count < due and time.monotonic() < deadline_s:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
        return await self._look(blocks, asked=True) if self._sound.is_open else None

    async def _look(self, blocks: int = WINDOW_BLOCKS, *, asked: bool = False) -> Verdict:
        if not self._sound.is_open:
            self.forget()
            return NOTHING_TO_TELL
        sounds = self._sound.played.snapshot(blocks)
        if sounds is None:
            return NOTHING_TO_TELL
        judge = self._judge
        verdict = await asyncio.to_thread(judge.judge, *sounds)
        if verdict.hearing is Hearing.UNKNOWN or judge is not self._judge:
            return verdict  # what was found when it last spoke still holds; or it was of the session before
        before = self._steady.verdict
        self._steady = self._steady.after(verdict, at_once=asked)
        if self._steady.verdict is verdict:
            self._judged_s = time.monotonic()
        if before.hearing is not self._steady.verdict.hearing:
            self._changed()
        return verdict


def as_heard(verdict: Verdict, since_s: float = 0.0) -> Heard:
    """The verdict as it goes over the wire."""
    return Heard(hearing=verdict.hearing, snr_db=verdict.snr_db, delay_ms=verdict.delay_ms, since_s=since_s)
