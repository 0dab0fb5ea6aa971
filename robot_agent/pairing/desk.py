"""The robot while it belongs to nobody: head level, blue light, camera open for a code, microphone closed.

Pictures are looked at for a code and forgotten; none leaves this process, so the eyes stay closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Final

from protocol.state import Fault
from robot_agent.announcer import Announcer
from robot_agent.face import Situation, shown
from robot_agent.head.button import Press
from robot_agent.head.controller import HeadController
from robot_agent.media.camera import Camera, CameraSettings
from robot_agent.media.room_sound import RoomSound
from robot_agent.media.sound_errors import SoundDeviceError
from robot_agent.pairing.attempt import Kept, attempt
from robot_agent.pairing.qr import read_codes
from robot_agent.pairing.reader import Reader, Told
from robot_agent.pairing.store import Pairing
from robot_agent.settings import RobotSettings
from robot_agent.words import WORDS

log = logging.getLogger(__name__)

LOOK_S: Final = 0.3  # between two pictures: a code is held up for seconds
LEVEL_DEG: Final = 0.0
LAST_WORDS_S: Final = 10.0  # a sound device that hangs must not keep a paired robot from its work


class PairingDesk:
    """Used once: `run` returns the pairing, which is stored, or None when it was stopped before."""

    def __init__(self, settings: RobotSettings) -> None:
        """Raises ValueError for a sound device that is no device at all."""
        self._settings = settings
        self._words = WORDS[settings.robot.language].pairing
        self._head = HeadController(
            settings.serial, settings.head, lambda _pose: None, self._on_fault, self._on_button, lambda: None
        )
        self._sound = RoomSound(settings.sound.device, self._on_sound_failed)
        self._announcer = Announcer(self._sound, settings.robot.language, self._set_telling)
        self._kept = Kept()
        self._off = asyncio.Event()
        self._telling = False
        self._faults: set[Fault] = set()

    @property
    def turned_off(self) -> bool:
        """A very long press of the button asked for the end."""
        return self._off.is_set()

    async def run(self, stop: asyncio.Event) -> Pairing | None:
        """Until a code is good, `stop` is set or the button asks for the end."""
        log.info("not paired; show the robot its QR code (docs/pair-a-robot.md)")
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._head.run(), name="head"),
                group.create_task(self._announcer.run(), name="announcer"),
            ]
            ends = [
                group.create_task(self._pair(), name="pairing"),
                group.create_task(_wait(stop), name="stop"),
                group.create_task(_wait(self._off), name="off"),
            ]
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for task in (*ends, tasks[1]):
                task.cancel()
            await self._head.stop()
            tasks[0].cancel()
        await self._sound.stop()
        return ends[0].result() if ends[0] in done else None

    async def _pair(self) -> Pairing | None:
        self._show()
        self._head.look_at(self._settings.head.rest_pan_deg, LEVEL_DEG)
        self._say(Told.SHOW_CODE)
        wanted, loop = self._settings.camera, asyncio.get_running_loop()

        def on_status(words: str | None) -> None:
            if not loop.is_closed():  # called from the camera's own thread
                loop.call_soon_threadsafe(self._on_fault, Fault.CAMERA, words)

        camera = Camera(CameraSettings(wanted.source, wanted.width, wanted.height, wanted.fps), on_status)
        camera.open()
        try:
            found, told = await self._read(camera)
        finally:
            await asyncio.to_thread(camera.close)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self._announcer.say_now(self._words[told])
        return found

    async def _read(self, camera: Camera) -> tuple[Pairing, Told]:
        reader = Reader()
        own = self._settings.robot
        while True:
            await asyncio.sleep(LOOK_S)
            frame = camera.read_latest()
            texts = [] if frame is None else await asyncio.to_thread(read_codes, frame)
            seen = reader.see(texts, time.monotonic())
            code = seen.attempt
            if code is None:
                self._say(seen.say)
                continue
            if "id" in own.model_fields_set and own.id != code.robot:
                self._say(reader.failed(Told.OTHER_ROBOT, time.monotonic()))
                continue
            self._say(seen.say)
            told, pairing = await attempt(code, self._kept, self._settings.data.path, self._settings.mqtt.ca_file)
            if pairing is not None:
                return pairing, told
            self._say(reader.failed(told, time.monotonic()))

    def _say(self, told: Told | None) -> None:
        if told is not None:
            self._announcer.say(self._words[told])

    def _show(self) -> None:
        now = Situation(unpaired=True, telling=self._telling, faults=frozenset(self._faults))
        self._head.set_lights(shown(now))

    def _set_telling(self, telling: bool) -> None:
        self._telling = telling
        self._show()

    def _on_sound_failed(self, error: SoundDeviceError) -> None:
        self._on_fault(Fault.MICROPHONE, str(error))

    def _on_fault(self, fault: Fault, words: str | None) -> None:
        if words is None:
            self._faults.discard(fault)
        elif fault not in self._faults:
            self._faults.add(fault)
            log.warning("%s: %s", fault.value, words)
        self._show()

    def _on_button(self, press: Press) -> None:
        if press == "very_long":
            self._off.set()
        elif press == "short":
            self._say(Told.SHOW_CODE)


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
