"""Whether the line's queue grows: from when packets left and arrived, after draft-ietf-rmcat-gcc-02 section 5.

Packets are taken in groups, and the trend of the delay between groups is held against a threshold that adapts to what
the line does anyway. In place of the draft's Kalman filter stands a least-squares line through the last groups.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum

GROUP_S = 0.005  # sent within it is one group: what a pacer lets out together says nothing of the line
BURST_GAP_S = 0.005  # arrivals closer than this that caught up came out of one queue, a modem's time slot say
BURST_MAX_S = 0.1
WINDOW = 20  # groups under the line; a fifth of a second with sound in 10 ms frames
WINDOW_S = 1.0  # and none older: what is said of a second ago is no news
MIN_GROUPS = 8  # before it says anything; pictures alone come in 33 ms steps
SMOOTHING = 0.9
GAIN = 4.0
MAX_GROUPS = 60  # the trend counts for more the longer it is watched, up to this
OVERUSE_S = 0.010  # for so long over the threshold, and rising, before it counts
THRESHOLD_START_MS = 12.5
THRESHOLD_MIN_MS = 6.0
THRESHOLD_MAX_MS = 600.0
THRESHOLD_UP_PER_MS = 0.0087
THRESHOLD_DOWN_PER_MS = 0.039
THRESHOLD_SPIKE_MS = 15.0  # beyond it is a sudden change of the route, no reason to adapt
THRESHOLD_STEP_MAX_S = 0.1
JUMP_S = 3.0  # no queue is that long: the far side's clock was set
BACKWARD_GROUPS = 3  # in a row arriving before their forerunners: start over
BASE_WINDOW_S = 20.0  # the shortest way within it is the empty line; clocks drift under 2 ms in that time
BASE_BUCKET_S = 1.0
QUEUE_SMOOTHING_S = 0.05
JITTER_SHARE = 1 / 16  # RFC 3550 section 6.4.1


class Usage(Enum):
    """What the queue does: grows, is steady, or drains."""

    OVER = "over"
    NORMAL = "normal"
    UNDER = "under"


@dataclass
class _Group:
    first_sent_s: float
    last_sent_s: float
    first_arrived_s: float
    last_arrived_s: float


class DelayDetector:
    """One path's delay. `queue_s` is the smoothed wait in the line's queue, `jitter_s` the delay's variation."""

    def __init__(self) -> None:
        self._group: _Group | None = None
        self.reset()

    def reset(self) -> None:
        """Another path: forget what was measured."""
        self.usage = Usage.NORMAL
        self.queue_s: float | None = None
        self.jitter_s: float | None = None
        self._base = _WindowMinimum()
        self._last_arrived_s: float | None = None
        self._last_way_s: float | None = None
        self._restart()

    def on_packet(self, sent_s: float, arrived_s: float) -> None:
        """One packet that arrived, in order of sending; the two clocks need not agree."""
        way_s = arrived_s - sent_s
        if self._last_way_s is not None and abs(way_s - self._last_way_s) > JUMP_S:
            self.reset()
        self._last_way_s = way_s
        self._follow_queue(way_s, sent_s, arrived_s)
        group = self._group
        if group is None:
            self._group = _Group(sent_s, sent_s, arrived_s, arrived_s)
        elif sent_s < group.first_sent_s:
            return  # of a group that is past
        elif sent_s - group.first_sent_s <= GROUP_S or _is_burst(group, sent_s, arrived_s):
            group.last_sent_s = max(group.last_sent_s, sent_s)
            group.last_arrived_s = max(group.last_arrived_s, arrived_s)
        else:
            self._close_group(group)
            self._group = _Group(sent_s, sent_s, arrived_s, arrived_s)

    def _restart(self) -> None:
        self._group = None
        self._before: _Group | None = None
        self._backward = 0
        self._groups = 0
        self._sum_ms = 0.0
        self._smooth_ms = 0.0
        self._points: deque[tuple[float, float]] = deque(maxlen=WINDOW)
        self._trend = 0.0
        self._threshold_ms = THRESHOLD_START_MS
        self._over_s: float | None = None
        self._over_groups = 0

    def _follow_queue(self, way_s: float, sent_s: float, arrived_s: float) -> None:
        queue_s = max(0.0, way_s - self._base.add(way_s, sent_s))
        if self.queue_s is None or self._last_arrived_s is None:
            self.queue_s = queue_s
        else:
            share = min(1.0, max(0.0, arrived_s - self._last_arrived_s) / QUEUE_SMOOTHING_S)
            self.queue_s += share * (queue_s - self.queue_s)
        self._last_arrived_s = max(arrived_s, self._last_arrived_s or arrived_s)

    def _close_group(self, group: _Group) -> None:
        before, self._before = self._before, group
        if before is None:
            return
        sent_s = group.last_sent_s - before.last_sent_s
        arrived_s = group.last_arrived_s - before.last_arrived_s
        if arrived_s < 0.0:
            self._backward += 1
            if self._backward >= BACKWARD_GROUPS:
                self._restart()
            return
        self._backward = 0
        change_s = arrived_s - sent_s
        jitter_s = 0.0 if self.jitter_s is None else self.jitter_s
        self.jitter_s = jitter_s + JITTER_SHARE * (abs(change_s) - jitter_s)
        self._follow_trend(change_s * 1000, group.last_arrived_s * 1000, sent_s)

    def _follow_trend(self, change_ms: float, arrived_ms: float, elapsed_s: float) -> None:
        self._groups = min(self._groups + 1, MAX_GROUPS)
        self._sum_ms += change_ms
        self._smooth_ms = SMOOTHING * self._smooth_ms + (1 - SMOOTHING) * self._sum_ms
        self._points.append((arrived_ms, self._smooth_ms))
        while arrived_ms - self._points[0][0] > WINDOW_S * 1000:
            self._points.popleft()
        self._judge(_slope(self._points) if len(self._points) >= MIN_GROUPS else 0.0, elapsed_s)

    def _judge(self, trend: float, elapsed_s: float) -> None:
        weighed_ms = self._groups * trend * GAIN
        if weighed_ms > self._threshold_ms:
            self._over_s = elapsed_s / 2 if self._over_s is None else self._over_s + elapsed_s
            self._over_groups += 1
            if self._over_s > OVERUSE_S and self._over_groups > 1 and trend >= self._trend:
                self._over_s, self._over_groups = 0.0, 0
                self.usage = Usage.OVER
        else:
            self._over_s, self._over_groups = None, 0
            self.usage = Usage.UNDER if weighed_ms < -self._threshold_ms else Usage.NORMAL
        self._trend = trend
        self._adapt(abs(weighed_ms), elapsed_s)

    def _adapt(self, size_ms: float, elapsed_s: float) -> None:
        if size_ms > self._threshold_ms + THRESHOLD_SPIKE_MS:
            return
        per_ms = THRESHOLD_DOWN_PER_MS if size_ms < self._threshold_ms else THRESHOLD_UP_PER_MS
        step_ms = max(0.0, min(elapsed_s, THRESHOLD_STEP_MAX_S)) * 1000
        threshold_ms = self._threshold_ms + per_ms * (size_ms - self._threshold_ms) * step_ms
        self._threshold_ms = max(THRESHOLD_MIN_MS, min(threshold_ms, THRESHOLD_MAX_MS))


