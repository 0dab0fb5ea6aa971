"""The simulated body as the rest of the simulator sees it: one lock around the bus, poses and states out."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from hardware_sim.bus.bus import Bus, Reply
from hardware_sim.bus.headboard import ButtonPress, HeadBoard, Lights
from hardware_sim.bus.packets import Damaged, Instruction
from hardware_sim.bus.servo import Servo
from hardware_sim.bus.supply import NOMINAL_V, Supply
from hardware_sim.bus.table import Memory

PAN_ID, TILT_ID = 1, 2
PAN_STOPS_DEG = (-180.0, 180.0)
TILT_STOPS_DEG = (-90.0, 90.0)  # where the yoke ends; the robot's own limits are narrower


@dataclass(frozen=True, slots=True)
class BodyState:
    """One moment of the body, as a person in the room (and a voltmeter) would find it. Angles in degrees."""

    pan_deg: float
    tilt_deg: float
    goal_pan_deg: float
    goal_tilt_deg: float
    torque: tuple[bool, bool]
    blocked: tuple[bool, bool]
    lights: Lights
    battery_percent: int
    battery_mv: int
    charging: bool
    button_down: bool


@dataclass(frozen=True, slots=True)
class RegisterValue:
    """A register of one device and what is in it; `scale` times the value is in `unit`."""

    device: int
    address: int
    size: int
    name: str
    writable: bool
    value: int
    scale: float
    unit: str


@dataclass(frozen=True, slots=True)
class BodyTrouble:
    """What is wrong inside the body: servos as (pan, tilt), and the supply of both in volts without load."""

    silent: tuple[bool, bool] = (False, False)
    silent_board: bool = False
    blocked: tuple[bool, bool] = (False, False)
    hot: tuple[bool, bool] = (False, False)
    supply_v: float = NOMINAL_V


GOALS_KEPT = 500  # ten seconds of a head that moves all the time


@dataclass(frozen=True, slots=True)
class GoalWrite:
    """Both goals (degrees) after a packet that changed one, and when it had come over the wire (Unix time, ms)."""

    at_ms: float
    goal_pan_deg: float
    goal_tilt_deg: float


class Body:
    """Two servos and a head board on one bus, safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        now_s = clock()
        self._supply = Supply()
        self._pan = Servo(PAN_ID, PAN_STOPS_DEG, now_s, self._supply)
        self._tilt = Servo(TILT_ID, TILT_STOPS_DEG, now_s, self._supply)
        self._board = HeadBoard(now_s)
        self._bus = Bus((self._pan, self._tilt), self._board)
        self._goals: deque[GoalWrite] = deque(maxlen=GOALS_KEPT)

    def handle(self, packet: Instruction | Damaged) -> list[Reply]:
        """What the devices answer to a packet that the host has just sent."""
        came_ms = time.time() * 1000  # what follows is this computer's work, not the servos'
        with self._lock:
            before = self._pan.goal_deg(), self._tilt.goal_deg()
            replies = self._bus.handle(packet, self._clock())
            after = self._pan.goal_deg(), self._tilt.goal_deg()
            if after != before:
                self._goals.append(GoalWrite(came_ms, *after))
            return replies

    def goals(self) -> list[GoalWrite]:
        """The last changes of the goals, oldest first: what a measurement of the way to the bus needs."""
        with self._lock:
            return list(self._goals)

    def pose(self) -> tuple[float, float]:
        """(pan, tilt) where the head really looks, degrees; pan positive to the robot's right, tilt up."""
        with self._lock:
            now_s = self._clock()
            return self._pan.angle_deg(now_s), self._tilt.angle_deg(now_s)

    def state(self) -> BodyState:
        """Everything at this moment."""
        with self._lock:
            now_s = self._clock()
            pan, tilt = self._pan, self._tilt
            lights = self._board.lights(now_s)
            board = self._board.memory.get
            return BodyState(
                pan_deg=pan.angle_deg(now_s),
                tilt_deg=tilt.angle_deg(now_s),
                goal_pan_deg=pan.goal_deg(),
                goal_tilt_deg=tilt.goal_deg(),
                torque=(bool(pan.memory.get("torque_enable")), bool(tilt.memory.get("torque_enable"))),
                blocked=(pan.blocked, tilt.blocked),
                lights=lights,
                battery_percent=board("battery_percent"),
                battery_mv=board("battery_mv"),
                charging=bool(board("charging")),
                button_down=bool(board("button_down")),
            )

    def registers(self) -> list[RegisterValue]:
        """Every register of every device, as a host would read it now."""
        with self._lock:
            now_s = self._clock()
            for servo in (self._pan, self._tilt):
                servo.read(0, 1, now_s)  # brings the read-only registers up to date
            self._board.refresh(now_s)
            devices = (self._pan, self._tilt, self._board)
            return [value for device in devices for value in _values(device.id, device.memory)]

    def set_battery(self, percent: int) -> None:
        """Sets the charge, 0..100 %."""
        with self._lock:
            self._board.set_battery(percent, self._clock())

    def set_battery_pace(self, pace: float) -> None:
        """How many percent a minute the battery loses from now on, or gains with the charger in; 0: it stays."""
        with self._lock:
            self._board.set_battery_pace(pace, self._clock())

    def set_charging(self, charging: bool) -> None:
        """Plugs the charger in or out."""
        with self._lock:
            self._board.set_charging(charging, self._clock())

    def press(self, kind: ButtonPress) -> bool:
        """Presses the button on the head. False while an earlier press still lasts."""
        with self._lock:
            return self._board.press(kind, self._clock())

    def afflict(self, trouble: BodyTrouble) -> None:
        """From now on this is wrong, and nothing else."""
        with self._lock:
            now_s = self._clock()
            for place, servo in enumerate((self._pan, self._tilt)):
                servo.refresh(now_s)
                servo.connected = not trouble.silent[place]
                servo.blocked = trouble.blocked[place]
                servo.hot = trouble.hot[place]
            self._board.connected = not trouble.silent_board
            self._supply.open_v = trouble.supply_v

    def block(self, *, pan: bool | None = None, tilt: bool | None = None) -> None:
        """Holds the head with a hand (True) or lets go (False); None leaves an axis as it is."""
        with self._lock:
            now_s = self._clock()
            for servo, blocked in ((self._pan, pan), (self._tilt, tilt)):
                if blocked is not None:
                    servo.block(blocked, now_s)


def _values(device: int, memory: Memory) -> list[RegisterValue]:
    return [
        RegisterValue(device, r.address, r.size, r.name, r.writable, memory.get(r.name), r.scale, r.unit)
        for r in memory.registers
    ]
