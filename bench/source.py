"""What both senders show: the same moving, grainy picture, with the time painted on as it enters the sender."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from hardware_sim import stamp
from robot_agent.media.camera import to_i420
from robot_agent.media.interfaces import I420, VideoFrame

WIDTH, HEIGHT, FPS = 1280, 720, 30
BITRATE_BPS = 1_500_000  # both send at it: more bits are more work and a better picture
CEILING_BPS = 4_000_000  # what either may find on a line that it measures itself
MARGIN_X, MARGIN_Y = 128, 80  # how far the view wanders over the texture
GRAINS = 4  # textures that differ in their grain only, shown in turn: no codec can predict it
GRAIN_SIGMA = 3.0
SEED = 20


def textures() -> list[npt.NDArray[np.uint8]]:
    """GRAINS pictures (h, w, 3) BGR, larger than the view by the margins; the same ones in every run."""
    rng = np.random.default_rng(SEED)
    size = (WIDTH + MARGIN_X, HEIGHT + MARGIN_Y)
    coarse = rng.integers(30, 226, (HEIGHT // 24, WIDTH // 24, 3), dtype=np.uint8)
    fine = rng.integers(-40, 41, (HEIGHT // 6, WIDTH // 6)).astype(np.float32)
    wall = np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)
    wall += np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_LINEAR))[:, :, None]
    return [
        np.clip(wall + rng.normal(0, GRAIN_SIGMA, (size[1], size[0], 1)), 0, 255).astype(np.uint8)
        for _ in range(GRAINS)
    ]


def write_textures(folder: Path) -> list[Path]:
    """The same pictures as PNG files, for a browser."""
    paths = [folder / f"texture{number}.png" for number in range(GRAINS)]
    for path, texture in zip(paths, textures(), strict=True):
        cv2.imwrite(str(path), texture)
    return paths


def offsets(number: int) -> tuple[int, int]:
    """Where the view lies in frame `number`: two pixels a frame to and fro, one down and up. Even numbers."""
    across, down = 2 * number % (2 * MARGIN_X), 2 * (number // 2) % (2 * MARGIN_Y)
    return min(across, 2 * MARGIN_X - across) & ~1, min(down, 2 * MARGIN_Y - down) & ~1


class StampedSource:
    """A `FrameSource` that paints the next picture when it is due and stamps it with the wall clock."""

    def __init__(self) -> None:
        self._textures = [to_i420(texture) for texture in textures()]
        self._stop = threading.Event()
        self._start_s = 0.0

    def open(self) -> None:
        self._start_s = time.monotonic()

    def close(self) -> None:
        self._stop.set()

    def wait_newer(self, sequence: int, timeout_s: float) -> VideoFrame | None:
        """Skips what is overdue, like a camera; never queues."""
        elapsed_s = time.monotonic() - self._start_s
        number = max(sequence + 1, int(elapsed_s * FPS))
        wait_s = number / FPS - elapsed_s
        if self._stop.wait(max(0.0, min(wait_s, timeout_s))) or wait_s > timeout_s:
            return None
        return VideoFrame(number, time.monotonic(), self.paint(number))

    def paint(self, number: int) -> I420:
        """Frame `number` with the stamp of now."""
        texture, (x, y) = self._textures[number % GRAINS], offsets(number)
        width, height = WIDTH + MARGIN_X, HEIGHT + MARGIN_Y
        luma, chroma = texture[:height], texture[height:].reshape(2, height // 2, width // 2)
        picture: I420 = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
        picture[:HEIGHT] = luma[y : y + HEIGHT, x : x + WIDTH]
        halves = picture[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
        halves[:] = chroma[:, y // 2 : (y + HEIGHT) // 2, x // 2 : (x + WIDTH) // 2]
        stamp.paint(picture[:HEIGHT], number, time.time_ns() // 100_000)
        return picture
