"""A sound device at the other end of a unix socket, for sound that another program renders.

The client sends one JSON line with the format (and `"microphone":false` for the speaker alone), the server answers
`{"ok":true}` or `{"ok":false,"error":words}`. Then the server sends one block of 960 bytes (s16le) every 10 ms,
silent ones to a client without a microphone, and each is answered with one. Closing the socket closes the device.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading

from robot_agent.media.blocks import BLOCK, BLOCK_BYTES, RATE_HZ, block_from_bytes, block_to_bytes
from robot_agent.media.sound_device import FailureReport, OnFailure, ProcessBlock
from robot_agent.media.sound_errors import SoundLostError, SoundOpenError

CONNECT_TIMEOUT_S = 2.0  # the server is on this machine: it answers at once, or it hangs
BLOCK_TIMEOUT_S = 2.0  # 200 blocks: a starved machine stutters, it does not stop for so long
JOIN_TIMEOUT_S = 2.0  # the thread wakes at once when its socket is shut down
MAX_ANSWER_BYTES = 4096
_FORMAT = {"rate": RATE_HZ, "block": BLOCK, "channels": 1}
_CHECK = "check that the sound server runs and that sound.device names its socket"


class SocketSound:
    """Implements SoundDevice over a unix stream socket."""

    def __init__(self, path: str, *, microphone: bool = True) -> None:
        self.name = f"socket:{path}"
        self._path = path
        self._hello = _FORMAT if microphone else _FORMAT | {"microphone": False}
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._failure = FailureReport()
        self._closing = threading.Event()

    def open(self, process: ProcessBlock, on_failure: OnFailure) -> None:
        """Connect and start. Raises SoundOpenError; RuntimeError when it is opened twice."""
        if self._socket is not None or self._closing.is_set():
            raise RuntimeError("a sound device is opened once")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket = connection
        try:
            connection.settimeout(CONNECT_TIMEOUT_S)
            self._connect(connection)
        except BaseException:  # whatever stopped it: nobody else knows of the socket
            self.close()
            raise
        connection.settimeout(BLOCK_TIMEOUT_S)
        self._failure.arm(on_failure)
        self._thread = threading.Thread(target=self._run, args=(connection, process), name="sound-socket", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._failure.disarm()
        self._closing.set()
        connection, thread = self._socket, self._thread
        if connection is None:
            return
        with contextlib.suppress(OSError):  # the other end may be gone already
            connection.shutdown(socket.SHUT_RDWR)
        if thread is not None:
            thread.join(JOIN_TIMEOUT_S)
        connection.close()

    def _connect(self, connection: socket.socket) -> None:
        try:
            connection.connect(self._path)
            connection.sendall(json.dumps(self._hello, separators=(",", ":")).encode() + b"\n")
            line = _read_line(connection)
        except TimeoutError as error:
            raise SoundOpenError(
                self.name, f"no answer in {CONNECT_TIMEOUT_S:.0f} s", "restart the sound server"
            ) from error
        except FileNotFoundError as error:
            raise SoundOpenError(self.name, "no such socket", _CHECK) from error
        except OSError as error:
            raise SoundOpenError(self.name, error.strerror or str(error), _CHECK) from error
        self._check_answer(line)

    def _check_answer(self, line: bytes) -> None:
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise SoundOpenError(self.name, f"answered {line[:80]!r}", _CHECK) from error
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            words = answer.get("error") if isinstance(answer, dict) else None
            raise SoundOpenError(
                self.name,
                f"refused: {words or line[:80]!r}",
                "close what else uses it, or correct sound.device",
            )

    def _run(self, connection: socket.socket, process: ProcessBlock) -> None:
        buffer = bytearray(BLOCK_BYTES)
        try:
            while _read_exactly(connection, memoryview(buffer)):
                connection.sendall(block_to_bytes(process(block_from_bytes(buffer))))
            self._lost("the sound server closed the connection", "restart the sound server")
        except TimeoutError:
            self._lost(f"no sound for {BLOCK_TIMEOUT_S:.0f} s", "restart the sound server")
        except OSError as error:
            self._lost(error.strerror or str(error), "restart the sound server")
        except Exception as error:  # noqa: BLE001 - whatever `process` raised must reach the owner
            self._lost(f"processing failed ({error!r})", "this is a fault of the program")

    def _lost(self, what: str, advice: str) -> None:
        if not self._closing.is_set():
            self._failure.tell(SoundLostError(self.name, what, advice))


def _read_line(connection: socket.socket) -> bytes:
    """Up to the newline and not a byte further: what follows is sound. Short if the server hangs up."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < MAX_ANSWER_BYTES:
        byte = connection.recv(1)
        if not byte:
            break
        line += byte
    return bytes(line)


def _read_exactly(connection: socket.socket, view: memoryview) -> bool:
    """Fill `view`; False when the other end closed."""
    while view:
        count = connection.recv_into(view)
        if count == 0:
            return False
        view = view[count:]
    return True
