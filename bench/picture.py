"""One sender against the receiver in a window, on one line: latency twice, fps, freezes, recovery, load."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import BrowserType, Page
from playwright.async_api import TimeoutError as PageTimeoutError

from bench.browsers import clock_offset_100us, tab
from bench.conditions import Condition
from bench.line import HERE, BenchLine
from bench.measure import SPAN, CpuMeter, Run, freezes, frozen_s, glass, latencies_ms, percentiles, recovery_s
from bench.peers import sending
from bench.sender import Sender

log = logging.getLogger(__name__)

FIRST_FRAME_TIMEOUT_S = 20.0
Frame = tuple[float, float | None, float]
"""(page's clock when shown, stamp, width); clocks in 100 us."""


@dataclass(frozen=True)
class Stage:
    """What all runs share. Without a line only loopback can be tried."""

    chromium: BrowserType
    files: Path
    display: str
    line: BenchLine | None


@dataclass(frozen=True)
class _Seen:
    frames: list[Frame]
    glass: list[list[float]]
    cpu: float
    seconds: float
    back_100us: float | None
    accepted_100us: float
    end_100us: float
    """The page's clock at the end of the measurement."""
    kbps: float
    codec: str
    receiver: dict[str, int]
    encodes_s: float = float("nan")


async def one_run(stage: Stage, name: str, condition: Condition, seconds: float, viewers: int = 1) -> Run:
    """From the offer on. A sender that never shows a frame has 0 fps and NaN for the rest."""
    far, near = (stage.line.far, stage.line.near) if condition.wish is not None and stage.line else (HERE, HERE)
    if stage.line is not None and condition.wish is not None:
        await stage.line.tell(condition.wish)
    async with (
        tab(stage.chromium, "receiver", stage.files, stage.display, far) as receiver,
        sending(name, condition, stage.chromium, stage.files, near) as sender,
    ):
        page = receiver.page
        offset = await clock_offset_100us(page)
        for _ in range(viewers):
            await connect(page, sender, sound="ear" if condition.sound and name in ("ours", "Chromium") else "")
        try:
            await page.wait_for_function("frames.length > 0", timeout=FIRST_FRAME_TIMEOUT_S * 1000)
        except PageTimeoutError:
            log.warning("%s showed nothing on the line %s", name, condition.title)
        seen = await _watch(stage, page, sender, condition, seconds, offset)
    return _judge(seen, name, condition, sender.clock_100us, offset, viewers)


async def connect(page: Page, sender: Sender, sound: str) -> None:
    """One more viewer in that page."""
    wish = {"codec": sender.prefer, "sound": sound, "channels": sender.channels}
    answer = await sender.answer(await page.evaluate("wish => offer(wish)", wish))
    await page.evaluate("sdp => accept(sdp)", answer)


async def _watch(
    stage: Stage, page: Page, sender: Sender, condition: Condition, seconds: float, offset: float
) -> _Seen:
    await asyncio.sleep(condition.warm_up_s)
    before, encoded = await page.evaluate("received()"), await _encoded(sender)
    cpu, began_s = CpuMeter(sender.processes), time.monotonic()
    back_100us = None
    if condition.outage_s and stage.line is not None:
        await stage.line.tell({"outage": True})
        await asyncio.sleep(condition.outage_s)
        await stage.line.tell({"outage": False})
        back_100us = time.time_ns() / 100_000 % SPAN + offset
    try:
        seen = (await glass(stage.display, seconds))["seen"]
    except RuntimeError as error:
        log.warning("%s", error)
        seen = []
    elapsed_s = time.monotonic() - began_s
    encodes_s = (await _encoded(sender) - encoded) / elapsed_s
    after = await page.evaluate("received()")
    return _Seen(
        frames=await page.evaluate("take()"),
        glass=seen,
        cpu=cpu.percent(elapsed_s),
        seconds=elapsed_s,
        back_100us=back_100us,
        accepted_100us=await page.evaluate("accepted"),
        end_100us=after["at"],
        kbps=(after["bytes"] - before["bytes"]) * 80 / (after["at"] - before["at"]),
        codec=after["codec"],
        receiver=after["counts"],
        encodes_s=encodes_s,
    )


async def _encoded(sender: Sender) -> float:
    return float("nan") if sender.encoded is None else await sender.encoded()


def _judge(seen: _Seen, name: str, condition: Condition, clock: float, offset: float, viewers: int) -> Run:
    every = [at for at, _, _ in seen.frames]
    first_100us = every[0] if every else float("nan")
    late = [frame for frame in seen.frames if frame[0] - first_100us >= condition.warm_up_s * 10_000]
    callbacks = [(stamped, at) for at, stamped, _ in late if stamped is not None]
    glass_ms = latencies_ms([(stamped, at) for stamped, at, _ in seen.glass], -clock)
    callback_ms = latencies_ms(callbacks, offset - clock)
    span_s = (late[-1][0] - late[0][0]) / 10_000 if len(late) > 1 else float("inf")
    back, smooth = (float("nan"), float("nan")) if seen.back_100us is None else recovery_s(every, seen.back_100us)
    return Run(
        sender=name,
        glass_p50=round(percentiles(glass_ms)[0], 2),
        glass_p95=round(percentiles(glass_ms)[1], 2),
        callback_p50=round(percentiles(callback_ms)[0], 2),
        callback_p95=round(percentiles(callback_ms)[1], 2),
        fps=round((len(late) - 1) / max(span_s, seen.seconds * 0.9), 2) if len(late) > 1 else 0.0,
        freezes=freezes([at for at, _, _ in late], seen.end_100us),
        width=int(late[-1][2]) if late else 0,
        cpu=round(seen.cpu, 2),
        kbps=round(seen.kbps, 1),
        codec=seen.codec,
        poll_ms=round(_median_gap(seen.glass), 2),
        condition=condition.key,
        first_frame_s=round((first_100us - seen.accepted_100us) / 10_000, 2),
        frozen_s=round(frozen_s(every, seen.end_100us), 2),
        back_s=round(back, 2),
        smooth_s=round(smooth, 2),
        viewers=viewers,
        receiver=seen.receiver,
        load=round(os.getloadavg()[0], 1),
        encodes_s=round(seen.encodes_s, 1),
    )


def _median_gap(seen: Sequence[Sequence[float]]) -> float:
    """The median distance of two looks at the screen, in ms: how coarse the glass figure is."""
    return sorted(gap for _, _, gap in seen)[len(seen) // 2] if seen else float("nan")
