"""Which code is tried, and what is said how often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from protocol.pairing import PairingCode
from robot_agent.pairing.reader import AWAY_S, PASSING, RETRY_S, Reader, Seen, Told

OURS = PairingCode(s="https://robot.example.org", r="vefsn", k=SecretStr("a" * 22))
NEXT = PairingCode(s="https://robot.example.org", r="vefsn", k=SecretStr("b" * 22))
TEXT, NEXT_TEXT = OURS.to_text(), NEXT.to_text()
FAILURES = sorted(set(Told) - {Told.SHOW_CODE, Told.OTHER_CODE, Told.TRYING, Told.PAIRED, Told.NO_BROKER})


def test_nothing_is_said_about_an_empty_room() -> None:
    reader = Reader()
    assert [reader.see([], float(s)) for s in range(100)] == [Seen()] * 100


def test_a_code_of_something_else_is_told_once_for_as_long_as_it_is_shown() -> None:
    reader = Reader()
    said = [reader.see(["https://example.org"], s / 3).say for s in range(300)]
    assert said == [Told.OTHER_CODE] + [None] * 299
    assert reader.see([], 200.0) == Seen()
    assert reader.see(["https://example.org"], 200.1).say is Told.OTHER_CODE


def test_ours_goes_before_others_in_the_same_picture() -> None:
    assert Reader().see(["https://example.org", TEXT], 0.0) == Seen(Told.TRYING, OURS)


def test_a_damaged_code_and_one_of_a_later_version_are_not_tried() -> None:
    for text in (TEXT[:-2], TEXT.replace(":1:", ":2:", 1)):
        assert Reader().see([text], 0.0) == Seen(Told.OTHER_CODE, None)


@pytest.mark.parametrize("why", FAILURES)
def test_a_failure_is_told_once_while_the_code_is_held_up_and_tried_again_where_that_may_help(why: Told) -> None:
    reader = Reader()
    assert reader.see([TEXT], 0.0).attempt == OURS
    assert reader.failed(why, 1.0) is why
    tried, said = [], []
    now = 1.0
    while now < 100.0:
        now += 0.3
        seen = reader.see([TEXT], now)
        said.append(seen.say)
        if seen.attempt is not None:
            tried.append(now)
            said.append(reader.failed(why, now))
    assert set(said) == {None}
    if why in PASSING:
        assert tried
        assert all(after - before >= RETRY_S for before, after in zip([1.0, *tried], tried, strict=False))
    else:
        assert not tried


def test_a_spent_code_that_comes_back_is_told_again_and_not_tried() -> None:
    reader = Reader()
    reader.see([TEXT], 0.0)
    reader.failed(Told.EXPIRED, 1.0)
    assert reader.see([TEXT], 1.0 + AWAY_S) == Seen(Told.EXPIRED, None)


def test_a_short_blink_of_the_camera_says_nothing_again() -> None:
    reader = Reader()
    reader.see([TEXT], 0.0)
    reader.failed(Told.EXPIRED, 1.0)
    assert reader.see([], 2.0) == Seen()
    assert reader.see([TEXT], 3.0) == Seen()


def test_a_new_code_is_tried_at_once() -> None:
    reader = Reader()
    reader.see([TEXT], 0.0)
    reader.failed(Told.NO_SERVICE, 1.0)
    assert reader.see([NEXT_TEXT], 1.1) == Seen(Told.TRYING, NEXT)


@given(st.lists(st.tuples(st.sampled_from([None, TEXT, NEXT_TEXT, "x"]), st.floats(0.1, 2.9)), max_size=60))
def test_no_sentence_comes_twice_while_a_code_stays_in_view(pictures: list[tuple[str | None, float]]) -> None:
    reader, now, last = Reader(), 0.0, None
    said: set[Told] = set()
    gone_since = None
    for text, step_s in pictures:
        now += step_s
        if text is None:
            gone_since = now if gone_since is None else gone_since
        if text is not None:
            if text != last or gone_since is not None:  # shown anew, perhaps: then it may be said again
                said.clear()
            last, gone_since = text, None
        seen = reader.see([] if text is None else [text], now)
        words = [seen.say]
        if seen.attempt is not None:
            words.append(reader.failed(Told.WIFI_FAILED, now))
        for one in words:
            assert one is None or one not in said
            said |= {one} - {None}
