"""Settings of the head: the bus, the two axes, the rest pose."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from protocol.settings_file import SettingsModel
from protocol.state import HeadLimits
from robot_agent.head.button import ButtonSettings

AngleDeg = Annotated[float, Field(ge=-178, le=178)]
Slew = Annotated[float, Field(gt=0, le=400, description="deg/s")]
Ease = Annotated[float, Field(ge=0.04, le=0.5, description="s; quicker than some ticks it cannot be drawn")]
DeviceId = Annotated[int, Field(ge=0, le=252)]


class SerialSettings(SettingsModel):
    """The line to the servos and the head board."""

    port: Annotated[str, Field(min_length=1)] = "/dev/ttyUSB0"
    baud: Literal[57600, 115200, 1_000_000, 2_000_000, 3_000_000, 4_000_000] = 1_000_000
    latency_ms: Annotated[float, Field(ge=1, le=16)] = 6.0
    """How much later than the wire alone an answer may come: adapter, kernel and a busy computer."""


class AxisSettings(SettingsModel):
    """One servo. Angles are the head's: 0 straight ahead, positive right (pan) and up (tilt)."""

    id: DeviceId
    direction: Literal[1, -1] = 1
    """-1 where the servo is mounted so that its positive turn is the head's negative one."""
    zero_deg: Annotated[float, Field(ge=-90, le=90)] = 0.0
    """What the servo reads, from the centre of its range, when the head looks straight ahead."""
    min_deg: AngleDeg
    max_deg: AngleDeg
    slew_deg_s: Slew
    acceleration_deg_s2: Annotated[float, Field(ge=50, le=5000)] = 600.0
    ease_s: Ease = 0.075
    """How long the acceleration takes to come on, so that the head starts and stops without a jerk."""
    goal_current_ma: Annotated[int, Field(ge=50, le=1750)] = 450
    """The force that the head may use; a blocked head gives way beyond it."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_deg >= self.max_deg:
            raise ValueError("min_deg must be below max_deg")
        ends = (self.to_servo(self.min_deg), self.to_servo(self.max_deg))
        if not all(-180 <= end < 180 for end in ends):
            raise ValueError("the limits with zero_deg must stay within the servo's single turn")
        return self

    def to_servo(self, head_deg: float) -> float:
        """The servo's angle for an angle of the head."""
        return head_deg * self.direction + self.zero_deg

    def to_head(self, servo_deg: float) -> float:
        """The head's angle for an angle of the servo."""
        return (servo_deg - self.zero_deg) * self.direction

    def clamp(self, deg: float) -> float:
        """`deg` within the limits."""
        return min(max(deg, self.min_deg), self.max_deg)


class PanSettings(AxisSettings):
    """The neck's turn."""

    id: DeviceId = 1
    min_deg: AngleDeg = -175.0
    max_deg: AngleDeg = 175.0
    slew_deg_s: Slew = 150.0


class TiltSettings(AxisSettings):
    """The neck's nod."""

    id: DeviceId = 2
    min_deg: Annotated[float, Field(ge=-90, le=90)] = -25.0
    max_deg: Annotated[float, Field(ge=-90, le=90)] = 40.0
    slew_deg_s: Slew = 100.0


class HeadSettings(SettingsModel):
    """Everything that the head needs to know of its body; the line to it is a table of its own."""

    pan: PanSettings = PanSettings()
    tilt: TiltSettings = TiltSettings()
    calibration: str = ""
    """The file that `av1-robot calibrate` writes: how the servos are mounted. Empty: as the axes' own tables say."""
    board_id: DeviceId = 10
    rest_pan_deg: float = 0.0
    rest_tilt_deg: float = -20.0
    rest_slew_deg_s: Slew = 250.0
    rest_acceleration_deg_s2: Annotated[float, Field(ge=50, le=5000)] = 900.0
    rest_ease_s: Ease = 0.05
    breathing_deg: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """How far a head that stands moves up and down while somebody is connected; 0 is not at all."""
    battery_low_percent: Annotated[float, Field(ge=0, le=100)] = 15.0
    button: ButtonSettings = ButtonSettings()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({self.pan.id, self.tilt.id, self.board_id}) < 3:
            raise ValueError("pan, tilt and the head board need different ids")
        if self.pan.clamp(self.rest_pan_deg) != self.rest_pan_deg:
            raise ValueError("rest_pan_deg is beyond the pan limits")
        if self.tilt.clamp(self.rest_tilt_deg) != self.rest_tilt_deg:
            raise ValueError("rest_tilt_deg is beyond the tilt limits")
        return self

    @property
    def limits(self) -> HeadLimits:
        """The limits as they are told to others."""
        return HeadLimits(
            pan_min_deg=self.pan.min_deg,
            pan_max_deg=self.pan.max_deg,
            tilt_min_deg=self.tilt.min_deg,
            tilt_max_deg=self.tilt.max_deg,
        )
