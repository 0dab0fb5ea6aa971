"""One open page as the rest of the service sees it."""

from __future__ import annotations

import asyncio
from typing import Final

from protocol.base import Wire
from protocol.live import SetPoint
from protocol.web import Sorry, SorryReason
from remote_app.access import Claim
from remote_app.limits import TokenBucket
from remote_app.outbox import Outbox

# A finger sends 50 set-points a second; everything else is a person's tap.
MESSAGES_PER_S: Final = 80.0
MESSAGES_BURST: Final = 160.0
CONNECTS_PER_S: Final = 1.0
CONNECTS_BURST: Final = 5.0
ACTS_PER_S: Final = 10.0
ACTS_BURST: Final = 20.0
BEATS_PER_S: Final = 2.0
BEATS_BURST: Final = 5.0
KNOCKS_PER_S: Final = 1.0  # every two seconds, and at once when the person asks again
KNOCKS_BURST: Final = 5.0
# Once a second, and with every still: at most two a second, and what waited while a line stood still comes at once.
RESCUES_PER_S: Final = 5.0
RESCUES_BURST: Final = 15.0
# Five a second while somebody writes, and all lines of the session at once after a break.
TEXTS_PER_S: Final = 10.0
TEXTS_BURST: Final = 70.0
FRAMES_PER_S: Final = 60.0  # packets of 20 ms, and a clock that is a little fast
FRAMES_BURST: Final = 150.0  # what waited while a mobile line stood still for two seconds
SORRYS_PER_S: Final = 5.0
SORRYS_BURST: Final = 10.0


class Page:
    """A page with its link's claim, its outbox and its limits. `now` is monotonic seconds.

    `tab` is what the page calls itself (`?tab=`, may be empty): a page that comes back with the same tab is
    the same page, even if its old WebSocket has not noticed yet. `connection` is the newest that the robot answered,
    `offered` the one that it was asked for since. `opened_at` is in seconds since 1970, which other nodes know too.
    """

    def __init__(self, claim: Claim, tab: str, now: float, opened_at: float | None = None) -> None:
        self.claim = claim
        self.tab = tab
        self.opened_at = now if opened_at is None else opened_at
        self.connection: str | None = None
        self.offered: str | None = None
        self.outbox = Outbox()
        self.servers_given_s = now
        self.goal: SetPoint | None = None
        self.goal_changed = asyncio.Event()
        self.messages = TokenBucket(MESSAGES_PER_S, MESSAGES_BURST, now)
        self.connects = TokenBucket(CONNECTS_PER_S, CONNECTS_BURST, now)
        self.acts = TokenBucket(ACTS_PER_S, ACTS_BURST, now)
        self.beats = TokenBucket(BEATS_PER_S, BEATS_BURST, now)
        self.knocks = TokenBucket(KNOCKS_PER_S, KNOCKS_BURST, now)
        self.rescues = TokenBucket(RESCUES_PER_S, RESCUES_BURST, now)
        self.texts = TokenBucket(TEXTS_PER_S, TEXTS_BURST, now)
        self.frames = TokenBucket(FRAMES_PER_S, FRAMES_BURST, now)
        self._sorrys = TokenBucket(SORRYS_PER_S, SORRYS_BURST, now)

    def tell(self, message: Wire) -> None:
        """Sends one message to the page."""
        self.outbox.put(message.model_dump_json())

    def sorry(self, reason: SorryReason, now: float, detail: str = "") -> None:
        """Says why nothing was done; a flood of reasons is thinned out."""
        if self._sorrys.take(now):
            self.tell(Sorry(reason=reason, detail=detail[:300]))
