"""The device's end of a sound socket, with a clock of its own."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import numpy as np

from robot_agent.media.blocks import BLOCK, BLOCK_BYTES, BLOCK_S, Block
from tests.media.pulse import tone

WAIT_S = 10.0


class Room(threading.Thread):
    """A sound server whose microphone hears a tone; keeps what is played."""

    def __init__(self, path: Path) -> None:
        super().__init__(name="room")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._stopping = False
        self._position = 0
        self.hz = 440.0
        self.played: list[Block] = []
        self.connections = 0
        self.connected = False

    def run(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._stopping:
                connection.close()
                return
            with connection:
                self.connections += 1
                self.connected = True
                self._serve(connection)
            self.connected = False

    def stop(self) -> None:
        self._stopping = True
        with socket.socket(socket.AF_UNIX) as poke:
            poke.connect(self._listener.getsockname())
        self.join(WAIT_S)
        self._listener.close()

    def clock(self) -> float:
        """Seconds by the device's clock."""
        return len(self.played) * BLOCK_S

    def hang_up(self) -> None:
        self._hang_up = True

    def _serve(self, connection: socket.socket) -> None:
        self._hang_up = False
        connection.settimeout(WAIT_S)
        try:
            connection.makefile("rb").readline()
            connection.sendall(b'{"ok":true}\n')
            while not self._hang_up:
                started = time.monotonic()
                connection.sendall(tone(self.hz, self._position, BLOCK).tobytes())
                self._position += BLOCK
                data = connection.recv(BLOCK_BYTES, socket.MSG_WAITALL)
                if len(data) < BLOCK_BYTES:
                    return
                self.played.append(np.frombuffer(data, dtype="<i2").astype(np.int16))
                time.sleep(max(0.0, 0.005 - (time.monotonic() - started)))  # twice as fast as life
        except OSError:
            return
