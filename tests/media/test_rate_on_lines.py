"""The rate control, the pacer and the feedback in a closed loop, on a modelled line for each kind of bad line."""

from __future__ import annotations

import pytest

from robot_agent.media.rate.loss import LOSSY_CEILING_BPS
from tests.media.line_model import Line, run

MBIT = 1e6


@pytest.mark.parametrize("rtt_s", [0.01, 0.05, 0.24])
def test_a_clean_line_is_at_4_mbit_within_3_s(rtt_s: float) -> None:
    done = run(Line(rtt_s=rtt_s), 6)
    assert done.reaches(4 * MBIT) < 3.0
    assert min(moment.target_bps for moment in done.between(3, 6)) == 4 * MBIT


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("cap", "rtt_s"), [(0.3 * MBIT, 0.12), (1 * MBIT, 0.1)])
def test_a_thin_line_is_found_used_and_not_filled(cap: float, rtt_s: float, seed: int) -> None:
    done = run(Line(rates=((0.0, cap),), rtt_s=rtt_s, seed=seed), 25)
    assert done.carried(4, 25) >= 0.85 * cap
    assert done.queue_quantile(0.9, 4, 25) < 0.1
    assert done.queue_quantile(1.0, 4, 25) < 0.2
    assert done.queue_quantile(1.0, 0, 4) < 0.3  # a burst at the start, and still nothing lost
    assert done.lost == 0
    assert done.dropped == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("loss", [0.05, 0.15])
def test_loss_without_a_queue_is_no_congestion_but_pictures_stay_small(seed: int, loss: float) -> None:
    done = run(Line(rtt_s=0.24, loss=loss, seed=seed), 20)
    assert done.reaches(LOSSY_CEILING_BPS) < 3.0
    assert {moment.target_bps for moment in done.between(5, 20)} == {LOSSY_CEILING_BPS}


def test_near_loss_is_mended_in_time_and_the_picture_may_be_large() -> None:
    done = run(Line(rtt_s=0.02, loss=0.05), 15)
    assert min(moment.target_bps for moment in done.between(4, 15)) > 3 * MBIT


@pytest.mark.parametrize("holds", [False, True])
@pytest.mark.parametrize("rate", [2 * MBIT, 100 * MBIT])
def test_after_an_outage_the_old_rate_is_back(holds: bool, rate: float) -> None:
    done = run(Line(rates=((0.0, rate),), rtt_s=0.06, outages=((8.0, 13.0),), outage_holds=holds), 20)
    before_bps = done.target_at(7.9)
    assert done.target_at(12.9) <= 0.3 * MBIT  # into a dead line goes little
    assert done.reaches(0.85 * before_bps, after_s=13.0) < 14.5
    assert done.carried(15, 20) > 0.8 * done.carried(4, 8)


def test_a_line_that_got_thinner_in_the_outage_is_not_hit_with_the_old_rate() -> None:
    done = run(Line(rates=((0.0, 3 * MBIT), (9.0, 0.5 * MBIT)), rtt_s=0.08, outages=((8.0, 13.0),)), 22)
    assert max(moment.target_bps for moment in done.between(13.5, 22)) < 0.75 * MBIT
    assert done.queue_quantile(0.9, 14, 22) < 0.1


def test_a_line_that_gets_thinner_and_wider_is_followed() -> None:
    done = run(Line(rates=((0.0, 3 * MBIT), (10.0, 0.5 * MBIT), (20.0, 3 * MBIT)), rtt_s=0.08), 32)
    assert max(moment.queue_s for moment in done.between(12, 20)) < 0.2
    assert done.carried(13, 20) > 0.85 * 0.5 * MBIT
    assert done.reaches(2.2 * MBIT, after_s=20.0) < 28.0


def test_a_still_room_keeps_the_rate_for_when_somebody_comes_in() -> None:
    line = Line(rates=((0.0, 3 * MBIT),), rtt_s=0.06, wanted_bps=lambda now_s: 0.15e6 if 6 < now_s < 16 else 1e9)
    done = run(line, 22)
    assert done.target_at(15.9) == pytest.approx(done.target_at(5.9), rel=0.15)
    assert done.queue_quantile(1.0, 16, 22) < 0.15
    assert done.carried(17, 22) > 0.85 * 3 * MBIT


@pytest.mark.parametrize(
    ("line", "cap", "share"),
    [
        (Line(rates=((0.0, 1.5 * MBIT),), rtt_s=0.08, loss=0.01), 1.5 * MBIT, 0.85),
        (Line(rates=((0.0, 0.4 * MBIT),), rtt_s=0.15, loss=0.03), 0.4 * MBIT, 0.85),
        (Line(rates=((0.0, 0.15 * MBIT),), rtt_s=0.3, loss=0.07), 0.15 * MBIT, 0.8),  # of it 7 % are lost anyway
        (Line(rates=((0.0, 1.5 * MBIT),), rtt_s=0.08, jitter_s=0.015), 1.5 * MBIT, 0.85),
        (Line(rates=((0.0, 1 * MBIT),), rtt_s=0.1, clock_drift=2e-4), 1 * MBIT, 0.85),
        (Line(rates=((0.0, 1 * MBIT),), rtt_s=0.1, clock_drift=-2e-4), 1 * MBIT, 0.85),
    ],
    ids=["weak-4g", "edge", "floor", "jitter", "fast-clock", "slow-clock"],
)
def test_each_kind_of_line_is_used_without_a_standing_queue(line: Line, cap: float, share: float) -> None:
    done = run(line, 25)
    assert done.carried(5, 25) >= share * cap
    assert done.queue_quantile(0.8, 5, 25) < 0.1


@pytest.mark.parametrize(("line", "least"), [(Line(rates=((0.0, 1 * MBIT),), rtt_s=0.1, feedback=False), 0.85 * MBIT)])
def test_reports_alone_use_a_thin_line(line: Line, least: float) -> None:
    done = run(line, 30)
    assert done.carried(8, 30) > least
    assert done.queue_quantile(0.5, 8, 30) < 0.15
