"""What outlives the robot's being off: whether the room is private."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from protocol.meeting import MeetingMode
from robot_agent.privacy import NAME, Privacy, PrivacyKeeper


async def kept(directory: Path, *changes: Privacy) -> Privacy:
    """What a robot finds that is turned on after these."""
    keeper = PrivacyKeeper(directory)
    task = asyncio.create_task(keeper.run())
    for change in changes:
        keeper.privacy.mode, keeper.privacy.pressed = change.mode, change.pressed
        keeper.changed()
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return PrivacyKeeper(directory).privacy


@pytest.mark.parametrize(
    "last", [Privacy(pressed=True), Privacy(MeetingMode.BREAK), Privacy(MeetingMode.ONE_TO_ONE, pressed=True)]
)
async def test_the_last_that_was_so_is_so_again(tmp_path: Path, last: Privacy) -> None:
    assert await kept(tmp_path / "new", Privacy(MeetingMode.GROUP), last) == last
    assert await kept(tmp_path / "new") == last, "a start alone changes nothing"
    assert await kept(tmp_path / "new", Privacy()) == Privacy(), "what was lifted is lifted"


async def test_nothing_is_written_where_nothing_changed(tmp_path: Path) -> None:
    assert await kept(tmp_path / "new", Privacy()) == Privacy()
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("spoiled", ["", "{", '{"mode": "party"}', '{"pressed": false, "more": 1}'])
def test_a_damaged_file_means_private(tmp_path: Path, caplog: pytest.LogCaptureFixture, spoiled: str) -> None:
    (tmp_path / NAME).write_text(spoiled)
    assert PrivacyKeeper(tmp_path).privacy == Privacy(pressed=True)
    assert "until a leader or the button opens it" in caplog.text


async def test_a_disk_that_says_no_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keeper = PrivacyKeeper(tmp_path / "data")
    (tmp_path / "data").touch()
    keeper.privacy.press(on=True)
    task = asyncio.create_task(keeper.run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "is not kept for when the robot is off" in caplog.text
