"""The camera's own path: from the last byte of a JPEG leaving a camera on the network to the encoder's input.

`python -m bench.camera_path --seconds 10` is that camera, a process of its own.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from bench.source import FPS, HEIGHT, MARGIN_X, MARGIN_Y, WIDTH, textures
from hardware_sim import stamp
from robot_agent.media.camera import Camera, CameraSettings

JPEG_QUALITY = 85
Picture = npt.NDArray[np.uint8]
OPENING_S = 5.0  # until the stream has been looked at and its first picture is decoded
SILENCE_S = 0.5  # the camera has sent its last picture
DISTINCT = 60  # pictures made beforehand; their sequence number says which one arrived


@dataclass(frozen=True)
class CameraPath:
    """In ms. `missed` pictures never reached the encoder, because a newer one was there."""

    p50: float
    p95: float
    pictures: int
    missed: int


def measure(seconds: float) -> CameraPath:
    """One run against a camera in a process of its own."""
    command = [sys.executable, "-m", "bench.camera_path", "--seconds", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        camera = Camera(CameraSettings(source=f"http://127.0.0.1:{port}/stream"))
        camera.open()
        try:
            arrived = _take(camera, seconds)
        finally:
            camera.close()
        sent: list[float] = json.loads(process.stdout.readline())
    return _match(sent, arrived)


def _take(camera: Camera, seconds: float) -> list[tuple[int, float]]:
    """(sequence, monotonic time) of what the encoder would be given, until nothing comes any more."""
    arrived: list[tuple[int, float]] = []
    sequence, end_s = -1, time.monotonic() + seconds + OPENING_S
    while time.monotonic() < end_s:
        frame = camera.wait_newer(sequence, SILENCE_S if arrived else OPENING_S)
        at_s = time.monotonic()
        if frame is None:
            break
        sequence = frame.sequence
        found = stamp.read(frame.i420[: frame.height])
        if found is not None:
            arrived.append((found.sequence, at_s))
    return arrived


def _match(sent: Sequence[float], arrived: Sequence[tuple[int, float]]) -> CameraPath:
    delays = []
    for number, at_s in arrived:
        candidates = [at for at in sent[number::DISTINCT] if at <= at_s]
        if candidates:
            delays.append((at_s - candidates[-1]) * 1000)
    steady = delays[FPS:]  # the first second is the opening of the stream
    missed = len(sent) - len(arrived)
    p50, p95 = (float(value) for value in np.percentile(steady, [50, 95]))
    return CameraPath(round(p50, 1), round(p95, 1), len(steady), missed)


def main() -> None:
    """Sends stamped JPEGs at a steady rate; prints its port, then the monotonic time of each one's last byte."""
    parser = argparse.ArgumentParser(prog="bench.camera_path", description=__doc__)
    parser.add_argument("--seconds", type=float, required=True)
    seconds = parser.parse_args().seconds
    walls = textures()
    jpegs = [_jpeg(walls[number % len(walls)], number) for number in range(DISTINCT)]
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        client, _ = server.accept()
        with client:
            client.recv(65536)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")
            print(json.dumps(_stream(client, jpegs, seconds)), flush=True)


def _stream(client: socket.socket, jpegs: list[bytes], seconds: float) -> list[float]:
    sent: list[float] = []
    start_s = time.monotonic()
    while len(sent) < seconds * FPS:
        time.sleep(max(0.0, start_s + len(sent) / FPS - time.monotonic()))
        data = jpegs[len(sent) % DISTINCT]
        client.sendall(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
        sent.append(time.monotonic())
        client.sendall(b"\r\n")
    return sent


def _jpeg(wall: Picture, number: int) -> bytes:
    x, y = number % MARGIN_X, number % MARGIN_Y
    picture = np.ascontiguousarray(wall[y : y + HEIGHT, x : x + WIDTH])
    stamp.paint(picture, number, 1)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()


if __name__ == "__main__":
    main()
