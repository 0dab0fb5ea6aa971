"""How long to wait before trying again, as a rule apart from what is tried."""

from __future__ import annotations


class Backoff:
    """Doubles from `first_s` to `most_s`; starts over after something lived for `settled_s`."""

    def __init__(self, first_s: float, most_s: float, settled_s: float) -> None:
        if not 0 < first_s <= most_s:
            raise ValueError("0 < first_s <= most_s")
        self._first_s = first_s
        self._most_s = most_s
        self._settled_s = settled_s
        self._next_s = first_s

    def after(self, lived_s: float, jitter: float = 0.0) -> float:
        """Seconds to wait after something that lived for `lived_s`. `jitter` 0..1 takes off up to a half."""
        if lived_s >= self._settled_s:
            self._next_s = self._first_s
        delay_s = self._next_s
        self._next_s = min(self._next_s * 2, self._most_s)
        return delay_s * (1 - jitter / 2)
