"""What a route is, and what its function gets and gives. The table of routes is in `routes.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from remote_app.access import LinkKey, StaffRole
from remote_app.api.bodies import NoQuery, Resource, Template
from remote_app.api.problems import ApiError
from remote_app.store.chain import ChainKey
from remote_app.store.columns import Base

Method = Literal["GET", "POST", "PUT", "DELETE"]


class Asker(Protocol):
    """Who asks: somebody of the staff."""

    @property
    def id(self) -> str:
        """The person's id in the store."""
        ...

    @property
    def role(self) -> StaffRole:
        """What they are."""
        ...

    @property
    def sites(self) -> frozenset[str]:
        """A leader's own sites."""
        ...


@dataclass(frozen=True, slots=True)
class Inside:
    """Somebody is in at a robot: the seat's name on the wire, and who they are."""

    seat: str
    name: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What of the running service the functions need."""

    key: LinkKey
    log_key: ChainKey
    base_url: str
    time_zone: str
    template: Template
    robots: Mapping[str, str]
    """Robots in the settings, with their places."""
    present: Callable[[str], bool]
    taken: Callable[[str], Awaitable[bool]]
    """Whether six digits are those of a link in the data directory."""
    inside: Callable[[str], Inside | None] = lambda _: None
    """Who holds a robot now, as this node hears it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked. `path` has the path's parts by name; `query` and `body` are the route's models."""

    staff: Asker
    session: AsyncSession
    desk: Desk
    now: datetime
    path: Mapping[str, str]
    query: Any = field(default_factory=NoQuery)
    body: Any = None
    if_match: str | None = None
    undoing: str | None = None
    """The edit that this call undoes."""

    def expect(self, current: Resource) -> None:
        """Raises ApiError when the caller is about to change another version than the newest."""
        newest = current.marked().version
        if self.if_match is None:
            raise ApiError(428, f'send If-Match: "{newest}", the version that you have seen', "If-Match")
        if self.if_match not in ("*", newest):
            raise ApiError(412, "load it again, look at what the other has changed, and try again", "If-Match")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a model as JSON, or `data` of another kind."""

    body: BaseModel | None = None
    status: int = 200
    location: str | None = None
    data: bytes | None = None
    kind: str = "application/json"
    file_name: str | None = None


Function = Callable[[Call], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table. `answer` is None where there is nothing to say, or something else than JSON (`kind`)."""

    method: Method
    path: str
    deed: str
    function: Function
    summary: str
    answer: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] = NoQuery
    status: int = 200
    kind: str = "application/json"
    tag: str = "courses"
    writes: bool = False
    versioned: bool = False
    problems: Container[int] = ()


async def locked(session: AsyncSession, table: type[Base], key: str) -> Any:
    """The row of this key, held until the end of the transaction where the database can; None when there is none."""
    return await session.get(table, key, with_for_update=True)
