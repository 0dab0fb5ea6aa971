"""Errors of the REST API: `application/problem+json` (RFC 9457) that names key, value, limit and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

TITLES: Final = {
    400: "The request cannot be read",
    401: "Nobody is logged in",
    403: "You may not do this",
    404: "There is no such thing",
    405: "That cannot be done here",
    409: "It does not go together with what is there",
    412: "Somebody has changed it meanwhile",
    413: "The request is too large",
    415: "The request is of the wrong kind",
    422: "A value is not good",
    428: "Say which version you are changing",
    500: "Something went wrong on our side",
    503: "The database does not answer",
}
MAX_SHOWN: Final = 80


class Difference(BaseModel):
    """What somebody else has changed: a key of the resource, as the caller saw it and as it is now."""

    key: str
    before: Any = None
    now: Any = None


class Problem(BaseModel):
    """The body of every refusal."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="One sentence: what is wrong, and what to do")
    key: str | None = Field(default=None, description="The key of the body, query or path that it is about")
    value: str | None = Field(default=None, description="What stood there, shortened")
    code: str | None = Field(default=None, description="Which refusal it is, for a page that says it in its own words")
    facts: dict[str, str] | None = Field(default=None, description="The names and times that such words need")
    changes: tuple[Difference, ...] | None = Field(default=None, description="412: what the other has changed")


class ApiError(Exception):
    """A refusal. `detail` is one sentence with the next step; `code` and `facts` say the same to a page."""

    def __init__(
        self,
        status: int,
        detail: str,
        key: str | None = None,
        value: object = None,
        *,
        code: str | None = None,
        facts: Mapping[str, str] | None = None,
        changes: tuple[Difference, ...] | None = None,
    ) -> None:
        shown = None if value is None else str(value)[:MAX_SHOWN]
        told = dict(facts) if facts else None
        self.problem = Problem(
            title=TITLES[status], status=status, detail=detail, key=key, value=shown, code=code, facts=told,
            changes=changes,
        )  # fmt: skip
        super().__init__(detail)


def not_good(error: ValidationError, where: str) -> ApiError:
    """The first thing that a model does not take, in words. `where` is body, query or path."""
    first = error.errors(include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or where
    value = first["input"] if first["loc"] and not isinstance(first["input"], dict | list) else None
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "no such key; take it away"
        value = None
    return ApiError(422, f"{key}: {message}", key, value)


def nothing(what: str, key: str) -> ApiError:
    """There is none of this name."""
    return ApiError(404, f"there is no {what} {key!r}; ask for the list of them", what, key)
