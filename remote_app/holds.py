"""Which node has the page that holds each link's seat, as every node hears it. Pure; time is monotonic seconds.

The highest turn counts, and of equal ones the greater node, so that all nodes agree whatever the order they hear in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from protocol.nodes import HOLD_AGAIN_S, MISSED_HOLDS, SeatHold

SILENT_AFTER_S: Final = HOLD_AGAIN_S * MISSED_HOLDS
SETTLED_S: Final = 5.0  # what is over for so long gives way to whoever counts anew, not having heard of it
KEPT_S: Final = 300.0  # a turn is remembered for longer than any word of it is on its way


@dataclass(frozen=True, slots=True)
class Hold:
    """What is known of one link's seat. `held` is false once its line has dropped, or its node is gone."""

    node: str
    turn: int
    held: bool
    tab: str
    session: str
    connection: str | None
    heard_s: float
    left: bool = False


class Holds:
    """Every seat's hold, this node's own among them."""

    def __init__(self, node: str) -> None:
        self.node = node
        self._by_link: dict[str, Hold] = {}

    def turn(self, link: str) -> int:
        """The newest turn of this link; 0 before the first."""
        hold = self._by_link.get(link)
        return 0 if hold is None else hold.turn

    def next_turn(self, link: str) -> int:
        """The turn of a page that takes the seat now."""
        return self.turn(link) + 1

    def ours(self, link: str) -> bool:
        """Whether this node has the newest turn."""
        hold = self._by_link.get(link)
        return hold is not None and hold.node == self.node

    def is_elsewhere(self, link: str) -> bool:
        """Whether another node has the newest turn, with a page that holds or may come back."""
        return self.elsewhere(link) is not None

    def elsewhere(self, link: str) -> Hold | None:
        """Another node's hold of a visit that is not over."""
        hold = self._by_link.get(link)
        return None if hold is None or hold.node == self.node or hold.left else hold

    def said(self, word: SeatHold, now: float) -> None:
        """This node's own word."""
        self._by_link[word.link] = _hold(word, now)

    def hear(self, word: SeatHold, now: float) -> bool:
        """Another node's word; False when it is older than what is known."""
        before = self._by_link.get(word.link)
        older = before is not None and (word.turn, word.node) < (before.turn, before.node)
        if before is not None and older and (before.held or now - before.heard_s < SETTLED_S):
            return False
        self._by_link[word.link] = _hold(word, now)
        return True

    def gone(self, node: str) -> list[str]:
        """The node is gone: the links that its pages held."""
        links = [link for link, hold in self._by_link.items() if hold.node == node and hold.held]
        for link in links:
            self._by_link[link] = replace(self._by_link[link], held=False)
        return links

    def due(self, now: float) -> list[str]:
        """The links of which this node has to say again that it holds them."""
        ours = ((link, hold) for link, hold in self._by_link.items() if hold.node == self.node and hold.held)
        return [link for link, hold in ours if now - hold.heard_s >= HOLD_AGAIN_S]

    def silent(self, now: float) -> list[str]:
        """The links whose node says nothing any more; what is over for long is forgotten."""
        links = [
            link
            for link, hold in self._by_link.items()
            if hold.held and hold.node != self.node and now - hold.heard_s >= SILENT_AFTER_S
        ]
        for link in links:
            self._by_link[link] = replace(self._by_link[link], held=False)
        for link in [it for it, hold in self._by_link.items() if not hold.held and now - hold.heard_s >= KEPT_S]:
            del self._by_link[link]
        return links


def _hold(word: SeatHold, now: float) -> Hold:
    held, left = word.state == "held", word.state == "left"
    return Hold(word.node, word.turn, held, word.tab, word.session, word.connection, now, left)
