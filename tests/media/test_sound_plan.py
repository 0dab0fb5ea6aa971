"""The plan of the room's sound: what each line gets, and that it does not flap."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.media.blocks import BLOCK
from robot_agent.media.opus import OpusEncoder, OpusSettings
from robot_agent.media.sound_plan import (
    GUARD_LOSS,
    RICHER_AFTER_S,
    RICHER_MARGIN,
    STEPS,
    SoundLine,
    SoundPlan,
    sound_bps,
)
from tests.media.test_echo import as_blocks, speech_like

WIDEBAND_OR_MORE = {*range(8, 16), *range(20, 32)}  # RFC 6716 table 2: 8 kHz of sound and more
RATES = st.floats(0, 10_000_000)
LINES = st.builds(SoundLine, RATES | st.none(), st.floats(0, 1) | st.none(), st.floats(0, 3) | st.none())


def run(plan: SoundPlan, line: SoundLine, from_s: float, seconds: float) -> list[OpusSettings]:
    """Ask every 100 ms."""
    return [plan.update(line, from_s + step / 10) for step in range(int(seconds * 10) + 1)]


@pytest.mark.parametrize(
    ("line_bps", "frame_ms", "application"),
    [(4e6, 10, "lowdelay"), (5e5, 20, "lowdelay"), (2.5e5, 40, "voip"), (1.2e5, 60, "voip")],
)
def test_frames_lengthen_as_the_line_gets_thin(line_bps: float, frame_ms: int, application: str) -> None:
    settings = SoundPlan().update(SoundLine(line_bps, 0.0, 0.05), 0.0)
    assert (settings.frame_ms, settings.application, settings.fec) == (frame_ms, application, False)
    assert 24_000 <= settings.bitrate_bps <= 40_000


def test_nothing_is_known_yet() -> None:
    assert SoundPlan().update(SoundLine(), 0.0) == STEPS[0].clean


def test_loss_brings_error_correction_and_ten_good_seconds_take_it_away() -> None:
    plan = SoundPlan()
    line = SoundLine(2e6, 0.0, 0.05)
    assert not run(plan, line, 0.0, 2.0)[-1].fec
    guarded = run(plan, SoundLine(2e6, 0.05, 0.05), 2.0, 4.0)
    assert guarded[-1] == STEPS[0].guarded
    spell = run(plan, line, 6.1, 9.0)
    assert all(settings.fec for settings in spell)
    assert not run(plan, line, 15.2, 15.0)[-1].fec


def test_one_lost_packet_brings_nothing() -> None:
    plan = SoundPlan()
    run(plan, SoundLine(2e6, 0.0, 0.05), 0.0, 5.0)
    report = run(plan, SoundLine(2e6, 0.02, 0.05), 5.1, 1.0)  # two of a hundred, in one report
    assert not any(settings.fec for settings in report)


def test_heavy_loss_asks_for_more_protection() -> None:
    plan = SoundPlan()
    light = run(plan, SoundLine(1.2e5, 0.04, 0.3), 0.0, 20.0)[-1]
    heavy = run(plan, SoundLine(1.2e5, 0.2, 0.3), 20.1, 20.0)[-1]
    assert 0 < light.loss_percent < heavy.loss_percent


def test_a_long_way_gets_fewer_headers() -> None:
    assert SoundPlan().update(SoundLine(4e6, 0.0, 0.3), 0.0).frame_ms == 20


def test_thinner_at_once_and_richer_after_a_while() -> None:
    plan = SoundPlan()
    run(plan, SoundLine(4e6, 0.0, 0.02), 0.0, 1.0)
    assert plan.update(SoundLine(1e5, 0.0, 0.02), 1.1).frame_ms == 60
    back = run(plan, SoundLine(4e6, 0.0, 0.02), 1.2, RICHER_AFTER_S + 0.1)
    assert [settings.frame_ms for settings in back[:-2]] == [60] * (len(back) - 2)
    assert back[-1].frame_ms == 10


def test_a_line_on_the_border_does_not_flap() -> None:
    plan = SoundPlan()
    border = STEPS[0].from_bps
    swing = [border * (1.0 + 0.2 * (-1) ** number) for number in range(200)]
    got = [plan.update(SoundLine(bps, 0.0, 0.02), number / 2) for number, bps in enumerate(swing)]
    assert sum(one != other for one, other in itertools.pairwise(got)) <= 1


@given(st.lists(st.tuples(LINES, st.floats(0.001, 5)), max_size=60))
def test_whatever_the_line_does(course: list[tuple[SoundLine, float]]) -> None:
    plan, now_s = SoundPlan(), 0.0
    for line, step_s in course:
        now_s += step_s
        settings = plan.update(line, now_s)
        assert 24_000 <= settings.bitrate_bps <= 40_000
        assert 0.0 <= plan.loss <= 1.0
        assert settings.fec or plan.loss < GUARD_LOSS
        if line.line_bps is not None and line.line_bps >= STEPS[-2].from_bps:
            assert sound_bps(settings) <= line.line_bps * 0.25


@given(st.lists(st.tuples(RATES, st.floats(0.001, 5)), min_size=2, max_size=60))
def test_it_never_gets_richer_soon_after_it_got_thinner(course: list[tuple[float, float]]) -> None:
    plan, now_s = SoundPlan(), 0.0
    before, thinner_s = None, 0.0
    for line_bps, step_s in course:
        now_s += step_s
        cost = sound_bps(plan.update(SoundLine(line_bps), now_s))
        if before is not None and cost > before:
            assert now_s - thinner_s >= RICHER_AFTER_S
        if before is None or cost < before:
            thinner_s = now_s
        before = cost


@given(st.floats(1.0, RICHER_MARGIN - 0.001))
def test_a_step_up_needs_its_margin(share: float) -> None:
    plan = SoundPlan()
    plan.update(SoundLine(STEPS[0].from_bps * 0.9, 0.0, 0.02), 0.0)
    better = run(plan, SoundLine(STEPS[0].from_bps * share, 0.0, 0.02), 0.1, 3 * RICHER_AFTER_S)
    assert better[-1] == STEPS[1].clean


def test_a_loss_that_is_none() -> None:
    with pytest.raises(ValueError, match="fraction"):
        SoundPlan().update(SoundLine(loss=1.5), 0.0)


def test_the_whole_cost_counts_the_headers() -> None:
    assert sound_bps(OpusSettings("lowdelay", 40_000, 10)) - 40_000 == 51_200
    costs = [sound_bps(step.clean) for step in STEPS]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 35_000


@pytest.mark.parametrize("settings", [one for step in STEPS for one in (step.clean, step.guarded)])
def test_speech_keeps_its_seven_kilohertz_and_its_budget(settings: OpusSettings) -> None:
    encoder = OpusEncoder(settings)
    blocks = as_blocks(speech_like(3.0, seed=11))[: 3 * 48_000 // BLOCK // 6 * 6]
    packets = [packet for block in blocks if (packet := encoder.encode(block)) is not None]
    spoken = [packet for packet in packets if len(packet.data) > 2]
    assert {packet.data[0] >> 3 for packet in spoken} <= WIDEBAND_OR_MORE
    assert sum(len(packet.data) for packet in packets) * 8 / (len(blocks) / 100) <= 1.05 * settings.bitrate_bps
