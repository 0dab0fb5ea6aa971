"""Evaluation forms as data, and what was answered: only from five answers on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import select

from remote_app.api.bodies import Body, Key, Language, ListQuery, Page, Title
from remote_app.api.calls import Call, Reply
from remote_app.api.courses import course_of
from remote_app.api.problems import nothing
from remote_app.api.tables import as_csv
from remote_app.store import evaluation, forms
from remote_app.store.evaluation import MAX_QUESTIONS, Answer, Question
from remote_app.store.models import EvaluationForm, Moment


class FormIn(Body):
    """A form, as it is exported and imported. Ask for nothing about anybody's health."""

    name: Title
    language: Language = "nb"
    moment: Moment
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=MAX_QUESTIONS)]


class FormOut(BaseModel):
    """A form. It is not changed afterwards: its answers would mean something else."""

    id: Key
    name: str
    language: str
    moment: Moment
    questions: tuple[Question, ...]


class ResultsQuery(Body):
    """Of which form."""

    form: Key


class Result(BaseModel):
    """What was answered to one question, sorted; nothing where fewer than five answered."""

    question: str
    text: str
    answers: tuple[Answer, ...] | None


async def list_forms(call: Call) -> Reply:
    """Forms by id, whole: what comes here can be sent to another service."""
    query: ListQuery = call.query
    asked = select(EvaluationForm).where(EvaluationForm.id > query.after).order_by(EvaluationForm.id)
    rows = (await call.session.scalars(asked.limit(query.limit + 1))).all()
    shown = rows[: query.limit]
    items = tuple(_form(row) for row in shown)
    return Reply(Page[FormOut](items=items, next=shown[-1].id if len(rows) > query.limit else None))


async def add_form(call: Call) -> Reply:
    """A new form, ours or one that another service has exported."""
    body: FormIn = call.body
    row = await evaluation.add_form(call.session, body.name, body.moment, body.questions, body.language)
    return Reply(_form(row), status=201)


async def course_forms(call: Call) -> Reply:
    """The forms that this course asks, in the order in which they are filled in."""
    course = await course_of(call)
    return Reply(Page[FormOut](items=tuple(_form(row) for row in await forms.forms_of(call.session, course.id))))


async def choose_form(call: Call) -> Reply:
    """The course asks this form from now on."""
    course, form = await course_of(call), call.path["form"]
    row = await call.session.get(EvaluationForm, form)
    if row is None:
        raise nothing("form", form)
    await forms.choose(call.session, course.id, form)
    return Reply(_form(row))


async def drop_form(call: Call) -> Reply:
    """The course asks this form no longer; what was answered stays."""
    course = await course_of(call)
    await forms.drop(call.session, course.id, call.path["form"])
    return Reply(status=204)


async def results(call: Call) -> Reply:
    """What was answered in this course, question by question."""
    return Reply(Page[Result](items=tuple(await _results(call))))


async def results_csv(call: Call) -> Reply:
    """The same as a table: question, text, answer."""
    rows = [(one.question, one.text, answer) for one in await _results(call) for answer in one.answers or ()]
    return as_csv("svar.csv", ("spørsmål", "tekst", "svar"), rows)


async def _results(call: Call) -> Sequence[Result]:
    course, form = await course_of(call), call.query.form
    row = await call.session.get(EvaluationForm, form)
    if row is None:
        raise nothing("form", form)
    return [
        Result(
            question=question.id,
            text=question.text,
            answers=await evaluation.answers_to(call.session, form, question.id, course.id),
        )
        for question in evaluation.questions_of(row)
    ]


def _form(row: EvaluationForm) -> FormOut:
    return FormOut(
        id=row.id,
        name=row.name,
        language=row.language,
        moment=row.moment,
        questions=evaluation.questions_of(row),
    )
