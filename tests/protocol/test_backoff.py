"""Waits between tries."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.backoff import Backoff
from protocol.cancellation import heed_cancellation


@given(st.lists(st.floats(0, 20), max_size=30), st.floats(0, 1))
def test_a_wait_is_never_longer_than_the_most_nor_shorter_than_half_the_first(
    lived: list[float], jitter: float
) -> None:
    backoff = Backoff(0.2, 2.0, settled_s=10)
    assert all(0.1 <= backoff.after(lived_s, jitter) <= 2.0 for lived_s in lived)


def test_waits_double_and_start_over_after_something_that_lived() -> None:
    backoff = Backoff(0.2, 1.0, settled_s=10)
    assert [backoff.after(0) for _ in range(4)] == [0.2, 0.4, 0.8, 1.0]
    assert backoff.after(10) == 0.2


async def test_a_swallowed_cancellation_is_heeded_at_the_next_stop() -> None:
    async def swallows() -> None:
        with contextlib.suppress(asyncio.CancelledError):  # as a library does
            await asyncio.sleep(60)
        heed_cancellation()
        pytest.fail("went on after it was cancelled")

    task = asyncio.create_task(swallows())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
