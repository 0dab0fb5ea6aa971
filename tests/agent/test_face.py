"""What the lights mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.state import Eyes, Fault, HandLight, Mood
from robot_agent.face import SHOWN_FAULTS, Situation, shown
from robot_agent.head.lights import MOST_HZ, TOP_LIGHT, TOP_LIGHTS, foremost, hand_registers
from robot_agent.head.registers import BOARD_HAND_BLINK

PAGE = Path(__file__).resolve().parents[2] / "docs" / "lights.md"

situations = st.builds(
    Situation,
    watched=st.booleans(),
    mood=st.sampled_from(Mood),
    hand_raised=st.booleans(),
    floor=st.booleans(),
    listening=st.booleans(),
    private=st.booleans(),
    telling=st.booleans(),
    connecting=st.booleans(),
    unpaired=st.booleans(),
    faults=st.frozensets(st.sampled_from(Fault)),
)


@given(situations)
def test_every_situation_has_one_answer_that_hurts_nobody(now: Situation) -> None:
    lights = shown(now)
    assert (lights.eyes is not Eyes.CLOSED) == now.watched, "lit when, and only when, somebody can see or hear"
    assert not now.watched or lights.eyes.value == now.mood.value
    assert lights.private == now.private
    half_period_ms = BOARD_HAND_BLINK.decode(BOARD_HAND_BLINK.encode(hand_registers(lights)[BOARD_HAND_BLINK]))
    assert half_period_ms == 0 or 500 / half_period_ms <= MOST_HZ, "as the board gets it, after its rounding"


@given(situations)
def test_nothing_that_is_not_true_is_shown_and_nothing_that_goes_before_it_is_left_out(now: Situation) -> None:
    true = {
        HandLight.PRIVATE: now.private,
        HandLight.ON: now.floor,
        HandLight.BLINK: now.hand_raised,
        HandLight.LISTENING: now.listening,
        HandLight.TELLING: now.telling,
        HandLight.CONNECTING: now.connecting,
        HandLight.UNPAIRED: now.unpaired,
        HandLight.FAULT: not now.faults.isdisjoint(SHOWN_FAULTS),
        HandLight.BATTERY_LOW: Fault.BATTERY_LOW in now.faults,
        HandLight.OFF: True,
    }
    found = shown(now).hand
    assert true[found]
    before = [light.meaning for light in TOP_LIGHTS if light.priority > TOP_LIGHT[found].priority]
    assert not any(true[meaning] for meaning in before)


@pytest.mark.parametrize(
    ("now", "light"),
    [
        (Situation(), HandLight.OFF),
        (Situation(hand_raised=True), HandLight.BLINK),
        (Situation(hand_raised=True, floor=True), HandLight.ON),
        (Situation(listening=True, faults=frozenset((Fault.CAMERA,))), HandLight.LISTENING),
        (Situation(private=True, faults=frozenset(Fault)), HandLight.PRIVATE),
        (Situation(connecting=True, hand_raised=True), HandLight.BLINK),
        (Situation(faults=frozenset((Fault.BATTERY_LOW, Fault.HEAD))), HandLight.FAULT),
        (Situation(faults=frozenset((Fault.BATTERY_LOW, Fault.RELAY))), HandLight.BATTERY_LOW),
    ],
)
def test_what_goes_before_what(now: Situation, light: HandLight) -> None:
    assert shown(now).hand is light


def test_the_table_has_each_meaning_once_and_no_two_of_one_priority() -> None:
    assert sorted(light.meaning for light in TOP_LIGHTS) == sorted(HandLight)
    assert len({light.priority for light in TOP_LIGHTS}) == len(TOP_LIGHTS)
    assert list(TOP_LIGHTS) == sorted(TOP_LIGHTS, key=lambda light: -light.priority), "as the page shows it"
    assert max(light.hz for light in TOP_LIGHTS) <= MOST_HZ
    assert foremost([]) is HandLight.OFF


def test_no_two_meanings_look_the_same_but_for_the_dark_ones() -> None:
    lit = [light.looks for light in TOP_LIGHTS if light.looks != "dark"]
    assert len(set(lit)) == len(lit)
    dark = {light.meaning for light in TOP_LIGHTS if light.looks == "dark"}
    assert dark == {HandLight.PRIVATE, HandLight.OFF}, "which the privacy light tells apart"


def test_the_page_for_people_shows_the_same_table() -> None:
    head = "| the light on top | means |"
    table = [head, "|---|---|", *(f"| {light.looks} | {light.words} |" for light in TOP_LIGHTS)]
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index(head)
    assert lines[start : start + len(table) + 1] == [*table, ""], "write head/lights.py into docs/lights.md"
