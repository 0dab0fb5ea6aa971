"""One simulated XL330-M288-T: its control table, its rules about writing, its safety functions and its shaft.

Time is an argument (monotonic seconds); everything that happens by itself (motion, bus watchdog, overload) is worked
out when the servo is next looked at.
"""

import math
from dataclasses import replace

from hardware_sim.bus import motion
from hardware_sim.bus.heat import ROOM_C, warmed
from hardware_sim.bus.packets import ALERT, Err
from hardware_sim.bus.supply import Supply
from hardware_sim.bus.table import (
    DEG_PER_STEP,
    DEG_S2_PER_UNIT,
    DEG_S_PER_UNIT,
    GOALS,
    RAM_START,
    SYMMETRIC_LIMITS,
    TABLE_END,
    XL330,
    Memory,
    Register,
)

CENTRE = 2048
BOOT_S = 0.2  # a rebooted servo does not hear the bus for so long
WATCHDOG_UNIT_S = 0.02
WATCHDOG_TRIPPED = -1
OVERLOAD_S = 2.0
VOLTAGE_BIT, OVERHEATING_BIT, OVERLOAD_BIT = 0x01, 0x04, 0x20
CURRENT_BASED_POSITION = 5
FACTORY_P_GAIN = 400
HOT_C = 85.0  # what `hot` makes of it; the factory limit is 70
PLAY_DEG = 0.3  # of the gear: the head stands still for so long when the shaft turns back
PIECE_S = 0.01  # play and heat depend on the way and not on its end alone
IN_POSITION_DEG = 1.0


class RegisterRefusedError(Exception):
    """An access that the servo answers with an error number. Nothing was changed."""

    def __init__(self, error: Err) -> None:
        super().__init__(error.name)
        self.error = error


