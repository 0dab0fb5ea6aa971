"""The parts of the rate control, one by one: the delay's trend, what passes, loss, probes, and the increase."""

from __future__ import annotations

import random

import pytest

from robot_agent.media.rate.aimd import APP_LIMIT, APP_LIMIT_EXTRA_BPS, BACKOFF, RESUME, Aimd
from robot_agent.media.rate.delay import DelayDetector, Usage
from robot_agent.media.rate.loss import LOSSY_CEILING_BPS, LossRule, LossWindow, LossyLine
from robot_agent.media.rate.packets import PacketResult, Probe
from robot_agent.media.rate.probing import FIRST_STEP, FURTHER_STEP, INTERVAL_S, ProbePlanner
from robot_agent.media.rate.throughput import WINDOW_S, Throughput

WAY_S = 77.0  # the two clocks have nothing in common


def way(detector: DelayDetector, begin_s: float, seconds: float, growth: float = 0.0, noise: float = 0.0) -> set[Usage]:
    """Packets each 10 ms whose way takes `growth` seconds longer each second; returns every verdict."""
    chance, seen = random.Random(1), set()
    for number in range(int(seconds * 100)):
        sent_s = begin_s + number * 0.01
        detector.on_packet(sent_s, sent_s + WAY_S + growth * number * 0.01 + chance.uniform(0, noise))
        seen.add(detector.usage)
    return seen


def test_a_steady_way_is_normal_also_with_noise() -> None:
    detector = DelayDetector()
    assert way(detector, 0.0, 5.0, noise=0.008) == {Usage.NORMAL}
    assert detector.queue_s == pytest.approx(0.004, abs=0.004)
    assert detector.jitter_s == pytest.approx(0.0027, abs=0.0015)  # mean difference of two of them


def test_a_growing_way_is_over_use_within_a_fifth_of_a_second() -> None:
    detector = DelayDetector()
    way(detector, 0.0, 2.0)
    assert Usage.OVER in way(detector, 2.0, 0.2, growth=0.2)
    assert detector.queue_s == pytest.approx(0.04, abs=0.02)


def test_a_shrinking_way_is_under_use() -> None:
    detector = DelayDetector()
    assert Usage.UNDER in way(detector, 0.0, 1.0, growth=-0.2)


def test_drifting_clocks_are_no_queue() -> None:
    detector = DelayDetector()
    assert Usage.OVER not in way(detector, 0.0, 60.0, growth=2e-4)
    assert detector.queue_s is not None
    assert detector.queue_s < 0.005


def test_a_clock_that_was_set_starts_over() -> None:
    detector = DelayDetector()
    way(detector, 0.0, 1.0)
    detector.on_packet(1.0, 1.0 + WAY_S + 3600)
    assert detector.queue_s == 0.0
    assert detector.usage is Usage.NORMAL


def test_throughput_counts_what_passed_and_leaves_out_what_nobody_told_of() -> None:
    passed = Throughput()
    assert passed.bps is None
    for number in range(100):
        if not 70 <= number < 90:  # the feedback of these 200 ms was lost
            passed.on_packet(number, number * 0.01, 1000)
    assert passed.bps == pytest.approx(800_000, rel=0.01)


def test_throughput_counts_lost_packets_as_not_passed() -> None:
    passed = Throughput()
    for number in range(100):
        if number % 2:
            passed.on_lost(number)
        else:
            passed.on_packet(number, number * 0.01, 1000)
    assert passed.bps == pytest.approx(400_000, rel=0.05)


def test_throughput_forgets_what_is_older_than_its_window() -> None:
    passed = Throughput()
    for number in range(200):
        passed.on_packet(number, number * 0.01, 1000 if number < 100 else 100)
    assert passed.bps == pytest.approx(80_000, rel=0.01)
    assert WINDOW_S < 1.0


