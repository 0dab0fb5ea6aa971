"""Who sits where: one seat per link, its session, and which of the link's pages holds it. Pure: time is an argument.

Rules: the first page that connects holds the seat; another page of the same link gets it only by asking to
replace. When the holder's WebSocket drops, session and connection are kept for a grace, and whoever comes back
goes on where it was.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Final

from protocol.state import SessionState
from remote_app.access import Claim, LinkKey
from remote_app.page import Page

GRACE_S: Final = 15.0  # the seat and the raised hand outlive a lift, a tunnel, a change of network
MAX_ASKED: Final = 64  # commands whose reply is still awaited
MAX_ENDED: Final = 256  # sessions; a heartbeat later none of them is named any more
SAME_TAB_CODE: Final = 4000


@dataclass(frozen=True, slots=True)
class PageClock:
    """The page's clock as last heard (ms), and when on ours (s)."""

    sent_ms: float
    heard_s: float

    def at(self, now: float) -> float:
        """What the page's clock shows now, in ms."""
        return self.sent_ms + (now - self.heard_s) * 1000


@dataclass(slots=True, eq=False)
class Seat:
    """A link in use. `connection` is the newest that the robot answered, `offered` the one that it was asked for since:
    until its answer the one before it lives on. Both None when there is nothing to end."""

    claim: Claim
    session: str
    pages: set[Page] = field(default_factory=set)
    holder: Page | None = None
    holder_tab: str = ""
    connection: str | None = None
    offered: str | None = None
    dropped_s: float | None = None
    clock: PageClock | None = None
    seq: int = 0
    asked: OrderedDict[str, Page] = field(default_factory=OrderedDict)

    def held_by_other(self, page: Page) -> bool:
        """Another living page of this link has the seat."""
        return self.holder is not None and self.holder is not page

    def take(self, page: Page) -> str:
        """The page holds the seat from now on; returns the id of the connection that the robot is asked for."""
        self.holder, self.holder_tab = page, page.tab
        self.offered = page.offered = secrets.token_urlsafe(12)
        self.dropped_s, self.clock, self.seq = None, None, 0
        return self.offered

    @property
    def at_robot(self) -> tuple[str, ...]:
        """The connections that the robot may have, the oldest first."""
        return tuple(connection for connection in (self.connection, self.offered) if connection is not None)

    def answered(self, connection: str) -> None:
        """The robot took what it was asked for: from now on that is the connection."""
        if self.offered == connection:
            self.connection, self.offered = connection, None
        for page in self.pages:
            if page.offered == connection:
                page.connection, page.offered = connection, None

    def over(self, connection: str, *, began: bool) -> None:
        """The robot declined or ended it: commands and beats would be refused. One that never began needs no end."""
        if self.offered == connection:
            self.offered = None
        if self.connection == connection and not began:
            self.connection = None
        for page in self.pages:
            if page.offered == connection:
                page.offered = None
            if page.connection == connection:
                page.connection = None

    def hear_clock(self, sent_ms: float, now: float) -> None:
        """Every message of the holder tells its clock."""
        self.clock = PageClock(sent_ms, now)

    def ask(self, command: str, page: Page) -> None:
        """Remembers who asked, so that the reply finds the way."""
        self.asked.pop(command, None)
        self.asked[command] = page
        if len(self.asked) > MAX_ASKED:
            self.asked.popitem(last=False)

    def asker(self, command: str) -> Page | None:
        """Who gets the reply: the page that asked, or the one that took its place."""
        page = self.asked.pop(command, None)
        if page is None or page in self.pages:
            return page
        return self.holder


class Seats:
    """All links in use at this node."""

    def __init__(self, key: LinkKey) -> None:
        self._key = key
        self._by_link: dict[str, Seat] = {}
        # The robot's heartbeat may name a session for a moment after we ended it.
        self._ended: deque[str] = deque(maxlen=MAX_ENDED)

    def open(self, page: Page, now: float, at_robot: SessionState | None) -> Seat:
        """The page's seat. A session at the robot that this link made (through another node, or before this
        one started) is gone on with."""
        seat = self._by_link.get(page.claim.id)
        if seat is None:
            seat = self._by_link[page.claim.id] = self._new(page.claim, now, at_robot)
        seat.pages.add(page)
        old = seat.holder
        if old is not None and page.tab and old.tab == page.tab:
            self.drop(seat, old, now)
            old.outbox.close(SAME_TAB_CODE, "opened again in the same tab")
        if seat.holder is None and seat.at_robot and _may_go_on(seat.holder_tab, page.tab):
            seat.holder, seat.holder_tab, seat.dropped_s = page, page.tab, None
            page.connection, page.offered = seat.connection, seat.offered
        return seat

    def drop(self, seat: Seat, page: Page, now: float) -> None:
        """The page's WebSocket is gone. The holder's connection lives on for the grace."""
        seat.pages.discard(page)
        if seat.holder is page:
            seat.holder = None
            seat.dropped_s = now
        elif not seat.pages and seat.holder is None and seat.dropped_s is None:
            seat.dropped_s = now

    def leave(self, seat: Seat) -> None:
        """The person is gone for good: the next page of this link begins a new session."""
        self._ended.append(seat.session)
        for page in seat.pages:
            page.connection = page.offered = None
        seat.holder = seat.connection = seat.offered = seat.dropped_s = seat.clock = None
        seat.holder_tab = ""
        if seat.pages:  # other screens of the same link go on, with a session of their own
            seat.session = self._key.new_session(seat.claim.id)
        else:
            self._by_link.pop(seat.claim.id, None)

    def due(self, now: float) -> list[Seat]:
        """Seats whose grace is over. Those with a connection need a hang-up; then call `let_go`."""
        return [s for s in self._by_link.values() if s.dropped_s is not None and now - s.dropped_s >= GRACE_S]

    def let_go(self, seat: Seat) -> None:
        """The grace is over and nobody came back: nothing is held any longer."""
        seat.connection = seat.offered = seat.dropped_s = None
        if not seat.pages:
            self._ended.append(seat.session)
            self._by_link.pop(seat.claim.id, None)

    def withdrawn(self, link_ids: Container[str]) -> list[Seat]:
        """Seats in use whose link is among these."""
        return [seat for link, seat in self._by_link.items() if link in link_ids]

    def robots(self) -> frozenset[str]:
        """The robots at which a seat is in use here."""
        return frozenset(seat.claim.robot for seat in self._by_link.values())

    def of_session(self, session: str) -> Seat | None:
        """The seat of a session, if it is in use here."""
        return next((seat for seat in self._by_link.values() if seat.session == session), None)

    def count(self, link_id: str) -> int:
        """How many pages are open with one link."""
        seat = self._by_link.get(link_id)
        return len(seat.pages) if seat is not None else 0

    def _new(self, claim: Claim, now: float, at_robot: SessionState | None) -> Seat:
        if at_robot is not None and at_robot.id not in self._ended and self._key.owns(claim.id, at_robot.id):
            return Seat(claim, at_robot.id, connection=at_robot.connection, dropped_s=now)
        return Seat(claim, self._key.new_session(claim.id))


def _may_go_on(holder_tab: str, tab: str) -> bool:
    """Pages that do not name their tab are taken for the one that was there."""
    return not holder_tab or not tab or holder_tab == tab
