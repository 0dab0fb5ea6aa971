"""The encoder's thread: takes the newest picture, encodes it once for each step that somebody is on."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from protocol.state import PictureStep
from robot_agent.media.background import give_way
from robot_agent.media.interfaces import (
    VIDEO_CLOCK_HZ,
    Codec,
    EncodedFrame,
    FrameSource,
    OpenEncoder,
    Stream,
    VideoEncoder,
    VideoFrame,
)
from robot_agent.media.ladder import Rung
from robot_agent.media.scaling import scale_i420, size_for

log = logging.getLogger(__name__)

KEY_FRAME_INTERVAL_S = 1.0  # a key frame costs as much as ten others; a stubborn viewer must not buy one a frame
WAIT_S = 0.2  # how often the thread looks whether it is to end
STATS_WINDOW = 30  # frames that the measured rate is taken over, a second's worth
STALE_S = 1.0  # without a frame for so long nothing is sent
STILLS_STALE_S = 3.0
ENCODER_RETRY_S = 1.0  # a fault that stays must not fill the log
ENCODER_JOIN_S = 2.0  # one frame and one wait, with room for a busy machine
PACE_MARGIN = 1.03  # a late picture or two must not make it less than was promised
# What an encoder is opened for over its target. A key frame then takes a fifth of a second of the line from 540 lines
# up, where it must be fine enough for the pictures after it, and a tenth below, where the line is thin.
HEADROOM, LARGE_HEADROOM, LARGE_LINES = 2.0, 3.0, 540
OUTGROWN_S = 2.0  # a target that is still on its way up would buy a key frame at every turn
OVERSIZED = 4.0  # with a key frame that is due anyway, an encoder opened for so much more is replaced
STILL_BITS = 72_000  # 9 kB: 640x360 with faces that one knows
STILL_SHARE = 0.8  # of the target; what is lost of a still has to be sent again
LEAST_STILL_BITS = 16_000  # smaller ones show nothing; the ladder takes the picture away before it comes to that
STILL_EVERY_S = (1.0, 2.0)


class KeyFrameGate:
    """At most one key frame in KEY_FRAME_INTERVAL_S, the first at once. Pure; time is an argument."""

    def __init__(self) -> None:
        self._wanted = False
        self._last_s = float("-inf")

    def request(self) -> None:
        """Somebody cannot decode."""
        self._wanted = True

    def take(self, now_s: float) -> bool:
        """Whether the next frame is to be a key frame; saying yes starts the interval."""
        if not self._wanted or now_s - self._last_s < KEY_FRAME_INTERVAL_S:
            return False
        self.made(now_s)
        return True

    def made(self, now_s: float) -> None:
        """A key frame went out, asked for or not."""
        self._wanted = False
        self._last_s = now_s


class Pace:
    """Which pictures of a quicker source to take for `fps` a second, evenly. Pure; time is an argument."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._last_s: float | None = None
        self._credit = 1.0

    def due(self, now_s: float) -> bool:
        """Whether the picture of now is one of them."""
        if self._last_s is not None:
            self._credit = min(self._credit + (now_s - self._last_s) * self._fps, 1.5)
        self._last_s = now_s
        if self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True


def still_plan(target_bps: int) -> tuple[float, int]:
    """(seconds between stills, bits of one): one a second where the line carries it, none larger than it carries."""
    budget_bps = STILL_SHARE * target_bps
    every_s = min(max(STILL_BITS / max(budget_bps, 1.0), STILL_EVERY_S[0]), STILL_EVERY_S[1])
    return every_s, max(int(budget_bps * every_s), LEAST_STILL_BITS)


@dataclass(frozen=True, slots=True)
class Order:
    """A step that somebody is on, and what its slowest viewer's line carries."""

    rung: Rung
    target_bps: int
    codec: Codec = Codec.H264

    @property
    def stream(self) -> Stream:
        return Stream(self.codec, self.rung.step)


@dataclass(frozen=True, slots=True)
class Batch:
    """One picture in every step that was due, and how many lines the camera gave. May hold no frame at all."""

    frames: tuple[EncodedFrame, ...]
    lines: int


@dataclass(frozen=True, slots=True)
class LevelStats:
    """What one step sends now."""

    width: int
    height: int
    fps: float
    bitrate_bps: int
    target_bps: int


