"""A wrong setting of the robot is one clear line and exit code 2; the printed example is right."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from protocol.errors import SettingsError
from protocol.settings_file import load_settings
from robot_agent.cli import EXIT_NO_LIBRARY, EXIT_WRONG_SETTING, main
from robot_agent.media import libopus
from robot_agent.settings import RobotSettings

EXAMPLE = Path(__file__).parents[2] / "config" / "robot.toml"
OWN = {"robot.id", "mqtt.url"}  # what everybody must write for himself


def flat(values: dict[str, object], prefix: str = "") -> dict[str, object]:
    out: dict[str, object] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        out |= flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return out


def test_the_example_shows_the_built_in_values() -> None:
    shown = flat(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")))
    built_in = flat(RobotSettings().model_dump(mode="json"))
    assert {key: value for key, value in shown.items() if key not in OWN} == {
        key: built_in[key] for key in shown if key not in OWN
    }
    assert load_settings(RobotSettings, EXAMPLE).robot.id == "vefsn"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[serial]\nprot = 'x'\n", ["serial.prot", "port"]),
        ("[serial]\nbaud = 9600\n", ["serial.baud", "9600", "1000000"]),
        ("[head.serial]\nport = 'x'\n", ["head.serial"]),
        ("[camera]\nwidth = 641\n", ["camera.width", "641", "even"]),
        ("[mqtt]\nurl = 'http://host'\n", ["mqtt.url", "mqtt://"]),
        ("[mqtt]\nurl = 'mqtt://host:0'\n", ["mqtt.url"]),
        ("[head.tilt]\nmax_deg = 120\n", ["head.tilt.max_deg", "120", "90"]),
        ("[video]\nfloor_bps = 900000\nceiling_bps = 100000\n", ["video", "floor_bps"]),
        ("[sound]\ndevice = 'gramophone'\n", ["sound.device", "gramophone"]),
        ("[rtc]\nhost_addresses = ['nowhere']\n", ["rtc.host_addresses", "nowhere"]),
        ("[rtc]\nice_servers = [{urls = ['turn:me:hush@h']}]\n", ["rtc.ice_servers.0.urls.0", "no password in it"]),
        ("[rtc]\nice_servers = [{urls = ['turn:h'], username = 'n'}]\n", ["rtc.ice_servers.0", "credential"]),
        ("[rtc]\nice_servers = [{urls = ['stun:h'], credential = 7}]\n", ["rtc.ice_servers.0.credential", "string"]),
        ("[head.pan]\nmin_deg = 10\nmax_deg = -10\n", ["head.pan", "min_deg"]),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(tmp_path: Path, text: str, parts: list[str]) -> None:
    file = tmp_path / "robot.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(RobotSettings, file)
    for part in parts:
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (["--serial", "/nowhere/bus"], "serial.port"),
        (["--serial", "/" + "x" * 300], "serial.port"),
        (["--serial", "/dev/null", "--camera", "99"], "camera.source"),
        (["--serial", "/dev/null", "--camera", "/nowhere/film.mp4"], "camera.source"),
        (["--serial", "/dev/null", "--camera", "http://host/c", "--sound", "socket:/nowhere"], "sound.device"),
        (["--config", "/nowhere/robot.toml"], "/nowhere/robot.toml"),
    ],
)
def test_a_missing_device_is_one_line_and_exit_code_2(
    arguments: list[str], key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == EXIT_WRONG_SETTING == 2
    line = capsys.readouterr().err
    assert key in line
    assert line.startswith("av1-robot: ")
    assert line.count("\n") == 1


def test_a_machine_without_libopus_is_one_line_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(libopus, "library_candidates", list)
    monkeypatch.setattr(sys, "setswitchinterval", lambda seconds: None)
    libopus.library.cache_clear()
    try:
        arguments = ["--serial", "/dev/null", "--camera", "http://host/c", "--sound", "none"]
        assert main(arguments) == EXIT_NO_LIBRARY == 3
    finally:
        libopus.library.cache_clear()
    assert "install the package libopus0" in capsys.readouterr().err


@pytest.mark.parametrize("program", ["robot_agent.cli", "remote_app.cli", "hardware_sim.cli", "hardware_sim.demo.cli"])
def test_help_helps(program: str) -> None:
    answer = subprocess.run([sys.executable, "-m", program, "--help"], capture_output=True, text=True, check=True)
    assert "--config" in answer.stdout
    assert "example" in answer.stdout


def test_servers_of_its_own_are_read_and_their_password_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "robot.toml"
    file.write_text(
        "[rtc]\nice_servers = [{urls = ['turns:h'], username = 'n', credential = 'hush hush'}, {urls = ['stun:s']}]\n",
        encoding="utf-8",
    )
    settings = load_settings(RobotSettings, file)
    turn, stun = settings.rtc.servers()
    assert (turn.urls, turn.username, turn.credential) == (("turns:h:5349?transport=tcp",), "n", "hush hush")
    assert stun.urls == ("stun:s:3478",)
    assert "hush" not in repr(settings)
