"""`av1-sim` as a process: ready line, state, the head moved over the bus, switches, refusals, a clean stop."""

import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dynamixel_sdk import PacketHandler

from hardware_sim.settings import SimSettings
from protocol.settings_file import load_settings
from tests.sim.sdk import opened_port
from tests.sim.simulated import COMMAND, WAIT_S, get, pictures, send, simulator, until

pytestmark = pytest.mark.timed  # two seconds for an orderly end

READY_S = 30.0
STOP_S = 2.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    directory = tmp_path_factory.mktemp("bus")
    with simulator("--config", str(pictures(directory, 640)), "--serial-link", str(directory / "servos")) as started:
        addresses, _ = started
        yield addresses


@pytest.fixture
def bus(running: dict[str, str]) -> Iterator[tuple[Any, Any]]:
    port = opened_port(running["serial"])
    yield port, PacketHandler(2.0)
    port.closePort()


def post(base: str, body: bytes, content_type: str = "application/json") -> tuple[int, dict[str, Any]]:
    return send(base, "/api/body", body, content_type=content_type)


def test_the_ready_line_names_everything(running: dict[str, str]) -> None:
    assert set(running) == {"simulator", "camera", "still", "serial", "sound"}
    assert running["camera"] == f"{running['simulator']}/camera.mjpg"
    assert Path(running["sound"]).is_socket()
    assert Path(running["serial"]).is_symlink()


def test_the_state_has_what_others_rely_on(running: dict[str, str]) -> None:
    state = get(running["simulator"], "/api/state")
    numbers = ("pan_deg", "tilt_deg", "goal_pan_deg", "goal_tilt_deg", "speaker_dbfs", "battery_percent")
    assert all(isinstance(state[name], int | float) for name in numbers)
    assert state["speaker_dbfs"] >= -120
    assert state["eyes"] == "closed"
    assert state["hand_light"] == "off"
    assert state["camera_open"] is False
    assert state["microphone_open"] is False
    assert "registers" not in state


def test_the_sdk_moves_the_head_and_the_state_follows(running: dict[str, str], bus: tuple[Any, Any]) -> None:
    port, sdk = bus
    for device in (1, 2):
        assert sdk.ping(port, device)[1] == 0
        sdk.write1ByteTxRx(port, device, 64, 1)
    sdk.write4ByteTxRx(port, 1, 116, 2048 + 512)
    sdk.write4ByteTxRx(port, 2, 116, 2048 + 128)
    base = running["simulator"]
    until(lambda: get(base, "/api/state")["pan_deg"] > 0)
    until(lambda: abs(get(base, "/api/state")["pan_deg"] - 45) < 0.2)
    until(lambda: abs(get(base, "/api/state")["tilt_deg"] - 11.25) < 0.2)
    state = get(base, "/api/state?registers=1")
    assert (state["goal_pan_deg"], state["goal_tilt_deg"], state["torque"]) == (45.0, 11.25, True)
    position = next(r for r in state["registers"] if (r["device"], r["address"]) == (1, 132))
    assert position["value"] == 2560
    assert get(base, "/api/registers")[0]["name"] == "model_number"


def test_the_lights_are_shown(running: dict[str, str], bus: tuple[Any, Any]) -> None:
    port, sdk = bus
    sdk.writeTxRx(port, 10, 64, 1, [2])
    sdk.writeTxRx(port, 10, 66, 4, [255, 128, 0, 25])
    state = get(running["simulator"], "/api/state")
    assert (state["eyes"], state["hand_light"], state["hand_light_color"]) == ("happy", "blink", "#ff8000")
    assert state["hand_light_half_period_ms"] == 500
    sdk.writeTxRx(port, 10, 69, 1, [0])
    assert get(running["simulator"], "/api/state")["hand_light"] == "on"
    sdk.writeTxRx(port, 10, 66, 3, [0, 0, 0])
    assert get(running["simulator"], "/api/state")["hand_light"] == "off"


def test_a_camera_reader_is_seen_and_the_preview_does_not_count(running: dict[str, str]) -> None:
    base = running["simulator"]
    with urllib.request.urlopen(f"{base}/preview.mjpg", timeout=WAIT_S) as preview:
        assert preview.read(1000)
        assert get(base, "/api/state")["camera_open"] is False
    with urllib.request.urlopen(running["camera"], timeout=WAIT_S) as camera:
        assert camera.read(1000)
        assert get(base, "/api/state")["camera_open"] is True
    until(lambda: get(base, "/api/state")["camera_open"] is False)