def test_loss_over_a_tenth_asks_for_less_until_that_was_in_vain() -> None:
    rule = LossRule()
    assert not rule.is_too_much(0.09, 1.0)
    assert rule.is_too_much(0.15, 1.0)
    assert not rule.is_too_much(0.05, 1.0)  # it helped
    assert [rule.is_too_much(0.15, 1.0) for _ in range(4)] == [True, True, False, False]
    assert rule.is_too_much(0.35, 1.0)  # that is more than the line's own


def test_a_line_that_loses_all_the_time_gets_small_pictures_until_it_no_longer_does() -> None:
    lossy = LossyLine()

    def ceiling(loss: float | None, rtt_s: float, begin_s: float, seconds: int, congested: bool = False) -> int | None:
        for second in range(seconds):
            lossy.follow(loss, rtt_s, congested, begin_s + second)
        return lossy.ceiling_bps

    assert ceiling(None, 0.02, 0.0, 1) is None  # near
    assert ceiling(None, 0.2, 1.0, 1) == LOSSY_CEILING_BPS  # far, and nothing is known
    assert ceiling(0.01, 0.2, 2.0, 1) is None
    assert ceiling(0.05, 0.02, 3.0, 20) is None
    assert ceiling(0.05, 0.2, 23.0, 20, congested=True) is None  # the queue's loss
    assert ceiling(0.05, 0.2, 43.0, 2) is None  # once
    assert ceiling(0.0, 0.2, 45.0, 1) is None
    assert ceiling(0.05, 0.2, 46.0, 5) == LOSSY_CEILING_BPS
    assert ceiling(0.02, 0.2, 52.0, 6) == LOSSY_CEILING_BPS
    assert ceiling(0.005, 0.2, 58.0, 1) is None


@pytest.mark.parametrize(("loss", "ceiling_bps"), [(0.02, LOSSY_CEILING_BPS), (0.01, None)])
def test_the_first_thing_known_of_a_far_line_counts(loss: float, ceiling_bps: int | None) -> None:
    lossy = LossyLine()
    lossy.follow(loss, 0.2, False, 1.0)
    assert lossy.ceiling_bps == ceiling_bps


def test_loss_is_judged_in_windows_of_enough_packets() -> None:
    window = LossWindow()
    assert window.judge(0.0) is None
    window.count(arrived=20, lost=20)
    assert window.judge(1.1) is None  # chance
    window.count(arrived=20, lost=20)
    assert window.judge(1.2) == 0.5
    assert window.smoothed == 0.5
    window.count(arrived=0, lost=-1)  # of a window that is past
    window.count(arrived=100, lost=1)
    assert window.judge(2.5) is None
    assert window.smoothed == pytest.approx(0.22, abs=0.03)


def ask(planner: ProbePlanner, now_s: float, estimate_bps: float, filled: bool = False) -> Probe | None:
    return planner.next(now_s, estimate_bps, 5e6, 0.1, 0.0, filled)


def answer(planner: ProbePlanner, probe: Probe, arrived_bps: float, sent_bps: float = 0.0, hole_s: float = 0.0) -> None:
    """The burst of 1000-byte packets; before the second one we were busy for `hole_s`."""
    count = probe.bytes // 1000 + 1
    for number in range(count):
        sent_s = number * 8000 / (sent_bps or probe.rate_bps) + (hole_s if number else 0.0)
        planner.on_result(PacketResult(number, 1000, sent_s, 9 + hole_s + number * 8000 / arrived_bps, probe.cluster))


