"""The bench's own arithmetic and source: a wrong ruler would make every figure wrong."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import camera_path, glass
from bench.__main__ import asked_for
from bench.conditions import CONDITIONS
from bench.figures import FIGURES, Limit, media_rows, shown
from bench.measure import Run, freezes, frozen_s, latencies_ms, percentiles, recovery_s
from bench.memory import Sample, growth
from bench.picture import Frame, _judge, _Seen
from bench.report import HEAD, table
from bench.source import FPS, GRAINS, HEIGHT, MARGIN_X, MARGIN_Y, WIDTH, StampedSource, offsets
from hardware_sim import stamp
from hardware_sim.line.control import follow, read_wish
from hardware_sim.line.profiles import Profile

pytestmark = pytest.mark.alone  # it measures

RUN = Run("ours", 10, 20, 11, 21, 30, 0, 1280, 15, 1500, "video/H264", 1.5)


def test_the_view_stays_on_the_texture_and_moves() -> None:
    places = [offsets(number) for number in range(1000)]
    assert all(0 <= x <= MARGIN_X and 0 <= y <= MARGIN_Y for x, y in places)
    assert all(x % 2 == 0 and y % 2 == 0 for x, y in places)  # chroma has half the places
    assert max(x for x, _ in places) == MARGIN_X
    assert max(y for _, y in places) == MARGIN_Y


def test_pictures_carry_the_time_that_they_were_painted_at() -> None:
    source = StampedSource()
    first = source.paint(5)
    found = stamp.read(first[:HEIGHT])
    assert found is not None
    assert found.sequence == 5
    assert (time.time_ns() // 100_000 - found.time_100us) % 2**40 < 5000
    later = source.paint(5 + GRAINS)
    assert first.shape == (HEIGHT * 3 // 2, WIDTH)
    assert np.abs(first[100:HEIGHT].astype(int) - later[100:HEIGHT]).mean() > 1


def test_the_source_keeps_its_pace_and_skips_what_is_overdue() -> None:
    source = StampedSource()
    source.open()
    frames = [source.wait_newer(-1, 1.0)]
    for _ in range(5):
        assert frames[-1] is not None
        frames.append(source.wait_newer(frames[-1].sequence, 1.0))
    times = [frame.arrived_s for frame in frames if frame is not None]
    assert times[-1] - times[0] >= 4.5 / FPS
    time.sleep(0.2)
    skipped = source.wait_newer(5, 1.0)
    assert skipped is not None
    assert skipped.sequence > 8
    waiting = threading.Timer(0.05, source.close)
    waiting.start()
    assert source.wait_newer(10**6, 5.0) is None
    waiting.join()


def test_latencies_wrap_and_take_the_clock_into_account() -> None:
    assert list(latencies_ms([(100, 350), (2**40 - 50, 50)], 0.0)) == [25.0, 10.0]
    assert list(latencies_ms([(100, 350)], 50.0)) == [20.0]  # seen by a clock that is 5 ms ahead
    assert percentiles(np.arange(101.0)) == (50.0, 95.0)
    assert np.isnan(latencies_ms([], 0.0)).all()


def test_a_freeze_is_a_gap_over_200_ms() -> None:
    assert freezes([0, 1999, 4000, 5000], 5300) == 1
    assert freezes([0, 300, 600], 2601) == 1, "a picture that stopped for good"
    assert freezes([0, 300, 600], 500) == 0, "a frame that came while the end was asked for"
    assert np.isnan(freezes([], 5000)), "no picture is not a picture without freezes"


def test_frozen_is_the_whole_of_every_gap_over_200_ms() -> None:
    assert frozen_s([0, 300, 3300, 3600, 8600, 8900], 9000) == pytest.approx(0.8)
    assert frozen_s([0, 300], 100_300) == pytest.approx(10.0), "a picture that stopped for good"
    assert frozen_s([0, 1999, 3998], 4000) == 0.0
    assert np.isnan(frozen_s([], 5000))


@given(st.lists(st.integers(1, 10_000), max_size=40), st.integers(0, 10_000))
def test_frozen_and_freezes_agree(gaps_100us: list[int], rest_100us: int) -> None:
    times = list(np.cumsum([0, *gaps_100us]))
    end = times[-1] + rest_100us
    assert (frozen_s(times, end) > 0) == (freezes(times, end) > 0)
    assert frozen_s(times, end) <= (end - times[0]) / 10_000 + 1e-9
    assert freezes(times, end) - freezes(times, times[-1]) == (rest_100us > 2000)


def judged(frames: list[Frame], end_100us: float) -> Run:
    receiver = {"freezeCount": 0}
    seen = _Seen(frames, [], 10.0, 6.0, None, 0.0, end_100us, 500.0, "video/H264", receiver)
    return _judge(seen, "ours", replace(CONDITIONS[0], key="240ms", warm_up_s=1.0), 0.0, 0.0, 1)


def test_a_picture_that_never_came_or_stopped_for_good_has_not_reached_it() -> None:
    steady: list[Frame] = [(1000 + n * 333, None, 1280.0) for n in range(200)]
    end_100us = steady[-1][0] + 100
    whole = judged(steady, end_100us)
    stopped = judged(steady[:100], end_100us)
    in_the_warm_up, never = judged(steady[:20], end_100us), judged([], end_100us)
    assert (whole.freezes, whole.frozen_s) == (0, 0)
    assert (stopped.freezes, stopped.frozen_s) == (1, pytest.approx(3.34, abs=0.01))
    assert in_the_warm_up.frozen_s == pytest.approx(6.0, abs=0.01)
    assert np.isnan([in_the_warm_up.freezes, never.freezes, never.frozen_s]).all()
    for runs, reached in (([whole], "yes"), ([stopped], "no"), ([never], "no"), ([whole, never, whole], "no")):
        rows = {row.figure.partition(": ")[2]: row for row in media_rows(runs)}
        assert rows["frozen in all, s"].reached == reached


def test_a_round_that_gave_no_figure_is_not_left_out() -> None:
    runs = [RUN, RUN, replace(RUN, freezes=np.nan, glass_p50=np.nan), replace(RUN, sender="Chromium", glass_p50=40)]
    rows = {row.figure: row for row in media_rows(runs)}
    assert (rows["clean: at the glass, p50, ms"].ours, rows["clean: at the glass, p50, ms"].reached) == ("–", "no")
    assert rows["clean: freezes > 200 ms, all rounds"].ours == "–"


def test_recovery_is_the_first_frame_and_the_first_smooth_second() -> None:
    steady = [60_000 + 6000 + 330 * n for n in range(40)]
    first, smooth = recovery_s([0, 330, 660, 64_000, 64_330, *steady], 60_000)
    assert first == pytest.approx(0.4)
    assert smooth == pytest.approx(0.6)
    late_jerk = [*steady, steady[-1] + 5000, steady[-1] + 5330]
    assert recovery_s(late_jerk, 60_000) == (pytest.approx(0.6), pytest.approx(0.6))
    rough = [60_000 + 1500 * n for n in range(40)]
    assert np.isnan(recovery_s(rough, 60_000)[1])
    assert np.isnan(recovery_s([0, 330], 60_000)).all()


def test_the_table_has_medians_ratios_and_whether_the_target_was_reached() -> None:
    theirs = replace(RUN, sender="Chromium", glass_p50=20, glass_p95=21, freezes=1)
    slow = replace(RUN, glass_p50=12)
    slower = replace(RUN, glass_p50=90)
    rows = media_rows([RUN, slow, slower, theirs, replace(RUN, sender="aiortc", glass_p50=70.25)])
    by_name = {row.figure: row for row in rows}
    glass = by_name["clean: at the glass, p50, ms"]
    assert (glass.ours, glass.chromium, glass.aiortc, glass.gstreamer) == ("12", "20", "70.2", "")
    assert (glass.ratio, glass.target, glass.reached) == ("0.60", "≤ 0.5 ×", "no")
    assert by_name["clean: freezes > 200 ms, all rounds"].chromium == "1"
    assert all(row.figure.startswith("clean: ") for row in rows)
    names = ("cpu", "cores", "load", "kernel", "python", "aiortc", "av", "opencv", "chromium")
    where = {**dict.fromkeys(names, "x"), "cores": "2", "load": "0.4 0.2 0.1"}
    text = table(rows, where, "How.", ["GStreamer cannot run"])
    assert all(line.count("|") == len(HEAD) + 1 for line in text.splitlines() if line.startswith("|"))
    assert "| **no** |" in text
    assert "busy" not in text
    assert "busy before it began (load 1.7 on 2 cores)" in table(rows, {**where, "load": "1.7 0 0"}, "How.")
    assert text.endswith("Not measured: GStreamer cannot run.")


def test_four_viewers_are_compared_with_one() -> None:
    assert asked_for(["viewers"]) == {"viewers", "clean"}
    assert asked_for(["300k"]) == {"300k"}


def test_runs_with_more_viewers_and_other_lines_are_not_mixed_in() -> None:
    runs = [RUN, replace(RUN, viewers=4, glass_p50=99), replace(RUN, condition="300k", glass_p50=99)]
    rows = {row.figure: row for row in media_rows(runs)}
    assert rows["clean: at the glass, p50, ms"].ours == "10"
    assert rows["300 kbit/s, 60 ms: at the glass, p50, ms"].ours == "99"


def test_a_sender_that_showed_nothing_has_a_dash_and_has_not_reached_it() -> None:
    black = replace(RUN, condition="300k", glass_p50=np.nan, first_frame_s=np.nan, fps=0.0)
    rows = {row.figure: row for row in media_rows([black, replace(black, sender="Chromium", first_frame_s=1.0)])}
    first = rows["300 kbit/s, 60 ms: first frame, s"]
    assert (first.ours, first.ratio, first.reached) == ("–", "", "no")
    assert rows["300 kbit/s, 60 ms: frames a second"].reached == "no"


@pytest.mark.parametrize(
    ("limit", "ours", "theirs", "reached"),
    [
        (Limit(), 1.0, 2.0, ""),
        (Limit(most=5), 5.0, np.nan, "yes"),
        (Limit(least=28), 27.9, np.nan, "no"),
        (Limit(ratio=0.5), 10.0, 20.0, "yes"),
        (Limit(ratio=0.5), 10.1, 20.0, "no"),
        (Limit(ratio=0.5), 10.0, np.nan, "not compared"),
        (Limit(no_worse=True), 2.0, 2.0, "yes"),
        (Limit(no_worse=True), 3.0, 2.0, "no"),
        (Limit(most=100, least=-45), -46.0, np.nan, "no"),
        (Limit(most=1), np.nan, 1.0, "no"),
    ],
)
def test_limits(limit: Limit, ours: float, theirs: float, reached: str) -> None:
    assert limit.reached(ours, theirs) == reached


def test_every_figure_is_of_a_line_that_is_tried_and_of_a_run() -> None:
    keys = {condition.key for condition in CONDITIONS}
    assert {figure.condition for figure in FIGURES} == keys
    assert all(hasattr(RUN, figure.of) for figure in FIGURES)
    for condition in CONDITIONS:
        if condition.wish is not None:
            follow(Profile(), read_wish(json.dumps(condition.wish)))  # the line will do as it is told


def test_memory_that_grows_after_it_has_settled_is_told_in_per_cent() -> None:
    rising = [Sample(at, 50 + min(at, 300) / 6 + max(0, at - 300) * 0.01, 1) for at in range(0, 1801, 2)]
    grown = growth(rising)
    assert grown.settled == pytest.approx(100.9, abs=0.1)
    assert grown.percent == pytest.approx(13.2, abs=0.3)
    assert growth([Sample(at, 80.0, 1) for at in range(100)]).percent == 0.0
    with pytest.raises(ValueError, match="run longer"):
        growth([Sample(0.0, 80.0, 1)])


def test_what_the_bench_shows_has_as_many_decimals_as_it_deserves() -> None:
    assert [shown(n) for n in (0.48, 1.5, 4.0, 12.34, 1316.8, 60.0, np.nan)] == [
        *("0.48", "1.5", "4", "12.3", "1316.8", "60", "–")
    ]


def test_the_camera_path_is_measured() -> None:
    path = camera_path.measure(2.0)
    assert path.pictures > 15
    assert 0 < path.p50 <= path.p95
    assert path.p50 < 1000


def test_what_the_camera_path_matches() -> None:
    sent = [number / 30 for number in range(120)]
    arrived = [(number % camera_path.DISTINCT, at + 0.005) for number, at in enumerate(sent)]
    path = camera_path._match(sent, arrived[:100] + arrived[101:])
    assert path.p50 == pytest.approx(5.0)
    assert path.p95 == pytest.approx(5.0)
    assert path.missed == 1


def test_a_stamp_of_another_day_is_a_chance_likeness() -> None:
    now = 1_000_000_000
    for age_s, taken in ((0.2, True), (59.0, True), (61.0, False), (86_400.0, False), (-1.0, False)):
        strip = np.zeros((16, WIDTH), np.uint8)
        stamp.paint(strip, 7, now - round(age_s * 10_000))
        assert (glass.fresh(strip, now) is not None) is taken
