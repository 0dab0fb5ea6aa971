"""The ruler for thin lines: ages, holes and freezes of notes that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.chirps import RATE_HZ, Recording, chirp_track, silent_blocks, sound_way
from bench.thin_figures import holes_of, live_of, stills_of
from bench.thin_page import PERIOD_S, SCRIPTS, init_script

S = 10_000.0  # a second of the page's clock
AHEAD = 70.0  # by so much it is ahead, in its own units


def test_ages_rate_and_the_longest_wait_of_stills() -> None:
    shown = [[at * S, at * S - AHEAD - age] for at, age in ((1, 3000.0), (2, 5000.0), (4.5, 4000.0))]
    found = stills_of([[0.5 * S, None], *shown, [9.5 * S, None]], 0.8 * S, 5.8 * S, AHEAD)
    assert (found.per_s, found.age_p50, found.age_p95) == (0.6, 400, 490)
    assert found.longest_s == 2.5
    assert found.unread == 0
    assert stills_of([[S, None]], 0, 2 * S, 0).unread == 1
    nothing = stills_of([], 0, S, 0)
    assert nothing.per_s == 0
    assert math.isnan(nothing.age_p50)


def test_a_still_that_never_came_again_counts_until_the_end() -> None:
    assert stills_of([[0.2 * S, S]], 0, 9 * S, 0).longest_s == 8.8


def test_holes_are_where_the_next_packet_is_placed_after_the_end_of_the_last() -> None:
    placed = [[1000 + 60 * n, 60.0, 900 + 60 * n] for n in (0, 1, 2, 5, 6)]
    found = holes_of(placed)
    assert (found.count, found.longest_ms, found.held_ms) == (1, 120, 100)
    assert found.share == round(120 / 420, 4)
    assert holes_of([[n * 60.0, 60.0, 0.0] for n in range(9)]).count == 0
    assert math.isnan(holes_of([]).share)


def test_what_the_moving_picture_loses() -> None:
    even = [[n * S / 25, n * S / 25 - AHEAD - 900, 640] for n in range(51)]
    steady = live_of(even, 0, 2 * S, AHEAD, ([0, 0], [96_000, 960]))
    assert (steady.p50, steady.p95, steady.freezes, steady.concealed) == (90.0, 90.0, 0, 0.01)
    assert steady.fps == pytest.approx(25, abs=0.6)
    torn = live_of(even[:20] + even[40:45], 0, 2 * S, AHEAD, ([0, 0], [0, 0]))
    assert torn.freezes == 2, "the hole in the middle, and the end"
    assert torn.longest_ms == 840
    assert math.isnan(torn.concealed)


def test_a_voice_that_is_late_by_more_than_a_second_is_timed() -> None:
    mouth = np.tile(chirp_track(PERIOD_S), 6)
    ear = np.concatenate([np.zeros(int(1.7 * RATE_HZ), np.int16), mouth])
    way = sound_way(Recording.steady(0, mouth), Recording.steady(0, ear), 0.0, PERIOD_S)
    assert way.p50 == pytest.approx(1700, abs=1)
    assert silent_blocks(ear).sum() == 170


def test_everything_runs_in_one_scope_of_its_own() -> None:
    script = init_script(shut=True, speaks=False)
    assert script.startswith("(() => {")
    assert '"shut": true' in script
    assert all(name.endswith(".js") for name in SCRIPTS)
    assert "function readStamp" in script