def test_switches_reach_the_board_on_the_bus(running: dict[str, str], bus: tuple[Any, Any]) -> None:
    port, sdk = bus
    status, state = post(running["simulator"], b'{"battery_percent": 7, "charging": true, "button": "short"}')
    assert (status, state["battery_percent"], state["charging"]) == (200, 7, True)
    assert sdk.read1ByteTxRx(port, 10, 128)[0] == 7
    assert sdk.read1ByteTxRx(port, 10, 129)[0] == 1
    until(lambda: sdk.read1ByteTxRx(port, 10, 133)[0] == 1)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"battery_percent": 101}', 400, "battery_percent"),
        (b'{"battery_percent": "7"}', 400, "battery_percent"),
        (b'{"batery": 7}', 400, "batery"),
        (b'{"button": "twice"}', 400, "button"),
        (b"{}", 400, "Nothing to change"),
        (b"not json", 400, "JSON"),
        (b"[]", 400, "the request"),
    ],
)
def test_a_wrong_switch_is_refused_in_words(running: dict[str, str], body: bytes, status: int, words: str) -> None:
    code, answer = post(running["simulator"], body)
    assert code == status
    assert words in answer["error"]


def test_a_foreign_form_cannot_throw_a_switch(running: dict[str, str]) -> None:
    assert post(running["simulator"], b'{"battery_percent": 1}', "text/plain")[0] == 415
    assert get(running["simulator"], "/api/state")["battery_percent"] != 1


@pytest.mark.parametrize(("number", "width"), [(signal.SIGTERM, 1280), (signal.SIGINT, 320)])
def test_a_signal_ends_it_within_two_seconds_and_cleans_up(number: signal.Signals, width: int, tmp_path: Path) -> None:
    link = tmp_path / "servos"
    with simulator("--config", str(pictures(tmp_path, width)), "--serial-link", str(link)) as (addresses, process):
        camera = urllib.request.urlopen(addresses["camera"], timeout=WAIT_S)
        assert camera.read(1000)
        start_s = time.monotonic()
        process.send_signal(number)
        assert process.wait(WAIT_S) == 0
        assert time.monotonic() - start_s < STOP_S
        camera.close()
    assert not link.is_symlink()
    assert not Path(addresses["sound"]).exists()
    assert not Path(addresses["sound"]).parent.exists()


def run(*options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *options], check=False, capture_output=True, text=True, timeout=READY_S)


def refused(*options: str) -> str:
    result = run(*options)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_an_unknown_key_stops_the_start_with_its_name(tmp_path: Path) -> None:
    config = tmp_path / "sim.toml"
    config.write_text("[http]\nprot = 1\n")
    assert "http.prot" in refused("--config", str(config))


def test_a_value_out_of_range_is_named_with_its_limit(tmp_path: Path) -> None:
    config = tmp_path / "sim.toml"
    config.write_text("[camera]\nfps = 1000\n")
    line = refused("--config", str(config))
    assert "camera.fps" in line
    assert "1000" in line
    assert "60" in line


def test_a_missing_settings_file_is_named() -> None:
    assert "nowhere.toml" in refused("--config", "nowhere.toml")


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused("--port", str(port))
    assert f"http.port {port}" in line
    assert "in use" in line


def test_a_link_that_is_a_file_is_refused_and_kept(tmp_path: Path) -> None:
    taken = tmp_path / "servos"
    taken.write_text("mine")
    assert str(taken) in refused("--port", "0", "--serial-link", str(taken))
    assert taken.read_text() == "mine"


def test_a_socket_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    assert "sound.socket" in refused("--port", "0", "--sound-socket", str(tmp_path / "no" / "folder"))


def test_a_socket_that_another_program_serves_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "sound"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(taken))
        server.listen()
        assert str(taken) in refused("--port", "0", "--sound-socket", str(taken))
    assert taken.exists()


def test_the_delivered_settings_are_the_built_in_ones() -> None:
    delivered = Path(__file__).parents[2] / "config" / "sim.toml"
    assert load_settings(SimSettings, delivered) == SimSettings()


def test_help_names_the_options() -> None:
    result = run("--help")
    assert result.returncode == 0
    for option in ("--config", "--serial-link", "--sound-socket", "--host", "--port", "--no-stamp", "--json"):
        assert option in result.stdout
