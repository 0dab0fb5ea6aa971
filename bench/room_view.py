"""What one picture of the simulated room costs: `python -m bench.room_view`, in ms of this thread's time.

The rest of the demo shares the processor with it, so its time is part of every other figure of `bench`.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from hardware_sim.room.director import Director, Light, RoomWish
from hardware_sim.room.scene import Room

FRAMES: Final = 300
FPS: Final = 30
T_S: Final = 1_760_000_000.0
JPEG_QUALITY: Final = 85  # `hardware_sim.camera`
WAYS: Final[dict[str, Callable[[int], tuple[float, float]]]] = {
    "still": lambda number: (12.0, 0.0),
    "pan": lambda number: (-60 + 0.7 * number % 120, 0.0),
    "tilt": lambda number: (12.0, -10 + 0.5 * number % 20),
    "creep": lambda number: (-10 + 0.2 * number % 20, -5 + 0.1 * number % 10),
}


def costs(room: Room, way: Callable[[int], tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Of each picture of ten seconds: ms to draw it, and to compress it."""
    drawn, packed = [], []
    for number in range(FRAMES):
        pan_deg, tilt_deg = way(number)
        start_s = time.thread_time()
        picture = room.view(pan_deg, tilt_deg, T_S + number / FPS)
        middle_s = time.thread_time()
        cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        drawn.append((middle_s - start_s) * 1000)
        packed.append((time.thread_time() - middle_s) * 1000)
    return drawn, packed


def main() -> None:
    """Prints a line for each light and way of the head: p50 and p95 of drawing, p50 of compressing."""
    parser = argparse.ArgumentParser(prog="bench.room_view", description=__doc__)
    parser.add_argument("--size", default="1280x720", metavar="WxH")
    width, height = (int(side) for side in parser.parse_args().size.split("x"))
    director = Director(0, lambda: T_S)
    room = Room(width, height, director=director)
    room.rehearse(threading.Event())
    print(f"{width}x{height}, load {os.getloadavg()[0]:.1f}; ms: drawing p50/p95, JPEG p50")
    lights: tuple[Light, ...] = ("day", "dusk")
    for light in lights:
        director.change(RoomWish(light=light))
        room.view(0, 0, T_S - 60)
        for name, way in WAYS.items():
            drawn, packed = costs(room, way)
            p50, p95 = (float(value) for value in np.percentile(drawn, [50, 95]))
            print(f"{light:5} {name:6} {p50:5.1f}/{p95:5.1f}  {float(np.median(packed)):5.1f}")


if __name__ == "__main__":
    main()
