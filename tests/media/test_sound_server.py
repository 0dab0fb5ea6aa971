"""What the sound server tells of our streams: the rule, and a stand-in `pactl` that speaks Norwegian if it is let."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_agent.media import sound_server
from robot_agent.media.sound_server import MOVES_BACK, PLAYING, RECORDING, StreamRule, StreamWatch, Trouble

WAIT_S = 20.0
STAND_IN = """#!/bin/sh
if [ "$LC_ALL" != C ]; then echo '[{"balance": 0,00}]'; exit; fi
case "$*" in
  subscribe) exec yes "Event 'change' on sink-input #1" ;;
  *sink-inputs) echo '[{"index": 1, "sink": AT, "properties": {"application.process.id": "PID"}}]' ;;
  "move-sink-input 1 "*) echo "$3" >> "$0.moves" ;;
  *sinks) echo '[{"index": 6, "name": "other"}, {"index": 7, "name": "SINK"}]' ;;
  *) exit 1 ;;
esac
"""


def test_the_first_source_stays_the_right_one() -> None:
    rule = StreamRule(RECORDING)
    assert rule.judge(None) is None, "no sound server tells"
    assert rule.judge("a") is None
    moved = rule.judge("b")
    assert moved is not None
    assert moved[0] == "the sound server records from b and no longer from a"
    assert rule.judge("b") is not None, "opening it again does not make it right"
    assert rule.judge("a") is None


def test_a_server_without_a_speaker_chooses_none() -> None:
    rule = StreamRule(PLAYING)
    assert rule.judge("auto_null") is None
    assert rule.judge("a") is None, "plugged in later"
    lost = rule.judge("auto_null")
    assert lost is not None
    assert lost[0] == "the sound server plays into auto_null and no longer into a"


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StreamWatch]:
    """One that knows `speaker` as the right one."""
    monkeypatch.setattr(sound_server, "RULES", {})
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("LC_ALL", "nb_NO.UTF-8")
    plays_into(7, "speaker", tmp_path)
    watch = StreamWatch("card:default", microphone=False)
    try:
        assert not watch.speaker_chosen
        assert watch.look() is None
        assert watch.speaker_chosen
        yield watch
    finally:
        watch.close()


def plays_into(sink: int, seventh: str, folder: Path) -> None:
    """From now on the stream is on that sink, of which the one with number 7 is called so."""
    draft = folder / "draft"
    text = STAND_IN.replace("PID", str(os.getpid())).replace("AT", str(sink)).replace("SINK", seventh)
    draft.write_text(text)
    draft.chmod(0o755)
    draft.replace(folder / "pactl")


def first_trouble(watch: StreamWatch) -> Trouble:
    deadline_s = time.monotonic() + WAIT_S
    while (trouble := watch.look()) is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    return trouble


def test_a_norwegian_sound_server_is_understood(watch: StreamWatch, tmp_path: Path) -> None:
    plays_into(7, "screen", tmp_path)
    assert first_trouble(watch)[0] == "the sound server plays into screen and no longer into speaker"
    assert not (tmp_path / "pactl.moves").exists(), "it is not there to be gone back to"


def test_who_moves_the_sound_again_and_again_means_it(watch: StreamWatch, tmp_path: Path) -> None:
    plays_into(6, "speaker", tmp_path)
    assert first_trouble(watch)[0] == "the sound server plays into other and no longer into speaker"
    assert (tmp_path / "pactl.moves").read_text().split() == ["speaker"] * MOVES_BACK
