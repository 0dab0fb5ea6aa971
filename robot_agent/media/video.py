"""The picture's way: source -> encoder thread -> every viewer. Encoded once for each step of the ladder and codec that
somebody needs; nothing on the way queues pictures."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from protocol.state import PictureStep
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.guests import GuestLine
from robot_agent.media.interfaces import Codec, EncodedFrame, FrameSource, OpenEncoder, Stream, VideoFrame
from robot_agent.media.ladder import BY_STEP, Ladder, Rung, rungs_for
from robot_agent.media.levels import MAX_LEVELS, ORDER, share
from robot_agent.media.rate.control import RateSettings
from robot_agent.media.video_thread import Batch, EncoderThread, Order
from robot_agent.media.vp8_encoder import Vp8Encoder

log = logging.getLogger(__name__)

# Encoded frames cannot be skipped like pictures: dropped ones cost up to a second, until the next key frame may be.
# An event loop that was busy gets all at once what came meanwhile; so much of it is still worth sending.
TAP_FRAMES = 12
USUAL_LINES = 720  # until the first picture says otherwise
NEWEST_AGE_S = 1.0  # an older picture is not the room as it is
OWN_FAULT = 1.25  # a quantiser that is coarse because of a viewer with so much less says nothing of this line


@dataclass(frozen=True)
class VideoStats:
    """What the newest viewer gets; zero while nothing is sent. `dropped` counts frames that lagging viewers lost.

    `step` is what people are told, see `Ladder.announced`; `encoded` and `key_frames` are of every step together.
    """

    step: PictureStep | None = None
    width: int = 0
    height: int = 0
    fps: float = 0.0
    bitrate_bps: int = 0
    target_bps: int = 0
    encoded: int = 0
    key_frames: int = 0
    dropped: int = 0


class Tap:
    """One viewer, bounded: a viewer that lags loses its frames and waits for a key frame. Implements `VideoTap`.

    It takes part from its first `get()` on. Belongs to the event loop's thread. A `guest` gets what somebody else has,
    and has no say while somebody else is there.
    """

    def __init__(self, pipeline: VideoPipeline, target_bps: int, guest: GuestLine | None = None) -> None:
        self._pipeline = pipeline
        self.guest = guest
        self._frames: deque[EncodedFrame] = deque()
        self._arrived = asyncio.Event()
        self._needs_key = True
        self._current: PictureStep | None = None
        self._strained = False
        self._ladder: Ladder | None = None
        self.wanted: PictureStep | None = None
        self.codec = Codec.H264
        self.target_bps = target_bps
        self.reading = False
        self.dropped = 0

    def use(self, codec: Codec) -> None:
        """See `VideoTap.use`."""
        self.codec = codec

    async def get(self) -> EncodedFrame:
        """See `VideoTap.get`."""
        if not self.reading:
            self.reading = True
            self._pipeline.viewers_changed()
        while not self._frames:
            self._arrived.clear()
            await self._arrived.wait()
        return self._frames.popleft()

    def request_key_frame(self) -> None:
        """See `VideoTap.request_key_frame`."""
        if self.guest is None or self.guest.may_ask_for_key_frame(time.monotonic()):
            self._pipeline.request_key_frame(self.codec, self._current or self.wanted)

    def set_bitrate(self, bps: int, strained: bool = False) -> None:
        """See `VideoTap.set_bitrate`."""
        self.target_bps, self._strained = bps, strained
        self._pipeline.follow_targets()

    def close(self) -> None:
        """See `VideoTap.close`."""
        self._pipeline.unsubscribe(self)
        self._frames.clear()

    # What the pipeline asks and tells

    def stand_on(self, lines: int, now_s: float) -> Rung:
        """Where on the ladder this viewer is; it begins where its line's target says."""
        if self._ladder is None:
            self._ladder = Ladder(self.target_bps, now_s, rungs_for(lines))
        return self._ladder.rung

    def step_off(self) -> None:
        """The camera is another one: the ladder begins anew."""
        self._ladder = None

    def announced(self, now_s: float) -> PictureStep | None:
        """See `Ladder.announced`."""
        return None if self._ladder is None else self._ladder.announced(now_s)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """What has to be encoded for this viewer; two while it changes from one step to the other."""
        steps = dict.fromkeys((self.wanted, self._current))
        return tuple(Stream(self.codec, step) for step in steps if step is not None)

    def take(self, batch: Batch, level_bps: int | None, now_s: float) -> bool:
        """The newest picture, and what it says of the line. Whether the plan has to change."""
        frames = {frame.step: frame for frame in batch.frames if frame.codec is self.codec}
        arrived = None if self.wanted is None else frames.get(self.wanted)
        switched = self._current != self.wanted and (self.wanted is None or (arrived is not None and arrived.key))
        if switched:
            self._current, self._needs_key = self.wanted, True
        frame = None if self._current is None else frames.get(self._current)
        if frame is not None:
            self._push(frame)
        if self._ladder is None:
            return switched and self.guest is None
        mine = level_bps is not None and self.target_bps <= OWN_FAULT * level_bps
        qp = arrived.qp if arrived is not None and mine and arrived.step is self._ladder.rung.step else None
        return self._ladder.update(now_s, self.target_bps, qp, self._strained) or switched

    def forget(self) -> None:
        """What waits is history, another stream begins."""
        self._frames.clear()
        self._needs_key = True
        self._current = None

    def _push(self, frame: EncodedFrame) -> None:
        if not self.reading:
            return
        if len(self._frames) >= TAP_FRAMES:
            self.dropped += len(self._frames)
            self._frames.clear()
            self._needs_key = True
        if self._needs_key and not frame.key:
            self.dropped += 1
            self.request_key_frame()
            return
        self._needs_key = False
        self._frames.append(frame)
        self._arrived.set()


