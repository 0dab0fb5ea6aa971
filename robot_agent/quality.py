"""How a session feels: delays put together from both ends, and one verdict for people. Pure."""

from __future__ import annotations

import math

from protocol.quality import QualityNumbers, Verdict
from protocol.state import PictureStep
from robot_agent.media.sound_voice import VoiceStats
from robot_agent.rtc.stats import SessionStats

# Parts of a delay that nobody measures, in ms.
ROOM_BLOCK_MS = 10.0  # the robot's sound device hands over 10 ms at a time
SPEAKER_MS = 20.0  # the block that plays, and the one that is written meanwhile
PAGE_VOICE_MS = 30.0  # a browser captures 10 ms at a time and puts 20 into a packet

# Limits, each with where it comes from.
GOOD_DELAY_MS = 150.0  # ITU-T G.114: up to here one way, talk is not disturbed
BAD_DELAY_MS = 400.0  # ITU-T G.114: not to be exceeded, people talk at the same time
GOOD_PICTURE_MS = 300.0  # whoever steers by a picture that is older than this overshoots
LEAST_FPS = 20.0  # EN 301 549 clause 6.5.3: lips and signs can be followed
GOOD_APART_MS = 100.0  # EN 301 549 clause 6.5.4: sound and picture together
GOOD_CONCEALED = 0.02  # made-up sound that nobody notices (ITU-T G.113: Opus with concealment)
BAD_CONCEALED = 0.10  # words fall out
GOOD_LOSS = 0.03  # of the picture's packets; more and repeats are seen as jerks
BAD_FROZEN_MS = 500.0  # half of the last second without a new picture
MOVING = frozenset({PictureStep.P720, PictureStep.P540, PictureStep.P360, PictureStep.P180, PictureStep.P180_20})
# What a state can carry (protocol/quality.py). A page's own figures are in range, what is made of them need not be.
MOST_DELAY_MS = 60_000.0
MOST_FPS = 240.0
ECHO_LOSS_DB = (-100.0, 200.0)
AGREED_S = 2.5  # three states, a second apart, that all say otherwise


def numbers(line: SessionStats, voice: VoiceStats, echo_loss_db: float | None) -> QualityNumbers:
    """The estimates, as far as both ends have measured their part. Delays are one way, half the round trip each."""
    page, way_ms = line.page, one_way_ms(line)
    return QualityNumbers(
        picture_ms=_sum(line.frame_age_ms, way_ms, page.picture_ms if page else None),
        hear_ms=_sum(ROOM_BLOCK_MS + line.sound_frame_ms, way_ms, page.sound_ms if page else None),
        speak_ms=_sum(PAGE_VOICE_MS, way_ms, voice.wait_ms, SPEAKER_MS),
        shown_fps=within(page.fps, most=MOST_FPS) if page else None,
        frozen_ms=_delay(page.frozen_ms) if page else None,
        page_buffer_ms=_delay(page.buffer_ms) if page else None,
        robot_buffer_ms=_delay(voice.wait_ms),
        sound_lost=within(page.lost, most=1.0) if page else None,
        sound_concealed=within(page.concealed, most=1.0) if page else None,
        echo_loss_db=within(echo_loss_db, *ECHO_LOSS_DB),
    )


def within(value: float | None, least: float = 0.0, most: float = math.inf) -> float | None:
    """The nearest value in range; None for what is unknown or no number. One odd figure must not cost the state."""
    return None if value is None or math.isnan(value) else min(max(value, least), most)


def one_way_ms(line: SessionStats) -> float | None:
    """Half the round trip. The rate control's is the transport's own; a beat's counts two busy event loops as well."""
    known = [ms for ms in (line.line_rtt_ms, line.rtt_ms) if ms is not None]
    return min(known) / 2 if known else None


def verdict(line: SessionStats, step: PictureStep | None, found: QualityNumbers) -> Verdict:
    """Good, slow or bad, as a person feels it now: the worst of delay, loss and movement decides."""
    concealed, delays = found.sound_concealed or 0.0, [found.hear_ms or 0.0, found.speak_ms or 0.0]
    moves = step is None or step in MOVING
    if max(delays) > BAD_DELAY_MS or concealed > BAD_CONCEALED or not moves:
        return Verdict.BAD
    if (found.frozen_ms or 0.0) > BAD_FROZEN_MS:
        return Verdict.BAD
    apart_ms = abs(found.hear_ms - found.picture_ms) if found.hear_ms is not None and found.picture_ms else 0.0
    slow = (
        max(delays) > GOOD_DELAY_MS,
        (found.picture_ms or 0.0) > GOOD_PICTURE_MS,
        apart_ms > GOOD_APART_MS,
        concealed > GOOD_CONCEALED,
        (line.loss or 0.0) > GOOD_LOSS,
        step is not None and found.shown_fps is not None and found.shown_fps < LEAST_FPS,
    )
    return Verdict.SLOW if any(slow) else Verdict.GOOD


class Judge:
    """Says another word only when it has been another for `AGREED_S`: one bad second is no bad line."""

    def __init__(self) -> None:
        self._said: Verdict | None = None
        self._other_since_s: float | None = None

    def hear(self, now: Verdict, now_s: float) -> Verdict:
        """The verdict of this moment comes in, monotonic seconds with it; what is said comes out."""
        if self._said is None or now is self._said:
            self._said, self._other_since_s = now, None
        elif self._other_since_s is None:
            self._other_since_s = now_s
        elif now_s - self._other_since_s >= AGREED_S:
            self._said, self._other_since_s = now, None
        return self._said

    def forget(self) -> None:
        """Nobody is there."""
        self._said = self._other_since_s = None


def _delay(ms: float | None) -> float | None:
    return within(ms, most=MOST_DELAY_MS)


def _sum(*parts: float | None) -> float | None:
    known = [part for part in parts if part is not None]
    return _delay(round(sum(known), 1)) if len(known) == len(parts) else None
