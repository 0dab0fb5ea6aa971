"""The pty that stands in for the USB serial adapter: served by one thread, at the speed of the simulated wire."""

import contextlib
import os
import pty
import select
import threading
import time
import tty
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from hardware_sim.bus.bus import Reply
from hardware_sim.bus.noise import Disturbance, Noise
from hardware_sim.bus.packets import Damaged, Instruction, Parser

BYTE_S = 10 / 1_000_000  # start bit, 8 data bits, stop bit at 1 Mbaud
READ_BYTES = 4096
MAX_PENDING = 256  # replies on their way; a host that floods the wire loses the rest
MAX_LAG_S = 0.5  # a pty takes bytes faster than any wire: the simulated wire never falls further behind

Handler = Callable[[Instruction | Damaged], list[Reply]]


class SerialLinkError(Exception):
    """The name for the serial port cannot be made. The text says what to do."""


class SerialPort:
    """The bus's serial port, open from construction until `close()`. `name` is the path to open.

    `handler` is called in the port's thread. `ended` is done when the thread is, with the error that stopped it.
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._master, self._slave = pty.openpty()  # the slave stays open, so that clients may come and go
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._wake_in, self._wake_out = os.pipe()
        self.disturb(Disturbance())
        self.name = os.ttyname(self._slave)
        self.ended: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="servo-bus", daemon=True)
        self._thread.start()

    def disturb(self, disturbance: Disturbance) -> None:
        """From the next byte on; the noise begins anew. May be called from any thread."""
        rate, seed = disturbance.corrupt_rate, disturbance.seed
        self._noise = Noise(rate, f"{seed} in"), Noise(rate, f"{seed} out")
        self._late_s = disturbance.late_s

    def close(self) -> None:
        """Stops the thread and takes the port away: an open client gets an I/O error, as when a plug is pulled."""
        os.write(self._wake_out, b"x")
        self._thread.join()
        for descriptor in (self._master, self._slave, self._wake_in, self._wake_out):
            os.close(descriptor)

    def _run(self) -> None:
        try:
            self._serve()
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for `ended`
            self.ended.set_exception(error)
        else:
            self.ended.set_result(None)

    def _serve(self) -> None:
        parser = Parser()
        pending: deque[tuple[float, bytes]] = deque()
        wire_free_s = 0.0
        while True:
            wait_s = max(0.0, pending[0][0] - time.monotonic()) if pending else None
            ready, _, _ = select.select([self._master, self._wake_in], [], [], wait_s)
            if self._wake_in in ready:
                return
            now_s = time.monotonic()
            if self._master in ready:
                noise_in, noise_out = self._noise
                data = noise_in.spoil(os.read(self._master, READ_BYTES))
                wire_free_s = min(max(wire_free_s, now_s) + len(data) * BYTE_S, now_s + MAX_LAG_S)
                for packet in parser.feed(data, now_s):
                    for reply in self._handler(packet):
                        wire_free_s += reply.delay_s + len(reply.data) * BYTE_S
                        if len(pending) < MAX_PENDING:
                            due_s = max(wire_free_s + self._late_s, pending[-1][0] if pending else 0.0)
                            pending.append((due_s, noise_out.spoil(reply.data)))
            while pending and pending[0][0] <= now_s:
                with contextlib.suppress(BlockingIOError):  # nobody reads: on a wire the bytes are gone
                    os.write(self._master, pending.popleft()[1])


def make_link(link: Path, target: str) -> None:
    """Makes `link` a symbolic link to `target`, over a left-over of an earlier run. Raises SerialLinkError."""
    try:
        if link.is_symlink():
            if link.exists() and not os.readlink(link).startswith("/dev/pts/"):
                raise SerialLinkError(f"{link} is a link to {os.readlink(link)}; choose another --serial-link")
            link.unlink()
        link.symlink_to(target)
    except FileExistsError:
        raise SerialLinkError(f"{link} exists and is not a link; choose another --serial-link") from None
    except OSError as error:
        raise SerialLinkError(f"cannot make the link {link}: {error.strerror}; choose another --serial-link") from error


def remove_link(link: Path, target: str) -> None:
    """Removes `link` unless somebody has pointed it elsewhere since."""
    with contextlib.suppress(OSError):
        if os.readlink(link) == target:
            link.unlink()
