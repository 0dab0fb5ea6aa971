"""Rate limit as a rule: a bucket that fills with time."""

from __future__ import annotations


class TokenBucket:
    """At most `burst` at once and `rate` per second in the long run; time is an argument (seconds)."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more is allowed now."""
        self._level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate)
        self._at = max(now, self._at)
        if self._level < 1:
            return False
        self._level -= 1
        return True
