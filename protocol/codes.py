"""Six digits in place of a link: what the start page asks the service over HTTP, and what it is answered."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from protocol.base import Seconds, Wire

CODE_PATH: Final = "/api/code"
CODE_DIGITS: Final = 6
MAX_CODE_BYTES: Final = 64


class StartInfo(Wire):
    """What the start page shows before anything is known of whoever looks at it. Answer to `GET /api/code`."""

    type: Literal["start_info"] = "start_info"
    course: Annotated[str, Field(max_length=120)]
    telephone: Annotated[str, Field(max_length=40)]


class CodeTry(Wire):
    """What somebody has written into the six boxes: the body of `POST /api/code`."""

    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class CodeFault(StrEnum):
    """Why a code opens no page."""

    WRONG = "wrong"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    TOO_MANY = "too_many"


class CodeFound(Wire):
    """The code is a link's: the path of its page."""

    type: Literal["code_found"] = "code_found"
    path: Annotated[str, Field(pattern=r"^/[jl]/[A-Za-z0-9._-]{1,1024}$")]


class CodeRefused(Wire):
    """The code opens nothing, and why; `retry_s` is how long nobody need try again, 0 where trying at once is right."""

    type: Literal["code_refused"] = "code_refused"
    fault: CodeFault
    retry_s: Seconds = 0.0


CodeAnswer = Annotated[CodeFound | CodeRefused, Field(discriminator="type")]

CODE_TRY: TypeAdapter[CodeTry] = TypeAdapter(CodeTry)
CODE_ANSWER: TypeAdapter[CodeAnswer] = TypeAdapter(CodeAnswer)
