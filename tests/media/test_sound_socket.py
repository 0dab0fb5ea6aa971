"""The sound end over a unix socket, against a server in the test that follows the same paper."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from robot_agent.media import sound_socket
from robot_agent.media.blocks import BLOCK, BLOCK_BYTES, Block, block_from_bytes
from robot_agent.media.sound_device import open_sound_device
from robot_agent.media.sound_errors import SoundDeviceError, SoundOpenError
from robot_agent.media.sound_none import NoSound
from robot_agent.media.sound_socket import SocketSound

WAIT_S = 10.0


class Server:
    """The other end of one connection, driven step by step by the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._listener.settimeout(WAIT_S)
        self.connection: socket.socket | None = None

    def accept(self, answer: bytes) -> dict[str, object]:
        """Take the client's line and answer; the line."""
        self.connection, _ = self._listener.accept()
        self.connection.settimeout(WAIT_S)
        line = self.connection.makefile("rb").readline()
        self.connection.sendall(answer)
        hello: dict[str, object] = json.loads(line)
        return hello

    def exchange(self, microphone: Block) -> Block:
        assert self.connection is not None
        self.connection.sendall(microphone.astype("<i2").tobytes())
        data = self.connection.recv(BLOCK_BYTES, socket.MSG_WAITALL)
        return block_from_bytes(data)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self._listener.close()


class Owner:
    """Plays the microphone back at half its level; keeps what it is told."""

    def __init__(self) -> None:
        self.errors: list[SoundDeviceError] = []
        self.failed = threading.Event()

    def process(self, microphone: Block) -> Block:
        return (microphone // 2).astype(np.int16)

    def failure(self, error: SoundDeviceError) -> None:
        self.errors.append(error)
        self.failed.set()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "sound")
    try:
        yield running
    finally:
        running.close()


@contextlib.contextmanager
def opened(server: Server, owner: Owner) -> Iterator[SocketSound]:
    device = SocketSound(str(server.path))
    hellos: list[dict[str, object]] = []
    greeter = threading.Thread(target=lambda: hellos.append(server.accept(b'{"ok":true}\n')))
    greeter.start()
    try:
        device.open(owner.process, owner.failure)
        greeter.join(WAIT_S)
        assert hellos == [{"rate": 48000, "block": 480, "channels": 1}]
        yield device
    finally:
        device.close()
        greeter.join(WAIT_S)


def sound_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("sound-")]


def test_every_block_is_processed_and_answered_in_order(server: Server) -> None:
    owner = Owner()
    with opened(server, owner):
        assert sound_threads() == ["sound-socket"]
        for value in range(-200, 200, 7):
            answer = server.exchange(np.full(BLOCK, value * 100, dtype=np.int16))
            assert np.all(answer == value * 50)
    assert sound_threads() == []
    assert owner.errors == []


def test_closing_the_device_closes_the_socket_and_tells_nobody(server: Server) -> None:
    owner = Owner()
    with opened(server, owner) as device:
        server.exchange(np.zeros(BLOCK, dtype=np.int16))
        device.close()
        device.close()
        assert server.connection is not None
        assert server.connection.recv(1) == b""
    assert owner.errors == []


def test_a_block_in_pieces_is_one_block(server: Server) -> None:
    owner = Owner()
    with opened(server, owner):
        assert server.connection is not None
        data = np.arange(BLOCK, dtype="<i2").tobytes()
        for start in range(0, BLOCK_BYTES, 100):
            server.connection.sendall(data[start : start + 100])
        answer = server.connection.recv(BLOCK_BYTES, socket.MSG_WAITALL)
        assert np.array_equal(block_from_bytes(answer), np.arange(BLOCK) // 2)


def test_a_missing_socket_is_named(tmp_path: Path) -> None:
    with pytest.raises(SoundOpenError, match=r"nowhere.*no such socket; .*sound\.device") as caught:
        SocketSound(str(tmp_path / "nowhere")).open(Owner().process, Owner().failure)
    assert caught.value.device == f"socket:{tmp_path}/nowhere"


def test_a_socket_that_nobody_listens_to_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old"
    with socket.socket(socket.AF_UNIX) as abandoned:
        abandoned.bind(str(path))
    with pytest.raises(SoundOpenError, match="refused"):
        SocketSound(str(path)).open(Owner().process, Owner().failure)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b'{"ok":false,"error":"somebody else is listening"}\n', "somebody else is listening"),
        (b"HTTP/1.1 400 Bad Request\n", "HTTP/1.1 400"),
        (b"[]\n", "refused"),
        (b'{"ok":1}\n', "refused"),
    ],
)
def test_a_refusal_is_passed_on_with_the_servers_words(server: Server, answer: bytes, words: str) -> None:
    greeter = threading.Thread(target=server.accept, args=(answer,))
    greeter.start()
    device = SocketSound(str(server.path))
    with pytest.raises(SoundOpenError, match=words):
        device.open(Owner().process, Owner().failure)
    greeter.join(WAIT_S)
    assert server.connection is not None
    assert server.connection.recv(1) == b""
    assert sound_threads() == []


