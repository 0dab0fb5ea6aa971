"""Which code is tried, and what is said about it. Pure: what the camera read and the time come in as arguments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from protocol.errors import MessageError
from protocol.pairing import SCHEME, PairingCode

AWAY_S: Final = 3.0  # a hand that shakes, a picture out of focus: a code that is gone so long was taken away
RETRY_S: Final = 20.0  # a network that comes up, a service that is restarted: the same code may work then


class Told(StrEnum):
    """What the robot says while it is paired; `words.py` has the sentences."""

    SHOW_CODE = "show_code"
    OTHER_CODE = "other_code"
    OTHER_ROBOT = "other_robot"
    TRYING = "trying"
    NO_WIFI_HERE = "no_wifi_here"
    WIFI_FAILED = "wifi_failed"
    NO_SERVICE = "no_service"
    WRONG = "wrong"
    USED = "used"
    EXPIRED = "expired"
    NOT_KEPT = "not_kept"
    PAIRED = "paired"
    NO_BROKER = "no_broker"


PASSING: Final = frozenset((Told.NO_WIFI_HERE, Told.WIFI_FAILED, Told.NO_SERVICE))  # the same code may work later


@dataclass(frozen=True, slots=True)
class Seen:
    """What to do about a picture: say something, try a code, both or nothing."""

    say: Told | None = None
    attempt: PairingCode | None = None


class Reader:
    """Tries a code once, again after RETRY_S where that may help; says each sentence once while a code is shown.

    A code counts as shown until it was out of sight for AWAY_S. Whoever tries a code calls `failed` before `see`.
    """

    def __init__(self) -> None:
        self._shown: str | None = None
        self._shown_s = 0.0
        self._said: set[Told] = set()
        self._failed: tuple[str, Told] | None = None  # the last code that did not work, and why
        self._not_before_s = 0.0

    def see(self, texts: list[str], now_s: float) -> Seen:
        """The texts of all codes in one picture. Ours goes before others."""
        text = next((one for one in texts if one.startswith(SCHEME)), texts[0] if texts else None)
        if self._shown is not None and now_s - self._shown_s >= AWAY_S:
            self._shown = None
        if text is None:
            return Seen()
        if text != self._shown:
            self._said.clear()
        self._shown, self._shown_s = text, now_s
        try:
            code = PairingCode.from_text(text)
        except MessageError:
            return Seen(say=self._once(Told.OTHER_CODE))
        if self._failed is not None and self._failed[0] == text:
            why = self._failed[1]
            if why not in PASSING or now_s < self._not_before_s:
                return Seen(say=self._once(why))
        return Seen(say=self._once(Told.TRYING), attempt=code)

    def failed(self, why: Told, now_s: float) -> Told | None:
        """The code that `see` gave last did not work; what to say, if that was not said yet."""
        assert self._shown is not None, "only a code that was seen is tried"
        self._failed = (self._shown, why)
        self._shown_s = now_s  # trying took a while, and nobody looked
        self._not_before_s = now_s + RETRY_S
        return self._once(why)

    def _once(self, told: Told) -> Told | None:
        if told in self._said:
            return None
        self._said.add(told)
        return told
