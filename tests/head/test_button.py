"""What a press means: short, long, very long, and everything that a finger and a board may do in between."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import SettingsError
from protocol.settings_file import load_settings
from robot_agent.head.button import COUNTS, ButtonRule, ButtonSettings, Press
from robot_agent.head.settings import HeadSettings

LOOK_S = 0.2
SETTINGS = ButtonSettings(long_s=1, off_s=5)


class Finger:
    """A board whose button is pressed, and the rule that looks at it every LOOK_S."""

    def __init__(self, count: int = 0) -> None:
        self.rule = ButtonRule(SETTINGS, began_s=0.0)
        self.count = count
        self.held_s = 0.0
        self.now_s = 0.0
        self.down = False
        self.found: list[Press] = []

    def look(self) -> None:
        self.now_s += LOOK_S
        self.found += self.rule.look(down=self.down, count=self.count, held_s=self.held_s, now_s=self.now_s)

    def hold(self, seconds: float, *, look: bool = True) -> None:
        """Hold the button for so long, looked at meanwhile, and let it go."""
        self.down, self.held_s = True, 0.0
        if look:
            for number in range(int(seconds / LOOK_S) + 1):
                self.held_s = number * LOOK_S
                self.look()
        self.held_s = seconds
        self.release()

    def release(self) -> None:
        self.down = False
        self.count = (self.count + 1) % COUNTS


@pytest.mark.parametrize(
    ("seconds", "press"), [(0.1, "short"), (0.9, "short"), (1.0, "long"), (4.9, "long"), (5.0, "very_long")]
)
@pytest.mark.parametrize("look", [True, False], ids=["looked at", "between two looks"])
def test_a_press_means_by_its_length_what_the_settings_say(seconds: float, press: Press, look: bool) -> None:
    finger = Finger()
    finger.look()
    finger.hold(seconds, look=look)
    finger.look()
    assert finger.found == [press]


def test_very_long_counts_while_it_is_held_and_letting_go_adds_nothing() -> None:
    finger = Finger()
    finger.look()
    finger.down, finger.held_s = True, 4.9
    finger.look()
    assert finger.found == []
    finger.held_s = 5.0
    finger.look()
    assert finger.found == ["very_long"]
    finger.held_s = 9.0
    finger.look()
    finger.release()
    finger.look()
    assert finger.found == ["very_long"]
    finger.hold(0.3)
    finger.look()
    assert finger.found == ["very_long", "short"], "the next press counts again"


def test_let_go_before_very_long_is_long() -> None:
    finger = Finger()
    finger.look()
    finger.hold(4.8)
    finger.hold(4.8)
    finger.look()
    assert finger.found == ["long", "long"], "two halves are no whole"


def test_a_press_that_was_under_way_at_the_start_is_nobodys_wish() -> None:
    finger = Finger(count=7)
    finger.down, finger.held_s = True, 30.0
    finger.look()
    finger.held_s = 60.0
    finger.look()
    finger.release()
    finger.look()
    assert finger.found == []
    finger.hold(1.2)
    finger.look()
    assert finger.found == ["long"]


def test_a_press_that_began_after_the_robot_counts_though_the_board_is_first_seen_during_it() -> None:
    finger = Finger()
    finger.now_s = 3.0
    finger.down, finger.held_s = True, 0.8
    finger.look()
    finger.held_s = 1.2
    finger.release()
    finger.look()
    assert finger.found == ["long"]


@pytest.mark.parametrize(("away_s", "found"), [(2.0, ["long"]), (9.0, ["long"]), (11.0, [])])
def test_a_silence_of_the_bus_loses_no_press_unless_it_was_long(away_s: float, found: list[Press]) -> None:
    finger = Finger()
    finger.look()
    finger.hold(1.5, look=False)
    finger.now_s += away_s
    finger.look()
    assert finger.found == found
    finger.hold(0.2)
    finger.look()
    assert finger.found == [*found, "short"]


def test_a_press_during_which_the_bus_is_silent_counts() -> None:
    finger = Finger()
    finger.look()
    finger.down, finger.held_s = True, 0.2
    finger.look()
    finger.now_s += 3
    finger.held_s = 3.2
    finger.look()
    finger.release()
    finger.look()
    assert finger.found == ["long"]


def test_several_presses_between_two_looks_and_the_wrap_of_the_counter() -> None:
    finger = Finger(count=254)
    finger.look()
    for _ in range(3):
        finger.hold(0.05, look=False)
    finger.look()
    assert finger.found == ["short", "short", "short"]
    assert finger.count == 1


def test_a_long_press_let_go_and_pressed_again_before_the_next_look() -> None:
    finger = Finger()
    finger.look()
    finger.hold(1.4)
    finger.down, finger.held_s = True, 0.1  # what the board tells is the new one's
    finger.look()
    assert finger.found == ["long"]
    finger.release()
    finger.look()
    assert finger.found == ["long", "short"]


def test_a_board_that_began_anew_presses_nothing() -> None:
    finger = Finger(count=40)
    finger.look()
    finger.count = 0
    finger.look()
    assert finger.found == []
    finger.hold(0.1)
    finger.look()
    assert finger.found == ["short"]


@given(st.lists(st.floats(0.05, 12), max_size=6))
def test_every_press_that_is_seen_through_counts_once(lengths: list[float]) -> None:
    finger = Finger()
    finger.look()
    for seconds in lengths:
        finger.hold(seconds)
        finger.look()
    assert len(finger.found) == len(lengths)
    for seconds, press in zip(lengths, finger.found, strict=True):
        assert press == ("very_long" if seconds >= 5 else "long" if seconds >= 1 else "short")


@pytest.mark.parametrize(
    ("text", "words"),
    [("long_s = 0.1", "long_s"), ("off_s = 1", "off_s"), ("long_s = 2\noff_s = 2.5", "1 s more than long_s")],
)
def test_wrong_thresholds_are_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "head.toml"
    file.write_text(f"[button]\n{text}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=words):
        load_settings(HeadSettings, file)
