"""Who sits where: one seat per link, its session, and which of the link's pages holds it. Pure: time is an argument.

Rules: the first page that connects holds the seat; another page of the same link gets it only by asking to
replace. When the holder's WebSocket drops, session and connection are kept for a grace, and whoever comes back
goes on where it was, at whichever node: `holds.py` knows where the holder is.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from protocol.nodes import SeatHold
from protocol.state import SessionState
from remote_app.access import Claim, LinkKey
from remote_app.holds import Hold, Holds
from remote_app.page import Page

GRACE_S: Final = 15.0  # the seat and the raised hand outlive a lift, a tunnel, a change of network
MAX_ASKED: Final = 64  # commands whose reply is still awaited
NO_NODE: Final = "00000000"
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
    until its answer the one before it lives on. Both None when there is nothing to end.

    `elsewhere`: the holder is another node's page. `taken_from`: the tab that held it there, before it was ours."""

    claim: Claim
    session: str
    pages: set[Page] = field(default_factory=set)
    holder: Page | None = None
    holder_tab: str = ""
    connection: str | None = None
    offered: str | None = None
    dropped_s: float | None = None
    clock: PageClock | None = None
    elsewhere: Hold | None = None
    taken_from: str | None = None
    seq: int = 0
    asked: OrderedDict[str, Page] = field(default_factory=OrderedDict)

    def held_by_other(self, page: Page) -> bool:
        """Another living page of this link has the seat, here or at another node."""
        return self.elsewhere is not None if self.holder is None else self.holder is not page

    def is_of(self, page: Page) -> bool:
        """Whether leaving the page leaves the room: it has the seat, or had it last. One that looks on does not."""
        return not self.held_by_other(page) and (self.holder is page or _may_go_on(self, page))

    def take(self, page: Page) -> str:
        """The page holds the seat from now on; returns the id of the connection that the robot is asked for."""
        self.holder, self.holder_tab, self.elsewhere = page, page.tab, None
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
    """All links in use at this node. `tell` gets what the other nodes must know."""

    def __init__(self, key: LinkKey, node: str = NO_NODE, tell: Callable[[SeatHold], None] = lambda _: None) -> None:
        self._key = key
        self._tell = tell
        self._holds = Holds(node)
        self._by_link: dict[str, Seat] = {}
        self._by_session: dict[str, Seat] = {}
        # The robot's heartbeat may name a session for a moment after we ended it.
        self._ended: deque[str] = deque(maxlen=MAX_ENDED)

    def open(self, page: Page, now: float, at_robot: SessionState | None) -> Seat:
        """The page's seat. A session at the robot that this link made (through another node, or before this
        one started) is gone on with."""
        seat = self._by_link.get(page.claim.id)
        if seat is None:
            seat = self._new(page.claim, now, at_robot)
            self._by_link[page.claim.id] = self._by_session[seat.session] = seat
        seat.pages.add(page)
        old = seat.holder
        if old is not None and page.tab and old.tab == page.tab:
            self.drop(seat, old, now)
            old.outbox.close(SAME_TAB_CODE, "opened again in the same tab")
        if seat.elsewhere is not None and page.tab and seat.elsewhere.tab == page.tab:
            seat.elsewhere = None  # its line to the other node broke, which may not know yet
        if seat.holder is None and not seat.held_by_other(page) and seat.at_robot and _may_go_on(seat, page):
            seat.holder, seat.holder_tab, seat.dropped_s = page, page.tab, None
            page.connection, page.offered = seat.connection, seat.offered
            self.taken(seat, now)
        return seat

    def taken(self, seat: Seat, now: float) -> None:
        """A page has taken the seat: every node knows of it."""
        self._say(seat, "held", now, self._holds.next_turn(seat.claim.id))

    def answered(self, seat: Seat, connection: str, now: float) -> None:
        """The robot took what it was asked for; the other nodes know the connection too."""
        ours = seat.offered == connection
        seat.answered(connection)
        if ours:
            self._say(seat, "held", now)

    def hear(self, word: SeatHold, now: float) -> str | None:
        """Another node's word about a seat. Returns the session whose visit this node has no more part in, if any."""
        if word.node == self._holds.node:
            return None  # every node hears itself
        seat = self._by_link.get(word.link)
        ours = self._holds.ours(word.link)
        if not self._holds.hear(word, now):
            if ours and seat is not None and seat.holder is not None:
                self._say(seat, "held", now)
            return None
        if seat is None:
            return None
        rival = next((page for page in seat.pages if word.tab and page.tab == word.tab), None)
        if rival is not None and word.state == "held" and self._is_younger(rival, word):
            self._move_here(seat, rival, word, now)
            return None
        lost = seat.session if ours else None
        self._follow(seat, word)
        if rival is not None and word.state == "held":
            rival.outbox.close(SAME_TAB_CODE, "opened again in the same tab")
        return lost

    def node_gone(self, node: str) -> None:
        """What that node's pages held, nobody holds."""
        for link in self._holds.gone(node):
            self._free(link)

    def again(self) -> Iterator[SeatHold]:
        """What a node that begins has to know."""
        for seat in self._by_link.values():
            if seat.holder is not None:
                yield self._word(seat, "held", self._holds.turn(seat.claim.id))

    def tick(self, now: float) -> None:
        """Says again what is held here, and forgets what nobody says any more."""
        for link in self._holds.due(now):
            seat = self._by_link.get(link)
            if seat is not None and seat.holder is not None:
                self._say(seat, "held", now)
        for link in self._holds.silent(now):
            self._free(link)

    def drop(self, seat: Seat, page: Page, now: float) -> None:
        """The page's WebSocket is gone. The holder's connection lives on for the grace."""
        seat.pages.discard(page)
        if seat.holder is page:
            self._say(seat, "dropped", now)
            seat.holder = None
            seat.dropped_s = now
        elif not seat.pages and seat.holder is None and seat.dropped_s is None:
            if self._holds.is_elsewhere(seat.claim.id):  # the grace is that node's
                self._forget(seat)
            else:
                seat.dropped_s = now

    def leave(self, seat: Seat, now: float) -> None:
        """The person is gone for good: the next page of this link begins a new session."""
        self._say(seat, "left", now, self._holds.next_turn(seat.claim.id))
        self._leave(seat)

    def due(self, now: float) -> list[Seat]:
        """Seats whose grace is over. Those with a connection need a hang-up; then call `let_go`."""
        return [s for s in self._by_link.values() if s.dropped_s is not None and now - s.dropped_s >= GRACE_S]

    def let_go(self, seat: Seat) -> None:
        """The grace is over and nobody came back: nothing is held any longer."""
        seat.connection = seat.offered = seat.dropped_s = None
        if not seat.pages:
            self._ended.append(seat.session)
            self._forget(seat)

    def withdrawn(self, link_ids: Container[str]) -> list[Seat]:
        """Seats in use whose link is among these."""
        return [seat for link, seat in self._by_link.items() if link in link_ids]

    def robots(self) -> frozenset[str]:
        """The robots at which a seat is in use here."""
        return frozenset(seat.claim.robot for seat in self._by_link.values())

    def of_link(self, link_id: str) -> Seat | None:
        """The seat of a link, if it is in use here."""
        return self._by_link.get(link_id)

    def holder_known(self, link_id: str) -> bool:
        """Whether it has been said, here or at another node, who holds this link's seat."""
        return self._holds.turn(link_id) > 0

    def of_session(self, session: str) -> Seat | None:
        """The seat of a session, if it is in use here."""
        return self._by_session.get(session)

    def count(self, link_id: str) -> int:
        """How many pages are open with one link."""
        seat = self._by_link.get(link_id)
        return len(seat.pages) if seat is not None else 0

    def _new(self, claim: Claim, now: float, at_robot: SessionState | None) -> Seat:
        known = self._holds.elsewhere(claim.id)
        if known is not None:
            seat = Seat(claim, known.session, connection=known.connection, taken_from=known.tab)
            if at_robot is not None and at_robot.id == known.session:
                seat.connection = at_robot.connection
            seat.holder_tab, seat.elsewhere = known.tab, known if known.held else None
            return seat
        if at_robot is not None and at_robot.id not in self._ended and self._key.owns(claim.id, at_robot.id):
            return Seat(claim, at_robot.id, connection=at_robot.connection, dropped_s=now, taken_from="")
        return Seat(claim, self._key.new_session(claim.id))

    def _is_younger(self, page: Page, word: SeatHold) -> bool:
        return (page.opened_at, self._holds.node) > (word.opened_at, word.node)

    def _move_here(self, seat: Seat, page: Page, word: SeatHold, now: float) -> None:
        """What was said is about this very page's line to the other node, which broke."""
        if seat.holder is not page:
            self._follow(seat, word)
            seat.elsewhere = None
            if seat.connection is None:  # it has not been answered yet; this page asks itself
                return
            seat.holder, page.connection = page, seat.connection
        self.taken(seat, now)

    def _follow(self, seat: Seat, word: SeatHold) -> None:
        """The seat is as the other node says."""
        if word.state == "left":
            self._leave(seat)
            return
        self._by_session.pop(seat.session, None)
        seat.session, seat.holder, seat.holder_tab = word.session, None, word.tab
        self._by_session[seat.session] = seat
        seat.connection, seat.offered, seat.dropped_s, seat.clock = word.connection, None, None, None
        seat.elsewhere = self._holds.elsewhere(word.link) if word.state == "held" else None
        seat.taken_from = word.tab
        if not seat.pages:
            self._forget(seat)

    def _free(self, link: str) -> None:
        """The holder's node is gone: whoever comes goes on, and if nobody does, its connection is ended from here."""
        seat = self._by_link.get(link)
        if seat is not None:
            seat.elsewhere = None

    def _leave(self, seat: Seat) -> None:
        self._ended.append(seat.session)
        for page in seat.pages:
            page.connection = page.offered = None
        seat.holder = seat.connection = seat.offered = seat.dropped_s = seat.clock = None
        seat.elsewhere = seat.taken_from = None
        seat.holder_tab = ""
        self._forget(seat)
        if seat.pages:  # other screens of the same link go on, with a session of their own
            seat.session = self._key.new_session(seat.claim.id)
            self._by_link[seat.claim.id] = self._by_session[seat.session] = seat

    def _forget(self, seat: Seat) -> None:
        self._by_link.pop(seat.claim.id, None)
        self._by_session.pop(seat.session, None)

    def _say(self, seat: Seat, state: Literal["held", "dropped", "left"], now: float, turn: int | None = None) -> None:
        link = seat.claim.id
        word = self._word(seat, state, self._holds.turn(link) if turn is None else turn)
        self._holds.said(word, now)
        self._tell(word)

    def _word(self, seat: Seat, state: Literal["held", "dropped", "left"], turn: int) -> SeatHold:
        return SeatHold(
            robot=seat.claim.robot,
            link=seat.claim.id,
            node=self._holds.node,
            turn=turn,
            state=state,
            tab=seat.holder_tab,
            session=seat.session,
            connection=seat.connection,
            opened_at=seat.holder.opened_at if seat.holder is not None else 0.0,
        )


def _may_go_on(seat: Seat, page: Page) -> bool:
    """Pages that do not name their tab are taken for the one that was there."""
    return not seat.holder_tab or not page.tab or seat.holder_tab == page.tab
