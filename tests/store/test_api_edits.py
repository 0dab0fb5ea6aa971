"""Undo, who was faster, and what may be changed while people are in: the REST API on both databases."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from protocol.state import SessionState
from remote_app.store.access_log import newest
from remote_app.store.chain import Deed
from remote_app.store.engine import Store
from remote_app.store.models import PersonRole
from remote_app.store.people import add_staff, choose_visibility, visibility
from remote_app.store.retention import delete_due
from tests.app.fake_robot import FakeRobot
from tests.store.conftest import Place
from tests.store.planner import SITE, Planner, Visitor, planner


@pytest.fixture
async def api(store: Store, place: Place) -> AsyncIterator[Planner]:
    """The API on the store of the test."""
    async with planner(store, place.directory) as running:
        yield running


async def latest(api: Planner, course: str = "") -> Any:
    """The newest change: of a course (its path), or of sites and robots."""
    query = f"?course={course.removeprefix('/courses/')}" if course else ""
    return (await api.good("GET", f"/edits{query}"))["items"][0]


async def undo(api: Planner, course: str = "") -> Any:
    return await api.good("POST", f"/edits/{(await latest(api, course))['id']}/undo")


async def one(api: Planner, path: str, number: int = 0) -> Any:
    return (await api.good("GET", path))["items"][number]


def somebody_is_in(api: Planner, robot: str, seat: str, name: str = "Kari Ødegård") -> None:
    """As the node hears it from the robot."""
    body = FakeRobot(robot, "mqtt://127.0.0.1:1")
    body.session = SessionState(
        id="session-1", seat=seat, connection="connection-1", name=name, steering=True, since_s=9.0, lost_s=0.0,
        media="connected",
    )  # fmt: skip
    api.context.switchboard.rooms[robot].hear_state(body.state(), time.monotonic(), retained=False)


async def test_what_was_changed_becomes_what_it_was_and_again(api: Planner) -> None:
    course = await api.course()
    seen = await api.good("GET", course)
    body = {"name": "Høstkurs", "language": "nn", "telephone": "75 11 11 11", "sites": ["vefsn"]}
    await api.good("PUT", course, body, seen["version"])
    edit = await latest(api, course)
    assert (edit["deed"], edit["before"]["name"], edit["after"]["name"]) == ("changed", seen["name"], "Høstkurs")
    assert (edit["you"], edit["can_undo"]) == (True, True)
    again = await undo(api, course)
    assert (await api.good("GET", course))["version"] == seen["version"]
    assert again["undoes"] == edit["id"]
    await undo(api, course)
    assert (await api.good("GET", course))["name"] == "Høstkurs"
    refusal = await api.ask("POST", f"/edits/{edit['id']}/undo")
    assert (api.last.status, refusal["code"]) == (409, "changed_since")


async def test_a_meeting_comes_back_with_its_themes_and_its_place(api: Planner) -> None:
    course = await api.course()
    before = (await api.good("GET", f"{course}/meetings"))["items"]
    await api.good("DELETE", f"{course}/meetings/{before[1]['id']}")
    assert len((await api.good("GET", f"{course}/meetings"))["items"]) == 5
    await undo(api, course)
    assert (await api.good("GET", f"{course}/meetings"))["items"] == before
    times = {"starts_at": "2030-02-01T10:00:00Z", "ends_at": "2030-02-01T11:00:00Z"}
    await api.good("PUT", f"{course}/meetings/{before[0]['id']}", times, before[0]["version"])
    await api.good("POST", f"{course}/meetings", {**times, "themes": ["mat"]})
    await undo(api, course)
    await undo_of(api, course, before[0]["id"])
    assert (await api.good("GET", f"{course}/meetings"))["items"] == before


async def undo_of(api: Planner, course: str, thing: str) -> Any:
    """Undoes the newest change of one thing."""
    edits = (await api.good("GET", f"/edits?course={course.removeprefix('/courses/')}"))["items"]
    edit = next(edit for edit in edits if edit["thing"] == thing)
    return await api.good("POST", f"/edits/{edit['id']}/undo")


async def test_a_person_comes_back_with_links_and_choices_and_the_log_says_so(api: Planner, store: Store) -> None:
    course, invitation = await api.invited()
    person = f"{course}/people/{invitation['person']}"
    async with store.write() as session:
        now = datetime.now(UTC)
        await choose_visibility(session, invitation["person"], heard=True, name_shown=True, now=now)
    await api.good("DELETE", person)
    assert invitation["id"] not in api.context.invited.claims
    await undo(api, course)
    assert api.context.invited.claims[invitation["id"]].name == "Kari Ødegård"
    assert (await one(api, f"{course}/invitations"))["digits"] == invitation["digits"]
    async with store.read() as session:
        assert (await visibility(session, invitation["person"])).name_shown
        deeds = [entry.entry.deed for entry in await newest(session, 2)]
    assert set(deeds) == {Deed.WITHDRAWN, Deed.RESTORED}


async def test_another_seat_withdraws_the_links_and_undo_makes_them_good(api: Planner) -> None:
    course, invitation = await api.invited()
    person = await one(api, f"{course}/people")
    body = {"display_name": "Kari", "role": "nurse", "seat": person["seat"]}
    await api.good("PUT", f"{course}/people/{person['id']}", body, person["version"])
    assert invitation["id"] in api.context.withdrawn
    await undo(api, course)
    assert (await one(api, f"{course}/people")) == person
    assert invitation["id"] in api.context.invited.claims
    assert invitation["id"] not in api.context.withdrawn


async def test_a_withdrawn_link_is_good_again_unless_the_person_sits_elsewhere(api: Planner) -> None:
    course, invitation = await api.invited()
    await api.good("POST", f"{course}/invitations/{invitation['id']}/withdraw")
    await undo(api, course)
    assert (await one(api, f"{course}/invitations"))["path"] == invitation["path"]
    await api.good("POST", f"{course}/invitations/{invitation['id']}/withdraw")
    person = await one(api, f"{course}/people")
    body = {"display_name": "Kari", "role": "patient", "seat": None}
    withdrawn = await latest(api, course)
    assert (withdrawn["kind"], withdrawn["before"]["display_name"]) == ("invitation", "Kari Ødegård")
    assert not {"path", "digits"} & withdrawn["before"].keys()
    await api.good("PUT", f"{course}/people/{person['id']}", body, person["version"])
    refusal = await api.ask("POST", f"/edits/{withdrawn['id']}/undo")
    assert (api.last.status, refusal["code"]) == (409, "moved_on")


async def test_after_a_week_nothing_is_left_to_undo(api: Planner, store: Store) -> None:
    course, invitation = await api.invited()
    await api.good("DELETE", f"{course}/people/{invitation['person']}")
    assert (await latest(api, course))["before"]["display_name"] == "Kari Ødegård"
    gone = await delete_due(store, datetime.now(UTC) + timedelta(days=7, minutes=1))
    assert set(gone) == {"edits"}
    assert (await api.good("GET", f"/edits?course={course.removeprefix('/courses/')}"))["items"] == []


async def test_sites_robots_and_seats_come_back_and_what_does_not_fit_is_said(api: Planner) -> None:
    await api.good("PUT", "/sites/rodoy", SITE)
    await api.good("DELETE", "/sites/rodoy")
    await undo(api)
    assert (await one(api, "/sites"))["id"] == "rodoy"
    course, invitation = await api.invited()
    seat = await one(api, f"{course}/seats")
    await api.good("DELETE", f"{course}/people/{invitation['person']}")
    removed = await latest(api, course)
    await api.good("DELETE", f"{course}/seats/{seat['id']}")
    refusal = await api.ask("POST", f"/edits/{removed['id']}/undo")
    assert (api.last.status, refusal["code"]) == (409, "belongs_gone")
    await undo(api, course)
    await api.good("POST", f"/edits/{removed['id']}/undo")
    assert (await one(api, f"{course}/people"))["seat"] == seat["id"]


async def test_a_conflict_says_who_changed_what(api: Planner, store: Store) -> None:
    async with store.write() as session:
        other = await add_staff(session, "Ane Berg", PersonRole.COORDINATOR)
    course = await api.course()
    seen = await api.good("GET", course)
    mine = {"name": "Mitt navn", "telephone": "75 00 00 00", "sites": ["vefsn"]}
    api.who.append(Visitor(id=other.id))
    await api.good("PUT", course, {**mine, "name": "Anes navn"}, seen["version"])
    api.who.pop()
    refusal = await api.ask("PUT", course, mine, seen["version"])
    assert (api.last.status, refusal["code"], refusal["facts"]["name"]) == (412, "changed", "Ane Berg")
    assert refusal["changes"] == [{"key": "name", "before": seen["name"], "now": "Anes navn"}]
    assert "Ane Berg changed name" in refusal["detail"]
    assert (await api.good("GET", course))["name"] == "Anes navn"
    api.who.append(Visitor(role="leader", sites=frozenset({"vefsn"})))
    assert not (await api.good("GET", course))["deleted_at"]


async def test_to_move_one_meeting_is_no_change_of_the_others(api: Planner) -> None:
    course = await api.course()
    seen = await api.good("GET", course)
    first, second, *_ = (await api.good("GET", f"{course}/meetings"))["items"]
    await api.good("DELETE", f"{course}/meetings/{first['id']}")
    times = {"starts_at": "2031-02-01T10:00:00Z", "ends_at": "2031-02-01T11:00:00Z"}
    await api.good("PUT", f"{course}/meetings/{second['id']}", times, second["version"])
    await api.good("PUT", course, {"name": "Nytt", "sites": ["vefsn"]}, seen["version"])


async def test_while_people_are_in_what_would_put_them_out_is_refused(api: Planner) -> None:
    course, invitation = await api.invited()
    now = datetime.now(UTC).replace(microsecond=0)
    meeting = await one(api, f"{course}/meetings")
    at = f"{course}/meetings/{meeting['id']}"
    starts, ends = (now - timedelta(minutes=10)).isoformat(), (now + timedelta(minutes=50)).isoformat()
    meeting = await api.good("PUT", at, {"starts_at": starts, "ends_at": ends}, meeting["version"])
    somebody_is_in(api, "vefsn", "rodoy")
    assert (await one(api, f"{course}/inside")) == {"seat": "rodoy", "name": "Kari Ødegård"}
    seat, seen = await one(api, f"{course}/seats"), await api.good("GET", course)
    await api.good("PUT", "/sites/annet", SITE)
    later, past = (now + timedelta(hours=3)).isoformat(), (now - timedelta(minutes=1)).isoformat()
    for method, path, body, version, code in (
        ("PUT", at, {"starts_at": ends, "ends_at": later}, meeting["version"], "begun"),
        ("PUT", at, {"starts_at": starts, "ends_at": past}, meeting["version"], "end_is_past"),
        ("DELETE", at, None, None, "people_inside"),
        ("PUT", f"{course}/seats/{seat['id']}", {"name": "ny", "robot": "vefsn"}, seat["version"], "people_inside"),
        ("PUT", "/robots/vefsn", {"site": "annet", "place": "x"}, "*", "people_inside"),
        ("PUT", course, {"name": "x", "sites": []}, seen["version"], "people_inside"),
    ):
        refusal = await api.ask(method, path, body, version)
        assert (api.last.status, refusal["code"]) == (409, code), refusal
    await api.good("PUT", at, {"starts_at": starts, "ends_at": later}, meeting["version"])
    await api.good("PUT", course, {"name": "Nytt navn", "sites": ["vefsn"]}, seen["version"])
    person = await one(api, f"{course}/people")
    named = {"display_name": "Kari Ø.", "role": "patient", "seat": person["seat"]}
    await api.good("PUT", f"{course}/people/{person['id']}", named, person["version"])
    assert api.context.invited.claims[invitation["id"]].name == "Kari Ø."
