"""What can go wrong on the servo bus.

HeadError
├── PortError                 the serial line itself
│   ├── PortUnavailableError  it cannot be opened
│   ├── PortBusyError         another program has it
│   └── PortLostError         it went away while in use (unplugged)
├── ExchangeError             one device and one register
│   ├── NoReplyError          nothing valid came in time
│   ├── StatusError           the device answered with an error code
│   └── DeviceError           the device is not what it should be, or reports a hardware error
└── ValueRangeError           a value that does not fit its register
"""

from __future__ import annotations

from typing import Final

STATUS_WORDS: Final = {
    1: "it could not carry the instruction out",
    2: "it does not know the instruction",
    3: "the instruction came damaged (CRC)",
    4: "the value is out of range",
    5: "the value has the wrong length",
    6: "the value is beyond its limit setting",
    7: "the register is read-only, or locked while torque is on",
}


class HeadError(Exception):
    """Anything that this package raises."""


class PortError(HeadError):
    """The serial line `port` cannot be used."""

    def __init__(self, port: str, message: str) -> None:
        super().__init__(message)
        self.port = port


class PortUnavailableError(PortError):
    """The port cannot be opened."""

    def __init__(self, port: str, reason: str) -> None:
        super().__init__(port, f"serial port {port} cannot be opened ({reason}); check the cable and serial.port")


class PortBusyError(PortError):
    """Another program holds the port."""

    def __init__(self, port: str) -> None:
        super().__init__(port, f"serial port {port} is in use by another program; stop that one first")


class PortLostError(PortError):
    """The port went away while it was in use."""

    def __init__(self, port: str, reason: str) -> None:
        super().__init__(port, f"serial port {port} is gone ({reason}); is the cable in?")
        self.reason = reason


class ExchangeError(HeadError):
    """Asking device `id` for or about `register` failed; `value` is what was to be written, if anything."""

    def __init__(self, id: int, register: str, value: float | None, message: str) -> None:  # noqa: A002
        super().__init__(message)
        self.id = id
        self.register = register
        self.value = value


class NoReplyError(ExchangeError):
    """The device did not answer, or only with damaged bytes."""

    def __init__(self, id: int, register: str, value: float | None = None) -> None:  # noqa: A002
        what = f"{register} = {value:g}" if value is not None else register
        super().__init__(id, register, value, f"device {id} does not answer ({what}); check its cable and power")


class StatusError(ExchangeError):
    """The device answered with error `code` (1..7)."""

    def __init__(self, id: int, register: str, code: int, value: float | None = None) -> None:  # noqa: A002
        what = f"{register} = {value:g}" if value is not None else register
        words = STATUS_WORDS.get(code, f"error {code}")
        super().__init__(id, register, value, f"device {id} refuses {what}: {words}")
        self.code = code


class DeviceError(ExchangeError):
    """The device answers, but cannot be used as it is."""

    def __init__(self, id: int, register: str, value: float, reason: str) -> None:  # noqa: A002
        super().__init__(id, register, value, f"device {id}: {reason}")


class ValueRangeError(HeadError):
    """`value` does not fit `register`."""

    def __init__(self, register: str, value: float) -> None:
        super().__init__(f"{register} cannot be {value!r}")
        self.register = register
        self.value = value
