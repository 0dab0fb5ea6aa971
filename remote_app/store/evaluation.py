"""Evaluation forms as data, and their answers, which belong to a course and a day and to nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.base import ID_PATTERN
from remote_app.store.errors import StoreValueError
from remote_app.store.models import EvaluationAnswer, EvaluationForm, EvaluationSheet, Moment

FEWEST_SHEETS: Final = 5  # fewer would show who answered what
MAX_SCALE: Final = 10
MAX_WORDS: Final = 2000
MAX_QUESTIONS: Final = 40

QuestionId = Annotated[str, Field(pattern=ID_PATTERN)]
QuestionText = Annotated[str, Field(min_length=1, max_length=300)]
Answer = int | str


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: QuestionId
    text: QuestionText


class Scale(_Question):
    """A number from 0 to 10; what the ends mean stands in `low` and `high`."""

    kind: Literal["scale"] = "scale"
    low: Annotated[str, Field(max_length=80)] = ""
    high: Annotated[str, Field(max_length=80)] = ""


class Category(_Question):
    """One of these."""

    kind: Literal["category"] = "category"
    choices: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(min_length=2, max_length=12)
    ]


class Words(_Question):
    """Free words. Ask for nothing about anybody's health."""

    kind: Literal["words"] = "words"


Question = Annotated[Scale | Category | Words, Field(discriminator="kind")]
_QUESTIONS: TypeAdapter[tuple[Scale | Category | Words, ...]] = TypeAdapter(tuple[Question, ...])


async def add_form(
    session: AsyncSession,
    name: str,
    moment: Moment,
    questions: Sequence[Scale | Category | Words],
    language: str = "nb",
) -> EvaluationForm:
    """A new form. A form is not changed afterwards: its answers would mean something else. Raises StoreValueError."""
    ids = [question.id for question in questions]
    if not 1 <= len(ids) <= MAX_QUESTIONS:
        raise StoreValueError("evaluation_forms.questions", f"are {len(ids)}; a form has 1 to {MAX_QUESTIONS}")
    if len(set(ids)) < len(ids):
        raise StoreValueError("evaluation_forms.questions", "name the same id twice; give each its own")
    form = EvaluationForm(
        name=name, moment=moment, language=language, questions=[q.model_dump(mode="json") for q in questions]
    )
    session.add(form)
    await session.flush()
    return form


def questions_of(form: EvaluationForm) -> tuple[Scale | Category | Words, ...]:
    """The form's questions. Raises StoreValueError when something else was put into the database."""
    try:
        return _QUESTIONS.validate_python(form.questions)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise StoreValueError("evaluation_forms.questions", f"of {form.name!r}: {first['msg']}") from error


async def add_sheet(
    session: AsyncSession,
    form: EvaluationForm,
    course: str,
    answers: Mapping[str, Answer],
    given_on: date,
    meeting: str | None = None,
) -> None:
    """One filled-in form; a question may be left out. Nothing tells whose it is. Raises StoreValueError."""
    known = {question.id: question for question in questions_of(form)}
    for question in answers:
        if question not in known:
            raise StoreValueError("evaluation_answers.question", f"is {question!r}, which the form does not ask")
    if (meeting is None) is (form.moment is Moment.AFTER_MEETING):
        raise StoreValueError("evaluation_sheets.meeting_id", "is for forms after a meeting, and they need it")
    sheet = EvaluationSheet(form_id=form.id, course_id=course, meeting_id=meeting, given_on=given_on)
    session.add(sheet)
    await session.flush()
    session.add_all(_answer(sheet.id, known[question], value) for question, value in answers.items())
    await session.flush()


async def count_sheets(session: AsyncSession, form: str, course: str, meeting: str | None = None) -> int:
    """How many filled the form in."""
    query = select(func.count()).select_from(EvaluationSheet).where(*_of(form, course, meeting))
    return await session.scalar(query) or 0


async def answers_to(
    session: AsyncSession, form: str, question: str, course: str, meeting: str | None = None
) -> tuple[Answer, ...] | None:
    """All answers to one question, sorted so that they tell no order; None where fewer than five filled it in."""
    query = select(EvaluationAnswer).join(EvaluationSheet, EvaluationSheet.id == EvaluationAnswer.sheet_id)
    rows = (
        await session.scalars(query.where(EvaluationAnswer.question == question, *_of(form, course, meeting)))
    ).all()
    if len(rows) < FEWEST_SHEETS:
        return None
    numbers = sorted(row.number for row in rows if row.number is not None)
    words = sorted(text for row in rows if (text := row.category or row.words))
    return (*numbers, *words)


def _of(form: str, course: str, meeting: str | None) -> tuple[ColumnElement[bool], ...]:
    own = (EvaluationSheet.form_id == form, EvaluationSheet.course_id == course)
    return own if meeting is None else (*own, EvaluationSheet.meeting_id == meeting)


def _answer(sheet: str, question: Scale | Category | Words, value: Answer) -> EvaluationAnswer:
    key = f"evaluation_answers.{question.id}"
    answer = EvaluationAnswer(sheet_id=sheet, question=question.id)
    match question, value:
        case Scale(), int() if not isinstance(value, bool) and 0 <= value <= MAX_SCALE:
            answer.number = value
        case Category(), str() if value in question.choices:
            answer.category = value
        case Words(), str() if 0 < len(value) <= MAX_WORDS:
            answer.words = value
        case Scale(), _:
            raise StoreValueError(key, f"must be a whole number from 0 to {MAX_SCALE}")
        case Category(), _:
            raise StoreValueError(key, f"must be one of: {', '.join(question.choices)}")
        case _:
            raise StoreValueError(key, f"must be a text of 1 to {MAX_WORDS} characters")
    return answer
