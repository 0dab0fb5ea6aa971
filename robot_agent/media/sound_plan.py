"""How to send the room's sound on the line as it is: a pure rule with hysteresis. Time is an argument, in seconds.

What was measured (a lecture, libopus 1.6, spectral distance over 5 dB counts as a broken stretch of 20 ms):

| at 5 % loss | whole cost, kbit/s | broken |
|---|---|---|
| lowdelay, 10 ms, 32 kbit/s | 79 | 2.1 % |
| voip, 20 ms, 40 kbit/s, error correction | 61 | 0.4 % |
| voip, 20 ms, 32 kbit/s, error correction | 53 | 0.5 % |
| voip, 40 ms, 24 kbit/s, error correction | 34 | 1.6 % (28 kbit/s: 3.3 %) |
| voip, 60 ms, 24 kbit/s, without and with error correction | 29 and 30 | 3.8 % and 1.2 % |

So error correction comes with frames of 20 ms or more, and with a rate at which libopus really makes it: long frames
at 24 kbit/s, where SILK is alone. It is told 10 % from the first: at 5 % it leaves the copies out at low rates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from robot_agent.media.opus import OpusSettings

# IPv4 20, UDP 8, RTP 12 with 8 of extensions, SRTP's tag 10 to 16 (RFC 3711, RFC 7714): what every packet costs.
PACKET_BYTES = 64

RICHER_MARGIN = 1.25  # a line must be so much better than a step asks before the step is taken
RICHER_AFTER_S = 3.0  # and for so long: a probe that succeeds once is not a line
GUARD_LOSS = 0.02  # one stretch of 20 ms in 50 is lost: heard as a crackle in every sentence
UNGUARD_LOSS = 0.007
UNGUARD_AFTER_S = 10.0  # loss on the air comes in spells
LOSS_TIME_S = 3.0  # over which loss is averaged: three reports of a browser
HEAVY_LOSS = 0.12
LONG_RTT_S = 0.2  # from here on 10 ms more or less are not heard, but 50 packets a second are 25 kbit/s
GUARD_PERCENT = 10
HEAVY_PERCENT = 15


@dataclass(frozen=True, slots=True)
class SoundLine:
    """The line as it is now: what it carries in all (bits a second), loss (0..1), round trip; None = not known."""

    line_bps: float | None = None
    loss: float | None = None
    rtt_s: float | None = None


@dataclass(frozen=True, slots=True)
class SoundStep:
    """What a line of at least `from_bps` gets, when it loses nothing and when it does."""

    from_bps: float
    clean: OpusSettings
    guarded: OpusSettings


STEPS = (
    SoundStep(
        800_000,
        OpusSettings("lowdelay", 40_000, 10),
        OpusSettings("voip", 40_000, 20, fec=True, loss_percent=GUARD_PERCENT),
    ),
    SoundStep(
        350_000,
        OpusSettings("lowdelay", 32_000, 20),
        OpusSettings("voip", 32_000, 20, fec=True, loss_percent=GUARD_PERCENT),
    ),
    SoundStep(
        180_000,
        OpusSettings("voip", 28_000, 40, dtx=True),
        OpusSettings("voip", 24_000, 40, fec=True, loss_percent=GUARD_PERCENT, dtx=True),
    ),
    SoundStep(
        0,
        OpusSettings("voip", 24_000, 60, dtx=True),
        OpusSettings("voip", 24_000, 60, fec=True, loss_percent=GUARD_PERCENT, dtx=True),
    ),
)
"""From the richest line to the thinnest. None is narrower than wideband: speech keeps its 7 kHz (EN 301 549)."""


def sound_bps(settings: OpusSettings) -> int:
    """What the sound takes from the line, headers included, while somebody speaks."""
    return settings.bitrate_bps + PACKET_BYTES * 8 * 1000 // settings.frame_ms


class SoundPlan:
    """One listener's line. Thinner at once, richer after a while; error correction on at once, off after a while."""

    def __init__(self) -> None:
        self._step: int | None = None
        self._richer: int | None = None
        self._richer_since_s = 0.0
        self._loss = 0.0
        self._guarded = False
        self._lossless_since_s: float | None = None
        self._last_s: float | None = None
        self._long_rtt = False

    @property
    def loss(self) -> float:
        """The loss that the plan goes by, averaged (0..1)."""
        return self._loss

    def update(self, line: SoundLine, now_s: float) -> OpusSettings:
        """What to send with now. `now_s` must not go back; cheap enough for every 10 ms.

        Raises ValueError for a loss outside 0..1.
        """
        if line.loss is not None and not 0.0 <= line.loss <= 1.0:
            raise ValueError(f"loss is a fraction: {line.loss}")
        self._watch_loss(line.loss, now_s)
        if line.line_bps is not None:
            self._watch_rate(line.line_bps, now_s)
        if line.rtt_s is not None:
            self._long_rtt = line.rtt_s > LONG_RTT_S * (1.0 if not self._long_rtt else 1 / RICHER_MARGIN)
        step = STEPS[self._step or 0]
        if self._guarded:
            heavy = self._loss >= HEAVY_LOSS
            return replace(step.guarded, loss_percent=HEAVY_PERCENT) if heavy else step.guarded
        return replace(step.clean, frame_ms=20) if self._long_rtt and step.clean.frame_ms < 20 else step.clean

    def _watch_loss(self, loss: float | None, now_s: float) -> None:
        elapsed_s = 0.0 if self._last_s is None else max(0.0, now_s - self._last_s)
        self._last_s = now_s
        if loss is None:
            return
        self._loss += (loss - self._loss) * (1.0 - math.exp(-elapsed_s / LOSS_TIME_S))
        if self._loss >= GUARD_LOSS:
            self._guarded = True
        if self._loss >= UNGUARD_LOSS:
            self._lossless_since_s = None
        elif self._lossless_since_s is None:
            self._lossless_since_s = now_s
        elif now_s - self._lossless_since_s >= UNGUARD_AFTER_S:
            self._guarded = False

    def _watch_rate(self, line_bps: float, now_s: float) -> None:
        carried = _step_for(line_bps)
        if self._step is None or carried > self._step:
            self._step, self._richer = carried, None
            return
        easily = _step_for(line_bps / RICHER_MARGIN)
        if easily >= self._step:
            self._richer = None
        elif self._richer is None:
            self._richer, self._richer_since_s = easily, now_s
        else:
            self._richer = max(self._richer, easily)
            if now_s - self._richer_since_s >= RICHER_AFTER_S:
                self._step, self._richer = self._richer, None


def _step_for(line_bps: float) -> int:
    return next((index for index, step in enumerate(STEPS) if line_bps >= step.from_bps), len(STEPS) - 1)
