"""How evenly a stream's packets come: the delay of each against the fastest of late, and what that asks for."""

from __future__ import annotations

from collections import deque

from robot_agent.media.voice_packet import RATE_HZ

WINDOW_S = 8.0  # long enough to meet a bad line's spells again, short enough to forget a lift or a tunnel
WINDOW_PACKETS = 1024  # 10 ms packets fill it in about the time above
RECOMPUTE_PACKETS = 10  # a new percentile five to ten times a second is soon enough; lateness acts at once
PERCENTILE = 0.98
PEAK_HOLD_S = 2.0  # two packets that came too late within this count in full for so long, then as any of the window
RECENT_PACKETS = 25  # 0.25 to 0.5 s: when all of these are slower by PATH_CHANGE_S, the line itself is
PATH_CHANGE_S = 0.040
HOPELESS_S = 0.150  # a packet later than any wait would cover, as after an outage, asks for no wait
CLOCK_JUMP_S = 2.0  # transit that moves by more is another clock, not a slow line


class Arrivals:
    """Lateness of the packets of one stream in a sliding window. Time in seconds, monotonic; time stamps unwrapped."""

    def __init__(self) -> None:
        self._window: deque[tuple[float, float]] = deque(maxlen=WINDOW_PACKETS)  # arrival, transit
        self._count = 0
        self._fastest: deque[tuple[int, float]] = deque()  # which packet, transit; both rising: the window's minima
        self._since = 0
        self._high_s = 0.0
        self._usual_s = 0.0
        self._peak_s = 0.0
        self._peak_until_s = float("-inf")
        self._last_miss = 0.0, float("-inf")

    def add(self, timestamp: int, arrived_s: float) -> float:
        """A packet came; its lateness in seconds, 0 for the fastest of the window."""
        transit_s = arrived_s - timestamp / RATE_HZ
        if self._window and abs(transit_s - self._window[-1][1]) > CLOCK_JUMP_S:
            self._forget()
        while self._window and self._window[0][0] < arrived_s - WINDOW_S:
            self._window.popleft()
        self._window.append((arrived_s, transit_s))
        while self._fastest and self._fastest[-1][1] >= transit_s:
            self._fastest.pop()
        self._count += 1
        self._fastest.append((self._count, transit_s))
        while self._fastest[0][0] <= self._count - len(self._window):
            self._fastest.popleft()
        self._notice_a_slower_path()
        self._since -= 1
        if self._since <= 0:
            self._recompute()
        return transit_s - self.base_s

    @property
    def base_s(self) -> float:
        """Transit of the fastest packet: arrival minus time stamp, so an unknown constant is in it. 0 before any."""
        return self._fastest[0][1] if self._fastest else 0.0

    @property
    def usual_s(self) -> float:
        """The median lateness."""
        return self._usual_s

    def missed(self, lateness_s: float, now_s: float) -> None:
        """A packet was wanted before it came. One is an accident; what two needed counts at once."""
        if lateness_s > HOPELESS_S:
            return
        last_s, last_at_s = self._last_miss
        self._last_miss = lateness_s, now_s
        if now_s - last_at_s < PEAK_HOLD_S:
            needed_s = min(lateness_s, last_s)
            self._peak_s = max(needed_s, self._peak_s) if now_s <= self._peak_until_s else needed_s
            self._peak_until_s = now_s + PEAK_HOLD_S

    def high_s(self, now_s: float) -> float:
        """The lateness to be ready for."""
        return max(self._high_s, self._peak_s) if now_s <= self._peak_until_s else self._high_s

    def _notice_a_slower_path(self) -> None:
        """Measure against the recent packets alone when none of them is near the older ones: no wait would help."""
        if len(self._window) < RECENT_PACKETS:
            return
        before = self._count - RECENT_PACKETS
        newer = next(transit_s for which, transit_s in self._fastest if which > before)
        if newer - self.base_s > PATH_CHANGE_S:
            while self._fastest[0][0] <= before:
                self._fastest.popleft()
            self._recompute()

    def _recompute(self) -> None:
        self._since = RECOMPUTE_PACKETS
        most_s = self.base_s + HOPELESS_S
        late = sorted(transit_s for _, transit_s in self._window if transit_s <= most_s)
        self._high_s = late[int(PERCENTILE * (len(late) - 1) + 0.5)] - self.base_s
        self._usual_s = late[len(late) // 2] - self.base_s

    def _forget(self) -> None:
        self._window.clear()
        self._fastest.clear()
        self._since = 0
