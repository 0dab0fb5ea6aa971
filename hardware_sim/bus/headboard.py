"""The simulated head board (id 10): eyes, hand light, privacy light, battery and button.

Its firmware is built on ROBOTIS' slave library (Dynamixel2Arduino, `Slave`), so it behaves like it: only unicast ping,
read and write are answered; anything else, and anything damaged or malformed, meets silence; unknown addresses read as
zeros and swallow writes; an item that the request covers only partly is passed over; a refused item keeps its value
while the others in the same packet are written.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from hardware_sim.bus.battery import Battery
from hardware_sim.bus.packets import Err, Inst, Instruction, Status
from hardware_sim.bus.table import Memory, Register

BOARD_ID = 10
MODEL_NUMBER = 0x5641  # "AV"
FIRMWARE = 1
BUFFER = 256  # the library's packet buffer: what does not fit gets no answer
BUFFER_OVERHEAD = 11
TABLE_END = 135
TIMEOUT_UNIT_S = 0.1
BLINK_UNIT_S = 0.02
FAULT_HALF_PERIOD_S = 0.25
FAULT_RED = (255, 0, 0)
HELD_UNIT_S = 0.1
PRESSES_S = {"short": 0.15, "long": 1.2, "very_long": 6.0}  # how long the developer's finger stays
START_PERCENT = 80

ButtonPress = Literal["short", "long", "very_long"]


class Eyes(IntEnum):
    """What the eyes show."""

    CLOSED = 0
    NEUTRAL = 1
    HAPPY = 2
    SAD = 3
    CONFUSED = 4


def _light(address: int, name: str) -> Register:
    return Register(address, 1, name, True, high=255)


BOARD: tuple[Register, ...] = (
    Register(0, 2, "model_number", default=MODEL_NUMBER),
    Register(6, 1, "firmware_version", default=FIRMWARE),
    Register(7, 1, "id", default=BOARD_ID),
    Register(64, 1, "eyes", True, high=max(Eyes)),
    _light(66, "hand_red"),
    _light(67, "hand_green"),
    _light(68, "hand_blue"),
    Register(69, 1, "hand_blink", True, scale=20, unit="ms", allowed=(0, *range(9, 256))),
    Register(70, 1, "host_timeout", True, high=255, scale=100, unit="ms"),
    Register(71, 1, "privacy_light", True, high=1),
    Register(128, 1, "battery_percent", default=START_PERCENT, unit="%"),
    Register(129, 1, "charging"),
    Register(130, 2, "battery_mv", unit="mV"),
    Register(132, 1, "button_down"),
    Register(133, 1, "button_count"),  # presses that have ended
    Register(134, 1, "button_held", scale=100, unit="ms"),  # of the press under way, else of the last one
)
_ENDS_FAULT = frozenset(("eyes", "hand_red", "hand_green", "hand_blue", "hand_blink"))


@dataclass(frozen=True, slots=True)
class Lights:
    """What a person in the room sees on the head. `half_period_s` 0 is a steady hand light; `fault`: host lost."""

    eyes: Eyes
    hand_rgb: tuple[int, int, int]
    half_period_s: float
    privacy: bool
    fault: bool


class HeadBoard:
    """The board, switched on at `now_s`, everything dark."""

    def __init__(self, now_s: float) -> None:
        self.memory = Memory(BOARD, TABLE_END)
        self.connected = True
        self._heard_s = now_s
        self._fault = False
        self._press: tuple[float, float] | None = None  # from when until when the button is down
        self._battery = Battery(START_PERCENT, now_s)
        self._refresh_battery(now_s)

    @property
    def id(self) -> int:
        """The id on the bus."""
        return BOARD_ID

    def execute(self, packet: Instruction, now_s: float) -> Status | None:
        """The answer to a packet for this id, or None when the library would stay silent."""
        self.refresh(now_s)
        self._heard_s = now_s
        if packet.code == Inst.PING:
            return Status(BOARD_ID, params=MODEL_NUMBER.to_bytes(2, "little") + bytes((FIRMWARE,)))
        if packet.code == Inst.READ and len(packet.params) == 4:
            return self._read(*_two_words(packet.params))
        if packet.code == Inst.WRITE and 2 < len(packet.params) <= BUFFER - BUFFER_OVERHEAD + 2:
            return self._write(int.from_bytes(packet.params[:2], "little"), packet.params[2:])
        return None

    def lights(self, now_s: float) -> Lights:
        """What the head shows at `now_s`."""
        self.refresh(now_s)
        get = self.memory.get
        privacy = bool(get("privacy_light"))
        if self._fault:
            return Lights(Eyes.CLOSED, FAULT_RED, FAULT_HALF_PERIOD_S, privacy, True)
        rgb = (get("hand_red"), get("hand_green"), get("hand_blue"))
        return Lights(Eyes(get("eyes")), rgb, get("hand_blink") * BLINK_UNIT_S, privacy, False)

    def set_battery(self, percent: int, now_s: float) -> None:
        """Sets the charge (0..100) and the voltage that goes with it."""
        self._battery.refresh(now_s)
        self._battery.put(percent)
        self._refresh_battery(now_s)

    def set_battery_pace(self, pace: float, now_s: float) -> None:
        """How many percent a minute it loses from now on, or gains with the charger in."""
        self._battery.refresh(now_s)
        self._battery.pace = pace

    def set_charging(self, charging: bool, now_s: float) -> None:
        """Plugs the charger in or out."""
        self._battery.refresh(now_s)
        self._battery.charging = charging
        self._refresh_battery(now_s)

    def press(self, kind: ButtonPress, now_s: float) -> bool:
        """Presses the button and lets it go again after a while. False while it is still down."""
        self.refresh(now_s)
        if self._press is not None:
            return False
        self._press = (now_s, now_s + PRESSES_S[kind])
        self.memory.put("button_down", 1)
        self.memory.put("button_held", 0)
        return True

    def refresh(self, now_s: float) -> None:
        """Brings the button, the battery and the host time-out up to `now_s`."""
        self._refresh_button(now_s)
        self._refresh_battery(now_s)
        timeout_s = self.memory.get("host_timeout") * TIMEOUT_UNIT_S
        if timeout_s and now_s - self._heard_s > timeout_s:
            self._fault = True

    def _refresh_battery(self, now_s: float) -> None:
        self._battery.refresh(now_s)
        self.memory.put("battery_percent", self._battery.percent)
        self.memory.put("battery_mv", self._battery.millivolts)
        self.memory.put("charging", int(self._battery.charging))

    def _refresh_button(self, now_s: float) -> None:
        if self._press is None:
            return
        down_s, up_s = self._press
        self.memory.put("button_held", min(255, int((min(now_s, up_s) - down_s) / HELD_UNIT_S + 1e-6)))
        if now_s >= up_s:
            self._press = None
            self.memory.put("button_down", 0)
            self.memory.put("button_count", (self.memory.get("button_count") + 1) % 256)

    def _read(self, address: int, size: int) -> Status | None:
        if size + BUFFER_OVERHEAD > BUFFER:
            return None
        data = bytearray(size)
        for register in _covered(address, size):
            start = register.address - address
            data[start : start + register.size] = self.memory.slice(register.address, register.size)
        return Status(BOARD_ID, params=bytes(data))

    def _write(self, address: int, data: bytes) -> Status:
        for register in _covered(address, len(data)):
            start = register.address - address
            value = register.decode(data[start : start + register.size])
            if not register.writable:
                return Status(BOARD_ID, Err.ACCESS)
            if not register.accepts(value):
                return Status(BOARD_ID, Err.DATA_RANGE)
            self.memory.put(register.name, value)
            if register.name in _ENDS_FAULT:
                self._fault = False
        return Status(BOARD_ID)


def _covered(address: int, size: int) -> list[Register]:
    return [item for item in BOARD if address <= item.address and item.end <= address + size]


def _two_words(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
