"""Whether a picture leaves evenly or at once: a pure rule."""

from __future__ import annotations

from robot_agent.media.rate.packets import LineEstimate

AT_ONCE_S = 0.005  # a frame's time on a clean line: no delay that anybody sees, and yet not a burst without end
CLEAN_QUEUE_S = 0.02  # half a frame's time; more means that the line is the narrow place already
CLEAN_LOSS = 0.06  # radio loses that much without a queue; more may be a policer, which bursts run into


def pace_bps(pacing_bps: int, frame_bytes: int, line: LineEstimate) -> int:
    """Bits a second at which a picture of `frame_bytes` leaves.

    On a thin line at the rate control's pacing, which keeps queues short; there it costs nothing, because the line is
    slower anyway. On a line that reports say is clean a frame leaves within AT_ONCE_S: pacing would be pure delay.
    """
    clean = (
        line.source == "feedback"
        and not line.congested
        and line.queue_s is not None
        and line.queue_s < CLEAN_QUEUE_S
        and (line.loss or 0.0) < CLEAN_LOSS
    )
    return max(pacing_bps, int(frame_bytes * 8 / AT_ONCE_S)) if clean else pacing_bps
