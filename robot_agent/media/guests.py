"""Whether a guest's line carries a picture that is encoded for somebody else. Pure; time is an argument.

A guest has no say on what is encoded: the picture is as large as the person in the room gets it. A guest's line that
shows for a while that it carries far less gets the sound alone, and the picture is tried again, later each time.
"""

from __future__ import annotations

TRIED_S = 4.0  # the estimate of a new line begins low and needs seconds to find its height
SHARE = 0.6  # of the picture's rate: with less, more than every other picture would wait until it is thrown away
LACKING_S = 2.0  # a dip of a moment is no thin line
AGAIN_S = 20.0  # before the picture is tried again; twice as long after each failure
MOST_AGAIN_S = 160.0
LASTED_S = 60.0  # a picture that was carried so long was no failure
KEY_FRAME_EVERY_S = 3.0  # asked for by a guest: everybody on the step pays for it


class GuestLine:
    """One guest's line. `update` with every picture."""

    def __init__(self, now_s: float) -> None:
        self._given_s: float | None = now_s
        self._lacking_s: float | None = None
        self._due_s = 0.0
        self._again_s = AGAIN_S
        self._asked_s = float("-inf")

    @property
    def carries(self) -> bool:
        """Whether the guest gets the picture."""
        return self._given_s is not None

    def update(self, now_s: float, target_bps: int, picture_bps: int) -> bool:
        """Whether it changed. `target_bps`: what the guest's line is believed to carry; `picture_bps`: what is sent."""
        if self._given_s is None:
            if now_s < self._due_s and target_bps < picture_bps:
                return False
            self._given_s, self._lacking_s = now_s, None
            return True
        if target_bps >= SHARE * picture_bps or now_s - self._given_s < TRIED_S:
            self._lacking_s = None
            return False
        if self._lacking_s is None:
            self._lacking_s = now_s
        if now_s - self._lacking_s < LACKING_S:
            return False
        lasted = now_s - self._given_s >= LASTED_S
        self._again_s = AGAIN_S if lasted else self._again_s
        self._due_s, self._given_s = now_s + self._again_s, None
        self._again_s = min(2 * self._again_s, MOST_AGAIN_S)
        return True

    def may_ask_for_key_frame(self, now_s: float) -> bool:
        """Whether a key frame may be asked for now; saying yes starts the wait for the next."""
        if now_s - self._asked_s < KEY_FRAME_EVERY_S:
            return False
        self._asked_s = now_s
        return True
