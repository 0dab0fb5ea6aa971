"""What a press of the head's button means. Pure: the board counts and measures, this rule decides.

The board tells whether the button is down, how many presses have ended (0 to 255, then 0 again), and how long the
press under way has lasted, or else the last one. It is looked at five times a second, so several presses may lie
between two looks.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from protocol.settings_file import SettingsModel

Press = Literal["short", "long", "very_long"]

COUNTS: Final = 256
HELD_MOST_S: Final = 25.5  # as far as the board measures
MAX_PRESSES: Final = 8  # more than a finger does between two looks: the board's counter began anew
APART_S: Final = 1.0  # a long press on its way to a very long one must be let go in between, or it is none
FRESH_S: Final = 10.0  # a bus that was away for longer: what was pressed meanwhile is nobody's wish any more


class ButtonSettings(SettingsModel):
    """How long the button is held, in seconds: from `long_s` on it is *privat*, from `off_s` on the robot goes off."""

    long_s: Annotated[float, Field(ge=0.4, le=5)] = 1.0
    off_s: Annotated[float, Field(ge=2, le=20)] = 5.0

    @model_validator(mode="after")
    def _are_apart(self) -> Self:
        if self.off_s < self.long_s + APART_S:
            raise ValueError(f"off_s must be at least {APART_S:g} s more than long_s")
        return self


class ButtonRule:
    """Short and long count when the button is let go; very long at once, while it is still held, and only once.

    A press that began before the robot did is nobody's wish: it is passed over whole. A bus that is silent for a moment
    loses none: *privat* must not fail for that. Times are monotonic seconds, `began_s` is the robot's own start.
    """

    def __init__(self, settings: ButtonSettings, began_s: float) -> None:
        self._settings = settings
        self._count: int | None = None
        self._spent = False  # the press under way has had its effect, or has none
        self._held_s = 0.0
        self._seen_s = began_s

    def look(self, *, down: bool, count: int, held_s: float, now_s: float) -> tuple[Press, ...]:
        """What the presses since the last look mean, the oldest first."""
        before, self._count = self._count, count
        seen_s, self._seen_s = self._seen_s, now_s
        ended = 0 if before is None else (count - before) % COUNTS
        if before is None or now_s - seen_s > FRESH_S or ended > MAX_PRESSES:
            self._spent = down and (held_s >= HELD_MOST_S or now_s - held_s <= seen_s)
            self._held_s = held_s
            return ()
        found = self._ended(ended, down, held_s) if ended else []
        self._held_s = held_s if down else 0.0
        if down and not self._spent and held_s >= self._settings.off_s:
            self._spent = True
            found.append("very_long")
        return tuple(found)

    def _ended(self, ended: int, down: bool, held_s: float) -> list[Press]:
        """The first was under way at the last look, the last one is measured; the others fitted between two looks."""
        lengths = [0.0] * ended
        lengths[0] = self._held_s
        if not down:
            lengths[-1] = held_s
        if self._spent:
            del lengths[0]
        self._spent = False
        return [self._kind(length) for length in lengths]

    def _kind(self, length_s: float) -> Press:
        if length_s >= self._settings.off_s:
            return "very_long"
        return "long" if length_s >= self._settings.long_s else "short"
