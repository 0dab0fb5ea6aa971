"""What the robot says by itself: whole in both languages, short, and true."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.state import BatteryState, Fault
from robot_agent.pairing.reader import Told
from robot_agent.status import Status, duration_words, status_words
from robot_agent.words import NB, WORDS, Words

BLANK = re.compile(r"\{(\w+)\}")


def texts(words: Words) -> dict[str, str]:
    plain = {
        field.name: getattr(words, field.name) for field in fields(words) if field.name not in ("faults", "pairing")
    }
    faults = {f"faults.{fault}": text for fault, text in words.faults.items()}
    return plain | faults | {f"pairing.{told}": text for told, text in words.pairing.items()}


def test_every_language_has_the_same_words_with_the_same_blanks() -> None:
    for words in WORDS.values():
        assert set(words.faults) == set(Fault)
        assert set(words.pairing) == set(Told)
        assert all(texts(words).values())
    for key, text in texts(NB).items():
        for words in WORDS.values():
            assert BLANK.findall(text) == BLANK.findall(texts(words)[key]), key


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Status(), "Jeg er klar. Ingen er med."),
        (Status(name="Kari", here=True), "Kari er med."),
        (Status(name="Kari"), "Kari kobler til. Vent litt."),
        (Status(private=True), "Privat er på. Kamera og mikrofon er av."),
        (Status(linked=False), "Ingen er med. Jeg når ikke kurstjenesten. Sjekk nettet."),
        (
            Status(faults=frozenset((Fault.CAMERA,)), battery=BatteryState(percent=42.4, charging=False)),
            "Ingen er med. Kameraet virker ikke. Batteriet har 42 prosent.",
        ),
        (
            Status(battery=BatteryState(percent=80, charging=False, left_s=3 * 3600 + 1800)),
            "Jeg er klar. Ingen er med. Batteriet har 80 prosent. Det holder i omtrent 3 timer.",
        ),
        (
            Status(battery=BatteryState(percent=80, charging=True, left_s=1900)),
            "Jeg er klar. Ingen er med. Batteriet har 80 prosent og lader. Det er fullt om omtrent 30 minutter.",
        ),
    ],
)
def test_the_status_in_words(now: Status, said: str) -> None:
    assert status_words(NB, now) == said


@given(
    words=st.sampled_from([*WORDS.values()]),
    now=st.builds(
        Status,
        name=st.text(min_size=0, max_size=60),
        here=st.booleans(),
        private=st.booleans(),
        linked=st.booleans(),
        battery=st.none()
        | st.builds(
            BatteryState, percent=st.floats(0, 100), charging=st.booleans(), left_s=st.none() | st.floats(0, 1e6)
        ),
        faults=st.frozensets(st.sampled_from(Fault)),
    ),
)
def test_it_is_never_too_long_to_be_said(words: Words, now: Status) -> None:
    assert 0 < len(status_words(words, now)) <= 300


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(60, "5 minutter"), (1900, "30 minutter"), (5300, "90 minutter"), (5400, "én time"), (7300, "2 timer")],
)
def test_durations_are_rounded_as_people_say_them(seconds: float, said: str) -> None:
    assert duration_words(NB, seconds) == said
