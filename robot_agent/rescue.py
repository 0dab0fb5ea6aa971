"""The rescue path: still pictures and sound by way of the broker, while a page has no media path.

Nothing of it is logged but that it began and ended. It never opens a device: they are open because the seat is held.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from protocol.rescue import MAX_STILL_BYTES, STILL_EVERY_S, STOPS_AFTER_S, RescueFrame, RescueKind, RescueParcel
from protocol.signals import Rescue
from robot_agent.media.opus import OpusEncoder, OpusSettings
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_errors import SoundClosedError
from robot_agent.media.still_jpeg import still_jpeg
from robot_agent.media.video import VideoPipeline
from robot_agent.still_clock import StillClock

log = logging.getLogger(__name__)

NO_PICTURE_S = 0.1  # the camera opens, or sends nothing: looked at again so soon
SOUND = OpusSettings(application="voip", bitrate_bps=20_000, frame_ms=60)  # TCP loses nothing: no copies are needed
WAITING_SOUNDS = 16  # 1 s behind a still on a thin line: late it is heard, older than that it helps nobody
CLOCK_WRAP_MS = 2**32


@dataclass(eq=False)
class _Round:
    """One rescue, from the first word to the end."""

    session: str
    heard_s: float
    stills: StillClock = field(default_factory=StillClock)
    sounds: int = 0
    waiting: deque[tuple[int, float, bytes]] = field(default_factory=lambda: deque(maxlen=WAITING_SOUNDS))
    spoken: asyncio.Event = field(default_factory=asyncio.Event)
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class RescuePath:
    """At most one rescue at a time. Belongs to one event loop; `run` owns its tasks.

    `allowed` says whether a session holds the robot and may see the room now, `send` takes a parcel to the broker and
    returns when it is on the line (so that nothing queues here), `changed` is called when `active` has changed.
    """

    def __init__(
        self,
        video: VideoPipeline,
        sound: RoomSound,
        allowed: Callable[[str], bool],
        send: Callable[[RescueParcel], Awaitable[bool]],
        changed: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._video = video
        self._sound = sound
        self._allowed = allowed
        self._send = send
        self._changed = changed
        self._clock = clock
        self._round: _Round | None = None
        self._last: _Round | None = None
        self._begun = asyncio.Event()

    @property
    def active(self) -> bool:
        """Whether stills and sound go out: somebody sees and hears the room."""
        return self._round is not None

    def serves(self, session: str) -> bool:
        """Whether this session's rescue is on."""
        return self._round is not None and self._round.session == session

    def hear(self, word: Rescue) -> None:
        """The page wants it, goes on wanting it, has shown a still, or needs it no more."""
        now = self._round
        if not word.on or not self._allowed(word.session):
            if now is not None and now.session == word.session:
                self.end()
            return
        if now is None or now.session != word.session:
            self.end()
            now = self._round = self._last = self._new_round(word.session)
            log.info("no media path: still pictures and sound go by way of the service")
            self._begun.set()
            self._changed()
        now.heard_s = self._clock()
        if now.stills.shown(word.still, now.heard_s):
            now.shown.set()

    def take(self, parcel: RescueParcel) -> None:
        """The page's voice, of the session that is being rescued; anything else is dropped."""
        if self.serves(parcel.session) and parcel.frame.kind is RescueKind.SOUND and self._sound.is_open:
            self._sound.slow_voice.push(parcel.frame.sequence, parcel.frame.body)

    def end(self) -> None:
        """It is over at once: not one more frame goes out, and what the voice still had to say is dropped."""
        ended, self._round = self._round, None
        if ended is None:
            return
        ended.over.set()
        self._sound.slow_voice.clear()
        log.info("still pictures and sound no longer go by way of the service")
        self._changed()

    async def run(self) -> None:
        """Serves one rescue after the other until cancelled."""
        try:
            while True:
                await self._begun.wait()
                self._begun.clear()
                if (now := self._round) is not None:
                    await self._serve(now)
        finally:
            self.end()

    def _new_round(self, session: str) -> _Round:
        """Of the same session the frames are counted on, and what is known of its line is kept."""
        last = self._last
        if last is None or last.session != session:
            return _Round(session, self._clock())
        return _Round(session, self._clock(), last.stills, last.sounds)

    async def _serve(self, now: _Round) -> None:
        async with asyncio.TaskGroup() as group:
            parts = [
                group.create_task(self._send_stills(now), name="rescue-stills"),
                group.create_task(self._listen(now), name="rescue-ear"),
                group.create_task(self._send_sound(now), name="rescue-sound"),
            ]
            await self._until_over(now)
            for part in parts:
                part.cancel()

    async def _until_over(self, now: _Round) -> None:
        while not now.over.is_set():
            left_s = now.heard_s + STOPS_AFTER_S - self._clock()
            if left_s <= 0 or not self._allowed(now.session):
                self.end()
                return
            await _set_within(now.over, left_s)

    async def _send_stills(self, now: _Round) -> None:
        clock = now.stills
        while True:
            if (wait_s := clock.wait_s(self._clock())) > 0:
                await _set_within(now.shown, wait_s)
                now.shown.clear()
                continue
            frame = self._video.newest()
            if frame is None:
                await asyncio.sleep(NO_PICTURE_S)
                continue
            picture = await asyncio.to_thread(still_jpeg, frame, clock.most_bytes)
            if len(picture) > MAX_STILL_BYTES:  # noise of an odd shape; the next may be calmer
                await asyncio.sleep(STILL_EVERY_S)
                continue
            sequence = clock.next_sequence
            clock.sent(len(picture), self._clock())  # the way to the broker is a part of the line
            await self._publish(now, RescueKind.STILL, sequence, frame.arrived_s, picture)

    async def _listen(self, now: _Round) -> None:
        ear = self._sound.subscribe_microphone()
        encoder = OpusEncoder(SOUND)
        try:
            while True:
                packet = encoder.encode(await ear.get())
                if packet is not None:
                    now.sounds += 1
                    now.waiting.append((now.sounds, self._clock(), packet.data))
                    now.spoken.set()
        except SoundClosedError:
            return  # the robot stops
        finally:
            ear.close()

    async def _send_sound(self, now: _Round) -> None:
        while True:
            while now.waiting:
                sequence, at_s, packet = now.waiting.popleft()
                await self._publish(now, RescueKind.SOUND, sequence, at_s, packet)
            now.spoken.clear()
            await now.spoken.wait()

    async def _publish(self, now: _Round, kind: RescueKind, sequence: int, at_s: float, body: bytes) -> None:
        if now is self._round and self._allowed(now.session):
            frame = RescueFrame(kind, sequence, int(at_s * 1000) % CLOCK_WRAP_MS, body)
            await self._send(RescueParcel(now.session, frame))


async def _set_within(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        pass
