"""The head board: lights are made to be as wanted, battery and button are asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from protocol.state import BatteryState
from robot_agent.head.battery import BatteryWatch
from robot_agent.head.bus import Unicast
from robot_agent.head.button import ButtonRule, ButtonSettings, Press
from robot_agent.head.errors import DeviceError, ExchangeError
from robot_agent.head.lights import (
    HOST_TIMEOUT_MS,
    LIGHTS_OFF,
    Lights,
    eyes_value,
    hand_registers,
    shown,
)
from robot_agent.head.registers import (
    BOARD_BATTERY_PERCENT,
    BOARD_BUTTON_COUNT,
    BOARD_BUTTON_DOWN,
    BOARD_BUTTON_HELD,
    BOARD_CHARGING,
    BOARD_EYES,
    BOARD_LIGHTS,
    BOARD_SENSES,
    HEAD_BOARD,
    MODEL_NUMBER,
)

SENSES_PERIOD_S: Final = 0.2  # a press is noticed at once, as far as a finger can tell
VERIFY_PERIOD_S: Final = 1.0  # a board that restarted shows the right lights again after at most this
AWAY_PERIOD_S: Final = 0.3  # how often a silent board is asked; its time-outs take room on the bus
SILENT_AFTER: Final = 3  # exchanges in a row without an answer
CONTACT_LIMIT_S: Final = 0.8 * HOST_TIMEOUT_MS / 1000  # after such a pause the board may show its fault pattern


class HeadBoard:
    """What the board shall show and what it last said. One exchange or two at each `service`."""

    def __init__(
        self, device: int, on_press: Callable[[Press], None], button: ButtonSettings, battery_low_percent: float
    ) -> None:
        self.device = device
        self.watch = BatteryWatch(battery_low_percent)
        self.battery: BatteryState | None = None
        self.trouble: str | None = None
        self.answered = False
        """The board has answered on this line."""
        self._on_press = on_press
        self._lights = LIGHTS_OFF
        self._pending = True
        self._due = 0.0
        self._verify_at = 0.0
        self._contact_at: float | None = None
        self._failures = 0
        self._button = ButtonRule(button, time.monotonic())

    @property
    def lights(self) -> Lights:
        """What shall be shown."""
        return self._lights

    def set_lights(self, lights: Lights) -> None:
        """Show `lights` as soon as the board can be reached."""
        if lights != self._lights:
            self._lights = lights
            self._pending = True

    def reconnect(self) -> None:
        """The line is new: nothing is known of the board."""
        self._pending = True
        self._due = 0.0
        self._failures = 0
        self._contact_at = None
        self.answered = False

    def lost(self, reason: str) -> None:
        """The line is away: the board is out of reach, and so is what its battery holds."""
        self.trouble = reason
        self.battery = None

    def due(self, now: float) -> bool:
        """There is something to do."""
        return now >= self._due or (self._pending and self.trouble is None and self._failures == 0)

    async def service(self, line: Unicast, now: float) -> None:
        """Do what is most urgent. Failures become `trouble` (words) and are tried again."""
        try:
            await self._most_urgent(line, now)
        except ExchangeError as error:
            self._failed(str(error), now)
        else:
            self._failures = 0
            self.trouble = None
            self._contact_at = now

    async def shut_down(self, line: Unicast) -> None:
        """All lights off, and no fault pattern when nobody speaks to the board any more."""
        await line.write(self.device, BOARD_EYES, eyes_value(LIGHTS_OFF))
        await line.write_many(self.device, hand_registers(LIGHTS_OFF, host_timeout_ms=0))

    async def _most_urgent(self, line: Unicast, now: float) -> None:
        if not self.answered:
            await self._identify(line)
        if self._contact_at is None or now - self._contact_at > CONTACT_LIMIT_S:
            self._pending = True
        if self._pending:
            await self._write_lights(line)
            self._verify_at = now
        elif now >= self._verify_at:
            self._pending = not shown(await line.read_block(self.device, BOARD_LIGHTS), self._lights)
            self._verify_at = now + VERIFY_PERIOD_S
        else:
            self._sense(await line.read_block(self.device, BOARD_SENSES), now)
            self._due = now + SENSES_PERIOD_S

    async def _identify(self, line: Unicast) -> None:
        info = await line.ping(self.device)
        if info.model != HEAD_BOARD:
            raise DeviceError(self.device, MODEL_NUMBER.name, info.model, "this is not the head board")
        self.answered = True

    async def _write_lights(self, line: Unicast) -> None:
        lights = self._lights
        await line.write(self.device, BOARD_EYES, eyes_value(lights))
        await line.write_many(self.device, hand_registers(lights))
        self._pending = lights != self._lights  # they may have changed while this was on the line

    def _failed(self, reason: str, now: float) -> None:
        self._failures += 1
        self._pending = True
        self._due = now + (AWAY_PERIOD_S if self._failures >= SILENT_AFTER else SENSES_PERIOD_S)
        if self._failures >= SILENT_AFTER:
            self.trouble = reason
            self.battery = None

    def _sense(self, data: bytes, now: float) -> None:
        percent = min(BOARD_BATTERY_PERCENT.within(BOARD_SENSES, data), 100.0)
        charging = bool(BOARD_CHARGING.within(BOARD_SENSES, data))
        self.battery = self.watch.update(percent, charging=charging, now_s=now)
        presses = self._button.look(
            down=bool(BOARD_BUTTON_DOWN.within(BOARD_SENSES, data)),
            count=int(BOARD_BUTTON_COUNT.within(BOARD_SENSES, data)),
            held_s=BOARD_BUTTON_HELD.within(BOARD_SENSES, data) / 1000,
            now_s=now,
        )
        for press in presses:
            self._on_press(press)
