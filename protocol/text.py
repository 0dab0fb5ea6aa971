"""Real-time text: what the person and the course leader write to each other, seen while it is written.

EN 301 549, 6.2: a letter is shown within 500 ms, and it can be seen who wrote it. RFC 4103 sends what is new and
repeats it. Here the whole line goes each time: nothing has to be repeated, erasing needs no code, and whoever
comes late or lost a message is right again with the next one. A line ends with `done`, as in T.140 with a line break.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from protocol.base import PersonName, RobotId, Sequence, SessionId, Wire, plain_text

SEND_EVERY_S = 0.2  # a writer sends at most this often; with the line's delay well under the 0.5 s of the standard
MAX_LINE_CHARS = 500
MAX_LINES = 50  # of one session are kept, in memory; none of them outlives it

Author = Annotated[Literal["patient", "leader"], Field(description="Whose side wrote it")]
WriterId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{8,43}$", description="One screen that writes; two may write for one side")
]
Entry = Annotated[int, Field(ge=0, le=2**53 - 1, description="Counts the lines of one writer; a higher one is later")]
LineText = Annotated[str, Field(max_length=MAX_LINE_CHARS), AfterValidator(plain_text)]


class WriteText(Wire):
    """The person's line as it stands now. Its echo, the `text_line`, says that the service has it."""

    type: Literal["write_text"] = "write_text"
    writer: WriterId
    entry: Entry
    seq: Sequence
    text: LineText
    done: bool = False


class LeaderText(Wire):
    """The leader's line as it stands now, to the person who was there when it was begun."""

    type: Literal["leader_text"] = "leader_text"
    robot: RobotId
    session: SessionId
    writer: WriterId
    entry: Entry
    seq: Sequence
    text: LineText
    done: bool = False


class TextLine(Wire):
    """A line with its author, as nodes tell each other and the pages. Of one line the highest `seq` counts.

    An empty line that is done was erased. A writer who begins a line has ended the one before it.
    """

    type: Literal["text_line"] = "text_line"
    robot: RobotId
    session: SessionId
    author: Author
    name: PersonName
    writer: WriterId
    entry: Entry
    seq: Sequence
    text: LineText
    done: bool


TEXT_LINE: TypeAdapter[TextLine] = TypeAdapter(TextLine)
