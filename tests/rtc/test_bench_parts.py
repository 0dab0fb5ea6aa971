"""The bench's own arithmetic and source: a wrong ruler would make every figure wrong."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from bench import camera_path
from bench.measure import Run, freezes, latencies_ms, percentiles
from bench.report import Painting, Row, media_rows, table
from bench.source import FPS, GRAINS, HEIGHT, MARGIN_X, MARGIN_Y, WIDTH, StampedSource, offsets
from hardware_sim import stamp

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
    assert freezes([0, 1999, 4000, 5000]) == 1
    assert freezes([]) == 0


def test_the_table_has_medians_and_ratios() -> None:
    theirs = Run("Chromium", 20, 40, 22, 42, 30, 1, 1280, 30, 1700, "video/VP8", 1.5)
    rows = media_rows([RUN, theirs], Painting(1.0, 10.0))
    by_name = {row.figure: row for row in rows}
    assert by_name["latency at the glass, p50, ms"].ratio == "0.50"
    assert by_name["freezes > 200 ms, all rounds"] == Row("freezes > 200 ms, all rounds", "0", "1")
    assert by_name["… sending alone (the difference)"].ratio == "0.70"
    names = ("cpu", "cores", "kernel", "python", "aiortc", "av", "opencv", "chromium")
    text = table(rows, dict.fromkeys(names, "x"), "How.")
    assert all(line.count("|") == 6 for line in text.splitlines() if line.startswith("|"))


def test_the_camera_path_is_measured() -> None:
    path = camera_path.measure(2.0)
    assert path.pictures > 15
    assert 0 < path.p50 <= path.p95
    assert path.p50 < 100


def test_what_the_camera_path_matches() -> None:
    sent = [number / 30 for number in range(120)]
    arrived = [(number % camera_path.DISTINCT, at + 0.005) for number, at in enumerate(sent)]
    path = camera_path._match(sent, arrived[:100] + arrived[101:])
    assert path.p50 == pytest.approx(5.0)
    assert path.p95 == pytest.approx(5.0)
    assert path.missed == 1
