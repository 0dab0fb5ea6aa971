"""The computer: is there head-room to encode the picture, and does its clock show the right time?"""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path
from typing import Final

import numpy as np

from robot_agent.doctor.finding import Check, Finding, in_thread, note, ok, wrong
from robot_agent.media.encoder import H264Encoder
from robot_agent.media.interfaces import I420, VIDEO_CLOCK_HZ

WIDTH, HEIGHT, FPS, BPS = 1280, 720, 30, 1_500_000
FRAMES: Final = 2 * FPS  # two seconds of picture, encoded as fast as it goes
CPU_LIMIT_S: Final = 20.0  # a computer that needs longer for two seconds is none for this
COMFORTABLE: Final = 0.5  # of one core; sound, network and head need theirs too
TOO_MUCH: Final = 0.8
BUSY: Final = 0.8  # of every core, by others, over the last minute
CLOCK_LIMIT_S: Final = 2.0
STA_UNSYNC: Final = 0x0040  # linux/timex.h
TIME_ERROR: Final = 5
INSTALLED_S: Final = Path(__file__).stat().st_mtime  # a clock that shows less stood still, or began anew


class ComputerChecks:
    """Encoder and clock."""

    def checks(self) -> list[Check]:
        """Both, in turn."""
        return [Check("cpu", CPU_LIMIT_S, self._cpu), Check("clock", CLOCK_LIMIT_S, self._clock)]

    async def _cpu(self) -> Finding:
        others = os.getloadavg()[0] / (os.cpu_count() or 1)
        return judge_load(await in_thread(encode_share), others)

    async def _clock(self) -> Finding:
        return judge_clock(time.time(), INSTALLED_S, synchronised())


def encode_share() -> float:
    """The share of one core that a moving picture of 720 lines takes, in processor time: others count apart."""
    encoder = H264Encoder(WIDTH, HEIGHT, BPS, BPS, FPS)
    pictures = _pictures()
    began_s = time.process_time()
    for number in range(FRAMES):
        encoder.encode(pictures[number % len(pictures)], number * VIDEO_CLOCK_HZ // FPS, force_key=number == 0)
    return (time.process_time() - began_s) * FPS / FRAMES


def _pictures() -> list[I420]:
    """A still room with a tenth of it moving, and the grain of a cheap sensor."""
    random = np.random.default_rng(1)
    rows, columns = np.mgrid[0 : HEIGHT * 3 // 2, 0:WIDTH]
    room = 110 + 40 * np.sin(columns / 37) * np.sin(rows / 23)
    pictures = []
    for number in range(8):
        picture = room + random.normal(0, 2.0, room.shape)
        picture[200:400, 100 + 20 * number : 460 + 20 * number] += 50
        pictures.append(np.clip(picture, 16, 235).astype(np.uint8))
    return pictures


def judge_load(share: float, others: float) -> Finding:
    """What `encode_share` means, and `others`, the share of all cores that other programs want. Pure."""
    percent = round(100 * share)
    if share >= TOO_MUCH:
        return wrong("cpu_slow", percent=percent)
    if others >= BUSY:
        return note("cpu_busy", percent=percent, others=round(100 * others))
    return note("cpu_tight", percent=percent) if share >= COMFORTABLE else ok("cpu_ok", percent=percent)


def judge_clock(now_s: float, installed_s: float, synced: bool | None) -> Finding:
    """Times in seconds since 1970; `synced` None is not known. Pure."""
    shown = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now_s))
    if now_s < installed_s:
        return wrong("clock_wrong", time=shown)
    return note("clock_unset", time=shown) if synced is False else ok("clock_ok", time=shown)


class _Timex(ctypes.Structure):
    """The beginning of `struct timex`; the kernel writes beyond it, into the reserve."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("reserve", ctypes.c_char * 512),
    )


def synchronised() -> bool | None:
    """Whether the kernel says that the clock follows network time (adjtimex(2)); None where it does not tell."""
    found = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(found))
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    return state != TIME_ERROR and not found.status & STA_UNSYNC