def test_probes_climb_while_they_come_through_and_one_at_a_time() -> None:
    planner = ProbePlanner()
    first = ask(planner, 0.0, 300_000)
    assert first is not None
    assert first.rate_bps == FIRST_STEP * 300_000
    assert ask(planner, 0.05, 300_000) is None  # its answer first
    assert planner.take_answer() is None
    answer(planner, first, first.rate_bps)
    found = planner.take_answer()
    assert found is not None
    assert not found.saturated
    assert found.bps == pytest.approx(first.rate_bps, rel=0.01)
    second = ask(planner, 0.2, found.bps)
    assert second is not None
    assert second.rate_bps == pytest.approx(FURTHER_STEP * found.bps, rel=0.01)
    answer(planner, second, 1_000_000)
    found = planner.take_answer()
    assert found is not None
    assert found.saturated
    assert found.bps == pytest.approx(950_000, rel=0.01)
    assert ask(planner, 0.4, found.bps) is None  # that was the end of it
    assert ask(planner, 0.5 + 3 * INTERVAL_S, found.bps, filled=True) is None  # the picture asks all the time
    planner.hurry()
    assert ask(planner, 0.6 + 3 * INTERVAL_S, found.bps, filled=True) is not None


def test_a_burst_that_our_machine_could_not_send_says_nothing_of_the_line() -> None:
    planner = ProbePlanner()
    probe = ask(planner, 0.0, 300_000)
    assert probe is not None
    answer(planner, probe, 200_000, sent_bps=200_000)
    planner.take_answer()
    again = ask(planner, 1.5, 300_000)  # soon, and the climb goes on
    assert again is not None
    answer(planner, again, again.rate_bps, hole_s=0.2)
    found = planner.take_answer()
    assert found is not None
    assert found.bps == pytest.approx(again.rate_bps, rel=0.01)
    assert ask(planner, 1.6, found.bps) is not None


def test_a_probe_whose_answer_is_lost_is_given_up() -> None:
    planner = ProbePlanner()
    assert ask(planner, 0.0, 300_000) is not None
    assert ask(planner, 1.0, 300_000) is None
    assert ask(planner, INTERVAL_S + 2, 300_000) is not None


def test_at_the_ceiling_nothing_is_asked() -> None:
    planner = ProbePlanner()
    assert ask(planner, 0.0, 5e6) is None


def verdict(aimd: Aimd, usage: Usage, now_s: float, acked_bps: float, queue_s: float = 0.0) -> bool:
    return aimd.update(usage, queue_s, acked_bps, acked_bps, 0.1, now_s)


def test_over_use_goes_under_what_arrives_and_an_empty_queue_back_to_the_line() -> None:
    aimd = Aimd(1_200_000)
    assert verdict(aimd, Usage.OVER, 0.0, acked_bps=1_000_000, queue_s=0.05)
    assert aimd.estimate_bps == BACKOFF * 1_000_000
    assert aimd.draining
    assert not verdict(aimd, Usage.OVER, 0.05, acked_bps=1_000_000)  # it has not been felt yet
    verdict(aimd, Usage.UNDER, 0.3, acked_bps=850_000, queue_s=0.02)
    assert aimd.estimate_bps == RESUME * 1_000_000
    assert not aimd.draining


def test_a_long_queue_is_drained_faster() -> None:
    aimd = Aimd(1_200_000)
    verdict(aimd, Usage.OVER, 0.0, acked_bps=1_000_000, queue_s=0.4)
    assert aimd.estimate_bps == 0.5 * 1_000_000


def test_over_use_while_little_is_sent_does_not_collapse_the_rate() -> None:
    aimd = Aimd(1_000_000)
    verdict(aimd, Usage.OVER, 0.0, acked_bps=100_000)
    assert aimd.estimate_bps == BACKOFF * 1_000_000


def test_no_growth_beyond_what_is_sent() -> None:
    aimd = Aimd(300_000)
    for step in range(1000):
        verdict(aimd, Usage.NORMAL, step * 0.1, acked_bps=300_000)
    assert aimd.estimate_bps <= APP_LIMIT * 300_000 + APP_LIMIT_EXTRA_BPS


def test_a_queue_that_stands_is_over_use_too_but_not_without_end() -> None:
    aimd = Aimd(1_000_000)
    for step in range(200):
        verdict(aimd, Usage.NORMAL, step * 0.1, acked_bps=aimd.estimate_bps, queue_s=0.15)
    assert 400_000 < aimd.estimate_bps < 700_000
