"""Whether the room is private, and how it takes part in the meeting. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.meeting import MeetingMode


@dataclass(slots=True)
class Privacy:
    """A break is private by itself; *privat* that somebody pressed stays when the break is over."""

    mode: MeetingMode = MeetingMode.PLENARY
    pressed: bool = False

    @property
    def private(self) -> bool:
        """Whether camera and microphone are closed to all."""
        return self.pressed or self.mode is MeetingMode.BREAK

    def choose(self, mode: MeetingMode) -> None:
        """A leader says how the room takes part from now on."""
        self.mode = mode

    def press(self, on: bool) -> None:
        """A leader's *privat*. To lift it in a break is to end the break here."""
        self.pressed = on
        if not on and self.mode is MeetingMode.BREAK:
            self.mode = MeetingMode.PLENARY

    def button(self) -> None:
        """The button: in a break it never opens the room, it says whether it stays private afterwards."""
        self.pressed = not self.pressed

    def over(self) -> None:
        """The meeting is over."""
        self.mode = MeetingMode.PLENARY