class _WindowMinimum:
    """The smallest value of the last BASE_WINDOW_S, in buckets, so that memory stays small."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[float, float]] = deque(maxlen=int(BASE_WINDOW_S / BASE_BUCKET_S))
        self._smallest = math.inf

    def add(self, value: float, at_s: float) -> float:
        """Take `value` in; returns the smallest."""
        buckets = self._buckets
        if not buckets or at_s - buckets[-1][0] >= BASE_BUCKET_S:
            buckets.append((at_s, value))
            self._smallest = min(smallest for _, smallest in buckets)
        elif value < buckets[-1][1]:
            buckets[-1] = (buckets[-1][0], value)
            self._smallest = min(self._smallest, value)
        return self._smallest


def _is_burst(group: _Group, sent_s: float, arrived_s: float) -> bool:
    caught_up = (arrived_s - group.last_arrived_s) < (sent_s - group.last_sent_s)
    close = arrived_s - group.last_arrived_s <= BURST_GAP_S
    return caught_up and close and arrived_s - group.first_arrived_s < BURST_MAX_S


def _slope(points: deque[tuple[float, float]]) -> float:
    """By least squares; one pass, because it runs for every group of every viewer."""
    count = len(points)
    first_x, first_y = points[0]  # near the others: sums of squares of a clock would have no digits left
    sum_x = sum_y = sum_xx = sum_xy = 0.0
    for x, y in points:
        x -= first_x
        y -= first_y
        sum_x += x
        sum_y += y
        sum_xx += x * x
        sum_xy += x * y
    under = count * sum_xx - sum_x * sum_x
    return (count * sum_xy - sum_x * sum_y) / under if under > 0.0 else 0.0
