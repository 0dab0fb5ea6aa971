"""Evaluation forms as data, and what was answered: only from five answers on."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import BaseModel, Field
from sqlalchemy import select

from remote_app.api.bodies import Body, Key, Language, ListQuery, Page, Title
from remote_app.api.calls import Call, Reply
from remote_app.api.courses import course_of
from remote_app.api.problems import nothing
from remote_app.store import evaluation
from remote_app.store.evaluation import MAX_QUESTIONS, Answer, Question
from remote_app.store.models import EvaluationForm, Moment

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a cell


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


async def results(call: Call) -> Reply:
    """What was answered in this course, question by question."""
    return Reply(Page[Result](items=tuple(await _results(call))))


async def results_csv(call: Call) -> Reply:
    """The same as a table: question, text, answer."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("question", "text", "answer"))
    for one in await _results(call):
        writer.writerows((one.question, _cell(one.text), _cell(answer)) for answer in one.answers or ())
    return Reply(data=table.getvalue().encode("utf-8-sig"), kind="text/csv; charset=utf-8", file_name="svar.csv")


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


def _cell(value: Answer) -> Answer:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