class VideoPipeline:
    """The source and the encoders, open only while somebody may see; taps outlive a closed picture.

    `make_source` makes the one-shot source of each opening, `open_encoder` what encodes H.264. `open()` and `close()`
    may follow each other any number of times; both belong to one event loop. `on_step` is called when what is announced
    may have changed.
    """

    def __init__(
        self,
        make_source: Callable[[], FrameSource],
        rates: RateSettings | None = None,
        fps: float = 30.0,
        *,
        max_levels: int = MAX_LEVELS,
        open_encoder: OpenEncoder = H264Encoder,
        on_step: Callable[[], None] = lambda: None,
    ) -> None:
        self._make_source = make_source
        self._rates = rates or RateSettings()
        self._fps = fps
        self._max_levels = max_levels
        self._encoders: Mapping[Codec, OpenEncoder] = {Codec.H264: open_encoder, Codec.VP8: Vp8Encoder}
        self._on_step = on_step
        self._taps: list[Tap] = []
        self._worker: EncoderThread | None = None
        self._ending = False  # the worker was told to end; it is there until it has
        self._lines = USUAL_LINES
        self._targets: dict[Stream, int] = {}
        self._announced: PictureStep | None = None

    @property
    def is_open(self) -> bool:
        """Whether the source is open, opening, or could not be closed."""
        return self._worker is not None

    async def open(self) -> None:
        """Open the source and start encoding. Open already: nothing."""
        if self._worker is not None and not self._ending:
            return
        for tap in self._taps:
            tap.forget()
        deliver = partial(_soon, asyncio.get_running_loop(), self._fan_out)
        ceiling_bps = self._rates.ceiling_bps
        self._worker = EncoderThread(self._make_source(), deliver, self._encoders, ceiling_bps, self._fps, self._lines)
        self._ending = False
        self._worker.start()
        self._targets = {}  # of the worker before
        self.viewers_changed()

    async def close(self) -> None:
        """Close the source and end the encoder; no thread is left. Nothing is delivered from the call on.

        Raises TimeoutError for a device that hangs; it then counts as open, and another `close()` tries again.
        """
        worker = self._worker
        if worker is not None:
            self._ending = True
            await asyncio.to_thread(worker.close)
            if self._worker is worker:
                self._worker, self._ending = None, False
        for tap in self._taps:
            tap.forget()
        self._announced = None

    def subscribe(self, *, guest: bool = False) -> Tap:
        """A new viewer; its first frame is a key frame. Allowed while closed: it then waits."""
        tap = Tap(self, self._rates.start_bps, GuestLine(time.monotonic()) if guest else None)
        self._taps.append(tap)
        return tap

    def unsubscribe(self, tap: Tap) -> None:
        """The viewer is gone, and with it its say on the bitrate."""
        if tap in self._taps:
            self._taps.remove(tap)
            self.viewers_changed()

    def viewers_changed(self) -> None:
        """A viewer began or ended; without any nothing is encoded."""
        self.plan()
        if self._worker is not None:
            self._worker.watched = any(tap.reading for tap in self._taps)

    def request_key_frame(self, codec: Codec, step: PictureStep | None) -> None:
        """See `KeyFrameGate`; no step is a viewer that gets no picture."""
        if self._worker is not None and step is not None:
            self._worker.gates[Stream(codec, step)].request()

    def plan(self) -> None:
        """Who gets which step."""
        if self._worker is None:
            return
        now_s = time.monotonic()
        wishes = {tap: Stream(tap.codec, tap.stand_on(self._lines, now_s).step) for tap in self._deciding()}
        served = share(wishes.values(), self._max_levels)
        for tap, wish in wishes.items():
            step = served[wish].step
            self._lead(tap, None if BY_STEP[step].lines == 0 else step)
        for tap, line in self._following():
            tap.step_off()
            self._lead(tap, self._best(tap.codec) if line.carries else None)
        self.follow_targets()

    def follow_targets(self) -> None:
        """What each step may take: the viewer with the thinnest line on it decides. Asked with every report."""
        targets: dict[Stream, int] = {}
        for tap in self._deciding():
            for stream in tap.streams:
                bps = self._within(tap.target_bps, stream.step)
                targets[stream] = min(targets.get(stream, bps), bps)
        if self._worker is not None and targets != self._targets:
            self._targets = targets
            self._worker.orders = tuple(Order(BY_STEP[step], bps, codec) for (codec, step), bps in targets.items())

    def newest(self) -> VideoFrame | None:
        """The camera's picture of now, for who needs it unencoded; None while closed or without one."""
        frame = None if self._worker is None or self._ending else self._worker.newest
        fresh = frame is not None and time.monotonic() - frame.arrived_s <= NEWEST_AGE_S
        return frame if fresh else None

    def stats(self) -> VideoStats:
        """What is sent now, to the viewer that came last."""
        dropped, worker = sum(tap.dropped for tap in self._taps), self._worker
        newest = self._newest()
        if worker is None or newest is None:
            return VideoStats(dropped=dropped)
        level = worker.stats(Stream(newest.codec, newest.wanted)) if newest.wanted is not None else None
        return VideoStats(
            step=newest.announced(time.monotonic()),
            width=0 if level is None else level.width,
            height=0 if level is None else level.height,
            fps=0.0 if level is None else level.fps,
            bitrate_bps=0 if level is None else level.bitrate_bps,
            target_bps=0 if level is None else level.target_bps,
            encoded=worker.encoded,
            key_frames=worker.key_frames,
            dropped=dropped,
        )

    def _newest(self) -> Tap | None:
        return next(reversed(self._deciding()), None)

    def _deciding(self) -> list[Tap]:
        """Whose lines decide what is encoded: guests' only when nobody else is there."""
        reading = [tap for tap in self._taps if tap.reading]
        return [tap for tap in reading if tap.guest is None] or reading

    def _following(self) -> list[tuple[Tap, GuestLine]]:
        """Guests beside somebody who decides."""
        deciding = self._deciding()
        return [(tap, tap.guest) for tap in self._taps if tap.guest and tap.reading and tap not in deciding]

    def _best(self, codec: Codec) -> PictureStep | None:
        """The best of what is encoded anyway and this viewer can decode."""
        wanted = {tap.wanted for tap in self._deciding() if tap.codec is codec}
        return next((step for step in ORDER if step in wanted), None)

    def _weigh(self, now_s: float) -> bool:
        """Whether a guest's line carries the picture, or no longer."""
        if self._worker is None or not (following := self._following()):
            return False
        changed = [line.update(now_s, tap.target_bps, self._sent_bps(tap.codec)) for tap, line in following]
        return any(changed)

    def _sent_bps(self, codec: Codec) -> int:
        best = self._best(codec)
        sent = None if best is None or self._worker is None else self._worker.stats(Stream(codec, best))
        return 0 if sent is None else sent.bitrate_bps

    def _lead(self, tap: Tap, step: PictureStep | None) -> None:
        if tap.wanted is not step:
            tap.wanted = step
            self.request_key_frame(tap.codec, step)  # it goes on with the old step until the new one can be decoded

    def _within(self, bps: int, step: PictureStep) -> int:
        floor_bps = 0 if step is PictureStep.STILLS else self._rates.floor_bps
        return max(floor_bps, min(bps, self._rates.ceiling_bps))

    def _fan_out(self, batch: Batch) -> None:
        if self._worker is None or self._ending:
            return  # closed while the frame was on its way: nobody may see it
        now_s = time.monotonic()
        if batch.lines != self._lines:
            self._lines = self._worker.lines = batch.lines
            for tap in self._taps:
                tap.step_off()
            self.plan()
        moved = [tap.take(batch, self._level_bps(tap), now_s) for tap in self._taps if tap.reading]
        if self._weigh(now_s) or any(moved):
            self.plan()
        newest = self._newest()
        announced = None if newest is None else newest.announced(now_s)
        if announced is not self._announced:
            self._announced = announced
            log.info("the picture: %s", "being measured" if announced is None else announced.value)
            self._on_step()

    def _level_bps(self, tap: Tap) -> int | None:
        return None if tap.wanted is None else self._targets.get(Stream(tap.codec, tap.wanted))


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[Batch], None], batch: Batch) -> None:
    try:
        loop.call_soon_threadsafe(call, batch)
    except RuntimeError:
        log.debug("the event loop is gone; a frame of the last moment is dropped")
