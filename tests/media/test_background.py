"""Picture threads give way to what must not wait; nothing else does."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from robot_agent.media.background import NICER, give_way
from robot_agent.media.camera import Camera, CameraSettings
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.interfaces import Codec, VideoFrame
from robot_agent.media.video_thread import EncoderThread

WAIT_S = 20.0


def niceness() -> int:
    """Of the calling thread."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


class Source:
    """Has no picture, and notes how nice who asks for one is."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.nice: int | None = None

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def wait_newer(self, sequence: int, timeout_s: float) -> VideoFrame | None:
        self.nice = niceness()
        self.asked.set()
        threading.Event().wait(0.01)
        return None


def test_the_encoder_gives_way_and_who_started_it_does_not() -> None:
    source = Source()
    thread = EncoderThread(source, lambda batch: None, {Codec.H264: H264Encoder}, 1_000_000, 30.0, 720)
    before = niceness()
    thread.start()
    try:
        assert source.asked.wait(WAIT_S)
    finally:
        thread.close()
    assert source.nice == min(19, before + NICER)
    assert niceness() == before


def test_the_camera_gives_way() -> None:
    told, found = threading.Event(), []

    def on_status(words: str | None) -> None:
        found.append(niceness())
        told.set()

    camera = Camera(CameraSettings(source="/no/such/film.mp4"), on_status)
    camera.open()
    try:
        assert told.wait(WAIT_S)
    finally:
        camera.close()
    assert found[0] == min(19, niceness() + NICER)


def test_nothing_is_changed_where_a_thread_has_no_niceness(monkeypatch: pytest.MonkeyPatch) -> None:
    before = niceness()
    monkeypatch.setattr(sys, "platform", "darwin")
    give_way()
    assert niceness() == before
