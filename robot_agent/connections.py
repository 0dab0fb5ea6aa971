"""The connections of one session: the newest and, until that carries picture and sound, the one before it."""

from __future__ import annotations

from robot_agent.ownership import LOST_AFTER_S
from robot_agent.rtc.session import MediaState, RtcSession

RETIRE_AFTER_S = 2.0  # the page closes the old connection itself when it shows the new picture, at most 1.5 s later


class Connections:
    """At most two, so that a new one is made before the old one is broken. Time comes in as monotonic seconds."""

    def __init__(self) -> None:
        self.newest: RtcSession | None = None
        self._retiring: RtcSession | None = None
        self._retire_s: float | None = None
        self._same_page = False

    @property
    def watched(self) -> bool:
        """Whether somebody can see or hear now: one carries media, whether or not its page still beats."""
        return any(rtc.state is MediaState.CONNECTED for rtc in self._all())

    @property
    def heard(self) -> list[RtcSession]:
        """Those that steer and keep the seat: the newest, and the same page's old one until it goes."""
        return [rtc for rtc in self._all() if self.is_heard(rtc)]

    def is_heard(self, rtc: RtcSession) -> bool:
        """See `heard`."""
        return rtc is self.newest or (rtc is self._retiring and self._same_page)

    def put_first(self, rtc: RtcSession, *, same_session: bool, same_page: bool) -> list[RtcSession]:
        """The new connection is the one that counts; returns those that are over: silent, and to be closed.

        Of the same session, the newest that carries something stays until the new one does.
        """
        before, retiring = self.newest, self._retiring
        kept = before if before is not None and before.state is MediaState.CONNECTED else retiring
        self._retiring = kept if same_session else None
        # One that stays through several attempts is of the same page only when it was all along.
        self._same_page = same_page and (kept is before or self._same_page)
        self.newest, self._retire_s = rtc, None
        over = [old for old in (before, retiring) if old is not None and old is not self._retiring]
        for old in over:
            old.silence()
        return over

    def connected(self, now_s: float) -> None:
        """The newest carries picture and sound: the old one has its last moments."""
        self._retire_s = now_s + RETIRE_AFTER_S

    def retiring_is_due(self, now_s: float) -> bool:
        """Whether the old one has had its time."""
        return self._retiring is not None and self._retire_s is not None and now_s >= self._retire_s

    def go_back(self, now_s: float) -> bool:
        """The newest did not come to be: the same page's old one counts again, where it still lives.

        Another tablet's does not: somebody took the robot from it, and it has been told so.
        """
        old = self._retiring
        if old is None or not self._same_page or old.state is not MediaState.CONNECTED:
            return False
        if old.last_heard_s is None or now_s - old.last_heard_s > LOST_AFTER_S:
            return False
        self.newest, self._retiring = self._retiring, None
        return True

    def is_retiring(self, rtc: RtcSession) -> bool:
        """Whether this is the old one."""
        return rtc is self._retiring

    def silence(self) -> None:
        """Nothing of the room goes out any more, at once; they are still to be closed."""
        for rtc in self._all():
            rtc.silence()

    async def close_retiring(self) -> None:
        """The old one ends."""
        old, self._retiring = self._retiring, None
        if old is not None:
            await old.close()

    async def close(self) -> None:
        """All end."""
        rtc, self.newest = self.newest, None
        await self.close_retiring()
        if rtc is not None:
            await rtc.close()

    def _all(self) -> list[RtcSession]:
        return [rtc for rtc in (self.newest, self._retiring) if rtc is not None]
