"""Which parts of the head do not work, and why: several sources may share one fault."""

from __future__ import annotations

import logging
from collections.abc import Callable

from protocol.state import Fault

LOG = logging.getLogger(__name__)

FaultCallback = Callable[[Fault, str | None], None]


class FaultBook:
    """Tells `on_fault` the words for a fault when they change, and None when the last source is well."""

    def __init__(self, on_fault: FaultCallback) -> None:
        self._on_fault = on_fault
        self._reasons: dict[Fault, dict[str, str]] = {}

    def note(self, fault: Fault, source: str, reason: str | None) -> None:
        """`source` has this `reason` for `fault` (None: it is well)."""
        reasons = self._reasons.setdefault(fault, {})
        if reasons.get(source) == reason:
            return
        before = self._words(fault)
        if reason is None:
            del reasons[source]
        else:
            reasons[source] = reason
        words = self._words(fault)
        if words != before:
            LOG.log(logging.WARNING if words else logging.INFO, "%s: %s", fault, words or "works again")
            self._on_fault(fault, words)

    def _words(self, fault: Fault) -> str | None:
        return "; ".join(self._reasons[fault].values()) or None
