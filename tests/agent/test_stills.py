"""A sharp still through the whole robot: taken by the simulated sensor, sent in chunks, cut, kept, and gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import cv2
import numpy as np

from protocol import topics
from protocol.commands import Done, Refusal, Refused
from protocol.stills import KEEP_S, Corner, CropStill, Look, Outline, Region, StillApplied, StillHeader, TakeStill
from robot_agent.media.board import Picture
from robot_agent.media.still_camera import StillCamera
from robot_agent.rtc.session import RtcSession
from robot_agent.still_desk import NoStill, StillDesk
from tests.agent.body import WAIT_S, Desk, Page, Simulator
from tests.agent.test_robot import in_the_room


async def asked(desk: Desk, page: Page, action: TakeStill | CropStill) -> Done | Refused:
    """The answer to a command for a still."""
    command = desk.command(page, action)
    await desk.send(topics.COMMAND, command)
    return await desk.until(
        lambda: next((m for m in desk.said if isinstance(m, Done | Refused) and m.id == command.id), None), "the answer"
    )


def opened(data: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


async def test_a_still_is_taken_straightened_cut_and_refused_when_it_is_gone(desk: Desk, simulator: Simulator) -> None:
    async with in_the_room(desk, "kari") as page:
        await desk.until_state(lambda s: s.pose is not None and abs(s.pose.tilt_deg) < 0.5, "the head to look ahead")
        async with asyncio.timeout(WAIT_S):
            while page.stills.readyState != "open":
                await asyncio.sleep(0.01)
        taken = await asked(desk, page, TakeStill(look=Look(rectify=True, contrast=True), width_px=600))
        assert isinstance(taken, Done), taken
        assert isinstance(taken.applied, StillApplied)
        assert taken.applied.rectified
        assert KEEP_S - 20 < taken.applied.left_s <= KEEP_S
        header, data = await page.picture(taken.id)
        board = opened(data)
        assert board.shape[:2] == (header.height, header.width)
        assert header.width == 600
        assert abs(header.full_width / header.full_height - 2.72 / 1.5) < 0.1, "the board alone, in its own shape"
        assert np.median(board) > 235, "and its ground white"

        soon = await asked(desk, page, TakeStill())
        region = Region(left=0.0, top=0.9, width=0.3, height=0.1)
        whole = Look(rectify=False)
        cut = await asked(desk, page, CropStill(still=header.still, look=whole, region=region, width_px=4000))
        assert isinstance(cut, Done), cut
        cut_header, cut_data = await page.picture(cut.id)
        assert (cut_header.full_width, cut_header.full_height) == (2028, 1520)
        assert opened(cut_data).shape[1] == cut_header.width == 609, "every pixel that the sensor saw, and no more"

        unknown = await asked(desk, page, CropStill(still=header.still + 7, region=region))
        assert isinstance(unknown, Refused)
        assert unknown.reason is Refusal.EXPIRED
        nowhere = Outline(**dict.fromkeys(("top_left", "top_right", "bottom_right", "bottom_left"), Corner(x=0, y=0)))
        bent = await asked(
            desk, page, CropStill(still=header.still, look=Look(rectify=True, outline=nowhere), region=region)
        )
        assert isinstance(bent, Refused)
        assert bent.reason is Refusal.INVALID
        assert isinstance(soon, Done) or soon.reason is Refusal.BUSY

    async with in_the_room(desk, "ola") as other:
        gone = await asked(desk, other, CropStill(still=header.still, region=region))
        assert isinstance(gone, Refused)
        assert gone.reason is Refusal.EXPIRED, "what one person looked at is not there for the next"


class SlowCamera(StillCamera):
    """A camera that exposes until it is told that it is done."""

    def __init__(self) -> None:
        super().__init__("", lambda: None)
        self.exposing = asyncio.Event()
        self.done = asyncio.Event()

    async def grab(self) -> Picture:
        self.exposing.set()
        await self.done.wait()
        return np.zeros((60, 80, 3), np.uint8)


@dataclass
class Connection:
    """What the desk sees of a connection; it remembers what was sent."""

    sent: list[StillHeader] = field(default_factory=list)
    is_open: bool = True
    target_bps: int = 2_000_000

    @property
    def stills(self) -> Connection:
        return self

    @property
    def stats(self) -> Connection:
        return self

    async def send(self, header: StillHeader, data: bytes) -> bool:
        assert len(data) == header.bytes
        self.sent.append(header)
        return True


@asynccontextmanager
async def desk_with(camera: StillCamera, connection: Connection) -> AsyncIterator[StillDesk]:
    stills = StillDesk(camera, 78, lambda: cast("RtcSession", connection))
    running = asyncio.create_task(stills.run(), name="stills")
    try:
        yield stills
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_was_begun_before_privacy_is_not_shown_after_it() -> None:
    camera, connection = SlowCamera(), Connection()
    answers: asyncio.Queue[StillApplied | NoStill] = asyncio.Queue()
    async with desk_with(camera, connection) as stills:
        assert stills.ask("one", TakeStill(), answers.put) is None
        await camera.exposing.wait()
        busy = stills.ask("two", TakeStill(), answers.put)
        assert busy is not None
        assert busy.reason is Refusal.BUSY, "one at a time"
        stills.clear()
        camera.done.set()
        assert await answers.get() == NoStill(Refusal.NO_SESSION)
        assert not connection.sent
        soon = stills.ask("three", TakeStill(), answers.put)
        assert soon is not None
        assert soon.reason is Refusal.BUSY, "and not more than one a second"


async def test_a_thin_line_gets_a_smaller_kind_of_picture_and_no_channel_is_told() -> None:
    camera, connection = SlowCamera(), Connection(target_bps=200_000)
    camera.done.set()
    answers: asyncio.Queue[StillApplied | NoStill] = asyncio.Queue()
    async with desk_with(camera, connection) as stills:
        assert stills.ask("one", TakeStill(), answers.put) is None
        taken = await answers.get()
        assert isinstance(taken, StillApplied)
        connection.target_bps = 2_000_000
        part = CropStill(still=taken.still, region=Region(left=0, top=0, width=0.5, height=0.5))
        assert stills.ask("two", part, answers.put) is None
        assert isinstance(await answers.get(), StillApplied)
        await asyncio.sleep(0)  # the sending's own task begins
        assert [header.media_type for header in connection.sent] == ["image/webp", "image/jpeg"]
        connection.is_open = False
        refused = stills.ask("three", part, answers.put)
        assert refused is not None
        assert refused.reason is Refusal.PART_BROKEN
