"""Latency at the glass: when a stamp can first be read in the X framebuffer.

`python -m bench.glass --display :99 --seconds 10` prints one JSON line. A process of its own, so that nothing else
delays its polling.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from typing import Any

import mss
import numpy as np
import numpy.typing as npt

from bench.source import HEIGHT, WIDTH
from hardware_sim import stamp

POLL_S = 0.001
BLOCK_PX = WIDTH // stamp.BLOCKS_PER_WIDTH
FIND_TIMEOUT_S = 10.0
OLDEST_S = 60.0  # one row in 256 of a picture passes for a stamp, of some time or other


def luma(shot: Any) -> npt.NDArray[np.uint8]:
    """The green channel of a screenshot: enough for black and white."""
    return np.frombuffer(shot.raw, np.uint8).reshape(shot.height, shot.width, 4)[:, :, 1]


def fresh(luma_strip: npt.NDArray[np.uint8], now_100us: int) -> stamp.Stamp | None:
    """The stamp in the strip if it is of the last minute before `now_100us` (wall clock, 100 us)."""
    found = stamp.read(luma_strip)
    if found is None or (now_100us - found.time_100us) % (1 << stamp.TIME_BITS) > OLDEST_S * 10_000:
        return None
    return found


def find_top(screen: Any) -> int:
    """The screen row where the strip begins. Raises TimeoutError when none is shown."""
    end_s = time.monotonic() + FIND_TIMEOUT_S
    while time.monotonic() < end_s:
        picture = luma(screen.grab({"left": 0, "top": 0, "width": WIDTH, "height": HEIGHT}))
        now = time.time_ns() // 100_000
        rows = [row for row in range(HEIGHT // 2) if fresh(picture[row : row + BLOCK_PX], now) is not None]
        if rows:
            return rows[len(rows) // 2]
        time.sleep(0.05)
    raise TimeoutError("no stamp on the screen; is the receiver's window at the top left corner?")


def watch(screen: Any, top: int, seconds: float) -> Iterator[tuple[int, int, float]]:
    """(stamp, wall clock when first read, both in 100 us; ms since the poll before) for each new stamp."""
    area = {"left": 0, "top": top, "width": WIDTH, "height": BLOCK_PX}
    last_raw, last_stamp, polled_s = b"", None, time.monotonic()
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        shot = screen.grab(area)
        seen = time.time_ns() // 100_000
        gap_ms, polled_s = (time.monotonic() - polled_s) * 1000, time.monotonic()
        raw = bytes(shot.raw)
        if raw != last_raw:
            last_raw = raw
            found = fresh(luma(shot), seen)
            if found is not None and found.time_100us != last_stamp:
                if last_stamp is not None:
                    yield found.time_100us, seen, gap_ms
                last_stamp = found.time_100us
        time.sleep(POLL_S)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.glass", description=__doc__)
    parser.add_argument("--display", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    os.environ["DISPLAY"] = options.display
    with mss.MSS() as screen:
        top = find_top(screen)
        seen = list(watch(screen, top, options.seconds))
    print(json.dumps({"top": top, "seen": seen}))


if __name__ == "__main__":
    main()
