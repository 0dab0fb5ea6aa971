"""The ladder against a model of what an encoder says: where it comes to rest, in which order, and that it does."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.state import PictureStep as S
from robot_agent.media import levels
from robot_agent.media.interfaces import Codec, Stream
from robot_agent.media.ladder import (
    FALL_S,
    MEASURED_S,
    MOVING_BPS,
    PLENTY_S,
    RUNGS,
    STILLS_AFTER_S,
    STRAINED_S,
    Ladder,
    Rung,
    rungs_for,
)
from robot_agent.media.levels import ORDER

FRAME_S = 1 / 30
GRAINY = 27.0  # measured with `bench.source`: 300 kbit/s give 29 at 360 lines and 35 at 540, 1 Mbit/s 23 at 720


def quantiser(rung: Rung, target_bps: float, detail: float = GRAINY) -> float | None:
    """What x264 says: six more for half the bits a pixel, and blocks beyond 51 when nothing else is left."""
    if not rung.moving:
        return None
    pixels = rung.lines * rung.lines * 16 / 9 * (rung.fps or 30.0)
    return min(69.0, max(8.0, detail - 6.0 * math.log2(min(target_bps, rung.most_bps or 4e6) / pixels / 0.05)))


def run(ladder: Ladder, start_s: float, seconds: float, target_bps: int, detail: float = GRAINY) -> list[S]:
    """The steps after each change."""
    steps = []
    for number in range(int(seconds / FRAME_S)):
        if ladder.update(start_s + number * FRAME_S, target_bps, quantiser(ladder.rung, target_bps, detail)):
            steps.append(ladder.rung.step)
    return steps


@pytest.mark.parametrize(
    ("target_bps", "expected"),
    [
        (4_000_000, {S.P720}),
        (1_300_000, {S.P720}),  # weak-4g, 1.5 Mbit/s up: 540 lines or better
        (900_000, {S.P720, S.P540}),
        (300_000, {S.P360, S.P540}),
        (200_000, {S.P360, S.P180}),  # edge, what 3 % loss leaves of 0.4 Mbit/s
        (110_000, {S.P180, S.P180_20}),
        (80_000, {S.STILLS}),  # floor
        (30_000, {S.SOUND_ONLY}),
    ],
)
def test_where_a_line_comes_to_rest(target_bps: int, expected: set[S]) -> None:
    for start_bps in (300_000, 4_000_000):
        ladder = Ladder(start_bps, 0.0)
        run(ladder, 0.0, 30.0, target_bps)
        assert ladder.rung.step in expected
        assert not run(ladder, 30.0, 60.0, target_bps), "at rest"


def test_a_good_line_is_sharp_within_two_seconds_and_in_one_step() -> None:
    ladder = Ladder(300_000, 0.0)
    assert ladder.rung.step is S.P360
    assert run(ladder, 0.0, 2.0, 4_000_000) == [S.P720]


def test_sharpness_goes_before_frame_rate_and_the_picture_before_sound() -> None:
    ladder, now_s, seen = Ladder(4_000_000, 0.0), 0.0, [S.P720]
    for target_bps in range(2_000_000, 0, -5_000):
        seen += run(ladder, now_s, 0.5, target_bps)
        now_s += 0.5
    assert seen == [*dict.fromkeys(seen)], "no step twice"
    assert [ORDER.index(step) for step in seen] == sorted(ORDER.index(step) for step in seen)
    assert seen[-2:] == [S.STILLS, S.SOUND_ONLY]
    assert {S.P540, S.P360} <= set(seen)


def test_a_wish_for_blocks_is_refused_size_by_size_but_frames_never_go_under_twenty() -> None:
    ladder = Ladder(300_000, 0.0)
    assert run(ladder, 0.0, 30.0, 150_000, detail=60.0) == [S.P180, S.P180_20]
    assert ladder.rung.fps == 20.0


def test_down_is_quick_and_up_is_slow() -> None:
    ladder = Ladder(1_000_000, 0.0)
    down = next(n for n in range(300) if ladder.update(n * FRAME_S, 200_000, 40.0))
    assert FALL_S <= down * FRAME_S < 2 * FALL_S
    up = next(n for n in range(3000) if ladder.update(20 + n * FRAME_S, 600_000, 22.0))
    assert ladder.rung.step is S.P540 or up * FRAME_S >= PLENTY_S


def test_an_outage_of_a_moment_does_not_take_the_moving_picture() -> None:
    ladder = Ladder(1_500_000, 0.0)
    run(ladder, 0.0, STILLS_AFTER_S - 0.5, 50_000)
    assert ladder.rung.moving
    run(ladder, STILLS_AFTER_S, 1.5, 1_500_000)
    assert ladder.rung.step is S.P720
    run(ladder, 30.0, STILLS_AFTER_S + 1.0, 50_000)
    assert ladder.rung.step is S.STILLS


def test_stills_that_choke_the_line_give_way_to_sound_and_come_back() -> None:
    ladder = Ladder(80_000, 0.0)
    assert ladder.rung.step is S.STILLS
    changes = [n * FRAME_S for n in range(600) if ladder.update(n * FRAME_S, 80_000, None, strained=True)]
    assert [round(at) for at in changes] == [STRAINED_S]
    assert ladder.rung.step is S.SOUND_ONLY
    back = next(n for n in range(3000) if ladder.update(20 + n * FRAME_S, 80_000, None))
    assert back * FRAME_S >= STRAINED_S
    assert ladder.rung.step is S.STILLS


def test_a_careful_start_is_not_announced_as_a_reduction() -> None:
    ladder = Ladder(300_000, 0.0)
    assert ladder.announced(0.1) is None
    run(ladder, 0.0, 2.0, 4_000_000)
    assert ladder.announced(2.0) is S.P720
    thin = Ladder(300_000, 0.0)
    run(thin, 0.0, MEASURED_S, 300_000)
    assert thin.announced(MEASURED_S) is S.P360
    fallen = Ladder(300_000, 0.0)
    run(fallen, 0.0, 1.0, 110_000)
    assert fallen.announced(1.0) is S.P180


def test_without_a_quantiser_the_target_decides() -> None:
    ladder = Ladder(300_000, 0.0)
    for number in range(300):
        ladder.update(number * FRAME_S, 850_000, None)
    assert ladder.rung.step is S.P540


@pytest.mark.parametrize(("lines", "steps"), [(480, 5 + 1), (360, 5), (180, 4), (1080, 7), (96, 4)])
def test_a_small_camera_has_no_steps_that_look_alike(lines: int, steps: int) -> None:
    rungs = rungs_for(lines)
    assert len(rungs) == steps
    assert rungs[0].step is S.P720
    sizes = [(min(rung.lines, lines), rung.fps) for rung in rungs]
    assert len(set(sizes)) == len(sizes)
    assert all(rung.leave_bps < rung.enter_bps < rung.plenty_bps for rung in rungs if rung.lines)
    assert all(upper.leave_bps >= lower.leave_bps for upper, lower in pairwise(rungs))


def test_the_thresholds_leave_room_between_up_and_down() -> None:
    assert [rung.step for rung in RUNGS] == [*S]
    assert all(rung.enter_bps >= 1.25 * rung.leave_bps for rung in RUNGS if rung.lines)
    assert all(rung.leave_bps >= MOVING_BPS for rung in RUNGS if rung.moving)


@given(
    target_bps=st.integers(20_000, 5_000_000),
    start_bps=st.integers(20_000, 5_000_000),
    detail=st.floats(5.0, 50.0),
    lines=st.sampled_from([180, 360, 480, 720, 1080]),
)
def test_a_steady_line_comes_to_rest(target_bps: int, start_bps: int, detail: float, lines: int) -> None:
    ladder, changes = Ladder(start_bps, 0.0, rungs_for(lines)), []
    for number in range(150 * 5):
        now_s = number * 0.2
        if ladder.update(now_s, target_bps, quantiser(ladder.rung, target_bps, detail)):
            changes.append(now_s)
    assert len(changes) <= 8
    assert not [at for at in changes if at > 60.0]


@given(st.lists(st.tuples(st.integers(0, 3_000_000), st.floats(5.0, 69.0), st.booleans()), min_size=20, max_size=60))
def test_no_line_makes_it_flap(turns: list[tuple[int, float, bool]]) -> None:
    ladder, was, climbs, now_s = Ladder(300_000, 0.0), 2, [], 0.0
    fallen_s = float("-inf")
    for target_bps, qp, strained in turns:
        for _ in range(20):  # four seconds of each weather: as bad as it gets for a rule that waits
            now_s += 0.2
            if ladder.update(now_s, target_bps, qp if ladder.rung.moving else None, strained):
                at = RUNGS.index(ladder.rung)
                assert at == was + 1 or at > was or now_s - fallen_s >= PLENTY_S
                if at < was:
                    climbs.append(now_s)
                else:
                    fallen_s = now_s
                was = at
    for start_s in climbs:
        assert sum(start_s <= at < start_s + 60.0 for at in climbs) <= 12


def test_a_line_that_swings_is_climbed_less_and_less() -> None:
    ladder, climbs, now_s = Ladder(300_000, 0.0), [], 0.0
    for turn in range(100):
        for _ in range(90):
            now_s += FRAME_S
            before = RUNGS.index(ladder.rung)
            target_bps = 2_000_000 if turn % 2 else 200_000
            ladder.update(now_s, target_bps, quantiser(ladder.rung, target_bps))
            if RUNGS.index(ladder.rung) < before:
                climbs.append(now_s)
    assert len(climbs) <= 6, climbs


def test_a_climb_that_failed_is_not_tried_again_before_the_scene_is_easier_or_the_rate_higher() -> None:
    """x264 can be content at 540 lines and never recover from a coarse key frame at 720 with the same rate."""
    ladder, now_s = Ladder(500_000, 0.0), 0.0

    def climbs(seconds: float, target_bps: int, below_qp: float) -> int:
        nonlocal now_s
        count = 0
        for _ in range(int(seconds / FRAME_S)):
            now_s += FRAME_S
            before = ladder.rung.step
            ladder.update(now_s, target_bps, 50.0 if before is S.P720 else below_qp)
            count += ladder.rung.step is S.P720 and before is S.P540
        return count

    assert climbs(60.0, 900_000, 26.0) == 1
    assert climbs(60.0, 900_000, 22.0) == 1, "an easier scene"
    assert climbs(60.0, 900_000, 22.0) == 0
    assert climbs(60.0, 1_200_000, 22.0) == 1, "a better line"


def share(wishes: list[S], limit: int) -> dict[S, S]:
    """All of them with one codec; `test_video_codecs.py` has two."""
    served = levels.share([Stream(Codec.H264, wish) for wish in wishes], limit)
    return {wish.step: got.step for wish, got in served.items()}


def test_everybody_gets_the_own_step_while_there_are_encoders_enough() -> None:
    assert share([S.P720, S.P720, S.P360], 2) == {S.P720: S.P720, S.P360: S.P360}
    assert share([S.STILLS, S.P720, S.P360, S.SOUND_ONLY], 2)[S.STILLS] is S.STILLS
    assert share([], 1) == {}
    with pytest.raises(ValueError, match="at least one"):
        share([S.P720], 0)


def test_the_fewest_give_way() -> None:
    assert share([S.P720, S.P720, S.P540, S.P360], 2) == {S.P720: S.P720, S.P540: S.P360, S.P360: S.P360}
    assert share([S.P720, S.P540, S.P540, S.P360], 2) == {S.P720: S.P540, S.P540: S.P540, S.P360: S.P360}
    assert set(share([S.P720, S.P540, S.P360, S.P180], 1).values()) == {S.P180}


@given(st.lists(st.sampled_from([*S]), max_size=12), st.integers(1, 4))
def test_nobody_gets_more_than_the_line_carries_nor_less_than_must_be(wishes: list[S], limit: int) -> None:
    served = share(wishes, limit)
    assert set(served) == set(wishes)
    moving = [step for step in served.values() if step not in (S.STILLS, S.SOUND_ONLY)]
    assert len(set(moving)) <= limit
    for wish, got in served.items():
        assert ORDER.index(got) >= ORDER.index(wish)
        assert (got in (S.STILLS, S.SOUND_ONLY)) == (wish in (S.STILLS, S.SOUND_ONLY))
        assert got in wishes
