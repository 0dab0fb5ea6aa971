"""Everybody who can send, by name, and why one of them cannot here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import BrowserType

from bench.chromium import chromium_sender
from bench.conditions import Condition
from bench.line import HERE, Place
from bench.room import room_process
from bench.sender import Sender, child, child_sender, our_process
from bench.source import BITRATE_BPS

NAMES = ("ours", "Chromium", "GStreamer", "aiortc")
SYSTEM_PYTHON = "/usr/bin/python3"
GSTREAMER = Path(__file__).with_name("gst_sender.py")
CHECK_TIMEOUT_S = 30.0


def missing(name: str) -> str:
    """Why that sender cannot run here; empty when it can."""
    if name != "GStreamer":
        return ""
    packages = "apt-get install gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-nice " + (
        "gir1.2-gst-plugins-bad-1.0 python3-gi"
    )
    try:
        done = subprocess.run(
            [SYSTEM_PYTHON, str(GSTREAMER), "--check"],
            capture_output=True,
            text=True,
            timeout=CHECK_TIMEOUT_S,
            check=False,
        )
    except OSError as error:
        return f"GStreamer cannot run: {error}"
    said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    return f"GStreamer cannot run ({said}): {packages}" if done.returncode else ""


@asynccontextmanager
async def sending(
    name: str, condition: Condition, chromium: BrowserType, files: Path, place: Place = HERE
) -> AsyncIterator[Sender]:
    """One of NAMES, ready for an offer."""
    async with AsyncExitStack() as stack:
        if name == "Chromium":
            browser = chromium_sender(chromium, files, steady=condition.fixed_rate, sound=condition.sound, place=place)
            yield (await stack.enter_async_context(browser))[0]
        elif name == "ours":
            words = ["--fixed-bps", str(BITRATE_BPS)] if condition.fixed_rate else []
            if condition.sound:
                room = await stack.enter_async_context(room_process(files / "room"))
                words += ["--room", room.path]
            process = await stack.enter_async_context(our_process(*words, place=place))
            yield child_sender("ours", process, "video/h264", channels=True)
        elif name == "aiortc":
            plain = child(sys.executable, "-m", "bench.plain_aiortc", place=place)
            yield child_sender("aiortc", await stack.enter_async_context(plain))
        else:
            command = (SYSTEM_PYTHON, str(GSTREAMER), "--bps", str(BITRATE_BPS), "--painter", sys.executable)
            process = await stack.enter_async_context(child(*command, place=place))
            yield child_sender("GStreamer", process, "video/h264")
