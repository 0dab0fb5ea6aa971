"""When to try a port again: a pure policy, apart from the port."""

from __future__ import annotations

from typing import Final

FIRST_DELAY_S: Final = 0.2  # a cable that is put back comes up within some tenths
LONGEST_DELAY_S: Final = 2.0  # a person who plugs the cable in sees the head wake at once


class ReopenPolicy:
    """Delays that double from 0.2 s to 2 s, and begin again once the port has worked."""

    def __init__(self) -> None:
        self._next_s = FIRST_DELAY_S

    def delay_s(self) -> float:
        """How long to wait before the next try."""
        delay, self._next_s = self._next_s, min(self._next_s * 2, LONGEST_DELAY_S)
        return delay

    def worked(self) -> None:
        """A device answered: the next loss starts with the short delay."""
        self._next_s = FIRST_DELAY_S
