"""How this robot's servos are mounted, measured once and kept in a file beside the settings.

The file is the robot's own (`av1-robot calibrate` writes it); the one before it is kept, so that `--undo` finds it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError

from protocol.errors import SettingsError
from protocol.settings_file import SettingsModel, load_settings
from robot_agent.head.bus import Bus
from robot_agent.head.errors import DeviceError
from robot_agent.head.registers import MODEL_NUMBER, PRESENT_POSITION, XL330_M288
from robot_agent.head.settings import AxisSettings, HeadSettings, SerialSettings

MOST_ZERO_DEG: Final = 45.0  # more is no play of a horn's teeth but a head that is mounted the wrong way
SERVO_END_DEG: Final = 179.9  # of the servo's single turn, either way


class AxisCalibration(SettingsModel):
    """What the servo reads when the head looks straight ahead, and how far the head may turn from there; degrees."""

    zero_deg: Annotated[float, Field(ge=-MOST_ZERO_DEG, le=MOST_ZERO_DEG)]
    min_deg: float
    max_deg: float


class Calibration(SettingsModel):
    """Both axes."""

    pan: AxisCalibration
    tilt: AxisCalibration

    def to_toml(self) -> str:
        """The text of the file."""
        lines = ["# Written by `av1-robot calibrate`; it comes before the same keys of [head.pan] and [head.tilt]."]
        for name, axis in (("pan", self.pan), ("tilt", self.tilt)):
            lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in axis.model_dump().items())]
        return "\n".join(lines) + "\n"


def calibrated(head: HeadSettings) -> HeadSettings:
    """The settings with what the robot's calibration file says. Raises SettingsError where the two do not fit."""
    if not head.calibration or not Path(head.calibration).exists():
        return head
    return _with(head, load_settings(Calibration, Path(head.calibration)), head.calibration)


def measured(head: HeadSettings, reads: Mapping[str, float]) -> Calibration:
    """From what the servos `pan` and `tilt` read (degrees) while the head looks straight ahead.

    Raises SettingsError, and nothing is changed, for what cannot be right.
    """
    found = Calibration(pan=_axis("pan", head.pan, reads["pan"]), tilt=_axis("tilt", head.tilt, reads["tilt"]))
    _with(head, found, "what was measured")
    return found


async def read_servos(serial: SerialSettings, head: HeadSettings) -> dict[str, float]:
    """What both servos read now, in degrees; nothing is moved or written. Raises HeadError."""
    bus = Bus(serial.port, serial.baud, serial.latency_ms / 1000)
    reads: dict[str, float] = {}
    try:
        for name, axis in (("pan", head.pan), ("tilt", head.tilt)):
            info = await bus.unicast.ping(axis.id)
            if info.model != XL330_M288:
                raise DeviceError(axis.id, MODEL_NUMBER.name, info.model, f"model {info.model} is not an XL330-M288")
            reads[name] = await bus.unicast.read(axis.id, PRESENT_POSITION)
    finally:
        bus.close()
    return reads


def store(path: Path, calibration: Calibration) -> None:
    """Write the file whole or not at all; the one before it is kept. Raises SettingsError."""
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_text(calibration.to_toml(), encoding="utf-8")
        if path.exists():
            path.replace(_previous(path))
        fresh.replace(path)
    except OSError as error:
        raise SettingsError(f"setting 'head.calibration': {path} cannot be written ({error.strerror})") from error


def undo(path: Path) -> bool:
    """Change places with the calibration before; False when there is none now. Raises SettingsError."""
    before, now = _previous(path), path.with_name(path.name + ".new")
    if not path.exists() and not before.exists():
        raise SettingsError(f"setting 'head.calibration': there is nothing to go back to beside {path}")
    try:
        if path.exists():
            path.replace(now)
        if before.exists():
            before.replace(path)
        if now.exists():
            os.replace(now, before)
    except OSError as error:
        raise SettingsError(f"setting 'head.calibration': {path} cannot be changed ({error.strerror})") from error
    return path.exists()


def _previous(path: Path) -> Path:
    return path.with_name(path.name + ".previous")


def _axis(name: str, axis: AxisSettings, reads: float) -> AxisCalibration:
    zero = round(reads, 2)
    if abs(zero) > MOST_ZERO_DEG:
        raise SettingsError(
            f"the {name} servo (id {axis.id}) reads {zero:g}° straight ahead and may read at most "
            f"{MOST_ZERO_DEG:g}° either way; does the head look straight ahead? If so, mount the servo's horn anew"
        )
    ends = sorted((end - zero) * axis.direction for end in (-SERVO_END_DEG, SERVO_END_DEG))
    low = math.ceil(max(axis.min_deg, ends[0]) * 100) / 100
    high = math.floor(min(axis.max_deg, ends[1]) * 100) / 100
    return AxisCalibration(zero_deg=zero, min_deg=low, max_deg=high)


def _with(head: HeadSettings, found: Calibration, source: str) -> HeadSettings:
    values = head.model_dump()
    values["pan"] |= found.pan.model_dump()
    values["tilt"] |= found.tilt.model_dump()
    try:
        return HeadSettings.model_validate(values)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise SettingsError(
            f"{source} does not fit [head]: {reason}; calibrate again, or go back with `av1-robot calibrate --undo`"
        ) from error
