"""The sound card, on a PulseAudio server of the test's own."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from robot_agent.media.blocks import RATE_HZ, dbfs
from robot_agent.media.sound_card import CardDevice, CardSound, choose_device
from robot_agent.media.sound_errors import SoundOpenError
from tests.media.pulse import TONE_AMPLITUDE, Card, CardFailedError, Pulse, running_pulse, strongest_hz

pytestmark = pytest.mark.alone  # a real sound server, ten milliseconds at a time

TRIES = 6
T = TypeVar("T")

DEVICES = [
    CardDevice(0, "HDA Intel: ALC257", 2, 2),
    CardDevice(1, "Jabra Speak 510: USB Audio", 1, 2),
    CardDevice(2, "Jabra Speak 750: USB Audio", 1, 2),
    CardDevice(3, "HDMI 0", 0, 8),
    CardDevice(4, "Webcam", 1, 0),
]


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    with tempfile.TemporaryDirectory(prefix="snd") as run, running_pulse(Path(run)) as server:
        yield server


@pytest.fixture
def cards() -> Iterator[list[Card]]:
    opened: list[Card] = []
    yield opened
    for card in opened:
        card.close()


def test_each_side_hears_the_others_tone(pulse: Pulse, cards: list[Card]) -> None:
    with pulse.tone_in_room(440.0):
        card = hearing(pulse, cards, "card:default", 1000.0)
        while card.next("heard")["rms"] < 1000:  # until the room's tone has begun
            pass
        room = in_one_of(TRIES, lambda: card.next("heard"), lambda heard: abs(heard["hz"] - 440.0) < 4.0)
        assert room["rms"] == pytest.approx(TONE_AMPLITUDE / 2**0.5, rel=0.15)
        speaker = in_one_of(
            TRIES,
            lambda: pulse.record_speaker(1.5)[-RATE_HZ:],
            lambda samples: abs(strongest_hz(samples) - 1000.0) < 4.0,
        )
        assert dbfs(speaker) == pytest.approx(-15.3, abs=1.0)
        assert card.close() == 0


def hearing(pulse: Pulse, cards: list[Card], source: str, tone_hz: float) -> Card:
    """A card that hears; one whose stream stops as it begins is opened again, as the robot does."""
    for _ in range(TRIES):
        card = Card(pulse, source, tone_hz)
        cards.append(card)
        assert card.event()["event"] == "open"
        with contextlib.suppress(CardFailedError):
            card.next("heard")
            return card
    raise AssertionError(f"none of {TRIES} heard anything")


def in_one_of(tries: int, listen: Callable[[], T], good: Callable[[T], bool]) -> T:
    """The first good one: the sound server of a busy machine runs dry now and then, which shifts a tone."""
    heard = []
    for _ in range(tries):
        heard.append(listen())
        if good(heard[-1]):
            return heard[-1]
    raise AssertionError(f"none of {tries} was good: {heard}")


def test_a_card_is_found_by_its_name_and_leaves_no_thread(pulse: Pulse, cards: list[Card]) -> None:
    card = hearing(pulse, cards, "card:robot", 500.0)
    card.ask_to_close()
    assert card.next("closed")["threads"] == ["MainThread"]


def test_an_unknown_card_is_refused_with_the_names_that_there_are(pulse: Pulse, cards: list[Card]) -> None:
    card = Card(pulse, "card:gramophone", 500.0)
    cards.append(card)
    refusal = card.event()
    assert (refusal["event"], refusal["error"]) == ("refused", "SoundOpenError")
    assert "gramophone" in refusal["text"]
    assert "robot" in refusal["text"]
    assert card.close() == 3


def test_a_fault_in_the_processing_is_told(pulse: Pulse, cards: list[Card]) -> None:
    card = Card(pulse, "card:default", -1.0)
    cards.append(card)
    failure = card.next("failed")
    assert failure["error"] == "SoundLostError"
    assert "a fault in the processing" in failure["text"]
    assert card.close() == 0


def test_a_daemon_that_dies_is_told_and_the_card_can_be_closed(pulse: Pulse, cards: list[Card]) -> None:
    card = hearing(pulse, cards, "card:default", 500.0)
    pulse.kill()
    failure = card.next("failed")
    assert failure["error"] == "SoundLostError"
    assert "card:default" in failure["text"]
    assert card.close() == 0


def test_without_pyaudio_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyaudio", None)
    device = CardSound("default")
    with pytest.raises(SoundOpenError, match=r"portaudio19-dev.*sound-card"):
        device.open(lambda block: block, lambda error: None)
    device.close()
    with pytest.raises(RuntimeError, match="once"):
        device.open(lambda block: block, lambda error: None)


@pytest.mark.parametrize(
    ("wanted", "output", "index"),
    [
        ("0", True, 0),
        ("HDMI 0", True, 3),
        ("hdmi", True, 3),
        ("webcam", False, 4),
        ("Speak 510", True, 1),
        ("Speak 750", False, 2),
    ],
)
def test_a_device_is_chosen_by_index_name_or_part_of_it(wanted: str, output: bool, index: int) -> None:
    assert choose_device(DEVICES, wanted, output=output).index == index


@pytest.mark.parametrize(
    ("wanted", "output", "words"),
    [
        ("Jabra", True, "name of 2 among the speaker"),
        ("Webcam", True, "no 'Webcam' among the speaker"),
        ("3", False, "no '3' among the microphone"),
        ("9", True, "0 = HDA Intel: ALC257; 1 = Jabra"),
    ],
)
def test_a_choice_that_is_not_clear_is_refused(wanted: str, output: bool, words: str) -> None:
    with pytest.raises(LookupError, match=words):
        choose_device(DEVICES, wanted, output=output)


def test_a_machine_without_devices_says_so() -> None:
    with pytest.raises(LookupError, match="none at all"):
        choose_device([], "0", output=True)


def test_a_microphone_that_is_unplugged_is_not_replaced_silently(pulse: Pulse, cards: list[Card]) -> None:
    card = hearing(pulse, cards, "card:default", 500.0)
    pulse.control("unload-module", "module-remap-source")
    failure = card.next("failed")
    assert failure["error"] == "SoundLostError"
    assert "no longer from robot_mic" in failure["text"]
    assert "plug robot_mic in again" in failure["text"]
    assert card.close() == 0


def test_what_the_speaker_plays_is_no_microphone(pulse: Pulse, cards: list[Card]) -> None:
    pulse.control("set-default-source", "robot_speaker.monitor")
    card = Card(pulse, "card:default", 500.0)
    cards.append(card)
    failure = card.next("failed")
    assert "robot_speaker.monitor is what a speaker plays" in failure["text"]
    assert card.close() == 0


def test_sound_that_another_speaker_takes_over_is_moved_back(pulse: Pulse, cards: list[Card]) -> None:
    pulse.plug("screen")
    card = hearing(pulse, cards, "card:default", 500.0)
    until(lambda: set(pulse.playing().values()) == {"robot_speaker"})  # for a moment there is none
    pulse.control("set-default-sink", "screen")
    until(lambda: set(pulse.playing().values()) == {"robot_speaker"})
    card.next("heard")
    assert card.close() == 0


def test_a_speaker_that_is_unplugged_is_not_replaced_silently_and_is_gone_back_to(
    pulse: Pulse, cards: list[Card]
) -> None:
    pulse.plug("screen")
    card = hearing(pulse, cards, "card:default", 500.0)
    pulse.unplug("robot_speaker")
    assert "plug robot_speaker in again" in card.next("failed")["text"]
    card.open_again()
    card.next("open")
    assert "no longer into robot_speaker" in card.event()["text"], "nothing was heard or played meanwhile"
    pulse.plug("robot_speaker")
    pulse.control("set-default-sink", "robot_speaker")
    card.open_again()
    card.next("open")
    after = card.event()
    assert after["event"] == "heard", after
    until(lambda: set(pulse.playing().values()) == {"robot_speaker"})
    assert card.close() == 0


def until(holds: Callable[[], bool]) -> None:
    """Waits for it."""
    deadline_s = time.monotonic() + 20.0
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
