"""Guests get what is encoded anyway: they make nothing smaller, and a thin line of theirs is their own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protocol.state import PictureStep as S
from robot_agent.media.guests import AGAIN_S, KEY_FRAME_EVERY_S, LACKING_S, MOST_AGAIN_S, TRIED_S, GuestLine
from robot_agent.media.video import VideoPipeline
from tests.media.test_video_levels import RATES, Viewer, Wall, until, watched


async def test_a_guests_thin_line_takes_nothing_from_who_is_in_the_room() -> None:
    source = Wall()
    pipeline = VideoPipeline(lambda: source, RATES)
    async with watched(pipeline, source) as (driver,):
        await until(lambda: driver.step is S.P720, "picture")
        guest = Viewer(pipeline.subscribe(guest=True))
        try:
            guest.tap.set_bitrate(100_000)
            await until(lambda: guest.step is S.P720, "the same picture")
            before = len(driver.frames)
            await until(lambda: len(driver.frames) > before + 30, "more of it")
            assert {frame.step for frame in driver.frames} == {S.P720}
            target = pipeline.stats().target_bps
            assert target > 100_000, "the guest has no say on the rate"
            driver.tap.set_bitrate(200_000)
            await until(lambda: driver.step is guest.step is S.P360, "what is smaller for one, for both")
        finally:
            guest.task.cancel()
            guest.tap.close()


async def test_a_guest_alone_decides_for_itself() -> None:
    source = Wall()
    pipeline = VideoPipeline(lambda: source, RATES)
    async with watched(pipeline, source, 0):
        guest = Viewer(pipeline.subscribe(guest=True))
        try:
            guest.tap.set_bitrate(200_000)
            await until(lambda: guest.step is S.P360, "a picture as small as the line")
        finally:
            guest.task.cancel()
            guest.tap.close()


def test_a_line_that_lacks_for_long_gets_the_picture_again_later_each_time() -> None:
    line, now_s = GuestLine(0.0), 0.0
    waits = []
    for _ in range(6):
        lost_s = None
        while line.carries:
            now_s += 0.1
            if line.update(now_s, 100_000, 2_000_000):
                lost_s = now_s
        assert lost_s is not None
        while not line.carries:
            now_s += 0.1
            line.update(now_s, 100_000, 2_000_000)
        waits.append(round(now_s - lost_s, 1))
    assert waits == sorted(waits)
    assert abs(waits[0] - AGAIN_S) < 0.2
    assert abs(waits[-1] - MOST_AGAIN_S) < 0.2


@given(st.lists(st.tuples(st.floats(0.01, 1.0), st.integers(0, 4_000_000)), max_size=60))
def test_a_picture_is_taken_away_only_after_it_was_tried_and_found_lacking(steps: list[tuple[float, int]]) -> None:
    line, now_s, given_s = GuestLine(0.0), 0.0, 0.0
    for pause_s, target_bps in steps:
        now_s += pause_s
        if not line.update(now_s, target_bps, 1_000_000):
            continue
        if line.carries:
            given_s = now_s
        else:
            assert now_s - given_s >= TRIED_S
            assert now_s >= LACKING_S
            assert target_bps < 1_000_000


def test_a_guest_asks_for_key_frames_seldom() -> None:
    line = GuestLine(0.0)
    assert line.may_ask_for_key_frame(1.0)
    assert not line.may_ask_for_key_frame(1.0 + KEY_FRAME_EVERY_S / 2)
    assert line.may_ask_for_key_frame(1.0 + KEY_FRAME_EVERY_S)
