"""What the REST API takes and gives, as Pydantic models; the OpenAPI document is made of them.

Times are ISO 8601 with a zone. A resource carries `version`, a mark of everything else in it: whoever changes the
resource says which version that is about (`If-Match`), so that two who edit at once notice each other.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Final, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from protocol.base import ID_PATTERN
from remote_app.store.models import PersonRole

KEY_PATTERN: Final = r"^[A-Za-z0-9_-]{8,43}$"
LANGUAGES: Final = ("nb", "nn", "en", "sma")
MAX_MEETINGS: Final = 24
MAX_THEMES: Final = 8
EARLIEST_YEAR: Final = 2000
LATEST_YEAR: Final = 2199
_ANY_TIME: Final = datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC)


def _one_line(value: str) -> str:
    if value and (not value.strip() or not value.isprintable()):
        raise ValueError("must be one line of text that can be printed")
    return value


def _is_of_our_time(value: datetime) -> datetime:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"must be between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return value


Slug = Annotated[str, Field(pattern=ID_PATTERN, description="1 to 32 small letters, digits and -")]
Key = Annotated[str, Field(pattern=KEY_PATTERN)]
Line = AfterValidator(_one_line)
Title = Annotated[str, Field(min_length=1, max_length=120), Line]
Place = Annotated[str, Field(min_length=1, max_length=80), Line]
Telephone = Annotated[str, Field(max_length=40), Line]
DisplayName = Annotated[str, Field(min_length=1, max_length=60), Line]
Moment = Annotated[AwareDatetime, AfterValidator(_is_of_our_time)]
Language = Literal["nb", "nn", "en", "sma"]
ParticipantRole = Literal["patient", "nurse", "relative", "screen"]
Titles = Annotated[
    dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], Title],
    Field(max_length=8, description="By language, bokmål (nb) at least"),
]


class Body(BaseModel):
    """Base of what comes in: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Resource(BaseModel):
    """Base of what goes out and can be changed."""

    model_config = ConfigDict(frozen=True)

    version: str = ""

    def marked(self) -> Self:
        """With its version."""
        text = self.model_dump_json(exclude={"version"})
        return self.model_copy(update={"version": hashlib.sha256(text.encode()).hexdigest()[:20]})


Item = TypeVar("Item", bound=BaseModel)


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next` goes into the query's `after` for what comes then."""

    items: tuple[Item, ...]
    next: str | None = None


class ListQuery(Body):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    after: Annotated[str, Field(max_length=43, pattern=r"^[A-Za-z0-9_-]*$")] = ""


class CourseQuery(ListQuery):
    """Which courses."""

    deleted: bool = False


class NoQuery(Body):
    """A route that takes none."""


class ThemeIn(Body):
    """A theme's titles."""

    titles: Titles


class ThemeOut(Resource):
    """What a meeting can be about."""

    id: Slug
    titles: Titles


class TemplateMeeting(Body):
    """One meeting of a template."""

    themes: Annotated[tuple[Slug, ...], Field(max_length=MAX_THEMES)] = ()


class Template(Body):
    """A course to begin with, as data: `remote_app/course_templates/`, or a file that the settings name."""

    name: Title
    every_days: Annotated[int, Field(ge=1, le=366)] = 7
    minutes: Annotated[int, Field(ge=10, le=12 * 60)] = 120
    themes: Annotated[dict[Slug, Titles], Field(max_length=100)]
    meetings: Annotated[tuple[TemplateMeeting, ...], Field(min_length=1, max_length=MAX_MEETINGS)]

    @model_validator(mode="after")
    def _themes_are_there(self) -> Self:
        for number, meeting in enumerate(self.meetings, 1):
            for theme in meeting.themes:
                if theme not in self.themes:
                    raise ValueError(f"meetings {number} has the theme {theme!r}, which is not among its themes")
        return self


class SiteIn(Body):
    """A municipality's place where robots stand and groups meet."""

    name: Place
    municipality: Place
    telephone: Telephone = ""


class SiteOut(Resource):
    """A site."""

    id: Slug
    name: str
    municipality: str
    telephone: str


class RobotIn(Body):
    """Where a robot stands."""

    site: Slug
    place: Place


class RobotOut(Resource):
    """A robot; without a site it is only in the settings file."""

    id: Slug
    site: str | None
    place: str
    present: bool = Field(description="Whether this node hears it now; no part of the version")

    def marked(self) -> Self:
        """Presence changes by itself."""
        version = self.model_copy(update={"present": False})
        return self.model_copy(update={"version": super(RobotOut, version).marked().version})


class CourseNew(Body):
    """A new course. With `starts_at` it gets the template's meetings, and otherwise none."""

    name: Title
    telephone: Telephone = ""
    language: Language = "nb"
    waiting_room: bool = True
    sites: Annotated[tuple[Slug, ...], Field(max_length=50)] = ()
    starts_at: Moment | None = None
    every_days: Annotated[int, Field(ge=1, le=366)] | None = None
    minutes: Annotated[int, Field(ge=10, le=12 * 60)] | None = None


class CourseIn(Body):
    """What can be changed of a course."""

    name: Title
    telephone: Telephone = ""
    language: Language = "nb"
    waiting_room: bool = True
    sites: Annotated[tuple[Slug, ...], Field(max_length=50)] = ()


class CourseOut(Resource):
    """A course."""

    id: Key
    name: str
    telephone: str
    language: str
    waiting_room: bool
    sites: tuple[str, ...]
    ends_at: datetime
    deleted_at: datetime | None

    def marked(self) -> Self:
        """The end follows the meetings: to move one is no change of the course."""
        version = super(CourseOut, self.model_copy(update={"ends_at": _ANY_TIME})).marked().version
        return self.model_copy(update={"version": version})


class MeetingIn(Body):
    """A meeting's time, and its themes in order."""

    starts_at: Moment
    ends_at: Moment
    themes: Annotated[tuple[Slug, ...], Field(max_length=MAX_THEMES)] = ()

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError(f"ends_at is {self.ends_at.isoformat()}: it must be after starts_at")
        return self


class MeetingOut(Resource):
    """A meeting."""

    id: Key
    number: int
    starts_at: datetime
    ends_at: datetime
    themes: tuple[str, ...]

    def marked(self) -> Self:
        """The number follows the other meetings: to move one of those is no change of this."""
        return self.model_copy(
            update={"version": super(MeetingOut, self.model_copy(update={"number": 0})).marked().version}
        )


class SeatIn(Body):
    """The place in a course that a robot serves; `name` is a place's, not a person's."""

    name: Slug
    robot: Slug


class SeatOut(Resource):
    """A seat."""

    id: Key
    name: str
    robot: str


class PersonIn(Body):
    """Somebody by the name that the others see. Nothing about health, no address, no number."""

    display_name: DisplayName
    role: ParticipantRole
    seat: Key | None = None


class PersonOut(Resource):
    """A participant of a course."""

    id: Key
    display_name: str
    role: PersonRole
    seat: str | None


class InvitationNew(Body):
    """Whom to invite: to every meeting of the course, or to one."""

    person: Key
    meeting: Key | None = None


class InvitationOut(Resource):
    """An invitation. `path` and `digits` let a person in: show them to nobody else."""

    id: Key
    person: str
    seat: str
    meeting: str | None
    not_before: datetime
    expires: datetime
    withdrawn_at: datetime | None
    path: str | None = Field(description="What stands after the service's address in the link; none when withdrawn")
    digits: str | None = Field(description="Six digits in place of the link; none when withdrawn")
