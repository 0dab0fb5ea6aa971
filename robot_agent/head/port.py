"""The serial line on the event loop: non-blocking, woken by the descriptor, no thread and no polling."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import termios
from collections.abc import Callable
from typing import Final

import serial

from robot_agent.head.errors import PortBusyError, PortLostError, PortUnavailableError

LOG = logging.getLogger(__name__)

READ_BYTES: Final = 4096
_BUSY: Final = (errno.EAGAIN, errno.EBUSY)  # flock held by another, TIOCEXCL set by another


class SerialPort:
    """An open port, used once. `on_data` gets what comes; `on_lost` is called once when the port goes away."""

    def __init__(
        self,
        device: serial.Serial,
        on_data: Callable[[bytes], None],
        on_lost: Callable[[PortLostError], None],
    ) -> None:
        self.name = str(device.port)
        self._device = device
        self._fd = device.fileno()
        self._on_data = on_data
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._readable)

    def send(self, data: bytes) -> None:
        """Put `data` on the line. A line that takes no more bytes drops them: the answer will be missing."""
        if self._fd < 0:
            return
        try:
            sent = os.write(self._fd, data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._lose(os.strerror(error.errno or errno.EIO))
            return
        if sent < len(data):
            LOG.warning("serial port %s takes no bytes; %d dropped", self.name, len(data) - sent)
            with contextlib.suppress(termios.error):  # the port may be going away at this moment
                termios.tcflush(self._fd, termios.TCOFLUSH)

    def close(self) -> None:
        """Give the port back. Further calls do nothing."""
        if self._fd < 0:
            return
        self._loop.remove_reader(self._fd)
        self._fd = -1
        self._device.close()

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(os.strerror(error.errno or errno.EIO))
            return
        if data:
            self._on_data(data)
        else:  # readable without a byte: the device hung up
            self._lose("hung up")

    def _lose(self, reason: str) -> None:
        self.close()
        self._on_lost(PortLostError(self.name, reason))


def open_device(port: str, baud: int) -> serial.Serial:
    """Open and lock `port`. Opening does not wait for the line (O_NONBLOCK), so it may run on the loop.

    Raises PortBusyError, PortUnavailableError.
    """
    try:
        return _open(port, baud, exclusive=True)
    except (OSError, ValueError, termios.error) as error:
        if _number(error) in _BUSY:
            raise PortBusyError(port) from error
        if "exclusively lock" not in str(error):
            raise PortUnavailableError(port, _reason(error)) from error
    LOG.warning("serial port %s cannot be locked; make sure that no other program uses it", port)
    try:
        return _open(port, baud, exclusive=None)
    except (OSError, ValueError, termios.error) as error:
        raise PortUnavailableError(port, _reason(error)) from error


def _open(port: str, baud: int, exclusive: bool | None) -> serial.Serial:
    # inter_byte_timeout=0 is VMIN=1: an empty read then means "hung up" and never "nothing yet".
    device = serial.Serial(port, baud, timeout=0, write_timeout=0, inter_byte_timeout=0, exclusive=exclusive)
    return _with_low_latency(device)


def _number(error: Exception) -> int | None:
    number = error.args[0] if error.args else None
    return number if isinstance(number, int) else None


def _reason(error: Exception) -> str:
    number = _number(error)
    return os.strerror(number) if number else str(error)


def _with_low_latency(device: serial.Serial) -> serial.Serial:
    """Ask a USB adapter for 1 ms instead of 16; other lines do not know the question."""
    try:
        device.set_low_latency_mode(True)
    except (OSError, ValueError, NotImplementedError, AttributeError) as error:
        LOG.debug("serial port %s has no low latency mode: %s", device.port, error)
    return device
