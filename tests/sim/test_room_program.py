"""The course by the clock, and what overrules it: pure, the same for the same seed, and nobody talks over another."""

from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

from hardware_sim.room import screen
from hardware_sim.room.director import SLIDES, Director, HandWish, RoomWish, SlideWish, SpeakerWish
from hardware_sim.room.program import (
    HAND_BEFORE_S,
    HAND_RAISERS,
    LINES,
    MANNERS,
    PEOPLE,
    SCENES,
    Person,
    Program,
)
from hardware_sim.room.seats import SEAT_OF

T_S = 1_760_000_000.0


def order(program: Program) -> list[int]:
    return [cue.line for cue in program.cues]


def test_the_same_seed_is_the_same_course_and_another_one_is_another() -> None:
    assert Program(3).cues == Program(3).cues
    assert len({tuple(order(Program(seed))) for seed in range(8)}) > 1
    for seed in range(8):
        assert sorted(order(Program(seed))) == list(range(len(LINES))), "everything is said once"


def test_several_speak_in_turn_and_nobody_talks_over_another() -> None:
    cues = Program(0).cues
    for one, following in pairwise(cues):
        assert one.begins_s + one.speaks_s < following.begins_s
    turns = [one.who for one, following in pairwise(cues) if one.who != following.who]
    assert set(turns) == set(PEOPLE)
    assert len(turns) >= 8
    assert len(set(MANNERS.values())) == len(PEOPLE), "each has a voice of their own"
    assert set(SEAT_OF) == set(PEOPLE) - {"lecturer"}


def test_at_any_time_it_is_the_line_that_was_begun_last_and_it_keeps_its_time() -> None:
    program = Program(1)
    for step in range(2000):
        t_s = T_S + step * 0.17
        cue = program.at(t_s)
        assert cue.begins_s <= t_s + 1e-6
        assert program.at(cue.begins_s + 0.01) == cue
        assert (program.at(t_s + program.length_s).line) == cue.line
    first = [program.at(cue.begins_s + 0.001).line for cue in program.cues]
    assert first == order(program)


def test_slides_change_in_their_order() -> None:
    program = Program(0)
    seen = [program.at(step / 4).slide for step in range(int(program.length_s * 4))]
    changes = [seen[0], *(after for before, after in pairwise(seen) if after != before)]
    assert changes == list(range(len(SCENES)))
    assert len(screen.SLIDES) == SLIDES == len(SCENES)
    assert get_args(SlideWish) == ("program", "next", *(str(number + 1) for number in range(SLIDES)))
    assert get_args(SpeakerWish) == ("program", "nobody", *PEOPLE)
    assert get_args(HandWish) == ("program", "nobody", *HAND_RAISERS)


@pytest.mark.parametrize("who", HAND_RAISERS)
def test_a_hand_goes_up_before_its_owner_has_the_word_and_comes_down(who: str) -> None:
    program = Program(0)
    raised = np.array([program.raised(who, step / 30) for step in range(int(program.length_s * 30))])  # type: ignore[arg-type]
    begins = [cue.begins_s for cue in program.cues if cue.who == who]
    for begin_s in begins:
        assert raised[int((begin_s - 1.0) * 30)] == 1
        assert raised[int((begin_s + 1.5) * 30)] == 0
    assert np.mean(raised > 0.5) == pytest.approx(len(begins) * HAND_BEFORE_S / program.length_s, abs=0.02)
    assert np.abs(np.diff(raised)).max() < 0.1


def test_everybody_at_the_table_raises_a_hand_and_the_lecturer_does_not() -> None:
    assert set(HAND_RAISERS) == set(PEOPLE) - {"lecturer"}
    for seed in range(8):
        program = Program(seed)
        moments = [step / 4 for step in range(int(program.length_s * 4))]
        up = {who for who in PEOPLE if any(program.raised(who, t_s) == 1 for t_s in moments)}
        assert up == set(HAND_RAISERS)


@pytest.mark.parametrize("who", HAND_RAISERS)
def test_the_override_holds_each_hand_up_and_all_others_down(who: Person) -> None:
    clock = Time()
    director = Director(0, clock)
    director.change(RoomWish(hand=who))  # type: ignore[arg-type]  # a raiser is never the lecturer
    assert director.at(T_S + 2).raised == {one: float(one == who) for one in HAND_RAISERS}
    director.change(RoomWish(hand="nobody"))
    length_s = Program(0).length_s
    assert all(set(director.at(T_S + step / 2).raised.values()) == {0.0} for step in range(int(length_s * 2)))


def test_heads_turn_to_whoever_has_the_word() -> None:
    program = Program(0)
    for cue in program.cues:
        middle_s = cue.begins_s + cue.speaks_s / 2
        shares = {who: program.attention(who, middle_s) for who in PEOPLE}
        assert shares.pop(cue.who) == 1
        assert set(shares.values()) == {0.0}
        assert program.attention(cue.who, cue.begins_s) == pytest.approx(1)


class Time:
    now_s = T_S

    def __call__(self) -> float:
        return self.now_s


def test_a_wish_overrules_the_program_and_the_rest_goes_on() -> None:
    clock = Time()
    director = Director(0, clock)
    wanted = director.change(RoomWish(light="dusk", slide="4", speaker="liv", hand="bjorg"))
    assert wanted == RoomWish(light="dusk", slide="4", speaker="liv", hand="bjorg")
    said = [director.cue(T_S + step / 10) for step in range(600)]
    assert {cue.who for cue in said if cue is not None} == {"liv"}
    assert len({(cue.line, cue.begins_s) for cue in said if cue is not None}) > 4, "one line after the other"
    assert said[0] is not None
    assert said[0].begins_s == T_S, "she begins at once"
    later = director.at(T_S + 2)
    assert (later.slide, later.light, later.raised) == (3, "dusk", {**dict.fromkeys(HAND_RAISERS, 0.0), "bjorg": 1.0})
    assert 0 < director.at(T_S + 0.4).raised["bjorg"] < 1
    assert director.state()["slide"] == "4"
    director.change(RoomWish(speaker="nobody"))
    assert director.cue(T_S + 5) is None
    assert set(director.at(T_S + 5).attention.values()) == {0.0}
    assert director.wish.light == "dusk", "what is not named stays"
    assert director.clear() == RoomWish()
    assert director.at(T_S + 5) == Director(0).at(T_S + 5)


def test_next_slide_is_the_one_after_that_which_is_shown_and_after_the_last_the_first() -> None:
    clock = Time()
    director = Director(0, clock)
    shown = director.at(T_S).slide
    for step in range(1, SLIDES + 1):
        assert director.change(RoomWish(slide="next")).slide == str((shown + step) % SLIDES + 1)
        assert director.at(T_S).slide == (shown + step) % SLIDES


def test_the_state_says_in_words_what_happens_now() -> None:
    clock = Time()
    director = Director(0, clock)
    cue = director.cue(T_S)
    assert cue is not None
    clock.now_s = cue.begins_s + 0.5
    now = director.state()["now"]
    assert now == {"speaker": cue.who, "slide": cue.slide + 1, "hands": now["hands"]}  # type: ignore[index]
    clock.now_s = cue.begins_s + cue.speaks_s + 0.01
    assert director.state()["now"]["speaker"] is None  # type: ignore[index]
