"""Serial port, servos and head board. Nothing is moved and nothing is written."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from robot_agent.doctor.finding import Check, Finding, note, ok, wrong
from robot_agent.head.bus import Bus, Unicast
from robot_agent.head.errors import ExchangeError, PortBusyError, PortError
from robot_agent.head.registers import (
    BOARD_BATTERY_PERCENT,
    BOARD_CHARGING,
    BOARD_SENSES,
    HARDWARE_ERROR,
    HEAD_BOARD,
    PRESENT_POSITION,
    XL330_M288,
    hardware_error_words,
)
from robot_agent.head.settings import AxisSettings, HeadSettings, SerialSettings

LIMIT_S: Final = 4.0  # an exchange takes milliseconds; a driver that opens a dead adapter may hang
PATIENCE_S: Final = 0.2  # a doctor has time, where a tick of the head has 20 ms
TRIES: Final = 3


class HeadChecks:
    """The checks of everything on the bus, each over a port of its own."""

    def __init__(self, serial: SerialSettings, head: HeadSettings) -> None:
        self._serial = serial
        self._head = head

    def checks(self) -> list[Check]:
        """In the order in which they make sense."""
        return [
            Check("serial", LIMIT_S, self._port),
            Check("servo_pan", LIMIT_S, lambda: self._servo(self._head.pan)),
            Check("servo_tilt", LIMIT_S, lambda: self._servo(self._head.tilt)),
            Check("board", LIMIT_S, self._board),
        ]

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[Unicast]:
        bus = Bus(self._serial.port, self._serial.baud, PATIENCE_S)
        try:
            yield Unicast(bus, _patiently, slots=TRIES, attempts=1)
        finally:
            bus.close()

    async def _port(self) -> Finding:
        port = self._serial.port
        try:
            async with self._line():
                return ok("serial_ok", port=port)
        except PortBusyError:
            return wrong("serial_busy", port=port)
        except PortError as error:
            return wrong("serial_closed", detail=str(error), port=port)

    async def _servo(self, axis: AxisSettings) -> Finding:
        device = axis.id
        try:
            async with self._line() as line:
                info = await line.ping(device)
                if info.model != XL330_M288:
                    return wrong("servo_other", id=device, model=info.model)
                fault = int(await line.read(device, HARDWARE_ERROR))
                if fault:
                    return wrong("servo_protects_itself", detail=hardware_error_words(fault), id=device)
                angle = axis.to_head(await line.read(device, PRESENT_POSITION))
        except PortError:
            return wrong("needs_serial")
        except ExchangeError as error:
            return wrong("servo_silent", detail=str(error), id=device, baud=self._serial.baud)
        if not axis.min_deg - 5 <= angle <= axis.max_deg + 5:
            return note("servo_turned", id=device, angle=round(angle))
        return ok("servo_ok", id=device, angle=round(angle))

    async def _board(self) -> Finding:
        device = self._head.board_id
        try:
            async with self._line() as line:
                info = await line.ping(device)
                if info.model != HEAD_BOARD:
                    return wrong("board_other", id=device, model=info.model)
                senses = await line.read_block(device, BOARD_SENSES)
        except PortError:
            return wrong("needs_serial")
        except ExchangeError as error:
            return wrong("board_silent", detail=str(error), id=device)
        percent = round(BOARD_BATTERY_PERCENT.within(BOARD_SENSES, senses))
        if percent < self._head.battery_low_percent and not BOARD_CHARGING.within(BOARD_SENSES, senses):
            return note("battery_low", percent=percent)
        return ok("board_ok", percent=percent)


async def _patiently() -> float:
    """Until when an answer may come; the bus is nobody else's."""
    return time.monotonic() + PATIENCE_S
