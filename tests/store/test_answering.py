"""A patient's link is asked a form and answers it, on both databases: once per seat, form and meeting; of nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from remote_app.api import answering
from remote_app.invited import EVALUATED_AFTER
from remote_app.store.engine import Store
from remote_app.store.invited import read_invited
from remote_app.store.meetings import end_meeting
from tests.store.conftest import Place
from tests.store.planner import Planner, planner
from tests.store.test_api_evaluation import FORM

AFTER = {**FORM, "name": "Etter møtet", "moment": "after_meeting"}
BEFORE = {**FORM, "name": "Før kurset", "moment": "before"}


async def moved(api: Planner, course: str, ago: timedelta) -> str:
    """The first meeting began so long ago and lasts two hours; its id."""
    meeting = (await api.good("GET", f"{course}/meetings"))["items"][0]
    starts = datetime.now(UTC).replace(microsecond=0) - ago
    times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat(), "themes": []}
    await api.good("PUT", f"{course}/meetings/{meeting['id']}", times, meeting["version"])
    return str(meeting["id"])


async def asked(api: Planner, token: str) -> Any:
    answer = await api.http.get(f"/api/forms/{token}")
    return (await answer.json())["forms"] if answer.status == 200 else answer.status


async def answer(api: Planner, token: str, **body: object) -> int:
    return (await api.http.post(f"/api/forms/{token}", json=body)).status


async def test_a_link_answers_once_for_each_form_and_meeting(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        course, invitation = await api.invited()
        token = invitation["path"].rpartition("/")[2]
        after, before = await api.good("POST", "/forms", AFTER), await api.good("POST", "/forms", BEFORE)
        assert await asked(api, token) == [], "no course asks them yet"
        for form in (after, before):
            await api.good("PUT", f"{course}/forms/{form['id']}")
            await api.good("PUT", f"{course}/forms/{form['id']}")
        assert [one["name"] for one in (await api.good("GET", f"{course}/forms"))["items"]] == [
            "Før kurset",
            "Etter møtet",
        ]
        (one,) = await asked(api, token)
        assert (one["id"], one["meeting"]) == (before["id"], "")
        assert await answer(api, token, form=before["id"], answers={"nytte": 11}) == 422
        assert await answer(api, token, form=before["id"], answers={"nytte": 3, "mer": "=1+1"}) == 204
        assert await asked(api, token) == []
        assert await answer(api, token, form=before["id"], answers={"nytte": 9}) == 409
        meeting = (await api.good("GET", f"{course}/meetings"))["items"][0]["id"]
        assert await answer(api, token, form=after["id"], meeting=meeting, answers={}) == 422, "has not begun"
        await moved(api, course, timedelta(hours=1, minutes=30))
        (one,) = await asked(api, token)
        assert (one["id"], one["meeting"]) == (after["id"], meeting)
        assert await answer(api, token, form=after["id"], answers={}) == 422, "of which meeting"
        await moved(api, course, timedelta(hours=27))
        assert await asked(api, token) == [], "a day later nobody is asked"
        assert await answer(api, token, form=after["id"], meeting=meeting, answers={"nytte": 7}) == 204, "kept offline"
        await api.good("DELETE", f"{course}/forms/{after['id']}")
        assert await answer(api, token, form=after["id"], meeting=meeting, answers={"nytte": 7}) == 422
        await api.good("POST", f"{course}/invitations/{invitation['id']}/withdraw")
        assert await asked(api, token) == 403
        assert await answer(api, token, form=before["id"], answers={}) == 403
    async with store.read() as session:
        rows = (await session.execute(text("SELECT number, words FROM evaluation_answers ORDER BY number"))).all()
        assert [tuple(row) for row in rows if row[0] is not None] == [(3, None), (7, None)]
        assert (await session.execute(text("SELECT count(*) FROM evaluation_done"))).scalar_one() == 2
        columns = (await session.execute(text("SELECT * FROM evaluation_sheets"))).keys()
        assert set(columns) == {"id", "form_id", "course_id", "meeting_id", "given_on"}, "nothing says whose"


async def test_a_meeting_that_a_leader_ended_is_asked_about_at_once(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        course, invitation = await api.invited()
        token = invitation["path"].rpartition("/")[2]
        after = await api.good("POST", "/forms", AFTER)
        await api.good("PUT", f"{course}/forms/{after['id']}")
        meeting = await moved(api, course, timedelta(minutes=10))
        assert await asked(api, token) == [], "the half is not over"
        now = datetime.now(UTC)
        async with store.write() as session:
            assert await end_meeting(session, "vefsn", now) == meeting
        async with store.read() as session:
            for ago, forms in ((timedelta(), 1), (EVALUATED_AFTER - timedelta(minutes=1), 1), (EVALUATED_AFTER, 0)):
                good = await read_invited(session, now + ago)
                assert [one.meeting for one in good.forms.get(invitation["id"], ())] == [meeting] * forms


async def test_what_is_no_answer(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        _, invitation = await api.invited()
        token = invitation["path"].rpartition("/")[2]
        assert await answer(api, token, form="form-of-nobody", answers={}) == 422
        assert await answer(api, token, form="form-of-nobody", answers={}, name="Kari") == 422
        assert await answer(api, "1.a.b", form="form-of-nobody", answers={}) == 403
        assert (await api.http.post(f"/api/forms/{token}", data="{}")).status == 415
        large = {"form": "form-of-nobody", "answers": {"a": "x" * answering.MAX_ANSWERS_BYTES}}
        assert await answer(api, token, **large) == 413


async def test_patient_and_nurse_share_the_seat_and_its_answer(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        course, invitation = await api.invited()
        seat = (await api.good("GET", f"{course}/seats"))["items"][0]["id"]
        nurse = await api.good("POST", f"{course}/people", {"display_name": "Áilu", "role": "nurse", "seat": seat})
        links = [invitation, await api.good("POST", f"{course}/invitations", {"person": nurse["id"]})]
        tokens = [one["path"].rpartition("/")[2] for one in links]
        known = [api.context.claim_of(token) for token in tokens]
        assert [(one.role, one.name, one.seat) for one in known if one is not None] == [
            ("patient", "Kari Ødegård", "rodoy"),
            ("nurse", "Áilu", "rodoy"),
        ]
        form = await api.good("POST", "/forms", BEFORE)
        await api.good("PUT", f"{course}/forms/{form['id']}")
        assert [len(await asked(api, token)) for token in tokens] == [1, 1]
        assert await answer(api, tokens[1], form=form["id"], answers={"nytte": 5}) == 204
        assert [len(await asked(api, token)) for token in tokens] == [0, 0]
        assert await answer(api, tokens[0], form=form["id"], answers={"nytte": 5}) == 409
