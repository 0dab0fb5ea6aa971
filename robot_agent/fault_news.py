"""What is told of faults, and when it is told again because the cause is another one. Pure."""

from __future__ import annotations

from typing import Final

from protocol.state import Fault

AGAIN_AFTER_S: Final = 5.0  # a cause that goes to and fro on a bad line is told now and then, not all the time


class FaultNews:
    """A new fault is told at once; other words for one that is known when they last, or come after a pause."""

    def __init__(self) -> None:
        self._words: dict[Fault, str] = {}
        self._told: dict[Fault, tuple[str, float]] = {}

    def note(self, fault: Fault, words: str | None) -> None:
        """The words for a fault as they are now; None: it is over, and told at once if it comes back."""
        if words is None:
            self._words.pop(fault, None)
            self._told.pop(fault, None)
        else:
            self._words[fault] = words

    def due(self, now_s: float) -> list[tuple[Fault, str]]:
        """What is to be told at this moment (monotonic seconds); it then counts as told."""
        news = [(fault, words) for fault, words in self._words.items() if self._is_news(fault, words, now_s)]
        self._told.update((fault, (words, now_s)) for fault, words in news)
        return news

    def _is_news(self, fault: Fault, words: str, now_s: float) -> bool:
        if fault not in self._told:
            return True
        told, at_s = self._told[fault]
        return words != told and now_s - at_s >= AGAIN_AFTER_S
