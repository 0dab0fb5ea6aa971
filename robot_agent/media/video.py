"""The picture's way: source -> encoder thread -> every viewer. Encoded once; nothing on the way queues pictures."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import av

from robot_agent.media.encoder import H264Encoder
from robot_agent.media.interfaces import VIDEO_CLOCK_HZ, EncodedFrame, FrameSource, VideoFrame
from robot_agent.media.rate.control import RateSettings

log = logging.getLogger(__name__)

KEY_FRAME_INTERVAL_S = 1.0  # a key frame costs as much as ten others; a stubborn viewer must not buy one a frame
TAP_FRAMES = 3  # encoded frames cannot be skipped like pictures; 100 ms rides over a busy event loop
WAIT_S = 0.2  # how often the encoder thread looks whether it is to end
STATS_WINDOW = 30  # frames that the measured rate is taken over, a second's worth
ENCODER_RETRY_S = 1.0  # a fault that stays must not fill the log
ENCODER_JOIN_S = 2.0  # one frame and one wait, with room for a busy machine


@dataclass(frozen=True)
class VideoStats:
    """What is sent now; all zero while closed. `dropped` counts frames that lagging viewers lost."""

    width: int = 0
    height: int = 0
    fps: float = 0.0
    bitrate_bps: int = 0
    target_bps: int = 0
    encoded: int = 0
    key_frames: int = 0
    dropped: int = 0


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
        self._wanted = False
        self._last_s = now_s
        return True


class Tap:
    """One viewer, bounded: a viewer that lags loses its frames and waits for a key frame. Implements `VideoTap`.

    It takes part from its first `get()` on. Belongs to the event loop's thread.
    """

    def __init__(self, pipeline: VideoPipeline) -> None:
        self._pipeline = pipeline
        self._frames: deque[EncodedFrame] = deque()
        self._arrived = asyncio.Event()
        self._needs_key = True
        self.reading = False
        self.bitrate_bps: int | None = None
        self.dropped = 0

    async def get(self) -> EncodedFrame:
        """See `VideoTap.get`."""
        if not self.reading:
            self.reading = True
            self._pipeline.viewers_changed()
        while not self._frames:
            self._arrived.clear()
            await self._arrived.wait()
        return self._frames.popleft()

    def push(self, frame: EncodedFrame) -> None:
        """From the pipeline: the newest frame."""
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

    def forget(self) -> None:
        """From the pipeline: what waits is history, another stream begins."""
        self._frames.clear()
        self._needs_key = True

    def request_key_frame(self) -> None:
        """See `VideoTap.request_key_frame`."""
        self._pipeline.request_key_frame()

    def set_bitrate(self, bps: int) -> None:
        """See `VideoTap.set_bitrate`."""
        self.bitrate_bps = bps
        self._pipeline.follow_slowest()

    def close(self) -> None:
        """See `VideoTap.close`."""
        self._pipeline.unsubscribe(self)


class VideoPipeline:
    """The source and the encoder, open only while somebody may see; taps outlive a closed picture.

    `make_source` makes the one-shot source of each opening. `open()` and `close()` may follow each other any number
    of times; both belong to one event loop.
    """

    def __init__(
        self, make_source: Callable[[], FrameSource], rates: RateSettings | None = None, fps: float = 30.0
    ) -> None:
        self._make_source = make_source
        self._rates = rates or RateSettings()
        self._fps = fps
        self._taps: list[Tap] = []
        self._worker: _EncoderThread | None = None
        self._target_bps = self._rates.start_bps

    @property
    def is_open(self) -> bool:
        """Whether the source is open (or opening)."""
        return self._worker is not None

    async def open(self) -> None:
        """Open the source and start encoding. Open already: nothing."""
        if self._worker is not None:
            return
        for tap in self._taps:
            tap.forget()
        deliver = partial(_soon, asyncio.get_running_loop(), self._fan_out)
        self._worker = _EncoderThread(self._make_source(), deliver, self._target_bps, self._rates, self._fps)
        self._worker.start()
        self.viewers_changed()

    async def close(self) -> None:
        """Close the source and end the encoder; no thread is left. Raises TimeoutError for a device that hangs."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await asyncio.to_thread(worker.close)
        for tap in self._taps:
            tap.forget()

    def subscribe(self) -> Tap:
        """A new viewer; its first frame is a key frame. Allowed while closed: it then waits."""
        tap = Tap(self)
        self._taps.append(tap)
        return tap

    def unsubscribe(self, tap: Tap) -> None:
        """The viewer is gone, and with it its say on the bitrate."""
        if tap in self._taps:
            self._taps.remove(tap)
            self.follow_slowest()
            self.viewers_changed()

    def viewers_changed(self) -> None:
        """A viewer began or ended: a new one needs a key frame, and without any nothing is encoded."""
        if self._worker is not None:
            self._worker.wanted = any(tap.reading for tap in self._taps)
            self._worker.gate.request()

    def request_key_frame(self) -> None:
        """See `KeyFrameGate`."""
        if self._worker is not None:
            self._worker.gate.request()

    def set_bitrate(self, bps: int) -> None:
        """Aim at `bps` from the next frame on, between floor and ceiling, without a key frame."""
        self._target_bps = max(self._rates.floor_bps, min(bps, self._rates.ceiling_bps))
        if self._worker is not None:
            self._worker.target_bps = self._target_bps

    def follow_slowest(self) -> None:
        """The viewer with the thinnest line decides; without any the rate starts over."""
        wishes = [tap.bitrate_bps for tap in self._taps if tap.bitrate_bps is not None]
        self.set_bitrate(min(wishes, default=self._rates.start_bps))

    def stats(self) -> VideoStats:
        """What is sent now."""
        dropped = sum(tap.dropped for tap in self._taps)
        return self._worker.stats(dropped) if self._worker is not None else VideoStats(dropped=dropped)

    def _fan_out(self, frame: EncodedFrame) -> None:
        if self._worker is None:
            return  # closed while the frame was on its way: nobody may see it
        for tap in self._taps:
            tap.push(frame)


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[EncodedFrame], None], frame: EncodedFrame) -> None:
    try:
        loop.call_soon_threadsafe(call, frame)
    except RuntimeError:
        log.debug("the event loop is gone; a frame of the last moment is dropped")


