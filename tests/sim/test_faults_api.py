"""The switches as somebody outside throws them: over HTTP and by a scenario file, with what a host then sees."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dynamixel_sdk import PacketHandler

from hardware_sim.faults import IN_ORDER
from tests.sim.sdk import opened_port
from tests.sim.simulated import COMMAND, WAIT_S, get, pictures, send, simulator, until

pytestmark = pytest.mark.timed  # the SDK waits a fifth of a second for an answer

HELLO = b'{"rate":48000,"block":480,"channels":1}\n'
BLOCK_BYTES = 960


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    config = pictures(tmp_path_factory.mktemp("faults"), 320)
    config.write_text(config.read_text() + "still_width = 640\nstill_height = 480\n")
    with simulator("--config", str(config)) as (addresses, _):
        yield addresses


@pytest.fixture
def base(running: dict[str, Any]) -> Iterator[str]:
    """Everything is in order before and after each test."""
    where: str = running["simulator"]
    yield where
    assert send(where, "/api/faults", None, "DELETE") == (200, IN_ORDER.model_dump())


def throw(base: str, body: bytes) -> tuple[int, Any]:
    return send(base, "/api/faults", body, "PUT")


def test_what_is_thrown_is_there_and_is_told(base: str) -> None:
    assert get(base, "/api/faults") == IN_ORDER.model_dump()
    status, faults = throw(base, b'{"block_pan": true, "battery_percent": 12}')
    assert (status, faults["block_pan"], faults["battery_percent"]) == (200, True, 12)
    state = get(base, "/api/state")
    assert (state["block_pan"], state["battery_percent"], state["faults"]) == (True, 12, faults)
    status, faults = throw(base, b'{"charging": true}')
    assert (faults["block_pan"], faults["charging"]) == (True, True), "what is not named stays"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"late_ms": 4000}', "late_ms is 4000: input should be less than or equal to 1000."),
        (b'{"camra": "gone"}', "Unknown switch 'camra'"),
        (b"{}", "Nothing to change; known: silent_pan"),
        (b"{", "Invalid JSON"),
    ],
)
def test_a_wrong_wish_is_400_and_changes_nothing(base: str, body: bytes, words: str) -> None:
    status, answer = throw(base, body)
    assert status == 400
    assert words in answer["error"]
    assert get(base, "/api/faults") == IN_ORDER.model_dump()


def test_what_cannot_be_done_now_is_409_and_says_what_to_do(base: str) -> None:
    status, answer = throw(base, b'{"line": "edge"}')
    assert (status, "--line-control" in answer["error"]) == (409, True)
    assert throw(base, b'{"button": "short"}')[0] == 200
    assert throw(base, b'{"button": "short"}') == (409, {"error": "button: it is still pressed; wait until it is up"})
    until(lambda: not get(base, "/api/state")["button_down"])


def test_the_room_does_what_is_wished_and_goes_back_to_its_program(base: str) -> None:
    status, room = send(
        base, "/api/room", b'{"light": "dusk", "slide": "2", "speaker": "nobody", "hand": "liv"}', "PUT"
    )
    assert (status, room["light"], room["slide"], room["now"]["slide"]) == (200, "dusk", "2", 2)
    assert room["now"]["speaker"] is None
    assert send(base, "/api/room", b'{"slide": "next"}', "PUT")[1]["slide"] == "3"
    until(lambda: get(base, "/api/state")["room"]["now"]["hands"] == ["liv"])
    assert get(base, "/api/room")["light"] == "dusk", "what is not named stays"
    for body, words in (
        (b'{"light": "noon"}', "light is 'noon': input should be 'day', 'dusk' or 'dark'."),
        (b'{"lihgt": "day"}', "Unknown switch 'lihgt'; known: light, slide, speaker, hand."),
        (b"{}", "Nothing to change; known: light"),
    ):
        status, refusal = send(base, "/api/room", body, "PUT")
        assert status == 400
        assert words in refusal["error"]
    status, room = send(base, "/api/room", None, "DELETE")
    assert (status, room["light"], room["slide"], room["speaker"], room["hand"]) == (200, "day", *["program"] * 3)
    assert send(base, "/api/room", b'{"light": "day"}', "PUT", "text/plain")[0] == 415


def test_a_foreign_form_cannot_throw_a_switch(base: str) -> None:
    assert send(base, "/api/faults", b'{"unplugged": true}', "PUT", "text/plain")[0] == 415
    assert send(base, "/api/scenario", b"[[step]]\nat = 0\nclear = true", "POST", "text/plain")[0] == 415


def test_a_cable_that_is_pulled_out_takes_the_port_away_and_comes_back_under_its_name(
    base: str, running: dict[str, Any]
) -> None:
    port = opened_port(running["serial"])
    assert PacketHandler(2.0).ping(port, 1)[0] == 1200
    assert throw(base, b'{"unplugged": true}')[0] == 200
    with pytest.raises(OSError, match=r"\[Errno 5\]|device"):
        port.writePort(b"x")
    port.ser.close()
    assert not Path(running["serial"]).exists()
    assert throw(base, b'{"unplugged": false}')[0] == 200
    again = opened_port(running["serial"])
    assert PacketHandler(2.0).ping(again, 1)[0] == 1200
    again.closePort()


def test_noise_outlives_the_cable(base: str, running: dict[str, Any]) -> None:
    throw(base, b'{"corrupt_rate": 1, "unplugged": true}')
    throw(base, b'{"unplugged": false}')
    port = opened_port(running["serial"])
    assert PacketHandler(2.0).ping(port, 1)[1] != 0
    throw(base, b'{"corrupt_rate": 0}')
    until(lambda: PacketHandler(2.0).ping(port, 1)[1] == 0)
    port.closePort()


def camera_status(running: dict[str, Any], name: str) -> int:
    try:
        with urllib.request.urlopen(running[name], timeout=WAIT_S) as answer:
            answer.read(1)
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def test_a_camera_that_is_gone_ends_its_readers_and_refuses_new_ones(base: str, running: dict[str, Any]) -> None:
    with urllib.request.urlopen(running["camera"], timeout=WAIT_S) as film:
        assert film.read(1000)
        throw(base, b'{"camera": "gone"}')
        while film.read(65536):
            pass  # to the end of what was on its way
    assert camera_status(running, "camera") == camera_status(running, "still") == 503
    assert not get(base, "/api/state")["camera_open"]
    throw(base, b'{"camera": "works"}')
    assert camera_status(running, "camera") == camera_status(running, "still") == 200


def test_a_frozen_camera_is_open_and_silent_and_notices_who_goes(base: str, running: dict[str, Any]) -> None:
    throw(base, b'{"camera": "frozen"}')
    with urllib.request.urlopen(running["camera"], timeout=0.5) as film, pytest.raises(TimeoutError):
        film.read(1)
    assert camera_status(running, "still") == 503
    until(lambda: not get(base, "/api/state")["camera_open"])
    with urllib.request.urlopen(f"{base}/preview.mjpg", timeout=WAIT_S) as preview:
        assert preview.read(1000), "the developer still sees the room"
    throw(base, b'{"camera": "works"}')
    assert camera_status(running, "camera") == 200


def test_a_slow_camera_gives_three_pictures_a_second(base: str, running: dict[str, Any]) -> None:
    throw(base, b'{"camera": "slow"}')
    with urllib.request.urlopen(running["camera"], timeout=WAIT_S) as film:
        began_s, pictures_seen = time.monotonic(), 0
        while pictures_seen < 4:
            pictures_seen += film.readline().startswith(b"Content-Length")
        assert time.monotonic() - began_s > 0.6, "three pauses of a third of a second, all but one at the least"


def sound_of(path: str) -> tuple[socket.socket, bytes]:
    """A client, and what the card answered it."""
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(WAIT_S)
    client.connect(path)
    client.sendall(HELLO)
    line = b""
    while not line.endswith(b"\n"):
        byte = client.recv(1)
        assert byte, "hung up without a word"
        line += byte
    return client, line


def ended(client: socket.socket) -> bool:
    try:
        while client.recv(BLOCK_BYTES):
            pass
    except ConnectionError:
        pass
    client.close()
    return True


def test_a_microphone_that_is_unplugged_ends_the_sound_and_is_refused_until_it_is_back(
    base: str, running: dict[str, Any]
) -> None:
    client, answer = sound_of(running["sound"])
    assert answer == b'{"ok":true}\n'
    assert client.recv(BLOCK_BYTES)
    throw(base, b'{"sound": "microphone_gone"}')
    assert ended(client)
    until(lambda: not get(base, "/api/state")["microphone_open"])
    refused, answer = sound_of(running["sound"])
    assert answer == b'{"ok":false,"error":"the microphone is unplugged"}\n'
    refused.close()
    throw(base, b'{"sound": "works"}')
    client, answer = sound_of(running["sound"])
    assert answer == b'{"ok":true}\n'
    client.close()


def test_a_sound_server_that_is_killed_takes_its_socket_with_it_and_comes_back(
    base: str, running: dict[str, Any]
) -> None:
    client, _ = sound_of(running["sound"])
    throw(base, b'{"sound": "server_killed"}')
    assert ended(client)
    with pytest.raises(OSError, match="No such file"):
        sound_of(running["sound"])
    throw(base, b'{"sound": "works"}')
    client, answer = sound_of(running["sound"])
    assert answer == b'{"ok":true}\n'
    client.close()


def test_a_scenario_is_played_over_http_and_can_be_stopped(base: str) -> None:
    assert get(base, "/api/scenario") is None
    toml = b'seed = 9\n[[step]]\nat = 0\nset = { camera = "slow" }\n[[step]]\nat = 3600\nclear = true\n'
    assert send(base, "/api/scenario", toml, content_type="application/toml")[0] == 200
    progress = until(lambda: (now := get(base, "/api/scenario"))["done"] == 1 and now["next"] and now)
    assert (progress["running"], progress["steps"], progress["next_at_s"]) == (True, 2, 3600)
    faults = get(base, "/api/state")["faults"]
    assert (faults["camera"], faults["seed"]) == ("slow", 9)
    assert get(base, "/api/state")["scenario"] == progress
    status, stopped = send(base, "/api/scenario", None, "DELETE")
    assert (status, stopped["running"]) == (200, False)
    assert get(base, "/api/faults")["camera"] == "slow", "what is wrong stays so"


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b'[[step]]\nat = 0\nset = { camra = "gone" }', "toml", "unknown setting 'step.0.set.camra'"),
        (b'{"step": [{"at": 0, "set": {"late_ms": 9999}}]}', "json", "'step.0.set.late_ms' is 9999"),
        (b"[]", "json", '"step", a list'),
        (b"at = = 1", "toml", "This is not application/toml"),
        (b"{", "json", "This is not application/json"),
    ],
)
def test_a_wrong_scenario_is_refused_with_the_name_of_the_key(base: str, body: bytes, kind: str, words: str) -> None:
    status, answer = send(base, "/api/scenario", body, content_type=f"application/{kind}")
    assert status == 400
    assert words in answer["error"]


def test_a_scenario_file_is_played_from_the_start_and_logged(tmp_path: Path) -> None:
    file, log = tmp_path / "evening.toml", tmp_path / "log"
    file.write_text(
        '[[step]]\nat = 0\nset = { battery_percent = 7 }\n[[step]]\nat = 0.1\nset = { button = "short", late_ms = 3 }\n'
    )
    options = ("--config", str(pictures(tmp_path, 320)), "--scenario", str(file))
    with simulator(*options, log=log) as (addresses, _):
        base = addresses["simulator"]
        until(lambda: (now := get(base, "/api/scenario")) and not now["running"])
        state = get(base, "/api/state")
        assert (state["battery_percent"], state["faults"]["late_ms"]) == (7, 3)
        until(lambda: any(r["name"] == "button_count" and r["value"] == 1 for r in get(base, "/api/registers")))
    text = log.read_text()
    assert "scenario evening.toml: 2 steps, seed 1" in text
    assert "scenario evening.toml: step 1 of 2 at 0 s: battery_percent=7" in text
    assert "scenario evening.toml: over" in text


def test_a_wrong_scenario_file_stops_the_start_with_the_name_of_the_key(tmp_path: Path) -> None:
    file = tmp_path / "evening.toml"
    file.write_text('[[step]]\nat = 0\nset = { camra = "gone" }\n')
    result = subprocess.run(
        [*COMMAND, "--scenario", str(file)], capture_output=True, text=True, timeout=30, check=False
    )
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "unknown setting 'step.0.set.camra'" in result.stderr


def test_many_robots_in_one_process_are_each_by_themselves(tmp_path: Path) -> None:
    link = tmp_path / "servos"
    with simulator("--robots", "3", "--serial-link", str(link)) as (addresses, _):
        robots = addresses["robots"]
        assert [robot["name"] for robot in robots] == ["robot-1", "robot-2", "robot-3"]
        assert [robot["serial"] for robot in robots] == [f"{link}-{number}" for number in (1, 2, 3)]
        assert get(addresses["simulator"], "/api/robots") == robots
        one, two = robots[0]["simulator"].rstrip("/"), robots[1]["simulator"].rstrip("/")
        assert throw(one, b'{"silent_pan": true, "battery_percent": 5}')[0] == 200
        assert throw(one, b'{"camera": "gone"}')[0] == 409
        assert (get(one, "/api/state")["battery_percent"], get(two, "/api/state")["battery_percent"]) == (5, 80)
        for robot, answered in ((robots[0], False), (robots[1], True)):
            port = opened_port(robot["serial"])
            assert (PacketHandler(2.0).ping(port, 1)[1] == 0) is answered
            assert PacketHandler(2.0).ping(port, 2)[1] == 0
            port.closePort()
        for robot in robots[:2]:
            client, answer = sound_of(robot["sound"])
            assert answer == b'{"ok":true}\n'
            assert client.recv(BLOCK_BYTES)
            client.close()
        with urllib.request.urlopen(robots[0]["simulator"], timeout=WAIT_S) as page:
            assert b'data-fault="camera"' in page.read()
    assert not list(tmp_path.iterdir())
