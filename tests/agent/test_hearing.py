"""The word on whether the room hears the robot: it does not waver with single verdicts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protocol.state import Hearing
from robot_agent.hearing import SteadyVerdict
from robot_agent.media.heard import Verdict

WORDS = st.sampled_from([Hearing.HEARD, Hearing.FAINT, Hearing.NOT_HEARD])


def told(*words: Hearing) -> Hearing:
    steady = SteadyVerdict()
    for word in words:
        steady = steady.after(Verdict(word), at_once=False)
    return steady.verdict.hearing


def test_another_word_takes_two_equal_verdicts_in_a_row() -> None:
    heard, faint, lost = Hearing.HEARD, Hearing.FAINT, Hearing.NOT_HEARD
    assert told(heard) is heard
    assert told(heard, faint) is heard
    assert told(heard, faint, faint) is faint
    assert told(heard, faint, heard, faint, heard, faint) is heard
    assert told(heard, faint, lost) is heard
    assert told(heard, faint, lost, lost) is lost


def test_the_newest_figures_of_the_same_word_are_told() -> None:
    first, second = Verdict(Hearing.HEARD, 20.0, 50.0), Verdict(Hearing.HEARD, 22.0, 50.0)
    assert SteadyVerdict().after(first, at_once=False).after(second, at_once=False).verdict is second


@given(st.lists(WORDS, max_size=12), WORDS)
def test_who_asks_is_answered_at_once(before: list[Hearing], word: Hearing) -> None:
    steady = SteadyVerdict()
    for earlier in before:
        steady = steady.after(Verdict(earlier), at_once=False)
    assert steady.after(Verdict(word), at_once=True).verdict.hearing is word


@given(st.lists(WORDS, min_size=1, max_size=20))
def test_the_word_changes_only_to_one_that_came_twice(words: list[Hearing]) -> None:
    for end in range(2, len(words) + 1):
        before, now = told(*words[: end - 1]), told(*words[:end])
        assert now is before or (words[end - 1] is now and words[end - 2] is now)