class Servo:
    """The servo with the given id, in the middle of its range with its torque off. `stops_deg`: where the body ends."""

    def __init__(
        self, device_id: int, stops_deg: tuple[float, float], now_s: float, supply: Supply | None = None
    ) -> None:
        self.memory = Memory(XL330, TABLE_END)
        self.memory.put("id", device_id)
        self.stops_deg = stops_deg
        self.blocked = False
        self.connected = True
        self.hot = False
        self._supply = supply or Supply()
        self._motor_c = ROOM_C
        self._shaft = motion.Shaft(now_s)
        self._head_deg = self._shaft.angle_deg
        self._heard_s = now_s
        self._deaf_until_s = now_s
        self._registered: tuple[int, bytes] | None = None

    @property
    def id(self) -> int:
        """The id on the bus."""
        return self.memory.get("id")

    @property
    def alert(self) -> int:
        """The alert bit of every status packet."""
        return ALERT if self.memory.get("hardware_error_status") else 0

    def awake(self, now_s: float) -> bool:
        """Whether it hears the bus (not while it boots, nor with its cable off)."""
        return self.connected and now_s >= self._deaf_until_s

    def heard(self, now_s: float) -> None:
        """An instruction packet passed on the bus, for whomever: that feeds the bus watchdog."""
        self.refresh(now_s)
        self._heard_s = now_s

    def angle_deg(self, now_s: float) -> float:
        """Where the head really stands (0 is the middle): the shaft, but for the play of the gear."""
        self.refresh(now_s)
        return self._head_deg

    def goal_deg(self) -> float:
        """Where the goal position register points."""
        return self._to_deg(self.memory.get("goal_position"))

    def block(self, blocked: bool, now_s: float) -> None:
        """Something holds the shaft where it is, or lets go of it."""
        self.refresh(now_s)
        self.blocked = blocked

    def refresh(self, now_s: float) -> None:
        """Brings shaft, watchdog and what the servo protects itself from up to `now_s`."""
        limit = self.memory.get("bus_watchdog")
        if limit > 0 and self.memory.get("torque_enable"):
            trips_s = self._heard_s + limit * WATCHDOG_UNIT_S
            if now_s > trips_s:
                self._advance(trips_s)
                self._trip_watchdog()
        self._advance(now_s)
        if self._shaft.strain_s > OVERLOAD_S:
            self._shut_down(OVERLOAD_BIT)
        if self._temperature_c > self.memory.get("temperature_limit"):
            self._shut_down(OVERHEATING_BIT)
        volts_dv = self._supply.volts * 10
        if not self.memory.get("min_voltage_limit") <= volts_dv <= self.memory.get("max_voltage_limit"):
            self._shut_down(VOLTAGE_BIT)

    def read(self, address: int, size: int, now_s: float) -> bytes:
        """`size` bytes from `address`; gaps read as zeros. Raises RegisterRefusedError behind the end."""
        if size == 0:
            raise RegisterRefusedError(Err.DATA_LENGTH)
        if address + size > TABLE_END:
            raise RegisterRefusedError(Err.ACCESS)
        self.refresh(now_s)
        self._publish(now_s)
        return self.memory.slice(address, size)

    def write(self, address: int, data: bytes, now_s: float) -> None:
        """Writes whole registers, all or nothing. Raises RegisterRefusedError."""
        values = self._check(address, data)
        self.refresh(now_s)
        for register, value in values:
            self.memory.put(register.name, value)

    def register_write(self, address: int, data: bytes) -> None:
        """Keeps a checked write for `action`. Raises RegisterRefusedError."""
        self._check(address, data)
        self._registered = (address, data)
        self.memory.put("registered_instruction", 1)

    def action(self, now_s: float) -> None:
        """Does what was registered. Raises RegisterRefusedError when there is nothing, or when it no longer fits."""
        if self._registered is None:
            raise RegisterRefusedError(Err.INSTRUCTION)
        address, data = self._registered
        self._registered = None
        self.memory.put("registered_instruction", 0)
        self.write(address, data, now_s)

    def reboot(self, now_s: float) -> None:
        """RAM back to its start values, errors cleared, torque off, deaf while booting."""
        self.refresh(now_s)
        for register in XL330:
            if register.address >= RAM_START:
                self.memory.put(register.name, register.default)
        self.memory.put("goal_current", self.memory.get("current_limit"))
        self.memory.put("goal_pwm", self.memory.get("pwm_limit"))
        self.memory.put("goal_position", self._to_steps(self._shaft.angle_deg))
        self._registered = None
        self._deaf_until_s = now_s + BOOT_S

    def factory_reset(self, option: int, now_s: float) -> None:
        """Everything back to how this simulated body is delivered; 1 keeps the id, 2 also the baud rate."""
        if option not in (0xFF, 1, 2):
            raise RegisterRefusedError(Err.DATA_RANGE)
        if self.memory.get("torque_enable"):
            raise RegisterRefusedError(Err.ACCESS)
        keep = {0xFF: (), 1: ("id",), 2: ("id", "baud_rate")}[option]
        for register in XL330:
            if register.address < RAM_START and register.name not in keep:
                self.memory.put(register.name, register.default)
        self.reboot(now_s)

    def _check(self, address: int, data: bytes) -> list[tuple[Register, int]]:
        values = []
        end = address + len(data)
        while address < end:
            register = self._whole(address, end)
            chunk, data = data[: register.size], data[register.size :]
            value = register.decode(chunk)
            self._check_value(register, value)
            values.append((register, value))
            address = register.end
        if not values:
            raise RegisterRefusedError(Err.DATA_LENGTH)
        return values

    def _whole(self, address: int, end: int) -> Register:
        register = self.memory.by_address.get(address)
        if register is None:
            inside = any(item.address < address < item.end for item in XL330)
            raise RegisterRefusedError(Err.DATA_LENGTH if inside else Err.ACCESS)
        locked = register.address < RAM_START and self.memory.get("torque_enable")
        if not register.writable or locked:
            raise RegisterRefusedError(Err.ACCESS)
        if register.end > end:
            raise RegisterRefusedError(Err.DATA_LENGTH)
        return register

    def _check_value(self, register: Register, value: int) -> None:
        name, get = register.name, self.memory.get
        tripped = get("bus_watchdog") == WATCHDOG_TRIPPED
        if tripped and name in GOALS:
            raise RegisterRefusedError(Err.DATA_RANGE)
        if name in SYMMETRIC_LIMITS and abs(value) > get(SYMMETRIC_LIMITS[name]):
            raise RegisterRefusedError(Err.DATA_LIMIT)
        if not register.accepts(value):
            raise RegisterRefusedError(Err.DATA_RANGE)
        if name == "bus_watchdog" and tripped and value:
            raise RegisterRefusedError(Err.DATA_RANGE)
        if name == "torque_enable" and value and self.alert:
            raise RegisterRefusedError(Err.ACCESS)  # after a shutdown only a reboot helps
        single_turn = name == "goal_position" and get("operating_mode") != CURRENT_BASED_POSITION
        if single_turn and not get("min_position_limit") <= value <= get("max_position_limit"):
            raise RegisterRefusedError(Err.DATA_LIMIT)

    def _to_deg(self, steps: int) -> float:
        return (steps - self.memory.get("homing_offset") - CENTRE) * DEG_PER_STEP

    def _to_steps(self, angle_deg: float) -> int:
        return round(angle_deg / DEG_PER_STEP) + CENTRE + self.memory.get("homing_offset")

    def _drive(self) -> motion.Drive:
        get = self.memory.get
        profile_velocity, acceleration = get("profile_velocity"), get("profile_acceleration")
        velocity = min(get("velocity_limit"), profile_velocity or math.inf)
        current = get("current_limit")
        if get("operating_mode") == CURRENT_BASED_POSITION:
            current = min(current, abs(get("goal_current")))
        low, high = (self._shaft.angle_deg,) * 2 if self.blocked else self.stops_deg
        return motion.Drive(
            torque=bool(get("torque_enable")),
            goal_deg=self.goal_deg(),
            velocity_deg_s=velocity * DEG_S_PER_UNIT,
            acceleration_deg_s2=acceleration * DEG_S2_PER_UNIT if acceleration else math.inf,
            current_ma=current,
            gain=get("position_p_gain") / FACTORY_P_GAIN,
            low_deg=low,
            high_deg=high,
        )

    @property
    def _temperature_c(self) -> float:
        return HOT_C if self.hot else self._motor_c

    def _advance(self, until_s: float) -> None:
        drive, end_s = self._drive(), self._shaft.time_s
        while end_s < until_s:
            end_s = min(end_s + PIECE_S, until_s)
            self._turn(drive, end_s)
            if self._shaft.settled:  # what stands goes on standing
                self._turn(drive, until_s)
                return

    def _turn(self, drive: motion.Drive, until_s: float) -> None:
        """Moves the shaft, and with it what hangs on it: the head behind the play of the gear, heat, supply."""
        was_s = self._shaft.time_s
        shaft = self._shaft = motion.advance(self._shaft, drive, until_s)
        self._motor_c = warmed(self._motor_c, shaft.current_ma, shaft.time_s - was_s)
        self._head_deg = min(max(self._head_deg, shaft.angle_deg - PLAY_DEG / 2), shaft.angle_deg + PLAY_DEG / 2)
        self._supply.draw(self, shaft.current_ma)

    def _trip_watchdog(self) -> None:
        """Stops at once: the profile registers become 0 and the goal the place where the shaft comes to rest."""
        put = self.memory.put
        put("bus_watchdog", WATCHDOG_TRIPPED)
        put("profile_velocity", 0)
        put("profile_acceleration", 0)
        put("goal_position", self._to_steps(motion.stop_angle(self._shaft, self._drive())))

    def _shut_down(self, bit: int) -> None:
        put, get = self.memory.put, self.memory.get
        if get("hardware_error_status") & bit:
            return
        put("hardware_error_status", get("hardware_error_status") | bit)
        if get("shutdown") & bit:
            put("torque_enable", 0)
        self._shaft = replace(self._shaft, strain_s=0.0)

    def _publish(self, now_s: float) -> None:
        """Fills the read-only registers from the shaft."""
        put, shaft = self.memory.put, self._shaft
        current = round(shaft.current_ma)
        threshold = self.memory.get("moving_threshold") * DEG_S_PER_UNIT
        put("realtime_tick", int(now_s * 1000) % 32768)
        put("moving", int(abs(shaft.velocity_deg_s) > threshold))
        put("moving_status", self._moving_status())
        put("present_pwm", round(885 * max(-1.0, min(1.0, shaft.velocity_deg_s / motion.NO_LOAD_DEG_S))))
        put("present_current", current)
        put("present_velocity", round(shaft.velocity_deg_s / DEG_S_PER_UNIT))
        put("present_position", self._to_steps(shaft.angle_deg))
        put("velocity_trajectory", round(shaft.profile_deg_s / DEG_S_PER_UNIT))
        put("position_trajectory", self._to_steps(shaft.profile_deg))
        put("present_input_voltage", round(self._supply.volts * 10))
        put("present_temperature", round(self._temperature_c))

    def _moving_status(self) -> int:
        get, shaft = self.memory.get, self._shaft
        ongoing = shaft.profile_deg_s != 0.0
        in_position = abs(self.goal_deg() - shaft.angle_deg) < IN_POSITION_DEG
        shape = (0x30 if get("profile_acceleration") else 0x10) if get("profile_velocity") else 0
        return shape | (0x02 if ongoing else 0) | (0x01 if in_position else 0)
