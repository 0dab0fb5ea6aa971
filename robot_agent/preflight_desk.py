"""Looking the robot over before a meeting: nobody sees or hears anything, and whoever is in the room is told aloud."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from protocol.ice import IceServer
from protocol.preflight import Found, Preflight
from protocol.state import Hearing
from robot_agent import preflight as rules
from robot_agent.announcer import Announcer
from robot_agent.devices import Devices
from robot_agent.head.controller import HeadController
from robot_agent.hearing import RoomHearing
from robot_agent.live_state import LiveState
from robot_agent.media.heard import Verdict
from robot_agent.media.sound_errors import SoundClosedError
from robot_agent.picture import Picture
from robot_agent.rtc.turn_report import try_all
from robot_agent.watching import RoomNow

log = logging.getLogger(__name__)

DEVICES: Final = "preflight"  # by this name it holds camera and microphone
LIMIT_S: Final = 40.0  # a sentence, TURN over TLS through a bad line, a tone on a starved machine, a turn
CAMERA_S: Final = 6.0  # a USB camera's first picture
TURN_S: Final = 5.0  # twelve degrees take a third of a second
POLL_S: Final = 0.05

Answer = Callable[[Preflight], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Body:
    """What is looked at."""

    devices: Devices
    picture: Picture
    head: HeadController
    hearing: RoomHearing
    announcer: Announcer
    live: LiveState


class PreflightDesk:
    """Owner of the newest result. `room` says what is true of the robot now; `over` brings the head back.

    Nothing is opened, played or turned any more when somebody comes or *privat* is on; what was not tried by then is
    told as skipped.
    """

    def __init__(
        self,
        body: Body,
        words: str,
        own_servers: Sequence[IceServer],
        room: Callable[[], RoomNow],
        over: Callable[[], None],
    ) -> None:
        self._body = body
        self._words = words
        self._own_servers = own_servers
        self._room_now = room
        self._over = over
        self._asked: asyncio.Queue[tuple[Sequence[IceServer], Answer]] = asyncio.Queue(1)
        self._limit: asyncio.Timeout | None = None
        self._found: tuple[Found, ...] = ()
        self._found_s = 0.0

    @property
    def newest(self) -> Preflight | None:
        """What was found last; None until it was asked for."""
        if not self._found:
            return None
        return Preflight(found=self._found, since_s=max(0.0, time.monotonic() - self._found_s))

    def ask(self, servers: Sequence[IceServer], answer: Answer) -> bool:
        """Look it all over, by these TURN servers too, and answer; False while that is under way already."""
        if self._asked.full() or self._limit is not None:
            return False
        self._asked.put_nowait((servers, answer))
        return True

    def review(self) -> None:
        """Something of the robot changed: it may no longer be the time for it."""
        if self._limit is not None and not self._is_free():
            self._limit.reschedule(asyncio.get_running_loop().time())

    async def run(self) -> None:
        """Looks when it is asked to, until cancelled."""
        while True:
            servers, answer = await self._asked.get()
            network = asyncio.create_task(self._network(servers), name="preflight-network")
            try:
                room = await self._room()
                faults = frozenset(self._body.live.faults)
                power = rules.power(self._body.head.battery, faults)
                self._found = (power, await network, *room, rules.lights(faults))
            finally:
                network.cancel()
            self._found_s = time.monotonic()
            log.info("before the meeting: %s", ", ".join(self._found))
            self._body.live.changed()
            found = self.newest
            if found is not None:
                await answer(found)

    def _is_free(self) -> bool:
        now = self._room_now()
        return now.session is None and not now.private and not now.stopping

    async def _network(self, servers: Sequence[IceServer]) -> Found:
        return rules.network(await try_all([*self._own_servers, *servers]))

    async def _room(self) -> tuple[Found, Found, Found]:
        """Camera, sound and head, as far as one gets before somebody comes."""
        parts = [Found.CAMERA_SKIPPED, Found.SOUND_SKIPPED, Found.HEAD_SKIPPED]
        if not self._is_free():
            return (parts[0], parts[1], rules.head(self._body.live.faults) or parts[2])
        try:
            async with asyncio.timeout(LIMIT_S) as self._limit:
                await self._body.announcer.say_now(self._words)
                await self._body.devices.hold(DEVICES)
                self._body.live.changed()  # the heartbeat at rest is slow, and says what is open
                parts[0] = await self._camera()
                parts[1] = await self._sound()
                parts[2] = await self._turn()
        except TimeoutError:
            log.info("not looked over to the end: somebody came, or it took longer than %g s", LIMIT_S)
        finally:
            self._limit = None
            await self._body.devices.release(DEVICES)
            self._over()
        return (parts[0], parts[1], parts[2])

    async def _camera(self) -> Found:
        until_s = time.monotonic() + CAMERA_S
        while time.monotonic() < until_s:
            camera = self._body.picture.camera
            if camera is not None and camera.read_latest() is not None:
                return Found.CAMERA_OK
            await asyncio.sleep(POLL_S)
        return Found.CAMERA_NONE

    async def _sound(self) -> Found:
        heard: asyncio.Future[Hearing | None] = asyncio.get_running_loop().create_future()

        async def answer(verdict: Verdict | None) -> None:
            if not heard.done():
                heard.set_result(None if verdict is None else verdict.hearing)

        try:
            if not self._body.hearing.ask(answer):
                return Found.SOUND_UNKNOWN
        except SoundClosedError:
            return Found.SOUND_CLOSED
        return rules.sound(await heard)

    async def _turn(self) -> Found:
        """Aside, and whether it really got there; it goes to rest afterwards."""
        known = rules.head(self._body.live.faults)
        if known is not None:
            return known
        pan, tilt = self._body.head.look_at(self._body.head.settings.rest_pan_deg + rules.HEAD_TURN_DEG, 0.0)
        until_s = time.monotonic() + TURN_S
        while time.monotonic() < until_s:
            pose = self._body.head.pose
            if pose is not None and abs(pose.pan_deg - pan) + abs(pose.tilt_deg - tilt) < rules.HEAD_NEAR_DEG:
                return Found.HEAD_OK
            await asyncio.sleep(POLL_S)
        return rules.head(self._body.live.faults) or Found.HEAD_STUCK
