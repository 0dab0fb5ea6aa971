"""The evaluation on the tablet: what a link is asked, and what it answers. Nothing says whose an answer is."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Annotated, Final

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from protocol.web import LinkFault
from remote_app import pages
from remote_app.access import Claim
from remote_app.api.bodies import Body, Key
from remote_app.context import CONTEXT, Context
from remote_app.store import evaluation, forms
from remote_app.store.errors import StoreError, StoreValueError
from remote_app.store.evaluation import MAX_WORDS, Answer, Question, QuestionId
from remote_app.store.models import EvaluationForm, Moment

log = logging.getLogger(__name__)

DEED: Final = "answer_form"
MAX_ANSWERS_BYTES: Final = 512 * 1024  # 40 answers of 2000 characters, each of which JSON may write with six


class Asked(BaseModel):
    """A form that waits for an answer; `meeting` goes back with it as it is."""

    id: str
    meeting: str
    moment: Moment
    name: str
    language: str
    questions: tuple[Question, ...]


class AskedForms(BaseModel):
    """What the link is asked to fill in, now; nothing is a good answer too."""

    course: str
    telephone: str
    forms: tuple[Asked, ...]


class AnswersIn(Body):
    """A filled-in form. A question that was skipped is left out."""

    form: Key
    meeting: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,43}$")] = ""
    answers: Annotated[
        dict[QuestionId, Annotated[Answer, Field(union_mode="smart")]], Field(max_length=evaluation.MAX_QUESTIONS)
    ]


def add_routes(app: web.Application) -> None:
    """The page, what it asks for, and where the answers go."""
    app.router.add_get("/e/{token}", _page)
    app.router.add_get("/api/forms/{token}", asked)
    app.router.add_post("/api/forms/{token}", answered)


async def _page(request: web.Request) -> web.StreamResponse:
    return await pages.page(request, "answer.html")


async def asked(request: web.Request) -> web.StreamResponse:
    """200 AskedForms or 403 LinkRefused."""
    context = request.app[CONTEXT]
    claim = _claim(context, request.match_info["token"])
    if isinstance(claim, LinkFault):
        return pages.refused(request, claim)
    course = context.course_of(claim)
    found: list[Asked] = []
    due = context.invited.forms.get(claim.id, ())
    if due and context.registry is not None:
        try:
            async with context.registry.store.read() as session:
                for one in due:
                    row = await session.get(EvaluationForm, one.form)
                    if row is not None:
                        found.append(_asked(row, one.meeting))
        except StoreError as error:
            log.error("forms of a link: %s", error)
            return _said(503, "try again in a minute")
    answer = AskedForms(course=course.name, telephone=course.telephone, forms=tuple(found))
    return web.Response(text=answer.model_dump_json(), content_type="application/json")


async def answered(request: web.Request) -> web.StreamResponse:
    """204 when it is kept, 409 when this seat has answered that form before, 403, 413, 415 or 422 when it cannot be."""
    context = request.app[CONTEXT]
    claim = _claim(context, request.match_info["token"])
    if isinstance(claim, LinkFault):
        return pages.refused(request, claim)
    if request.content_type != "application/json":  # no other site can have a visitor's browser send that
        return _said(415, "send the answers as application/json")
    try:
        body = AnswersIn.model_validate_json(await request.clone(client_max_size=MAX_ANSWERS_BYTES).read())
    except web.HTTPRequestEntityTooLarge:
        return _said(413, f"the answers may have {MAX_ANSWERS_BYTES} bytes, and {MAX_WORDS} characters each")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return _said(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    if context.registry is None:
        return _said(503, "this service keeps no courses")
    try:
        async with context.registry.store.write() as session:
            now = datetime.now(UTC)
            new = await forms.answer(session, claim.id, body.form, body.meeting, body.answers, now)
        await context.registry.read()
    except StoreValueError as error:
        return _said(422, str(error))
    except StoreError as error:
        log.error("answers of a link: %s", error)
        return _said(503, "try again in a minute")
    return web.Response(status=204) if new else _said(409, "this place has answered that form before")


def _claim(context: Context, token: str) -> Claim | LinkFault:
    """A link of the store answers outside its window too: before the first meeting, and after the last."""
    claim = context.check(token, DEED)
    if claim in (LinkFault.NOT_YET, LinkFault.EXPIRED):
        known = context.claim_of(token)
        if known is not None and known.kept:
            return known
    return claim


def _asked(row: EvaluationForm, meeting: str) -> Asked:
    return Asked(
        id=row.id,
        meeting=meeting,
        moment=row.moment,
        name=row.name,
        language=row.language,
        questions=evaluation.questions_of(row),
    )


def _said(status: int, detail: str) -> web.Response:
    return web.json_response(
        {"status": status, "detail": detail}, status=status, content_type="application/problem+json"
    )
