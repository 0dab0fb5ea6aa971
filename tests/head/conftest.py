"""A bus on a pty for every test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.head.fake_bus import FakeBus


@pytest.fixture
async def fake(tmp_path: Path) -> AsyncIterator[FakeBus]:
    bus = FakeBus(tmp_path)
    yield bus
    bus.close()