def test_a_server_that_says_nothing_times_out(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_socket, "CONNECT_TIMEOUT_S", 0.1)
    with pytest.raises(SoundOpenError, match="no answer"):
        SocketSound(str(server.path)).open(Owner().process, Owner().failure)


def test_a_server_that_hangs_up_is_a_failure(server: Server) -> None:
    owner = Owner()
    with opened(server, owner):
        assert server.connection is not None
        server.connection.shutdown(socket.SHUT_RDWR)
        assert owner.failed.wait(WAIT_S)
    assert [error.device for error in owner.errors] == [f"socket:{server.path}"]
    assert "closed the connection" in str(owner.errors[0])


def test_a_server_that_falls_silent_is_a_failure(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_socket, "BLOCK_TIMEOUT_S", 0.1)
    owner = Owner()
    with opened(server, owner):
        assert owner.failed.wait(WAIT_S)
    assert len(owner.errors) == 1
    assert "no sound for" in str(owner.errors[0])


def test_a_fault_in_the_processing_is_a_failure(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Owner()

    def broken(_microphone: Block) -> Block:
        raise ArithmeticError("half a decibel")

    monkeypatch.setattr(owner, "process", broken)
    with opened(server, owner):
        assert server.connection is not None
        server.connection.sendall(bytes(BLOCK_BYTES))
        assert owner.failed.wait(WAIT_S)
    assert "half a decibel" in str(owner.errors[0])


def test_a_device_is_used_once(server: Server) -> None:
    owner = Owner()
    with opened(server, owner) as device, pytest.raises(RuntimeError, match="once"):
        device.open(owner.process, owner.failure)
    with pytest.raises(RuntimeError, match="once"):
        device.open(owner.process, owner.failure)


def test_no_sound_is_a_silent_clock_of_ten_milliseconds() -> None:
    device, enough, heard = NoSound(), threading.Event(), []

    def process(microphone: Block) -> Block:
        heard.append(int(np.abs(microphone).max()))
        if len(heard) == 20:
            enough.set()
        return microphone

    device.open(process, Owner().failure)
    assert enough.wait(WAIT_S)
    device.close()
    assert max(heard) == 0
    assert sound_threads() == []
    with pytest.raises(RuntimeError, match="once"):
        device.open(process, Owner().failure)


def test_no_sound_reports_a_fault_in_the_processing() -> None:
    owner, device = Owner(), NoSound()

    def broken(_microphone: Block) -> Block:
        raise ArithmeticError("half a decibel")

    device.open(broken, owner.failure)
    assert owner.failed.wait(WAIT_S)
    device.close()
    assert "half a decibel" in str(owner.errors[0])


def test_the_factory_knows_its_devices() -> None:
    names = ["socket:/run/sound", "card:default", "card:3", "card:USB: Speakerphone", "none"]
    assert [open_sound_device(name).name for name in names] == names


@pytest.mark.parametrize("source", ["", "socket:", "card:", "card", "none:x", "alsa:hw0", "/dev/snd"])
def test_an_unknown_device_is_refused_with_the_key(source: str) -> None:
    with pytest.raises(ValueError, match=r"^sound\.device: .*card:default"):
        open_sound_device(source)
