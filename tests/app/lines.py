"""Lines of visits: heartbeats that tell of one, and sums as the service makes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from protocol.ice import MediaPath
from protocol.quality import Verdict
from protocol.state import PictureStep, QualityState, RobotState
from remote_app.visit_quality import Mean, Visit, VisitQuality, bucket
from tests.app.fake_robot import FakeRobot
from tests.app.test_lobby import session as held

SESSION: Final = "session-of-kari-in-rodoy"
GOOD: Final = QualityState(
    step=PictureStep.P720,
    width=1280,
    height=720,
    fps=30,
    bitrate_bps=2_000_000,
    rtt_ms=40,
    loss=0.01,
    path=MediaPath.HOST,
    verdict=Verdict.GOOD,
)


def beat(quality: QualityState | None = GOOD, robot: str = "vefsn", **session: Any) -> RobotState:
    """A heartbeat of a robot that is held; `session` is what of the session is otherwise."""
    body = FakeRobot(robot, "")
    body.session = held(SESSION).model_copy(update=session)
    body.quality = quality
    return body.state()


def visit(began: datetime, ended: datetime, session: str = SESSION, **other: Any) -> Visit:
    """A visit of the seat rodoy: two thirds good, the rest slow, all of it directly."""
    seconds = (ended - began).total_seconds()
    quality = VisitQuality(
        began,
        ended,
        verdicts={Verdict.GOOD: seconds * 2 / 3, Verdict.SLOW: seconds / 3},
        steps={"p720": seconds},
        paths={"direct": seconds},
        trips={bucket(40): seconds * 0.9, bucket(200): seconds * 0.1},
        loss=Mean(0.01 * seconds, seconds),
        fps=Mean(30 * seconds, seconds),
    )
    for name, value in other.items():
        setattr(quality, name, value)
    return Visit(session, "vefsn", "rodoy", quality)
