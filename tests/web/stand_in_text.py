"""The text between the page and a leader, by the real service's own rule; the leader is the test's."""

from __future__ import annotations

import time

from protocol.text import TextLine
from remote_app.texts import Texts
from tests.web.front import ROBOT, SESSION

LEADER = "Siri Kursleder"


class StandInText:
    """What has been written in a session that goes on."""

    def __init__(self) -> None:
        self._texts = Texts()
        self._texts.session_is(ROBOT, SESSION, time.monotonic())

    @property
    def lines(self) -> tuple[TextLine, ...]:
        """As the leader's page has it, the oldest first."""
        return self._texts.lines(ROBOT, SESSION)

    def hear(self, line: TextLine) -> tuple[TextLine, ...]:
        """What every screen is told then."""
        return self._texts.hear(line)


def leaders_line(text: str, seq: int, *, entry: int = 0, done: bool = False) -> TextLine:
    """A leader's line as it stands now."""
    return TextLine(
        robot=ROBOT,
        session=SESSION,
        author="leader",
        name=LEADER,
        writer="laptop-of-siri",
        entry=entry,
        seq=seq,
        text=text,
        done=done,
    )
