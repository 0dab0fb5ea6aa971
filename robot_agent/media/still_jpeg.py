"""Small JPEGs of the moving picture, for a line that carries no video."""

from __future__ import annotations

import cv2

from robot_agent.media.interfaces import VideoFrame
from robot_agent.media.scaling import scale_i420, size_for

# Lines and quality, the best first. A smaller picture shows faces better than blocks do, from quality 40 or so down.
STEPS = ((360, 80), (360, 65), (360, 50), (270, 60), (270, 45), (180, 60), (180, 45), (180, 30), (180, 15))


def still_jpeg(frame: VideoFrame, most_bytes: int) -> bytes:
    """The picture as the best JPEG (ISO/IEC 10918-1) of at most `most_bytes`; the smallest there is if none fits.

    640x360 or smaller. One encoding takes 1 to 3 ms and up to nine are tried: not for the event loop.
    """
    made, lines_made, bgr = b"", 0, None
    for lines, quality in STEPS:
        if bgr is None or lines != lines_made:
            width, height = size_for(frame.width, frame.height, lines)
            bgr, lines_made = cv2.cvtColor(scale_i420(frame.i420, width, height), cv2.COLOR_YUV2BGR_I420), lines
        done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not done:
            raise ValueError(f"no JPEG of {frame.width} by {frame.height} could be made")
        made = data.tobytes()
        if len(made) <= most_bytes:
            break
    return made
