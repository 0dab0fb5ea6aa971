"""The ways of sound, timed by chirps: room → ear and mouth → room, ours and Chromium → Chromium."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

from playwright.async_api import Page

from bench.browsers import clock_offset_100us, tab
from bench.chirps import Recording, SoundWay, sound_way
from bench.chromium import chromium_sender
from bench.figures import Limit, Row, alone, limited
from bench.line import HERE
from bench.measure import latencies_ms, percentiles
from bench.picture import Stage, connect
from bench.room import room_process
from bench.rounds import Plan
from bench.sender import child_sender, our_process

log = logging.getLogger(__name__)

SOUND_ROWS = ("sound", "sound-loss")
LOSSY = {"profile": "clean", "both": {"delay_ms": 30, "loss": 0.05}}
SETTLE_S = 5.0  # jitter buffers and the canceller find their feet
SECONDS, QUICK_S = 30.0, 10.0
FIRST_FRAME_TIMEOUT_MS = 20_000
NOTHING = SoundWay(math.nan, math.nan, 0, 0, math.nan)


@dataclass(frozen=True)
class Ways:
    """Both directions of one run, and the picture's p50 beside them, in ms."""

    to_ear: SoundWay
    to_room: SoundWay
    picture: float


async def sound_rows(stage: Stage, plan: Plan, only: set[str], senders: Sequence[str]) -> list[Row]:
    """The lines of the table, for those of SOUND_ROWS that are asked for and can be had."""
    seconds, rows = QUICK_S if plan.quick else SECONDS, []
    if "sound" in only:
        ours = await _ours(stage, seconds, lossy=False) if "ours" in senders else None
        theirs = await _chromium(stage, seconds, lossy=False) if "Chromium" in senders else NOTHING
        rows += _clean_rows(ours, theirs)
    if "sound-loss" in only and stage.line is not None:
        await stage.line.tell(LOSSY)
        ours = await _ours(stage, seconds, lossy=True) if "ours" in senders else None
        theirs = await _chromium(stage, seconds, lossy=True) if "Chromium" in senders else NOTHING
        rows += _lossy_rows(ours, theirs)
    return rows


def _clean_rows(ours: Ways | None, theirs: SoundWay) -> list[Row]:
    to_ear, to_room, picture = (ours.to_ear, ours.to_room, ours.picture) if ours else (NOTHING, NOTHING, math.nan)
    return [
        limited("sound, clean: room → ear, p50, ms", to_ear.p50, theirs.p50, Limit(most=55)),
        limited("sound, clean: room → ear, p95, ms", to_ear.p95, theirs.p95, Limit()),
        limited("sound, clean: mouth → room, p50, ms", to_room.p50, theirs.p50, Limit(most=50)),
        limited("sound, clean: mouth → room, p95, ms", to_room.p95, theirs.p95, Limit()),
        alone("sound later than the picture (callback), ms", to_ear.p50 - picture, Limit(most=100, least=-45)),
    ]


def _lossy_rows(ours: Ways | None, theirs: SoundWay) -> list[Row]:
    to_ear, to_room = (ours.to_ear, ours.to_room) if ours else (NOTHING, NOTHING)
    return [
        limited("sound, 30 ms, 5 % loss: mouth → room, p50, ms", to_room.p50, theirs.p50, Limit()),
        limited("sound, 30 ms, 5 % loss: mouth → room, p95, ms", to_room.p95, theirs.p95, Limit(most=110)),
        limited("… longest gap in the room, ms", to_room.longest_gap_ms, theirs.longest_gap_ms, Limit(most=40)),
        limited("sound, 30 ms, 5 % loss: room → ear, p95, ms", to_ear.p95, theirs.p95, Limit()),
    ]


async def _ours(stage: Stage, seconds: float, *, lossy: bool) -> Ways:
    """Robot and page, the picture beside them. One direction at a time: the canceller takes the same sound for echo."""
    to_ear, picture = await _one_way(stage, seconds, lossy=lossy, to_room=False)
    to_room, _ = await _one_way(stage, seconds, lossy=lossy, to_room=True)
    ways = Ways(to_ear, to_room, picture)
    log.info("sound of ours%s: %s", " on a lossy line" if lossy else "", ways)
    return ways


async def _one_way(stage: Stage, seconds: float, *, lossy: bool, to_room: bool) -> tuple[SoundWay, float]:
    """The sound's way, and the picture's p50 beside it."""
    near, far = (stage.line.near, stage.line.far) if lossy and stage.line else (HERE, HERE)
    async with room_process(stage.files / "room", quiet=to_room) as room:
        async with (
            our_process("--room", room.path, place=near) as process,
            tab(stage.chromium, "receiver", stage.files, stage.display, far) as receiver,
        ):
            page = receiver.page
            robot = child_sender("ours", process, "video/h264", channels=True)
            await connect(page, robot, sound="mouth" if to_room else "ear")
            offset = await clock_offset_100us(page)
            await _wait(page, seconds)
            frames = [(stamped, at) for at, stamped, _ in await page.evaluate("take()") if stamped is not None]
            said = await recorded(page, "mouth" if to_room else "ear")
        microphone, speaker = await room.finish()
    picture = percentiles(latencies_ms(frames[len(frames) // 3 :], offset))[0]
    way = sound_way(said, speaker, SETTLE_S) if to_room else sound_way(microphone, said, SETTLE_S)
    return way, round(picture, 1)


async def _chromium(stage: Stage, seconds: float, *, lossy: bool) -> SoundWay:
    """Chromium → Chromium, one way."""
    near, far = (stage.line.near, stage.line.far) if lossy and stage.line else (HERE, HERE)
    async with (
        chromium_sender(stage.chromium, stage.files, steady=False, sound=True, place=near) as (sender, source),
        tab(stage.chromium, "receiver", stage.files, stage.display, far) as receiver,
    ):
        await connect(receiver.page, sender, sound="ear")
        await _wait(receiver.page, seconds)
        mouth, ear = await recorded(source.page, "mouth"), await recorded(receiver.page, "ear")
    way = sound_way(mouth, ear, SETTLE_S)
    log.info("sound of Chromium%s: %s", " on a lossy line" if lossy else "", way)
    return way


async def _wait(page: Page, seconds: float) -> None:
    await page.wait_for_function("frames.length > 0", timeout=FIRST_FRAME_TIMEOUT_MS)
    await asyncio.sleep(SETTLE_S + seconds)


async def recorded(page: Page, name: str) -> Recording:
    """What that page recorded under that name."""
    return Recording.of(await page.evaluate("name => recorded(name)", name))
