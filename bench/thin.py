"""Thin lines: still pictures and sound by way of the service, and a sharp picture beside the moving one.

The whole demo stands at the near end, the patient's page, as it is, at the far one. Media is shut out by leaving the
browser no way for it: nothing but a relay, and none is named.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import Error as PageError

from bench.chirps import SoundWay, silent_blocks, sound_way
from bench.figures import Limit, Row, alone
from bench.picture import Stage
from bench.rounds import Plan
from bench.sound import recorded
from bench.thin_figures import Holes, Live, Stills, holes_of, live_of, stills_of
from bench.thin_page import PERIOD_S, Thin, in_the_room

log = logging.getLogger(__name__)

THIN_ROWS = ("rescue-thin", "still-thin")
RESCUE_TIMEOUT_MS = 60_000  # eight seconds are the page's own patience
PICTURE_TIMEOUT_MS = 30_000
STILL_TIMEOUT_MS = 60_000  # as long as it is kept
SETTLE_S, QUICK_SETTLE_S = 15.0, 8.0  # sizes, buffers and rate find the line
SECONDS, QUICK_S = 45.0, 20.0
BESIDE_S = 10.0  # the moving picture before the sharp one is asked for
TIMES, QUICK_TIMES = 3, 1


@dataclass(frozen=True)
class ThinLine:
    """One line that both are tried on."""

    title: str
    values: Mapping[str, float]

    @property
    def wish(self) -> dict[str, Any]:
        """For `av1-sim line`, both ways alike."""
        return {"profile": "clean", "both": dict(self.values)}


T300K = ThinLine("300 kbit/s, 60 ms", {"delay_ms": 60, "rate_kbps": 300})
LOSSY = ThinLine("240 ms round trip, 5 % loss", {"delay_ms": 120, "loss": 0.05})
T1M = ThinLine("1 Mbit/s, 50 ms", {"delay_ms": 50, "rate_kbps": 1000})


@dataclass(frozen=True)
class Rescued:
    """One way of the sound, and the stills beside it. `silent` is the share of the time without sound at its end."""

    stills: Stills
    holes: Holes
    way: SoundWay
    silent: float


@dataclass(frozen=True)
class Sharp:
    """Seconds from the tap: the sensor, and finding the board, come first. `bytes` that came; `before` and `during`:
    the moving picture beside it."""

    header_s: float
    whole_s: float
    bytes: int
    before: Live
    during: Live


async def thin_rows(stage: Stage, plan: Plan, only: set[str], skipped: list[str]) -> list[Row]:
    """The lines of the table, for those of THIN_ROWS that are asked for and can be had."""
    rows: list[Row] = []
    if stage.line is None or only.isdisjoint(THIN_ROWS):
        return rows
    for line in (T300K, LOSSY) if "rescue-thin" in only else ():
        try:
            rows += await _rescue_rows(stage, plan, line)
        except (RuntimeError, PageError) as error:
            skipped.append(f"the rescue path on the line {line.title}: {error}")
    for line in (T1M, T300K) if "still-thin" in only else ():
        try:
            rows += await _sharp_rows(stage, plan, line)
        except (RuntimeError, PageError) as error:
            skipped.append(f"a sharp picture on the line {line.title}: {error}")
    return rows


async def _rescue_rows(stage: Stage, plan: Plan, line: ThinLine) -> list[Row]:
    ear = await _rescued(stage, plan, line, to_room=False)
    room = await _rescued(stage, plan, line, to_room=True)
    title, both = f"rescue, {line.title}, TCP {_tcp()}", (ear.stills, room.stills)
    return [
        alone(f"{title}: stills a second at the page", _mean(one.per_s for one in both), Limit(least=1)),
        alone(f"{title}: age of a still when shown, p50, ms", _mean(one.age_p50 for one in both)),
        alone(f"{title}: age, p95, ms", _mean(one.age_p95 for one in both)),
        alone(f"{title}: longest without a new still, s", max(one.longest_s for one in both)),
        alone(f"{title}: room → ear, p50, ms", ear.way.p50),
        alone(f"{title}: room → ear, p95, ms", ear.way.p95),
        alone(f"{title}: holes in the sound at the page, % of the time", 100 * ear.holes.share),
        alone(f"{title}: longest hole at the page, ms", ear.holes.longest_ms),
        alone(f"{title}: mouth → room, p50, ms", room.way.p50),
        alone(f"{title}: mouth → room, p95, ms", room.way.p95),
        alone(f"{title}: silence in the room, % of the time", 100 * room.silent),
        alone(f"{title}: longest silence in the room, ms", room.way.longest_gap_ms),
    ]


async def _rescued(stage: Stage, plan: Plan, line: ThinLine, *, to_room: bool) -> Rescued:
    """One direction of the sound at a time: the canceller takes the same sound for echo."""
    assert stage.line is not None
    settle_s, seconds = (QUICK_SETTLE_S, QUICK_S) if plan.quick else (SETTLE_S, SECONDS)
    await stage.line.tell({"profile": "clean"})  # the page itself is not what is timed
    async with in_the_room(stage.chromium, stage.files, stage.line, shut=True, to_room=to_room) as thin:
        await stage.line.tell(line.wish)
        await thin.page.locator(".still:not([hidden])").wait_for(timeout=RESCUE_TIMEOUT_MS)
        await asyncio.sleep(settle_s)
        await thin.page.evaluate("bench.taken()")
        began = await thin.clock()
        await asyncio.sleep(seconds)
        ended, noted = await thin.clock(), await thin.page.evaluate("bench.taken()")
        carried = await stage.line.tell({})
        await stage.line.tell({"profile": "clean"})
        said = await recorded(thin.page, "mouth" if to_room else "ear")
        microphone, speaker = await thin.room.finish()
    mouth, ear = (said, speaker) if to_room else (microphone, said)
    settled_s = max(0.0, len(ear.samples) / 48_000 - seconds)
    way = sound_way(mouth, ear, settled_s, PERIOD_S)
    heard = ear.samples[int(settled_s * 48_000) :]
    found = Rescued(
        stills_of(noted["stills"], began, ended, thin.offset_100us),
        holes_of(noted["sounds"]),
        way,
        round(float(silent_blocks(heard).mean()), 4) if heard.size else math.nan,
    )
    log.info("rescue on the line %s, %s: %s, line %s", line.title, "to room" if to_room else "to ear", found, carried)
    return found


async def _sharp_rows(stage: Stage, plan: Plan, line: ThinLine) -> list[Row]:
    sharp = await _sharp(stage, plan, line)
    title = f"sharp picture, {line.title}"
    before, during = [one.before for one in sharp], [one.during for one in sharp]
    return [
        alone(f"{title}: first of it at the page, s", median(one.header_s for one in sharp)),
        alone(f"{title}: shown whole, s", median(one.whole_s for one in sharp)),
        alone(f"{title}: on its way, s", median(one.whole_s - one.header_s for one in sharp)),
        alone(f"{title}: kB", median(one.bytes for one in sharp) / 1000),
        *(
            alone(f"{title}: the moving picture {when}, {label}", median(getattr(one, of) for one in lives))
            for label, of in (("fps", "fps"), ("p50, ms", "p50"), ("p95, ms", "p95"), ("longest gap, ms", "longest_ms"))
            for when, lives in (("before", before), ("meanwhile", during))
        ),
        alone(f"{title}: freezes > 200 ms meanwhile, in all", sum(one.freezes for one in during)),
        alone(f"{title}: sound made up meanwhile, %", 100 * median(one.concealed for one in during)),
    ]


async def _sharp(stage: Stage, plan: Plan, line: ThinLine) -> list[Sharp]:
    assert stage.line is not None
    await stage.line.tell({"profile": "clean"})
    async with in_the_room(stage.chromium, stage.files, stage.line, shut=False, to_room=False) as thin:
        await stage.line.tell(line.wish)
        await thin.page.locator("#quality").wait_for(timeout=PICTURE_TIMEOUT_MS)
        await thin.page.evaluate("bench.watch()")
        await asyncio.sleep(QUICK_SETTLE_S if plan.quick else SETTLE_S)
        found = []
        for number in range(QUICK_TIMES if plan.quick else TIMES):
            found.append(await _one_sharp(thin))
            log.info("sharp picture on the line %s, %d: %s", line.title, number + 1, found[-1])
        await stage.line.tell({"profile": "clean"})
    return found


async def _one_sharp(thin: Thin) -> Sharp:
    page = thin.page
    await page.evaluate("bench.taken()")
    quiet, began = await page.evaluate("bench.soundCounts()"), await thin.clock()
    await asyncio.sleep(BESIDE_S)
    counts, tapped = await page.evaluate("bench.soundCounts()"), await thin.clock()
    await page.evaluate("document.getElementById('sharp').click()")
    await page.locator(".sharp-tools button").first.wait_for(timeout=STILL_TIMEOUT_MS)  # there is nothing to wait for
    if not await page.locator(".sharp-stage canvas").count():
        raise RuntimeError(f"the page says: {await page.locator('.sharp-say p').first.inner_text()}")
    ended, after = await thin.clock(), await page.evaluate("bench.soundCounts()")
    noted = await page.evaluate("bench.taken()")
    await page.keyboard.press("Escape")
    chunks = [(at, size) for at, size in noted["chunks"] if at >= tapped]
    whole = next((at for at in noted["sharp"] if at >= tapped), ended)
    return Sharp(
        round((chunks[0][0] - tapped) / 10_000, 2) if chunks else math.nan,
        round((whole - tapped) / 10_000, 2),
        sum(size for _, size in chunks),
        live_of(noted["frames"], began, tapped, thin.offset_100us, (quiet, counts)),
        live_of(noted["frames"], tapped, whole, thin.offset_100us, (counts, after)),
    )


def _tcp() -> str:
    """How this machine sends by TCP: the ends of a line do as it does."""
    return Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text(encoding="ascii").strip()


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return round(sum(numbers) / len(numbers), 2)
