"""When to try again. Pure: it only counts."""

from __future__ import annotations

import random


class Backoff:
    """Waits that double from `first_s` to `most_s`, spread by a fifth so that a fleet does not come back as one."""

    def __init__(self, first_s: float, most_s: float, seed: int | None = None) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s
        self._random = random.Random(seed)  # noqa: S311 - spreads load, keeps no secret

    def next_s(self) -> float:
        """Seconds to wait before the next try."""
        wait_s = self._next_s
        self._next_s = min(self._most_s, self._next_s * 2)
        return wait_s * self._random.uniform(0.8, 1.2)

    def reset(self) -> None:
        """It worked: the next trouble starts small again."""
        self._next_s = self._first_s
