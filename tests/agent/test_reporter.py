"""The heartbeat goes on, whatever a figure is."""

from __future__ import annotations

import logging
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from protocol.state import CameraView, RobotState
from robot_agent.head.settings import HeadSettings
from robot_agent.live_state import LiveState
from robot_agent.media.loudness import Loudness
from robot_agent.media.sound_voice import VoiceStats
from robot_agent.media.video import VideoStats
from robot_agent.ownership import Holder, Liveness
from robot_agent.reporter import Reporter
from robot_agent.rtc.session import MediaState
from tests.agent.test_quality import LINE


def reporter_of(
    sent: list[RobotState], picture: VideoStats, battery: Any = None, holder: Holder | None = None
) -> Reporter:
    async def send(state: RobotState) -> None:
        sent.append(state)

    parts = {
        "head": SimpleNamespace(pose=None, battery=battery, settings=HeadSettings()),
        "video": SimpleNamespace(is_open=True, stats=lambda: picture),
        "sound": SimpleNamespace(
            mixer=SimpleNamespace(loudness=Loudness()),
            is_open=True,
            speaking=False,
            passes_on=False,
            voice_stats=VoiceStats(),
            echo_return_loss_db=None,
        ),
        "hearing": SimpleNamespace(heard=None),
        "sessions": SimpleNamespace(
            holder=holder, watched=True, stats=LINE, media=MediaState.CONNECTED, liveness=Liveness.ALIVE
        ),
        "watchers": SimpleNamespace(told=(), seeing=False, connecting=False, heard_elsewhere=False),
        "placing": SimpleNamespace(places=()),
        "preflight": SimpleNamespace(newest=None),
        "rescue": SimpleNamespace(active=False, serves=lambda session: False),
    }
    view = CameraView(width=1280, height=720, hfov_deg=60)
    live = LiveState(changed=lambda: None)
    return Reporter("r1", view, live, epoch=lambda: "0123456789abcdef", send=send, **cast("Any", parts))


async def test_a_line_that_cannot_be_told_leaves_the_rest_of_the_state(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[RobotState] = []
    await reporter_of(sent, VideoStats(width=1280, height=720, fps=1e9)).send_now()
    assert sent[-1].quality is not None
    assert sent[-1].quality.fps == 240
    with caplog.at_level(logging.ERROR):
        await reporter_of(sent, VideoStats(width=10**6)).send_now()
    assert sent[-1].quality is None
    assert sent[-1].camera_open
    assert "cannot be told" in caplog.text


async def test_a_state_that_cannot_be_told_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[RobotState] = []
    with caplog.at_level(logging.ERROR):
        await reporter_of(sent, VideoStats(), battery="full").send_now()
    assert not sent
    assert "this state cannot be told" in caplog.text


async def test_everybody_is_told_who_holds_the_robot_and_who_is_with_them() -> None:
    sent: list[RobotState] = []
    now_s = time.monotonic()
    held = Holder("session-kari", "connection-1", "rodoy", "Kari", "nb", now_s - 600, now_s, companion="Anne")
    await reporter_of(sent, VideoStats(), holder=held).send_now()
    session = sent[-1].session
    assert session is not None
    assert (session.name, session.companion) == ("Kari", "Anne")
    assert 600 <= session.since_s < 660
