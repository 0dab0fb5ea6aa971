"""Where every switch is thrown: makes the parts of one robot as its faults say."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from hardware_sim.bus.body import Body, BodyTrouble
from hardware_sim.bus.noise import Disturbance
from hardware_sim.bus.port import SerialLinkError
from hardware_sim.faults import IN_ORDER, CameraTrouble, Faults, SoundTrouble, SwitchError, listed
from hardware_sim.line_switch import LineSwitch

log = logging.getLogger(__name__)


class CameraPart(Protocol):
    """A camera that can fail."""

    def fail(self, trouble: CameraTrouble) -> None:
        """From now on this is wrong."""


class SoundPart(Protocol):
    """A sound device that can fail."""

    async def fail(self, trouble: SoundTrouble) -> None:
        """From now on this is wrong. Raises OSError."""


class CablePart(Protocol):
    """The bus's cable."""

    def put_in(self) -> None:
        """Raises OSError and SerialLinkError."""

    def pull_out(self) -> None:
        """The port is gone."""

    def disturb(self, disturbance: Disturbance) -> None:
        """From the next byte on."""


class FaultDesk:
    """The faults of one robot. `camera` is None for a robot without a picture. Belongs to one event loop."""

    def __init__(
        self, body: Body, cable: CablePart, camera: CameraPart | None, sound: SoundPart, line: LineSwitch
    ) -> None:
        self._faults = IN_ORDER
        self._body, self._cable, self._camera, self._sound, self._line = body, cable, camera, sound, line
        self._turn = asyncio.Lock()

    @property
    def faults(self) -> Faults:
        """What is wrong now; of a battery that empties, what is left of it."""
        if not self._faults.battery_pace:
            return self._faults
        return self._faults.merged(Faults(battery_percent=self._body.state().battery_percent))

    async def change(self, wish: Faults) -> Faults:
        """What `wish` names becomes so, all else stays; returns all faults. Raises SwitchError.

        What was done before a switch that cannot be thrown stays done, and `faults` says so.
        """
        async with self._turn:
            await self._become(self.faults.merged(wish))
            if wish.button is not None and not self._body.press(wish.button):
                raise SwitchError("button: it is still pressed; wait until it is up")
            return self.faults

    async def clear(self) -> Faults:
        """Everything in order again. Raises SwitchError."""
        async with self._turn:
            await self._become(IN_ORDER)
            return self.faults

    async def _become(self, wanted: Faults) -> None:
        changed = wanted.unlike(self.faults)
        if not changed:
            return
        if "camera" in changed:
            self._fail_camera(wanted.camera)
        if "line" in changed:
            await self._line.become(wanted.line)
            self._faults = self._faults.merged(Faults(line=wanted.line))
        if "sound" in changed:
            await self._fail_sound(wanted.sound)
        self._cable.disturb(Disturbance(wanted.corrupt_rate, wanted.seed, wanted.late_ms / 1000))
        self._body.afflict(_inside(wanted))
        self._charge(wanted, changed)
        if "unplugged" in changed:
            await self._plug(wanted)
        self._faults = wanted
        log.info("switches: %s", listed(changed))

    def _fail_camera(self, trouble: CameraTrouble) -> None:
        if self._camera is None:
            raise SwitchError("camera: this robot has no picture; start av1-sim without --robots")
        self._camera.fail(trouble)
        self._faults = self._faults.merged(Faults(camera=trouble))

    async def _fail_sound(self, trouble: SoundTrouble) -> None:
        try:
            await self._sound.fail(trouble)
        except OSError as error:
            raise SwitchError(f"sound: the socket cannot be made again ({error}); remove what is there") from error
        self._faults = self._faults.merged(Faults(sound=trouble))

    def _charge(self, wanted: Faults, changed: dict[str, object]) -> None:
        if "battery_pace" in changed:
            self._body.set_battery_pace(wanted.battery_pace)
        if "battery_percent" in changed:
            self._body.set_battery(wanted.battery_percent)
        if "charging" in changed:
            self._body.set_charging(wanted.charging)

    async def _plug(self, wanted: Faults) -> None:
        before = wanted.merged(Faults(unplugged=not wanted.unplugged))
        try:
            await asyncio.to_thread(self._cable.pull_out if wanted.unplugged else self._cable.put_in)
        except (OSError, SerialLinkError) as error:
            self._faults = before
            raise SwitchError(f"unplugged: the cable cannot be put back ({error})") from error


def _inside(faults: Faults) -> BodyTrouble:
    return BodyTrouble(
        silent=(faults.silent_pan, faults.silent_tilt),
        silent_board=faults.silent_board,
        blocked=(faults.block_pan, faults.block_tilt),
        hot=(faults.hot_pan, faults.hot_tilt),
        supply_v=faults.supply_v,
    )
