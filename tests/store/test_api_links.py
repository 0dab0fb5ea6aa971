"""Invitations of the REST API at the doors of the service: windows, six digits, withdrawal."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from protocol.codes import CodeFault, CodeFound, CodeRefused
from protocol.web import LinkFault
from remote_app.access import Claim
from remote_app.invited import window
from remote_app.store.access_log import newest
from remote_app.store.chain import Deed
from remote_app.store.engine import Store
from tests.store.conftest import Place
from tests.store.planner import Planner, planner

HOUR = timedelta(hours=1)


@pytest.fixture
async def api(store: Store, place: Place) -> AsyncIterator[Planner]:
    """The API on the store of the test."""
    async with planner(store, place.directory) as running:
        yield running


def opens(api: Planner, path: str) -> Claim | LinkFault:
    """What the link is good for at this node."""
    return api.context.check(path.removeprefix("/j/"))


async def type_in(api: Planner, digits: str) -> CodeFound | CodeRefused:
    """The page of six digits."""
    context = api.context
    return await context.codes.exchange(digits, "192.0.2.1", context.check, time.monotonic(), context.kept_token)


async def move(api: Planner, course: str, number: int, starts: datetime) -> None:
    """One of the meetings begins then, and lasts an hour."""
    meeting = (await api.good("GET", f"{course}/meetings"))["items"][number - 1]
    times = {"starts_at": starts.isoformat(), "ends_at": (starts + HOUR).isoformat()}
    await api.good("PUT", f"{course}/meetings/{meeting['id']}", times, meeting["version"])


async def test_one_sheet_is_good_at_every_meeting_and_between_them_says_when(api: Planner) -> None:
    course, invitation = await api.invited()
    assert opens(api, invitation["path"]) is LinkFault.NOT_YET
    refused = api.context.claim_of(invitation["path"].removeprefix("/j/"))
    assert refused is not None
    assert datetime.fromtimestamp(refused.not_before, UTC) == datetime(2030, 1, 7, 8, 30, tzinfo=UTC)
    await move(api, course, 1, datetime.now(UTC) - 5 * HOUR)  # over: the next one counts
    assert opens(api, invitation["path"]) is LinkFault.NOT_YET
    await move(api, course, 2, datetime.now(UTC))
    claim = opens(api, invitation["path"])
    assert isinstance(claim, Claim)
    assert (claim.robot, claim.seat, claim.name, claim.kept) == ("vefsn", "rodoy", "Kari Ødegård", True)
    words = api.context.course_of(claim)
    assert (words.name, words.telephone, words.waiting_room) == ("Mestringstreff høst", "75 00 00 00", True)


async def test_six_digits_open_the_same_page(api: Planner) -> None:
    course, invitation = await api.invited()
    digits = invitation["digits"]
    assert len(digits) == 6
    assert digits.isdigit()
    found = await type_in(api, digits)  # too early has a page too
    assert isinstance(found, CodeFound)
    assert opens(api, found.path) is LinkFault.NOT_YET
    await move(api, course, 1, datetime.now(UTC))
    found = await type_in(api, digits)
    assert isinstance(found, CodeFound)
    assert isinstance(opens(api, found.path), Claim)
    async with api.registry.store.read() as session:
        rows = (await session.connection()).exec_driver_sql("SELECT * FROM invitations")
        assert digits not in str((await rows).all())


async def test_new_digits_end_the_old_ones_and_not_the_link(api: Planner) -> None:
    course, invitation = await api.invited()
    await move(api, course, 1, datetime.now(UTC))
    one = f"{course}/invitations/{invitation['id']}"
    newer = await api.good("POST", f"{one}/digits")
    assert newer["digits"] != invitation["digits"]
    assert await type_in(api, invitation["digits"]) == CodeRefused(fault=CodeFault.WRONG)
    assert isinstance(await type_in(api, newer["digits"]), CodeFound)
    assert isinstance(opens(api, invitation["path"]), Claim)
    assert [one["digits"] for one in (await api.good("GET", f"{course}/invitations"))["items"]] == [newer["digits"]]


async def test_what_is_withdrawn_opens_nothing_at_once_and_stands_in_the_log(api: Planner) -> None:
    course, invitation = await api.invited()
    await move(api, course, 1, datetime.now(UTC))
    withdrawn = await api.good("POST", f"{course}/invitations/{invitation['id']}/withdraw")
    assert (withdrawn["path"], withdrawn["digits"]) == (None, None)
    assert opens(api, invitation["path"]) is LinkFault.WITHDRAWN
    assert await type_in(api, invitation["digits"]) == CodeRefused(fault=CodeFault.WITHDRAWN)
    await api.ask("POST", f"{course}/invitations/{invitation['id']}/digits")
    assert api.last.status == 409
    async with api.registry.store.read() as session:
        entry = (await newest(session, 1))[0].entry
    assert (entry.deed, entry.link, entry.by) == (Deed.WITHDRAWN, invitation["id"], "person-of-staff")


async def test_the_sheet_and_the_calendars(api: Planner) -> None:
    course, invitation = await api.invited()
    one = f"/api/v1{course}/invitations/{invitation['id']}"
    for path, kind, begins in (
        (f"{one}/sheet", "application/pdf", b"%PDF-"),
        (f"{one}/calendar", "text/calendar", b"BEGIN:VCALENDAR"),
        (f"/api/v1{course}/calendar", "text/calendar", b"BEGIN:VCALENDAR"),
    ):
        answer = await api.http.get(path)
        data = await answer.read()
        assert (answer.status, answer.content_type, data.startswith(begins)) == (200, kind, True)
        if kind == "text/calendar":
            assert (invitation["path"].encode() in data.replace(b"\r\n ", b"")) == (path == f"{one}/calendar")
    await api.good("POST", f"{course}/invitations/{invitation['id']}/withdraw")
    assert (await api.http.get(f"{one}/sheet")).status == 409


async def test_a_person_who_is_deleted_or_moved_has_no_link(api: Planner) -> None:
    course, invitation = await api.invited()
    await move(api, course, 1, datetime.now(UTC))
    person = (await api.good("GET", f"{course}/people"))["items"][0]
    kari = {"display_name": "Kari", "role": "patient", "seat": person["seat"]}
    person = await api.good("PUT", f"{course}/people/{person['id']}", kari, person["version"])
    claim = opens(api, invitation["path"])
    assert isinstance(claim, Claim)
    assert claim.name == "Kari"
    await api.good("PUT", f"{course}/people/{person['id']}", {**kari, "seat": None}, person["version"])
    assert opens(api, invitation["path"]) is LinkFault.WITHDRAWN
    await api.good("DELETE", f"{course}/people/{person['id']}")
    assert opens(api, invitation["path"]) is LinkFault.WITHDRAWN


async def test_two_links_of_the_same_digits_open_nothing(api: Planner, place: Place) -> None:
    course, invitation = await api.invited()
    await move(api, course, 1, datetime.now(UTC))
    (place.directory / f"code-{invitation['digits']}").write_text(invitation["path"].removeprefix("/j/"))
    assert await type_in(api, invitation["digits"]) == CodeRefused(fault=CodeFault.WRONG)


def test_the_window_is_that_of_the_meeting_that_goes_on_or_comes() -> None:
    start = datetime(2030, 1, 7, 10, tzinfo=UTC)
    meetings = [(start, start + HOUR), (start + 48 * HOUR, start + 49 * HOUR)]
    first, second = ((a - HOUR / 2, b + HOUR) for a, b in meetings)
    assert window([], start) is None
    assert window(meetings, start - 100 * HOUR) == first
    assert window(meetings, start + 2 * HOUR - timedelta(seconds=1)) == first
    assert window(meetings, start + 2 * HOUR) == second
    assert window(meetings, start + 500 * HOUR) == second
