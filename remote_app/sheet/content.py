"""What the sheet and the calendar file say. Times are in the zone of the people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SheetMeeting:
    """One meeting; `id` is the store's."""

    id: str
    starts: datetime
    ends: datetime
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One person's invitation. `link` is whole, `host` what a person types, `digits` six of them."""

    course: str
    name: str
    language: str
    telephone: str
    link: str
    host: str
    digits: str
    meetings: tuple[SheetMeeting, ...]