class _Level:
    """The encoder of one stream for one size of source picture.

    Its key frames, and its bursts, are as large as the rate that it was opened for allows; so it is opened for little
    more than the line carries now. It is opened again when the rate outgrew it, or with a key frame that is due anyway.
    """

    def __init__(
        self, order: Order, frame: VideoFrame, open_encoder: OpenEncoder, ceiling_bps: int, fps: float
    ) -> None:
        self.rung = order.rung
        self.source_size = (frame.width, frame.height)
        self.target_bps = order.target_bps
        self._open_encoder = open_encoder
        self._size = size_for(frame.width, frame.height, order.rung.lines)
        self._most_bps = min(order.rung.most_bps or ceiling_bps, ceiling_bps)
        self._headroom = LARGE_HEADROOM if order.rung.lines >= LARGE_LINES else HEADROOM
        self._fps = order.rung.fps or fps
        self._still = not order.rung.moving
        self._pace = Pace(PACE_MARGIN * order.rung.fps) if order.rung.fps is not None and not self._still else None
        self._next_still_s = 0.0
        self._outgrown_s: float | None = None
        self._recent: deque[tuple[float, int]] = deque(maxlen=STATS_WINDOW)
        self.encoder = self._open(order.target_bps)

    def offer(self, frame: VideoFrame, target_bps: int, gate: KeyFrameGate) -> EncodedFrame | None:
        """The picture in this step; None when it is not one of the step's. Who asks does not wait for a still."""
        if self._pace is not None and not self._pace.due(frame.arrived_s):
            return None
        now_s = time.monotonic()
        asked = gate.take(now_s)
        if self._still and not asked and frame.arrived_s < self._next_still_s:
            return None
        self._fit(target_bps, asked, now_s)
        made = self._encode(frame, target_bps, asked)
        if made.key:
            gate.made(now_s)
        return made

    def _open(self, target_bps: int) -> VideoEncoder:
        bps = still_plan(target_bps)[1] if self._still else target_bps
        self._opened_bps = self._most_bps if self._still else min(int(self._headroom * target_bps), self._most_bps)
        return self._open_encoder(*self._size, bps, self._opened_bps, self._fps)

    def _fit(self, target_bps: int, asked: bool, now_s: float) -> None:
        if self._still:
            return
        outgrown = min(target_bps, self._most_bps) > self._opened_bps
        if not outgrown:
            self._outgrown_s = None
        elif self._outgrown_s is None:
            self._outgrown_s = now_s
        waited = self._outgrown_s is not None and now_s - self._outgrown_s >= OUTGROWN_S
        if waited or (asked and (outgrown or self._opened_bps > OVERSIZED * target_bps)):
            self.encoder, self._outgrown_s = self._open(target_bps), None

    def _encode(self, frame: VideoFrame, target_bps: int, force_key: bool) -> EncodedFrame:
        self.target_bps = target_bps
        if self._still:
            every_s, target_bps = still_plan(target_bps)
            self._next_still_s = frame.arrived_s + every_s
        self.encoder.set_bitrate(target_bps)
        picture = scale_i420(frame.i420, self.encoder.width, self.encoder.height)
        made = self.encoder.encode(picture, int(frame.arrived_s * VIDEO_CLOCK_HZ), force_key or self._still)
        self._recent.append((time.monotonic(), len(made.data)))
        return EncodedFrame(made.data, made.pts_90k, made.key, made.qp, self.rung.step, made.codec)

    def stats(self, now_s: float) -> LevelStats | None:
        """None when nothing was sent for a while."""
        recent = list(self._recent)
        span_s = recent[-1][0] - recent[0][0] if len(recent) > 1 else 0.0
        if span_s <= 0.0 or now_s - recent[-1][0] > (STILLS_STALE_S if self._still else STALE_S):
            return None
        return LevelStats(
            width=self.encoder.width,
            height=self.encoder.height,
            fps=round((len(recent) - 1) / span_s, 1),
            bitrate_bps=int(sum(size for _, size in recent[1:]) * 8 / span_s),
            target_bps=self.target_bps,
        )


class EncoderThread:
    """One for each opening of the pipeline. `orders`, `lines`, `watched` and the gates are the event loop's to write.

    A picture of another height than `lines` is told of but not encoded: the orders are not for it.
    """

    def __init__(
        self,
        source: FrameSource,
        deliver: Callable[[Batch], None],
        encoders: Mapping[Codec, OpenEncoder],
        ceiling_bps: int,
        fps: float,
        lines: int,
    ) -> None:
        self.orders: tuple[Order, ...] = ()
        self.lines = lines
        self.watched = False
        self.gates: Mapping[Stream, KeyFrameGate] = {
            Stream(codec, step): KeyFrameGate() for codec in Codec for step in PictureStep
        }
        self.newest: VideoFrame | None = None
        self.encoded = 0
        self.key_frames = 0
        self._source = source
        self._deliver = deliver
        self._encoders = encoders
        self._ceiling_bps = ceiling_bps
        self._fps = fps
        self._levels: dict[Stream, _Level] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="video-encoder", daemon=True)

    def start(self) -> None:
        """Open the source and begin."""
        self._source.open()
        self._thread.start()

    def close(self) -> None:
        """End; blocks until the thread is gone. Raises TimeoutError for a device that hangs."""
        self._stop.set()
        try:
            self._source.close()
        finally:
            self._thread.join(ENCODER_JOIN_S)
        if self._thread.is_alive():
            raise TimeoutError(f"the encoder did not end in {ENCODER_JOIN_S} s; it is left to itself")

    def stats(self, stream: Stream) -> LevelStats | None:
        """What is sent of this stream now; None when nothing is."""
        level = self._levels.get(stream)
        return None if level is None else level.stats(time.monotonic())

    def _run(self) -> None:
        give_way()
        sequence = -1
        while not self._stop.is_set():
            frame = self._source.wait_newer(sequence, WAIT_S)
            if frame is None:
                continue
            sequence = frame.sequence
            self.newest = frame
            if not self.watched:
                continue
            try:
                self._deliver(self._encode(frame))
            except Exception:  # also what nobody thought of: without this thread there is no picture, and no word of it
                log.exception("the encoder failed; a new one is opened in %s s", ENCODER_RETRY_S)
                self._levels = {}
                self._stop.wait(ENCODER_RETRY_S)

    def _encode(self, frame: VideoFrame) -> Batch:
        orders = self.orders
        if frame.height != self.lines:
            return Batch((), frame.height)
        wanted = {order.stream for order in orders}
        self._levels = {stream: level for stream, level in self._levels.items() if stream in wanted}
        made = [self._encode_level(order, frame) for order in orders]
        return Batch(tuple(part for part in made if part is not None), frame.height)

    def _encode_level(self, order: Order, frame: VideoFrame) -> EncodedFrame | None:
        stream = order.stream
        level = self._levels.get(stream)
        if level is None or level.source_size != (frame.width, frame.height):
            encoder = self._encoders[order.codec]
            level = self._levels[stream] = _Level(order, frame, encoder, self._ceiling_bps, self._fps)
        made = level.offer(frame, order.target_bps, self.gates[stream])
        if made is not None:
            self.encoded += 1
            self.key_frames += made.key
        return made
