"""Whether a robot is there: the age of its heartbeat, which a last will or a good-bye only makes quicker.

Brokers in a cluster lose wills and retained state with a node, so neither is proof of anything alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from protocol.topics import MISSED_BEATS_OFFLINE, STATE_INTERVAL_REST_S, STATE_INTERVAL_SESSION_S

JITTER_S = 0.5  # the third beat may come this late, over a mobile network, and is not yet missed


@dataclass(frozen=True, slots=True)
class Presence:
    """What is known of one robot's life. All times are the caller's monotonic seconds.

    `epoch` is that of the newest live message, None before the first; `heard_s` None means gone.
    """

    epoch: str | None = None
    heard_s: float | None = None
    interval_s: float = STATE_INTERVAL_REST_S

    def beat(self, epoch: str, now: float, *, in_session: bool) -> Presence:
        """A live heartbeat came (never a retained one: that says nothing of now)."""
        interval_s = STATE_INTERVAL_SESSION_S if in_session else STATE_INTERVAL_REST_S
        return Presence(epoch, now, interval_s)

    def online(self, epoch: str, now: float) -> Presence:
        """The robot came to the broker; its first heartbeat follows."""
        return Presence(epoch, now, STATE_INTERVAL_REST_S)

    def offline(self, epoch: str) -> Presence:
        """Good-bye or last will. One of an earlier epoch is about a connection already replaced."""
        return replace(self, heard_s=None) if epoch == self.epoch else self

    def present(self, now: float) -> bool:
        """Whether fewer than three beats are missing."""
        return self.heard_s is not None and now - self.heard_s <= self.limit_s

    @property
    def limit_s(self) -> float:
        """The age of the newest beat at which the robot counts as gone."""
        return MISSED_BEATS_OFFLINE * self.interval_s + JITTER_S
