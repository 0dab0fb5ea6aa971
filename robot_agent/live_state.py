"""What is true of the robot now and stands in no driver: the hand, the mood, privacy, faults.

Live state belongs to the robot; the service only mirrors it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from protocol.meeting import MeetingMode
from protocol.state import Fault, Mood
from protocol.watching import Choices


@dataclass(slots=True)
class LiveState:
    """Changed only by the service's own parts; `changed` is called after each change. Times are monotonic seconds."""

    changed: Callable[[], None]
    hand_raised_s: float | None = None
    hand_seen: bool = False
    floor: bool = False
    listening: bool = False
    choices: Choices = field(default_factory=Choices)
    mood: Mood = Mood.NEUTRAL
    private: bool = False
    mode: MeetingMode = MeetingMode.PLENARY
    telling: bool = False
    faults: set[Fault] = field(default_factory=set)
    refused_messages: int = 0

    @property
    def hand_raised(self) -> bool:
        """Whether the hand is up."""
        return self.hand_raised_s is not None

    def raise_hand(self, raised: bool, now_s: float) -> None:
        """Up keeps the time at which it went up first; down takes back the floor and the leader's *seen*."""
        if raised:
            self.hand_raised_s = self.hand_raised_s if self.hand_raised_s is not None else now_s
        else:
            self.hand_raised_s, self.hand_seen, self.floor = None, False, False
        self.changed()

    def mark_seen(self) -> None:
        """A leader has seen the hand."""
        self.hand_seen = True
        self.changed()

    def give_floor(self, given: bool) -> None:
        """The floor is the person's, or no longer; a hand that is up stays up, and whoever got the floor was seen."""
        self.floor = given
        self.hand_seen = self.hand_seen or (given and self.hand_raised)
        self.changed()

    def set_mood(self, mood: Mood) -> None:
        """What the open eyes show."""
        self.mood = mood
        self.changed()

    def set_listening(self, on: bool) -> None:
        """The person only listens, or takes part again."""
        self.listening = on
        self.changed()

    def choose(self, choices: Choices) -> None:
        """What the person allows from now on."""
        self.choices = choices
        self.changed()

    def set_privacy(self, private: bool, mode: MeetingMode) -> bool:
        """*Privat* on or off, and how the room takes part in the meeting; False where it is as private as it was."""
        was, self.private, self.mode = self.private, private, mode
        self.changed()
        return private != was

    def set_telling(self, telling: bool) -> None:
        """The robot itself is saying something, or is silent again."""
        self.telling = telling
        self.changed()

    def set_fault(self, fault: Fault, broken: bool) -> bool:
        """A part broke or works again; False when that was known already."""
        if (fault in self.faults) == broken:
            return False
        (self.faults.add if broken else self.faults.discard)(fault)
        self.changed()
        return True

    def forget_person(self) -> None:
        """The session is over: hand down, neutral face, no wish to be left alone, nothing allowed."""
        self.listening = False
        self.choices = Choices()
        self.mood = Mood.NEUTRAL
        self.raise_hand(raised=False, now_s=0.0)
