"""Echo return loss in a seeded room of 250 ms: the scene of tests/media/test_echo.py, as figures."""

from __future__ import annotations

import numpy as np

from bench.figures import Limit, Row, alone
from robot_agent.media.blocks import dbfs
from tests.media.test_echo import as_blocks, cancelled, in_room, seconds, speech_like

SCENE_S = 15.0
DELAY_MS = 10  # between what is played and its first arrival


def rows() -> list[Row]:
    """How much quieter the robot's own voice is after the canceller: while it learns (1–5 s), and after."""
    far = speech_like(SCENE_S, seed=3)
    near = in_room(far, DELAY_MS, seed=7) + np.random.default_rng(9).normal(0, 0.0003, far.size)
    out, before = cancelled(near, far), as_blocks(near).reshape(-1)

    def loss(start: float, end: float) -> float:
        return round(dbfs(seconds(before, start, end)) - dbfs(seconds(out, start, end)), 1)

    return [
        alone("echo return loss, 250 ms room, first 5 s, dB", loss(1, 5), Limit(least=30)),
        alone("echo return loss after that, dB", loss(5, SCENE_S), Limit(least=38)),
    ]
