"""«Skarpt bilde av tavla» while the robot is in use: takes stills, keeps them for a minute, sends what is asked for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from protocol.commands import Refusal
from protocol.stills import MAX_STILL_BYTES, STILL_EVERY_S, WHOLE, CropStill, StillApplied, StillHeader, TakeStill
from robot_agent.media.still_camera import StillCamera, StillError
from robot_agent.media.still_shelf import KeptStill, MediaType, Part, StillLookError, StillShelf, left
from robot_agent.rtc.session import RtcSession

log = logging.getLogger(__name__)

THIN_BPS: Final = 1_000_000  # of the line; below it a JPEG's other half takes longer to send than WebP takes to make
MAX_WAITING: Final = 2  # a page asks for the next part when it has the last one


@dataclass(frozen=True, slots=True)
class NoStill:
    """Why nothing comes, for the answer to the command."""

    reason: Refusal
    detail: str = ""


GONE: Final = NoStill(Refusal.EXPIRED, "the picture is not kept any more; take a new one")
Answer = Callable[[StillApplied | NoStill], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Order:
    request: str
    action: TakeStill | CropStill
    answer: Answer
    life: int


class StillDesk:
    """Owner of the stills and of what is sent of them. Belongs to one event loop; `run` is a task of the service."""

    def __init__(self, camera: StillCamera, hfov_deg: float, connection: Callable[[], RtcSession | None]) -> None:
        """`connection` is the newest one, which the pictures go to."""
        self._camera = camera
        self._hfov_deg = hfov_deg
        self._connection = connection
        self._shelf = StillShelf()
        self._orders: asyncio.Queue[_Order] = asyncio.Queue(MAX_WAITING)
        self._sending: asyncio.Task[None] | None = None
        self._taken_s = -STILL_EVERY_S
        self._taking = False
        self._life = 0  # grows with each clear(): what was begun before it is not shown

    def ask(self, request: str, action: TakeStill | CropStill, answer: Answer) -> NoStill | None:
        """Take a still, or send a part of one; `answer` is called when it is on its way, or why not.

        Returns why not where that is known at once; then `answer` is not called.
        """
        take = isinstance(action, TakeStill)
        if take and (self._taking or time.monotonic() - self._taken_s < STILL_EVERY_S):
            return NoStill(Refusal.BUSY, f"a still is taken already; at most one every {STILL_EVERY_S:.0f} s")
        if isinstance(action, CropStill) and self._shelf.get(action.still, time.monotonic()) is None:
            return GONE
        connection = self._connection()
        if connection is None or not connection.stills.is_open:
            return NoStill(Refusal.PART_BROKEN, "there is no channel for pictures to the page now")
        try:
            self._orders.put_nowait(_Order(request, action, answer, self._life))
        except asyncio.QueueFull:
            return NoStill(Refusal.BUSY, "too many parts of a still are asked for at once")
        self._taking = self._taking or take
        return None

    def clear(self) -> None:
        """The session is over, or the room private: nothing is kept and nothing more is sent."""
        self._life += 1
        self._shelf.clear()
        if self._sending is not None:
            self._sending.cancel()

    async def run(self) -> None:
        """Serve orders, and let go of what is old, until cancelled."""
        try:
            while True:
                left_s = self._shelf.forget_old(time.monotonic())
                try:
                    async with asyncio.timeout(left_s):
                        order = await self._orders.get()
                except TimeoutError:
                    continue
                await order.answer(await self._serve(order))
        finally:
            self._shelf.clear()
            await self._end_sending()

    async def _serve(self, order: _Order) -> StillApplied | NoStill:
        try:
            still = await self._still(order)
        finally:
            if isinstance(order.action, TakeStill):
                self._taking = False
        if isinstance(still, NoStill):
            return still
        connection = self._connection()
        if connection is None:
            return NoStill(Refusal.NO_SESSION)
        region = order.action.region if isinstance(order.action, CropStill) else WHOLE
        thin = connection.stats.target_bps < THIN_BPS
        media_type: MediaType = "image/webp" if thin else "image/jpeg"
        try:
            part = await asyncio.to_thread(still.part, order.action.look, region, order.action.width_px, media_type)
        except StillLookError as error:
            return NoStill(Refusal.INVALID, str(error))
        if order.life != self._life or len(part.data) > MAX_STILL_BYTES:
            return NoStill(Refusal.NO_SESSION)
        left_s = left(still, time.monotonic())
        await self._send(connection, _header(order.request, still, part, left_s), part.data)
        return StillApplied(still=still.number, rectified=part.look.rectify, left_s=left_s)

    async def _still(self, order: _Order) -> KeptStill | NoStill:
        if isinstance(order.action, CropStill):
            kept = self._shelf.get(order.action.still, time.monotonic())
            return kept or GONE
        if order.life != self._life:
            return NoStill(Refusal.NO_SESSION)
        try:
            picture = await self._camera.grab()
        except StillError as error:
            log.warning("no still: %s", error)
            return NoStill(Refusal.PART_BROKEN, str(error))
        finally:
            self._taken_s = time.monotonic()
        if order.life != self._life:
            return NoStill(Refusal.NO_SESSION)  # private, or over, while the sensor exposed
        return self._shelf.put(picture, self._taken_s, self._hfov_deg)

    async def _send(self, connection: RtcSession, header: StillHeader, data: bytes) -> None:
        """Begin to send; what was on its way before is given up, as the new header tells the page."""
        await self._end_sending()

        async def send() -> None:
            began_s = time.monotonic()
            whole = await connection.stills.send(header, data)
            took_s = time.monotonic() - began_s
            log.info("still: %s bytes %s in %.1f s", len(data), "put on the line" if whole else "given up", took_s)

        self._sending = asyncio.get_running_loop().create_task(send(), name="still-sending")
        self._sending.add_done_callback(_told)

    async def _end_sending(self) -> None:
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


def _told(sending: asyncio.Task[None]) -> None:
    if not sending.cancelled() and (error := sending.exception()) is not None:
        log.error("a still could not be sent", exc_info=error)


def _header(request: str, still: KeptStill, part: Part, left_s: float) -> StillHeader:
    return StillHeader(
        request=request,
        still=still.number,
        media_type=part.media_type,
        bytes=len(part.data),
        width=part.size[0],
        height=part.size[1],
        region=part.region,
        full_width=part.full_size[0],
        full_height=part.full_size[1],
        look=part.look,
        left_s=left_s,
    )
