"""The calibration: measured, refused where it cannot be right, kept whole, and gone back from."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.settings_file import load_settings
from robot_agent.cli import main
from robot_agent.head.calibration import Calibration, calibrated, measured, read_servos, store, undo
from robot_agent.head.errors import DeviceError, NoReplyError
from robot_agent.head.settings import HeadSettings, PanSettings, SerialSettings
from tests.head.fake_bus import FakeBus

HEAD = HeadSettings()


def test_straight_ahead_is_where_the_servo_was_read() -> None:
    found = measured(HEAD, {"pan": 3.0, "tilt": -7.5})
    assert (found.pan.zero_deg, found.tilt.zero_deg) == (3.0, -7.5)
    assert (found.pan.min_deg, found.pan.max_deg) == (-175, 175)
    assert (found.tilt.min_deg, found.tilt.max_deg) == (-25, 40)


@pytest.mark.parametrize(("direction", "low", "high"), [(1, -175, 159.9), (-1, -159.9, 175)])
def test_the_limits_shrink_to_what_the_servo_has_left(direction: int, low: float, high: float) -> None:
    head = HeadSettings(pan=PanSettings.model_validate({"direction": direction}))
    found = measured(head, {"pan": 20.0, "tilt": 0.0})
    assert (found.pan.min_deg, found.pan.max_deg) == (low, high)


@pytest.mark.parametrize(
    ("head", "reads", "words"),
    [
        (HEAD, {"pan": 60.0, "tilt": 0.0}, r"pan servo \(id 1\) reads 60°.* at most 45°"),
        (HEAD, {"pan": 0.0, "tilt": -46.0}, r"tilt servo \(id 2\) reads -46°.* mount the servo's horn anew"),
        (HeadSettings(rest_pan_deg=170), {"pan": 20.0, "tilt": 0.0}, "does not fit .*rest_pan_deg"),
    ],
)
def test_what_cannot_be_right_is_refused(head: HeadSettings, reads: dict[str, float], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        measured(head, reads)


def test_the_file_counts_before_the_settings_and_the_one_before_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "head.toml"
    head = HeadSettings(calibration=str(file))
    assert calibrated(head) == head, "not calibrated yet"
    for zero in (2.0, 3.0):
        store(file, measured(head, {"pan": zero, "tilt": -1.0}))
    now = calibrated(head)
    assert (now.pan.zero_deg, now.tilt.zero_deg, now.pan.slew_deg_s) == (3.0, -1.0, 150)
    assert undo(file)
    assert calibrated(head).pan.zero_deg == 2.0
    assert undo(file), "and forth again"
    assert calibrated(head).pan.zero_deg == 3.0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["head.toml", "head.toml.previous"]


def test_the_first_calibration_is_gone_back_from_too(tmp_path: Path) -> None:
    file = tmp_path / "head.toml"
    with pytest.raises(SettingsError, match="nothing to go back to"):
        undo(file)
    store(file, measured(HEAD, {"pan": 2.0, "tilt": 0.0}))
    assert not undo(file)
    assert calibrated(HeadSettings(calibration=str(file))).pan.zero_deg == 0.0
    assert undo(file)
    assert load_settings(Calibration, file).pan.zero_deg == 2.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[pan]\nzero_deg = 90\nmin_deg = 0\nmax_deg = 1\n", "pan.zero_deg"),
        ("[pan]\nzero_deg = 1\nmin_deg = 0\nmax_deg = 1\n", "tilt"),
        (
            "[pan]\nzero_deg = 20\nmin_deg = -175\nmax_deg = 175\n[tilt]\nzero_deg = 0\nmin_deg = -25\nmax_deg = 40\n",
            "single turn; calibrate again",
        ),
    ],
)
def test_a_file_that_somebody_spoilt_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "head.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=words):
        calibrated(HeadSettings(calibration=str(file)))


async def test_the_servos_are_read_and_nothing_is_written(fake: FakeBus) -> None:
    fake.pan.deg, fake.tilt.deg = 4.0, -6.0
    reads = await read_servos(SerialSettings(port=str(fake.path)), HEAD)
    assert reads == {"pan": pytest.approx(4.0, abs=0.1), "tilt": pytest.approx(-6.0, abs=0.1)}
    assert fake.pan.writes == fake.tilt.writes == []


async def test_a_servo_that_is_not_there_or_another_is_an_error(fake: FakeBus) -> None:
    serial = SerialSettings(port=str(fake.path))
    fake.faults.silent = {2}
    with pytest.raises(NoReplyError, match="device 2"):
        await read_servos(serial, HEAD)
    fake.faults.silent = set()
    fake.pan.table[0:2] = (1060).to_bytes(2, "little")
    with pytest.raises(DeviceError, match="1060 is not an XL330"):
        await read_servos(serial, HEAD)


async def test_the_command_from_settings_to_file_and_back(
    fake: FakeBus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, kept = tmp_path / "robot.toml", tmp_path / "kept.toml"
    settings.write_text(f'[serial]\nport = "{fake.path}"\n[head]\ncalibration = "{kept}"\n', encoding="utf-8")
    fake.pan.deg, fake.tilt.deg = 4.0, -6.0
    command = ["--config", str(settings), "calibrate"]
    assert await asyncio.to_thread(main, command) == 0
    assert "pan: straight ahead is at 4" in capsys.readouterr().out
    assert load_settings(Calibration, kept).tilt.zero_deg == pytest.approx(-6.0, abs=0.1)
    fake.pan.deg = 50.0
    assert await asyncio.to_thread(main, command) == 2
    assert "mount the servo's horn anew" in capsys.readouterr().err
    assert load_settings(Calibration, kept).pan.zero_deg == pytest.approx(4.0, abs=0.1), "nothing was changed"
    assert await asyncio.to_thread(main, [*command, "--undo"]) == 0
    assert "no calibration counts" in capsys.readouterr().out
    fake.faults.silent = {1}
    assert await asyncio.to_thread(main, command) == 1
    assert "device 1 does not answer" in capsys.readouterr().err


def test_without_a_file_named_it_says_which_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate"]) == 2
    assert "'head.calibration' is empty" in capsys.readouterr().err
