"""What outlives a lost port: where the head is and shall be, its lights, its faults."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Final

from protocol.state import Fault, Pose
from robot_agent.head.board import HeadBoard
from robot_agent.head.button import Press
from robot_agent.head.faults import FaultBook, FaultCallback
from robot_agent.head.motion import Axis, Goal, HeadMotion
from robot_agent.head.servo import Servo
from robot_agent.head.settings import AxisSettings, HeadSettings
from robot_agent.head.watch import BlockWatch

REST_REACHED_DEG: Final = 1.5
MOVING_DEG_S: Final = 3.0  # the least that the servo can tell is 1.4


class Limb:
    """One axis with its servo and the watch over it. `care_at` is when somebody looks after it next."""

    def __init__(self, name: str, axis: Axis, settings: AxisSettings, fastest_deg_s: float) -> None:
        self.name = name
        self.axis = axis
        self.servo = Servo(name, settings, fastest_deg_s)
        self.watch = BlockWatch()
        self.care_at = 0.0

    @property
    def silence(self) -> str:
        """The words for a servo that does not answer."""
        return f"the {self.name} servo (id {self.servo.axis.id}) does not answer; check its cable and power"

    @property
    def shown_deg(self) -> float:
        """Where the axis is, as far as is known."""
        measured = self.servo.measured
        return measured.deg if measured is not None else self.axis.goal

    @property
    def moving(self) -> bool:
        """On its way, or pushed."""
        measured = self.servo.measured
        pushed = self.servo.up and measured is not None and abs(measured.deg_s) >= MOVING_DEG_S
        return pushed or not self.axis.arrived

    @property
    def settled(self) -> bool:
        """Nothing to wait for: it stands at its goal, or its servo is away."""
        if not self.servo.up:
            return self.servo.tried
        return self.axis.arrived and abs(self.shown_deg - self.axis.goal) <= REST_REACHED_DEG


class Body:
    """Both limbs, the board, and what is wrong with them."""

    def __init__(
        self,
        settings: HeadSettings,
        on_fault: FaultCallback,
        on_press: Callable[[Press], None],
        on_battery: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.motion = HeadMotion(settings)
        fastest = max(settings.pan.slew_deg_s, settings.tilt.slew_deg_s, settings.rest_slew_deg_s)
        self.limbs = (
            Limb("pan", self.motion.pan, settings.pan, fastest),
            Limb("tilt", self.motion.tilt, settings.tilt, fastest),
        )
        self.board = HeadBoard(settings.board_id, on_press, settings.button, settings.battery_low_percent)
        self._faults = FaultBook(on_fault)
        self._on_battery = on_battery
        self._battery: tuple[float, bool] | None = None

    @property
    def settled(self) -> bool:
        """The head stands at its goal, as far as it can."""
        return all(limb.settled for limb in self.limbs)

    @property
    def pose(self) -> Pose | None:
        """The measured pose; None until a servo has told where it is."""
        pan, tilt = self.limbs
        if pan.servo.measured is None and tilt.servo.measured is None:
            return None
        return Pose(
            pan_deg=min(max(pan.shown_deg, -180.0), 180.0),
            tilt_deg=min(max(tilt.shown_deg, -90.0), 90.0),
            goal_pan_deg=min(max(pan.axis.goal, -180.0), 180.0),
            goal_tilt_deg=min(max(tilt.axis.goal, -90.0), 90.0),
            moving=pan.moving or tilt.moving,
            at_limit=self.motion.at_limit,
            seq=max(self.motion.seq, 0),
        )

    def goals(self) -> dict[int, float]:
        """What to write to `goal_position`, by servo id."""
        return {
            limb.servo.axis.id: limb.servo.axis.to_servo(wanted)
            for limb in self.limbs
            if limb.servo.up and (wanted := limb.axis.wanted) is not None
        }

    def measured(self, found: dict[int, bytes], asked: Container[int], now: float) -> None:
        """Take what the servos of this tick answered; one that was asked and is silent for too long is away."""
        for limb in self.limbs:
            data = found.get(limb.servo.axis.id)
            if data is not None:
                limb.servo.heard(data, now)
                self._watch(limb, now)
            elif limb.servo.up and limb.servo.axis.id in asked and limb.servo.missed(now):
                self.drop(limb, limb.silence)

    def ready(self, limb: Limb, angle: float) -> None:
        """The servo is set up and stands at `angle`: a goal from before still holds."""
        limb.axis.start_at(angle, keep_goal=self.motion.goal is not Goal.HOLD)
        self._faults.note(Fault.HEAD, limb.name, None)

    def drop(self, limb: Limb, reason: str | None) -> None:
        """The servo is away until it is set up again; the other axis goes on."""
        limb.servo.up = False
        limb.axis.lose()
        self._faults.note(Fault.HEAD, limb.name, reason)

    def connected(self) -> None:
        """A new line is open: servos and board are set up anew."""
        self._faults.note(Fault.HEAD, "bus", None)
        self.board.reconnect()
        for limb in self.limbs:
            self.drop(limb, None)
            limb.servo.tried = False
            limb.care_at = 0.0

    def disconnected(self, reason: str) -> None:
        """The line is away, and all that hangs on it."""
        self._faults.note(Fault.HEAD, "bus", reason)
        self.board.lost(reason)
        self.board_served()
        for limb in self.limbs:
            self.drop(limb, None)
            limb.servo.health.forget()
            self.looked_after(limb)

    def looked_after(self, limb: Limb) -> None:
        """Say what the servo last told of its heat and its supply."""
        self._faults.note(Fault.HEAD_HOT, limb.name, limb.servo.health.hot)
        self._faults.note(Fault.HEAD_POWER, limb.name, limb.servo.health.power)

    def board_served(self) -> None:
        """Say what the board's last answer, or its silence, means."""
        self._faults.note(Fault.HEAD_BOARD, "board", self.board.trouble)
        battery = self.board.battery
        told = None if battery is None else (battery.percent, battery.charging)
        if told != self._battery:
            self._battery = told
            self._on_battery()
        if battery is not None:
            low = self.board.watch.low
            self._faults.note(Fault.BATTERY_LOW, "battery", "the battery is low; plug the charger in" if low else None)

    def _watch(self, limb: Limb, now: float) -> None:
        measured, wanted = limb.servo.measured, limb.axis.wanted
        if measured is None or wanted is None:
            return
        if limb.watch.update(wanted, measured.deg, measured.deg_s, now, pushing=limb.servo.pushing):
            self.motion.give_way(limb.axis, measured.deg)
        words = f"something holds the head ({limb.name}); it gives way" if limb.watch.blocked else None
        self._faults.note(Fault.HEAD_BLOCKED, limb.name, words)