class _EncoderThread:
    """Takes the newest picture, encodes it, hands it over; one for each opening of the pipeline."""

    def __init__(
        self,
        source: FrameSource,
        deliver: Callable[[EncodedFrame], None],
        target_bps: int,
        rates: RateSettings,
        fps: float,
    ) -> None:
        self.gate = KeyFrameGate()
        self.wanted = False
        self.target_bps = target_bps
        self._source = source
        self._deliver = deliver
        self._rates = rates
        self._fps = fps
        self._encoder: H264Encoder | None = None
        self._stop = threading.Event()
        self._recent: deque[tuple[float, int]] = deque(maxlen=STATS_WINDOW)
        self._encoded = 0
        self._key_frames = 0
        self._thread = threading.Thread(target=self._run, name="video-encoder", daemon=True)

    def start(self) -> None:
        self._source.open()
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        try:
            self._source.close()
        finally:
            self._thread.join(ENCODER_JOIN_S)

    def stats(self, dropped: int) -> VideoStats:
        encoder, recent = self._encoder, list(self._recent)
        span_s = recent[-1][0] - recent[0][0] if len(recent) > 1 else 0.0
        stale = not recent or time.monotonic() - recent[-1][0] > 1.0
        if encoder is None or span_s <= 0.0 or stale:
            return VideoStats(encoded=self._encoded, key_frames=self._key_frames, dropped=dropped)
        return VideoStats(
            width=encoder.width,
            height=encoder.height,
            fps=round((len(recent) - 1) / span_s, 1),
            bitrate_bps=int(sum(size for _, size in recent[1:]) * 8 / span_s),
            target_bps=self.target_bps,
            encoded=self._encoded,
            key_frames=self._key_frames,
            dropped=dropped,
        )

    def _run(self) -> None:
        sequence = -1
        while not self._stop.is_set():
            frame = self._source.wait_newer(sequence, WAIT_S)
            if frame is None:
                continue
            sequence = frame.sequence
            if not self.wanted:
                continue
            try:
                self._deliver(self._encode(frame))
            except (av.FFmpegError, ValueError):
                log.exception("the encoder failed; a new one is opened in %s s", ENCODER_RETRY_S)
                self._encoder = None
                self.gate.request()
                self._stop.wait(ENCODER_RETRY_S)

    def _encode(self, frame: VideoFrame) -> EncodedFrame:
        encoder = self._encoder
        if encoder is None or (encoder.width, encoder.height) != (frame.width, frame.height):
            encoder = self._encoder = H264Encoder(
                frame.width, frame.height, self.target_bps, self._rates.ceiling_bps, self._fps
            )
        encoder.set_bitrate(self.target_bps)
        force_key = self.gate.take(time.monotonic())
        encoded = encoder.encode(frame.i420, int(frame.arrived_s * VIDEO_CLOCK_HZ), force_key)
        self._encoded += 1
        self._key_frames += encoded.key
        self._recent.append((time.monotonic(), len(encoded.data)))
        return encoded
