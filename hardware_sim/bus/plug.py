"""The cable between body and host: a serial port under one name that can be pulled out and put back."""

from concurrent.futures import Future
from pathlib import Path

from hardware_sim.bus.noise import Disturbance
from hardware_sim.bus.port import Handler, SerialLinkError, SerialPort, make_link, remove_link


class Plug:
    """Plugged in from construction until `close()`. Not safe from two threads; `failed` ends with a port's own error.

    A host that has the port open gets an I/O error when it is pulled out, and then there is no such file, as with a
    USB adapter.
    """

    def __init__(self, handler: Handler, link: Path) -> None:
        """Raises OSError without pseudo terminals and SerialLinkError when the name cannot be had."""
        self.link = link
        self.failed: Future[None] = Future()
        self._handler = handler
        self._disturbance = Disturbance()
        self._port: SerialPort | None = None
        self.put_in()

    def put_in(self) -> None:
        """Nothing when it is in. Raises as construction does."""
        if self._port is not None:
            return
        port = SerialPort(self._handler)
        try:
            make_link(self.link, port.name)
        except SerialLinkError:
            port.close()
            raise
        port.disturb(self._disturbance)
        port.ended.add_done_callback(self._port_ended)
        self._port = port

    def pull_out(self) -> None:
        """Nothing when it is out."""
        port, self._port = self._port, None
        if port is not None:
            remove_link(self.link, port.name)
            port.close()

    def disturb(self, disturbance: Disturbance) -> None:
        """From the next byte on, also of a port that is put in later. The same again changes nothing."""
        if disturbance != self._disturbance:
            self._disturbance = disturbance
            if self._port is not None:
                self._port.disturb(disturbance)

    def close(self) -> None:
        """Out for good."""
        self.pull_out()
        if not self.failed.done():
            self.failed.set_result(None)

    def _port_ended(self, ended: "Future[None]") -> None:
        error = ended.exception()
        if error is not None and not self.failed.done():
            self.failed.set_exception(error)
