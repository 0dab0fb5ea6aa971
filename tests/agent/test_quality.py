"""How a session feels: the delays add up, and the word that is said is the worst part's."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.quality import PageQuality, QualityNumbers, Verdict
from protocol.state import PictureStep
from robot_agent import quality
from robot_agent.media.sound_voice import VoiceStats
from robot_agent.quality import Judge, numbers, verdict
from robot_agent.rtc.stats import SessionStats

PAGE = PageQuality(
    width=1280, height=720, fps=30, frozen_ms=0, picture_ms=12, sound_ms=40, buffer_ms=25, lost=0.01, concealed=0
)
LINE = SessionStats(
    rtt_ms=60,
    loss=0.0,
    bitrate_bps=2_000_000,
    target_bps=2_000_000,
    retransmitted=0,
    retransmissions_refused=0,
    refused_messages=0,
    stale_set_points=0,
    line_rtt_ms=40,
    frame_age_ms=8,
    page=PAGE,
)
VOICE = VoiceStats(wait_ms=30)
GOOD = numbers(LINE, VOICE, 38.0)
ORDER = [Verdict.GOOD, Verdict.SLOW, Verdict.BAD]


def test_delays_are_put_together_from_both_ends() -> None:
    assert GOOD.picture_ms == 8 + 40 / 2 + 12
    assert GOOD.hear_ms == 10 + 10 + 40 / 2 + 40
    assert GOOD.speak_ms == 30 + 40 / 2 + 30 + 20
    assert (GOOD.page_buffer_ms, GOOD.robot_buffer_ms, GOOD.echo_loss_db) == (25, 30, 38)


def test_what_an_end_does_not_tell_is_not_made_up() -> None:
    silent = numbers(replace(LINE, page=None), VoiceStats(), None)
    assert (silent.picture_ms, silent.hear_ms, silent.speak_ms, silent.echo_loss_db) == (None, None, None, None)
    assert numbers(replace(LINE, rtt_ms=None, line_rtt_ms=None), VOICE, None).picture_ms is None
    assert numbers(replace(LINE, line_rtt_ms=None), VOICE, None).picture_ms == 8 + 60 / 2 + 12


def test_sums_and_figures_stay_in_range_whatever_an_end_says() -> None:
    page = PAGE.model_copy(update={"picture_ms": 60_000.0, "sound_ms": 60_000.0, "frozen_ms": 60_000.0})
    much = numbers(replace(LINE, page=page), VoiceStats(wait_ms=-12.5), 1e9)
    assert (much.picture_ms, much.hear_ms, much.frozen_ms) == (60_000, 60_000, 60_000)
    assert (much.robot_buffer_ms, much.echo_loss_db) == (0, 200)
    odd = replace(LINE, line_rtt_ms=None, rtt_ms=None, frame_age_ms=math.inf)
    assert numbers(odd, VoiceStats(wait_ms=math.nan), -math.inf).robot_buffer_ms is None


anything = st.none() | st.floats()


@given(page=st.floats(0, 60_000), age=anything, rtt=anything, wait=anything, echo=anything)
def test_no_figure_costs_the_state(
    page: float, age: float | None, rtt: float | None, wait: float | None, echo: float | None
) -> None:
    line = replace(
        LINE, line_rtt_ms=rtt, frame_age_ms=age, page=PAGE.model_copy(update={"picture_ms": page, "sound_ms": page})
    )
    numbers(line, VoiceStats(wait_ms=wait), echo)  # raises ValidationError for a figure out of range


def test_a_good_line_is_good() -> None:
    assert verdict(LINE, PictureStep.P720, GOOD) is Verdict.GOOD
    assert verdict(replace(LINE, page=None), None, QualityNumbers()) is Verdict.GOOD, "before anything is known"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hear_ms": 160.0, "picture_ms": 80.0}, Verdict.SLOW),
        ({"speak_ms": 160.0}, Verdict.SLOW),
        ({"hear_ms": 410.0}, Verdict.BAD),
        ({"speak_ms": 410.0}, Verdict.BAD),
        ({"picture_ms": 310.0, "hear_ms": 140.0}, Verdict.SLOW),
        ({"hear_ms": 145.0, "picture_ms": 40.0}, Verdict.SLOW),  # 105 ms apart
        ({"sound_concealed": 0.03}, Verdict.SLOW),
        ({"sound_concealed": 0.11}, Verdict.BAD),
        ({"shown_fps": 18.0}, Verdict.SLOW),
        ({"frozen_ms": 600.0}, Verdict.BAD),
    ],
)
def test_the_worst_part_decides(change: dict[str, float], said: Verdict) -> None:
    assert verdict(LINE, PictureStep.P720, GOOD.model_copy(update=change)) is said


def test_lost_packets_and_a_picture_that_was_given_up() -> None:
    assert verdict(replace(LINE, loss=0.05), PictureStep.P720, GOOD) is Verdict.SLOW
    assert verdict(LINE, PictureStep.P180_20, GOOD) is Verdict.GOOD, "the words for a smaller picture are the ladder's"
    assert verdict(LINE, PictureStep.STILLS, GOOD) is Verdict.BAD
    assert verdict(LINE, PictureStep.SOUND_ONLY, GOOD) is Verdict.BAD


delays = st.none() | st.floats(0, 60_000)


@given(hear=delays, speak=delays, more=st.floats(0, 1000), concealed=st.floats(0, 1))
def test_more_delay_never_makes_it_better(
    hear: float | None, speak: float | None, more: float, concealed: float
) -> None:
    now = QualityNumbers(hear_ms=hear, speak_ms=speak, sound_concealed=concealed)
    later = now.model_copy(update={"speak_ms": (speak or 0) + more})
    assert ORDER.index(verdict(LINE, None, later)) >= ORDER.index(verdict(LINE, None, now))


def test_one_bad_second_changes_no_word() -> None:
    judge = Judge()
    assert judge.hear(Verdict.GOOD, 0) is Verdict.GOOD
    assert judge.hear(Verdict.BAD, 1) is Verdict.GOOD
    assert judge.hear(Verdict.GOOD, 2) is Verdict.GOOD
    assert judge.hear(Verdict.SLOW, 3) is Verdict.GOOD
    assert judge.hear(Verdict.BAD, 4) is Verdict.GOOD
    assert judge.hear(Verdict.SLOW, 3 + quality.AGREED_S) is Verdict.SLOW
    judge.forget()
    assert judge.hear(Verdict.BAD, 9) is Verdict.BAD, "somebody new: the first word is at once"
