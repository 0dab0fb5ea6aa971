"""Who holds the robot: one seat at a time. Pure; time comes in as monotonic seconds.

A session outlives its connections: the tablet that comes back within the grace gets its seat again, and the
connection that it had is replaced. Somebody else is told who has the seat; taking it over is explicit. A visit outlives
its sessions: by another link to the same seat, as a nurse's own, the same visit goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from protocol.signals import Offer, TurnedAway

LOST_AFTER_S = 2.5  # two missed beats at 1 Hz, plus jitter
SENT_OUT_S = 2.0  # an offer that was on its way; nobody asks, waits and is let in again as soon as that
GRACE_S = 15.0  # a tablet that changes network or restarts its page is back by then


class Liveness(Enum):
    """How the holder is, by the age of the last thing heard from it."""

    ALIVE = auto()
    LOST = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Holder:
    """The session that holds the robot, and its newest connection. Times in monotonic seconds; `steers_since_s` is of
    the tablet that steers, however often it changes network."""

    session: str
    connection: str
    seat: str
    name: str
    language: str
    since_s: float
    heard_s: float
    companion: str = ""
    steers_since_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Granted:
    """The offer may hold the robot; `replaced` is the holder whose place it takes, when there is one.

    `goes_on`: the visit is the same as before, so that hand and choices stay."""

    holder: Holder
    replaced: Holder | None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Denied:
    """The offer does not get the robot; `holder_name` says who has it."""

    reason: TurnedAway
    holder_name: str = ""


class Ownership:
    """The one owner of the robot."""

    def __init__(self, grace_s: float = GRACE_S) -> None:
        self._grace_s = grace_s
        self._holder: Holder | None = None
        self._sent_out: tuple[str, float] | None = None

    @property
    def holder(self) -> Holder | None:
        """Who holds the robot now."""
        return self._holder

    def ask(self, offer: Offer, now_s: float) -> Granted | Denied:
        """Whether the offer may hold the robot: it is free, the same session's, or taken over on purpose.

        Changes nothing; `take` does, once the offer has proved to be answerable.
        """
        held = self._holder
        same_seat = held is not None and held.seat == offer.seat
        same_session = held is not None and same_seat and held.session == offer.session
        is_there = self.liveness(now_s) is not Liveness.GONE
        if held is not None and is_there and not same_session and not (same_seat and offer.replace):
            return Denied(TurnedAway.BUSY, held.name)
        since_s = held.since_s if held is not None and same_session else now_s
        steers_since_s = held.steers_since_s if held is not None and same_session and not offer.replace else now_s
        holder = Holder(
            offer.session,
            offer.connection,
            offer.seat,
            offer.name,
            offer.language,
            since_s=since_s,
            heard_s=now_s,
            companion=offer.companion,
            steers_since_s=steers_since_s,
        )
        return Granted(holder, held, goes_on=same_session or (same_seat and is_there))

    def take(self, granted: Granted) -> None:
        """The robot is the granted holder's from now on."""
        self._holder = granted.holder

    def holds(self, session: str, connection: str) -> bool:
        """Whether this very connection is the one that steers."""
        held = self._holder
        return held is not None and held.session == session and held.connection == connection

    def heard(self, connection: str, now_s: float, any_of: str | None = None) -> None:
        """Something came from a connection; only the holder's own, or any of the session `any_of`, keeps it alive."""
        held = self._holder
        if held is not None and (held.connection == connection or held.session == any_of) and now_s > held.heard_s:
            self._holder = replace(held, heard_s=now_s)

    def liveness(self, now_s: float) -> Liveness:
        """ALIVE, LOST after 2.5 s of silence, GONE after the grace (or when nobody holds the robot)."""
        if self._holder is None:
            return Liveness.GONE
        silent_s = now_s - self._holder.heard_s
        if silent_s > self._grace_s:
            return Liveness.GONE
        return Liveness.LOST if silent_s > LOST_AFTER_S else Liveness.ALIVE

    def send_out(self, session: str, now_s: float) -> None:
        """A leader has ended this session."""
        self._sent_out = session, now_s

    def is_sent_out(self, session: str, now_s: float) -> bool:
        """Whether an offer of this session was made before its page can have known that a leader ended it."""
        return self._sent_out is not None and self._sent_out[0] == session and now_s - self._sent_out[1] < SENT_OUT_S

    def release(self) -> Holder | None:
        """Nobody holds the robot any more; returns who did."""
        held, self._holder = self._holder, None
        return held
