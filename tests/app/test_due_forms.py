"""When a seat is asked which form. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from remote_app.invited import COURSE_EVALUATED_AFTER, EVALUATED_AFTER, due_forms

HOUR = timedelta(hours=1)
START = datetime(2030, 1, 7, 10, tzinfo=UTC)
MEETINGS = [(f"m{n}", (START + n * timedelta(days=7), START + n * timedelta(days=7) + 2 * HOUR)) for n in range(2)]
FIRST, LAST = MEETINGS[0][1], MEETINGS[1][1]
FORMS = [("b", "before"), ("m", "after_meeting"), ("c", "after_course")]
SECOND = timedelta(seconds=1)


def due(now: datetime, *done: tuple[str, str]) -> list[tuple[str, str]]:
    return [(one.form, one.meeting) for one in due_forms(FORMS, MEETINGS, done, now)]


@pytest.mark.parametrize(
    ("now", "forms"),
    [
        (FIRST[0] - 9 * HOUR, [("b", "")]),
        (FIRST[0] + HOUR - SECOND, [("b", "")]),
        (FIRST[0] + HOUR, [("b", ""), ("m", "m0")]),
        (FIRST[1], [("m", "m0")]),
        (FIRST[1] + EVALUATED_AFTER - SECOND, [("m", "m0")]),
        (FIRST[1] + EVALUATED_AFTER, []),
        (LAST[0] + HOUR - SECOND, []),
        (LAST[0] + HOUR, [("m", "m1"), ("c", "")]),
        (LAST[1] + EVALUATED_AFTER, [("c", "")]),
        (LAST[1] + COURSE_EVALUATED_AFTER - SECOND, [("c", "")]),
        (LAST[1] + COURSE_EVALUATED_AFTER, []),
    ],
)
def test_when_a_form_is_due(now: datetime, forms: list[tuple[str, str]]) -> None:
    assert due(now) == forms


def test_what_is_done_is_not_asked_again_but_another_meeting_is() -> None:
    assert due(FIRST[1], ("m", "m0")) == []
    assert due(LAST[1], ("m", "m0"), ("c", "")) == [("m", "m1")]


def test_a_course_without_meetings_asks_nothing() -> None:
    assert due_forms(FORMS, [], (), START) == ()
