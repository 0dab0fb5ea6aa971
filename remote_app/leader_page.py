"""One open page of a course leader as the rest of the service sees it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from protocol.base import Wire
from protocol.web import Sorry, SorryReason
from remote_app.access import Leader
from remote_app.limits import TokenBucket
from remote_app.outbox import MAX_WAITING, Outbox

# A ping every two seconds, a person's taps, and text five times a second; after a break to several robots at once.
MESSAGES_PER_S: Final = 20.0
MESSAGES_BURST: Final = 100.0
CONNECTS_PER_S: Final = 1.0
CONNECTS_BURST: Final = 5.0
SORRYS_PER_S: Final = 5.0
SORRYS_BURST: Final = 10.0
SLOTS_PER_ROBOT: Final = 3  # its state, its presence, who waits there
MAX_ASKED: Final = 64  # commands whose reply is still awaited


class LeaderPage:
    """A page with whoever leads from it, its outbox and its limits. `now` is monotonic seconds."""

    def __init__(self, claim: Leader, robots: int, now: float) -> None:
        self.claim = claim
        self.outbox = Outbox(most=MAX_WAITING + SLOTS_PER_ROBOT * robots)
        self.messages = TokenBucket(MESSAGES_PER_S, MESSAGES_BURST, now)
        self.connects = TokenBucket(CONNECTS_PER_S, CONNECTS_BURST, now)
        self._asked: OrderedDict[str, str] = OrderedDict()
        self._sorrys = TokenBucket(SORRYS_PER_S, SORRYS_BURST, now)

    def tell(self, message: Wire, slot: str = "") -> None:
        """Sends one message to the page."""
        self.outbox.put(message.model_dump_json(), slot)

    def sorry(self, reason: SorryReason, now: float, detail: str = "") -> None:
        """Says why nothing was done; a flood of reasons is thinned out."""
        if self._sorrys.take(now):
            self.tell(Sorry(reason=reason, detail=detail[:300]))

    def ask(self, command: str, own: str) -> None:
        """Remembers what the page itself calls a command."""
        self._asked[command] = own
        if len(self._asked) > MAX_ASKED:
            self._asked.popitem(last=False)

    def asked(self, command: str) -> str | None:
        """What the page calls the command that is answered now; None when it is not this page's."""
        return self._asked.pop(command, None)
