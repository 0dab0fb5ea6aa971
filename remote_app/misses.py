"""Wrong tries that count at every node: who was wrong here is told to the others, as a keyed hash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from protocol.nodes import Missed
from remote_app.access import LinkKey

Desk = Literal["code", "login"]
Count = Callable[[str, str, float], None]
"""Called with who, which account (or empty), and monotonic seconds."""

_NO_NODE: Final = "00000000"


class Misses:
    """Between the desks that count and the other nodes. Without `tell` a desk counts for itself."""

    def __init__(
        self, key: LinkKey | None = None, node: str = _NO_NODE, tell: Callable[[Missed], None] | None = None
    ) -> None:
        self._key = key
        self._node = node
        self._tell = tell
        self._desks: dict[Desk, Count] = {}

    def counted_by(self, desk: Desk, count: Count) -> None:
        """`count` is called for every wrong try at another node's desk."""
        self._desks[desk] = count

    def who(self, text: str) -> str:
        """What stands for an address or an account, the same at every node."""
        return text if self._key is None or not text else self._key.alias(text)

    def missed(self, desk: Desk, who: str, account: str = "") -> None:
        """Somebody was wrong here."""
        if self._tell is not None:
            self._tell(Missed(node=self._node, desk=desk, who=who, account=account))

    def hear(self, word: Missed, now: float) -> None:
        """Somebody was wrong; at this node it has been counted."""
        count = self._desks.get(word.desk)
        if count is not None and word.node != self._node:
            count(word.who, word.account, now)
