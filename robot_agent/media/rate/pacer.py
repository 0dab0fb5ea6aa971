"""When packets leave: a pure rule. Time is an argument, in monotonic seconds; the packets themselves are opaque.

Sound never waits. Fresh picture goes before retransmissions, and a picture that would come too late is not sent at
all. Late is counted in what waits before it, not by the clock: a machine that was busy for a moment is no full line. A
first-in-first-out queue without an end took 8 s to recover from an outage of 5 s.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from robot_agent.media.rate.packets import Probe

T = TypeVar("T")
Kind = Literal["sound", "fresh", "retransmission", "padding"]

BACKLOG_S = 0.25  # of pictures at the pacing rate; later ones are of no use to somebody who talks with the room
KEY_FRAME_BACKLOG_S = 1.0  # a key frame is big, and a new one costs the same; it may be asked for once a second
MAX_WAIT_S = 1.0  # by the clock, whatever the reason
RETRANSMISSION_WAIT_S = 0.25  # the far side asks again if it still wants it
CATCH_UP_S = 0.005  # of lateness that is made good: timers of an event loop are late by milliseconds
PROBE_PATIENCE_S = 0.1  # beyond its own length; a burst with a hole tells of the sender, not of the line
MAX_PACKETS = 4096  # in each queue; only reached when nobody pops


@dataclass
class _Frame(Generic[T]):
    frame: object
    key: bool
    pushed_s: float
    begun: bool = False
    packets: deque[tuple[T, int]] = field(default_factory=deque)


@dataclass
class _Burst:
    probe: Probe
    ends_s: float
    left_bytes: int


class Pacer(Generic[T]):
    """One connection's way out. The loop around it:

    pop() until it says None; then, if padding_wanted() says more than 0, push that much padding and pop again; then
    sleep until next_due_s(). After each pop `cluster` says which probe the packet belongs to.
    """

    def __init__(self, rate_bps: int) -> None:
        self._rate_bps = 1
        self.set_rate(rate_bps)
        self._sound: deque[tuple[T, int]] = deque(maxlen=MAX_PACKETS)
        self._frames: deque[_Frame[T]] = deque()
        self._again: deque[tuple[T, int, float]] = deque(maxlen=MAX_PACKETS)
        self._padding: deque[tuple[T, int]] = deque(maxlen=MAX_PACKETS)
        self._burst: _Burst | None = None
        self._debt_bits = 0.0
        self._now_s: float | None = None
        self._refuse_until_key = False
        self._key_frame_wanted = False
        self._dropped_frame: object = None
        self.cluster: int | None = None
        self.dropped = 0

    @property
    def queued_s(self) -> float:
        """How long what waits takes at the pacing rate, seconds; sound and padding apart."""
        waiting = sum(size for frame in self._frames for _, size in frame.packets)
        return (waiting + sum(size for _, size, _ in self._again)) * 8 / self._rate_bps

    @property
    def probing(self) -> bool:
        """Whether a probe is under way."""
        return self._burst is not None

    def set_rate(self, bps: int) -> None:
        """From now on `bps`, see `RateControl.pacing_bps`. Raises ValueError unless positive."""
        if bps <= 0:
            raise ValueError(f"a pacing rate is positive: {bps}")
        self._rate_bps = bps

    def start_probe(self, probe: Probe, now_s: float) -> None:
        """Send the next `probe.bytes` at `probe.rate_bps`, what waits first, padding for the rest.

        A probe that is under way is given up: the newer one knows better.
        """
        self._pass_time(now_s)
        length_s = probe.bytes * 8 / max(1, probe.rate_bps)
        self._burst = _Burst(probe, now_s + length_s + PROBE_PATIENCE_S, probe.bytes)
        self._padding.clear()
        self._debt_bits = min(self._debt_bits, 0.0)  # the burst begins now

    def push(
        self, packet: T, size_bytes: int, kind: Kind, now_s: float, frame: object = None, key: bool = False
    ) -> bool:
        """Take `packet` in; False = it is not wanted and will not be sent.

        `frame` tells the packets of one picture from the next one's (the RTP time stamp, say; None = each packet is a
        picture of its own), `key` that the picture needs no other. Both are for "fresh" only.
        """
        self._pass_time(now_s)
        if kind == "fresh":
            return self._push_fresh(packet, size_bytes, now_s, frame, key)
        if kind == "sound":
            self._sound.append((packet, size_bytes))
        elif kind == "retransmission":
            self._again.append((packet, size_bytes, now_s))
        elif self._burst is None:
            return False
        else:
            self._padding.append((packet, size_bytes))
        return True

    def pop(self, now_s: float) -> T | None:
        """What leaves now; None = nothing does, see `next_due_s`."""
        self._pass_time(now_s)
        self.cluster = None
        if self._sound:
            return self._let_go(*self._sound.popleft())
        if self._debt_bits > 0.0:
            return None
        if self._frames:
            head = self._frames[0]
            head.begun = True
            chosen = head.packets.popleft()
            if not head.packets:
                self._frames.popleft()
            return self._let_go(*chosen)
        if self._again:
            packet, size_bytes, _ = self._again.popleft()
            return self._let_go(packet, size_bytes)
        return self._let_go(*self._padding.popleft()) if self._padding else None

    def padding_wanted(self, now_s: float) -> int:
        """Bytes of padding that the probe lacks now, because nothing else waits; 0 without a probe."""
        self._pass_time(now_s)
        if self._burst is None or self._debt_bits > 0.0 or self._sound or self._frames or self._again:
            return 0
        return max(0, self._burst.left_bytes - sum(size for _, size in self._padding))

    def next_due_s(self, now_s: float) -> float | None:
        """When to come again: a moment (`now_s` = at once) or None, until something is pushed or a probe started."""
        self._pass_time(now_s)
        if self._sound:
            return now_s
        if not (self._frames or self._again or self._burst is not None):
            return None
        return now_s + max(0.0, self._debt_bits) / self._pace_bps

    def take_key_frame_wanted(self) -> bool:
        """Whether pictures were dropped, so that only a key frame helps; asking takes the wish away."""
        wanted, self._key_frame_wanted = self._key_frame_wanted, False
        return wanted

    @property
    def _pace_bps(self) -> float:
        return float(self._burst.probe.rate_bps if self._burst is not None else self._rate_bps)

    def _pass_time(self, now_s: float) -> None:
        elapsed_s = 0.0 if self._now_s is None else max(0.0, now_s - self._now_s)
        self._now_s = now_s if self._now_s is None else max(now_s, self._now_s)
        self._debt_bits = max(self._debt_bits - elapsed_s * self._pace_bps, -CATCH_UP_S * self._pace_bps)
        if self._burst is not None and self._now_s >= self._burst.ends_s:
            self._end_burst()
        while self._again and self._now_s - self._again[0][2] > RETRANSMISSION_WAIT_S:
            self._again.popleft()
            self.dropped += 1
        self._drop_stale()

    def _drop_stale(self) -> None:
        assert self._now_s is not None
        while self._frames and self._now_s - self._frames[0].pushed_s > MAX_WAIT_S:
            self._drop_to_key()

    def _drop_to_key(self) -> None:
        """Drop the first picture and all that need it, up to a key frame; without one the next has to be one."""
        while self._frames:
            gone = self._frames.popleft()
            self.dropped += len(gone.packets)
            self._dropped_frame = gone.frame
            if self._frames and self._frames[0].key:
                return
        self._refuse_until_key = self._key_frame_wanted = True

    def _drop_late(self) -> None:
        """Drop what would come too late: all but the picture that is on its way out, up to a key frame."""
        begun = self._frames.popleft() if self._frames[0].begun else None
        if self._frames:
            self._drop_to_key()
        else:
            self._refuse_until_key = self._key_frame_wanted = True
        if begun is not None:
            self._frames.appendleft(begun)

    def _is_late(self) -> bool:
        key = sum(size for frame in self._frames if frame.key for _, size in frame.packets)
        others = sum(size for frame in self._frames if not frame.key for _, size in frame.packets)
        return others * 8 > BACKLOG_S * self._rate_bps or (key + others) * 8 > KEY_FRAME_BACKLOG_S * self._rate_bps

    def _push_fresh(self, packet: T, size_bytes: int, now_s: float, frame: object, key: bool) -> bool:
        begins = frame is None or not self._frames or self._frames[-1].frame != frame
        if begins and self._frames and self._is_late():
            self._drop_late()
        if sum(len(waiting.packets) for waiting in self._frames) >= MAX_PACKETS:
            self._drop_to_key()
        rest = frame is not None and frame == self._dropped_frame
        if rest or (self._refuse_until_key and not key):
            self.dropped += 1
            self._key_frame_wanted = True
            return False
        self._refuse_until_key = False
        if begins or not self._frames:
            self._frames.append(_Frame(frame, key, now_s))
        self._frames[-1].packets.append((packet, size_bytes))
        return True

    def _let_go(self, packet: T, size_bytes: int) -> T:
        self._debt_bits += size_bytes * 8
        if self._burst is not None:
            self.cluster = self._burst.probe.cluster
            self._burst.left_bytes -= size_bytes
            if self._burst.left_bytes <= 0:
                self._end_burst()
        return packet

    def _end_burst(self) -> None:
        self._burst = None
        self._padding.clear()
        self._debt_bits = min(self._debt_bits, 0.0)  # what the probe took was above the rate on purpose
