"""Evaluation over REST on both databases: forms as data, and answers from five on."""

from __future__ import annotations

from datetime import date

from remote_app.store import evaluation
from remote_app.store.engine import Store
from remote_app.store.models import EvaluationForm
from tests.store.conftest import Place
from tests.store.planner import planner

FORM = {
    "name": "Etter kurset",
    "moment": "after_course",
    "questions": [
        {"kind": "scale", "id": "nytte", "text": "Hvor nyttig var kurset?", "low": "ikke", "high": "svært"},
        {"kind": "words", "id": "mer", "text": "Vil du si noe mer?"},
    ],
}


async def test_forms_are_data_and_answers_show_from_five_on(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        course = await api.course()
        form = await api.good("POST", "/forms", FORM)
        again = await api.good("POST", "/forms", {key: value for key, value in form.items() if key != "id"})
        assert again["questions"] == form["questions"]
        assert len((await api.good("GET", "/forms"))["items"]) == 2
        at = f"{course}/results?form={form['id']}"
        for count in range(1, 6):
            async with store.write() as session:
                row = await session.get(EvaluationForm, form["id"])
                assert row is not None
                answers = {"nytte": count, "mer": "=1+1"}
                await evaluation.add_sheet(session, row, course.rpartition("/")[2], answers, date(2030, 3, 1))
            numbers = (await api.good("GET", at))["items"][0]["answers"]
            assert numbers == ([1, 2, 3, 4, 5] if count == 5 else None)
        table = await api.http.get(f"/api/v1{course}/results/csv?form={form['id']}")
        text = (await table.read()).decode("utf-8-sig")
        assert text.count("\r\n") == 11
        assert "mer;Vil du si noe mer?;'=1+1" in text
        twice = {**FORM, "questions": [FORM["questions"][0]] * 2}  # type: ignore[index]
        assert (await api.ask("POST", "/forms", twice))["status"] == 422
