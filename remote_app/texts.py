"""What person and leader have written in the sessions that go on: in memory, a few lines, gone with the session. Pure.

Every node hears every line on the channels `text` and `text-done`, its own too, so that all of them know the same. A
line counts only as long as the robot itself names its session: nothing is kept for a session that is not there. Time
comes in as monotonic seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from protocol.text import MAX_LINES, LeaderText, TextLine, WriteText
from protocol.topics import TEXT, TEXT_DONE, Channel

KEPT_SILENT_S: Final = 60.0  # a robot ends its session 15 s after its line went; one without power says nothing more

Key = tuple[str, str, int]  # whose side, the writer, and which of its lines


@dataclass(slots=True)
class _Talk:
    """One session's lines in the order in which they were begun, and when the robot named it last."""

    session: str
    named_s: float
    lines: dict[Key, TextLine] = field(default_factory=dict)


class Texts:
    """The lines of every robot's session, as one node knows them."""

    def __init__(self) -> None:
        self._by_robot: dict[str, _Talk] = {}

    def session_is(self, robot: str, session: str | None, now: float) -> None:
        """The robot says whose session it has; what belongs to another, or to none, is forgotten at once."""
        talk = self._by_robot.get(robot)
        if session is None:
            self._by_robot.pop(robot, None)
        elif talk is None or talk.session != session:
            self._by_robot[robot] = _Talk(session, now)
        else:
            talk.named_s = now

    def tick(self, now: float) -> None:
        """What was written by way of a robot that has fallen silent is forgotten too."""
        for robot in [robot for robot, talk in self._by_robot.items() if now - talk.named_s >= KEPT_SILENT_S]:
            del self._by_robot[robot]

    def lines(self, robot: str, session: str) -> tuple[TextLine, ...]:
        """What has been written in the session, the oldest first; nothing for a session that the robot has not."""
        talk = self._by_robot.get(robot)
        return tuple(talk.lines.values()) if talk is not None and talk.session == session else ()

    def everything(self) -> tuple[TextLine, ...]:
        """All lines of all sessions, for a node that begins."""
        return tuple(line for talk in self._by_robot.values() for line in talk.lines.values())

    def goes_on(self, robot: str, session: str) -> bool:
        """Whether the robot has this session now, so that somebody reads what is written."""
        talk = self._by_robot.get(robot)
        return talk is not None and talk.session == session

    def hear(self, line: TextLine) -> tuple[TextLine, ...]:
        """The lines that are new by this one: itself, and those that its writer has ended by beginning it.

        Nothing when it is older than what is known, or of no session that goes on."""
        talk = self._by_robot.get(line.robot)
        if talk is None or talk.session != line.session:
            return ()
        key = _key(line)
        known = talk.lines.get(key)
        if known is not None and known.seq >= line.seq:
            return ()
        later = any(_same_writer(one, line) and one.entry > line.entry for one in talk.lines.values())
        new = (*_ended_by(line, talk), _ended(line) if later else line)
        talk.lines.update({_key(one): one for one in new})
        while len(talk.lines) > MAX_LINES:
            del talk.lines[_least_wanted(talk.lines)]
        return new


def line_of(message: WriteText | LeaderText, *, robot: str, session: str, name: str) -> TextLine:
    """What a page or a leader wrote, with what they may not say of themselves: side, name and session."""
    return TextLine(
        robot=robot,
        session=session,
        author="patient" if isinstance(message, WriteText) else "leader",
        name=name,
        writer=message.writer,
        entry=message.entry,
        seq=message.seq,
        text=message.text,
        done=message.done,
    )


def channel_of(line: TextLine) -> Channel:
    """A line that is done must arrive; one under way is said again with the next letter."""
    return TEXT_DONE if line.done else TEXT


def slot_of(line: TextLine) -> str:
    """In a page's outbox a newer version takes the place of the one that still waits."""
    return f"text {line.author} {line.writer} {line.entry}"


def _key(line: TextLine) -> Key:
    return (line.author, line.writer, line.entry)


def _same_writer(one: TextLine, other: TextLine) -> bool:
    return (one.author, one.writer) == (other.author, other.writer)


def _ended(line: TextLine) -> TextLine:
    return line if line.done else line.model_copy(update={"done": True})


def _ended_by(line: TextLine, talk: _Talk) -> tuple[TextLine, ...]:
    return tuple(
        _ended(one)
        for one in talk.lines.values()
        if _same_writer(one, line) and one.entry < line.entry and not one.done
    )


def _least_wanted(lines: dict[Key, TextLine]) -> Key:
    """The oldest that is done; if all are under way, the oldest."""
    return next((key for key, line in lines.items() if line.done), next(iter(lines)))
