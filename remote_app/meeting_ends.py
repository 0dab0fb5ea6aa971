"""What leaders have said of meetings that the store has not been told yet: over at a robot, or not over after all."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class MeetingEnds:
    """The last word about a robot counts. Whoever tells the store sets `wake`. On the event loop's thread."""

    def __init__(self) -> None:
        self._said: dict[str, bool] = {}
        self._looks = False
        self.wake: Callable[[], None] = lambda: None
        self.closed: frozenset[str] = frozenset()
        """The robots whose meeting is over, as the store says."""

    @property
    def waiting(self) -> bool:
        """Whether there is something to tell, or to look at."""
        return self._looks

    def over(self, robot: str) -> None:
        """The meeting is over there."""
        self._say(robot, over=True)

    def goes_on(self, robot: str) -> None:
        """It goes on; only said on where the store has it as over."""
        if robot in self.closed or robot in self._said:
            self._say(robot, over=False)

    def look(self) -> None:
        """Something else has changed that this node is to see at once."""
        self._looks = True
        self.wake()

    def take(self) -> Mapping[str, bool]:
        """By robot, whether its meeting is over; whoever takes it tells the store, or gives it `back`."""
        said, self._said, self._looks = self._said, {}, False
        return said

    def back(self, said: Mapping[str, bool]) -> None:
        """The store could not be told: another time, unless something else has been said since."""
        self._said = {**said, **self._said}

    def _say(self, robot: str, *, over: bool) -> None:
        self._said[robot] = over
        self.look()
