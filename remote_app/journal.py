"""What of all that happens belongs in the access log: who came in, took over, left, was refused, and what a leader did
about it. Pure.

A node logs what its own pages do; what a robot tells every node counts at the one where the visit began.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from protocol.commands import Done, PrivateApplied, SessionEnded
from protocol.events import SessionClosed
from protocol.leader import Admit, TurnDown
from protocol.meeting import MeetingEnded
from protocol.signals import Declined
from remote_app.access import EVERY_ROBOT, Claim, Leader
from remote_app.seats import Seat
from remote_app.store.chain import Deed, Entry

MAX_VISITS: Final = 4096  # a robot that loses its power never says that the visit is over
MAX_REFUSALS: Final = 1024
SAME_REFUSAL_S: Final = 600.0  # a page that tries again by itself is one refusal


class Journal:
    """Makes entries of what it is told and hands them to `put`. `now` is monotonic seconds."""

    def __init__(self, put: Callable[[Entry], None]) -> None:
        self._put = put
        self._visits: OrderedDict[str, tuple[Claim, str]] = OrderedDict()  # by session: the link, and its page's tab
        self._refusals: OrderedDict[tuple[str, str], float] = OrderedDict()

    def answered(self, seat: Seat) -> None:
        """The robot took the page that holds the seat: a visit begins, or goes on at another screen of the link."""
        tab = seat.holder_tab
        before = self._visits.get(seat.session)
        if before is None and seat.taken_from is not None:  # it began at another node, which wrote that down
            before = (seat.claim, seat.taken_from or tab)
        if before is None:
            self._enter(Deed.ENTERED, seat.claim)
        elif before[1] != tab:
            self._enter(Deed.HANDED_OVER, seat.claim)
        self._visits[seat.session] = (seat.claim, tab)
        self._visits.move_to_end(seat.session)
        if len(self._visits) > MAX_VISITS:
            self._visits.popitem(last=False)

    def goes_on(self, seat: Seat) -> None:
        """A visit that began at another node is this node's from now on."""
        self._visits.setdefault(seat.session, (seat.claim, seat.holder_tab))

    def moved(self, session: str) -> None:
        """The visit is another node's from now on."""
        self._visits.pop(session, None)

    def has(self, session: str) -> bool:
        """Whether the visit is this node's."""
        return session in self._visits

    def closed(self, event: SessionClosed) -> None:
        """Camera and microphone are closed: the visit is over."""
        visit = self._visits.pop(event.session, None)
        if visit is not None:
            self._enter(Deed.LEFT, visit[0], event.reason.value)

    def declined(self, seat: Seat, signal: Declined, now: float) -> None:
        """The robot did not take the page."""
        self.refused(seat.claim, signal.reason.value, now)

    def watches(self, claim: Leader, robot: str) -> None:
        """Somebody sees and hears the room who does not hold the robot."""
        self._enter(Deed.ENTERED, claim, "watching", robot)

    def watched(self, claim: Leader, robot: str, why: str) -> None:
        """They do so no longer."""
        self._enter(Deed.LEFT, claim, f"watching-{why}", robot)

    def refused(self, claim: Claim, why: str, now: float) -> None:
        """A link that we made did not open the room."""
        if self._is_new(claim.id, why, now):
            self._enter(Deed.REFUSED, claim, why)

    def code_refused(self, why: str, now: float) -> None:
        """Six digits were nobody's, or came too often. One entry for all who try."""
        if self._is_new("", why, now):
            self._put(Entry(datetime.now(UTC), Deed.REFUSED, detail=f"code-{why}"))

    def at_the_door(self, leader: Leader, answer: Admit | TurnDown) -> None:
        """A leader let somebody in, and was sure in this way of who it is, or did not."""
        if isinstance(answer, Admit):
            self._lead(leader, Deed.ADMITTED, answer.robot, answer.link, answer.identity.value)
        else:
            self._lead(leader, Deed.TURNED_DOWN, answer.robot, answer.link)

    def led(self, leader: Leader, done: Done) -> None:
        """A robot did what a leader asked for: *privat*, or the end of a visit; hands and floor are not logged."""
        visit = self._visits.get(done.session or "")
        link = visit[0].id if visit is not None else ""
        match done.applied:
            case PrivateApplied(on=on):
                self._lead(leader, Deed.PRIVATE_ON if on else Deed.PRIVATE_OFF, done.robot, link)
            case SessionEnded() | MeetingEnded():
                self._lead(leader, Deed.ENDED, done.robot, link)

    def logged_in(self, person: str, role: str, how: str) -> None:
        """Somebody of the staff logged in, by `password`, `passkey`, `oidc` or a one-time `link`."""
        self._put(Entry(datetime.now(UTC), Deed.LOGGED_IN, role=role, by=person, detail=how))

    def logged_out(self, person: str) -> None:
        """Somebody of the staff logged out."""
        self._put(Entry(datetime.now(UTC), Deed.LOGGED_OUT, by=person))

    def login_refused(self, person: str, why: str, now: float) -> None:
        """Somebody tried to log in; `person` is whose account it is, empty where there is none."""
        if self._is_new(f"login-{person}", why, now):
            self._put(Entry(datetime.now(UTC), Deed.LOGIN_REFUSED, link=person, detail=why))

    def passkey_added(self, person: str, passkey: str) -> None:
        """Somebody of the staff can log in with one passkey more."""
        self._put(Entry(datetime.now(UTC), Deed.PASSKEY_ADDED, link=passkey, by=person))

    def passkey_removed(self, person: str, passkey: str) -> None:
        """With this one nobody logs in any more."""
        self._put(Entry(datetime.now(UTC), Deed.PASSKEY_REMOVED, link=passkey, by=person))

    def role_changed(self, person: str, role: str, by: str, what: str) -> None:
        """`by`, who is of the staff, did `what` (`added`, `changed`, `withdrawn`) with somebody's role or sites."""
        self._put(Entry(datetime.now(UTC), Deed.ROLE_CHANGED, role=role, link=person, by=by, detail=what))

    def _lead(self, leader: Leader, deed: Deed, robot: str, link: str, detail: str = "") -> None:
        at = datetime.now(UTC)
        self._put(Entry(at, deed, robot=robot, role=leader.role, link=link, by=leader.id, detail=detail))

    def _is_new(self, link: str, why: str, now: float) -> bool:
        last = self._refusals.get((link, why))
        if last is not None and now - last < SAME_REFUSAL_S:
            return False
        self._refusals[link, why] = now
        self._refusals.move_to_end((link, why))
        if len(self._refusals) > MAX_REFUSALS:
            self._refusals.popitem(last=False)
        return True

    def _enter(self, deed: Deed, claim: Leader, detail: str = "", robot: str = "") -> None:
        self._put(
            Entry(
                datetime.now(UTC),
                deed,
                robot=robot or claim.robot.strip(EVERY_ROBOT),
                seat=claim.seat,
                role=claim.role,
                link=claim.id,
                detail=detail,
            )
        )
