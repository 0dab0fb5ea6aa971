"""The errors of this package; the tree is drawn in the package's docstring."""

from __future__ import annotations


class RtcError(Exception):
    """Base of what can go wrong here."""


class BadOfferError(RtcError):
    """A description that this robot cannot answer; the page is told the text."""


class BadFeedbackError(RtcError):
    """A report on our packets that breaks its format; it is dropped and the next one awaited."""


class IncompatibleAiortcError(RtcError):
    """A private part of aiortc is not where it was: another version than the pinned one is installed."""

    def __init__(self, where: str, name: str) -> None:
        self.where = where
        self.name = name
        super().__init__(f"aiortc's {where} has no {name}; install the pinned version")
