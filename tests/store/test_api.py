"""The REST API on both databases: courses from the template, who edits at the same time, what is refused and how."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from remote_app.store.engine import Store
from tests.store.conftest import Place
from tests.store.planner import COURSE, SITE, Planner, Visitor, planner


@pytest.fixture
async def api(store: Store, place: Place) -> AsyncIterator[Planner]:
    """The API on the store of the test."""
    async with planner(store, place.directory) as running:
        yield running


async def test_a_course_is_made_from_the_template(api: Planner) -> None:
    course = await api.course()
    meetings = (await api.good("GET", f"{course}/meetings"))["items"]
    assert [one["number"] for one in meetings] == [1, 2, 3, 4, 5, 6]
    assert meetings[1]["starts_at"] == "2030-01-14T09:00:00Z"
    assert meetings[1]["ends_at"] == "2030-01-14T11:00:00Z"
    titles = {one["id"]: one["titles"]["nb"] for one in (await api.good("GET", "/themes"))["items"]}
    assert [titles[theme] for theme in meetings[1]["themes"]] == ["Vaner og små steg", "Bevegelse i hverdagen"]
    kept = await api.good("GET", course)
    assert kept["ends_at"] == meetings[-1]["ends_at"]
    assert kept["name"] == "Mestringstreff høst"
    assert api.last.headers["ETag"] == f'"{kept["version"]}"'


async def test_two_who_edit_at_once_notice_each_other(api: Planner) -> None:
    course = await api.course()
    seen = await api.good("GET", course)
    changed = {"name": "Nytt navn", "sites": ["vefsn"]}
    assert (await api.ask("PUT", course, changed))["key"] == "If-Match"
    assert api.last.status == 428
    newer = await api.good("PUT", course, changed, seen["version"])
    refusal = await api.ask("PUT", course, {"name": "Et annet", "sites": []}, seen["version"])
    assert (api.last.status, refusal["title"]) == (412, "Somebody has changed it meanwhile")
    assert api.last.content_type == "application/problem+json"
    assert (await api.good("GET", course))["name"] == "Nytt navn"
    await api.good("PUT", course, {"name": "Et annet"}, newer["version"])


async def test_meetings_are_numbered_by_time_and_move(api: Planner) -> None:
    course = await api.course()
    meetings = (await api.good("GET", f"{course}/meetings"))["items"]
    first = meetings[0]
    later = {"starts_at": "2030-03-01T10:00:00Z", "ends_at": "2030-03-01T12:00:00Z", "themes": ["mat"]}
    moved = await api.good("PUT", f"{course}/meetings/{first['id']}", later, first["version"])
    assert (moved["number"], moved["themes"]) == (6, ["mat"])
    assert (await api.good("GET", course))["ends_at"] == "2030-03-01T12:00:00Z"
    await api.good("DELETE", f"{course}/meetings/{first['id']}")
    assert [one["number"] for one in (await api.good("GET", f"{course}/meetings"))["items"]] == [1, 2, 3, 4, 5]


async def test_a_course_that_is_thrown_away_comes_back(api: Planner) -> None:
    course, invitation = await api.invited()
    assert invitation["id"] in api.context.invited.claims
    await api.good("DELETE", course)
    assert (await api.ask("GET", course))["status"] == 404
    assert (await api.good("GET", "/courses"))["items"] == []
    assert len((await api.good("GET", "/courses?deleted=true"))["items"]) == 1
    assert invitation["id"] not in api.context.invited.claims
    await api.good("POST", f"{course}/restore")
    assert len((await api.good("GET", f"{course}/people"))["items"]) == 1
    assert invitation["id"] in api.context.invited.claims


async def test_lists_come_in_parts(api: Planner) -> None:
    for number in range(5):
        await api.good("PUT", f"/sites/sted-{number}", SITE)
    seen: list[str] = []
    after = ""
    for _ in range(3):
        part = await api.good("GET", f"/sites?limit=2&after={after}")
        seen += [one["id"] for one in part["items"]]
        after = part["next"] or ""
    assert seen == [f"sted-{number}" for number in range(5)]
    assert part["next"] is None


async def test_what_is_in_use_is_not_deleted(api: Planner) -> None:
    course, invitation = await api.invited()
    seat = (await api.good("GET", f"{course}/seats"))["items"][0]
    for path, words in (
        ("/sites/vefsn", "robot 'vefsn' stands there"),
        ("/robots/vefsn", "serves a seat of the course 'Mestringstreff høst'"),
        (f"{course}/seats/{seat['id']}", "Kari Ødegård has this seat"),
        ("/themes/mat", "a meeting has this theme"),
    ):
        refusal = await api.ask("DELETE", path)
        assert (api.last.status, words in refusal["detail"]) == (409, True), refusal
    await api.good("DELETE", f"{course}/people/{invitation['person']}")
    await api.good("DELETE", f"{course}/seats/{seat['id']}")
    await api.good("DELETE", "/robots/vefsn")


async def test_robots_of_the_settings_stand_beside_until_they_get_a_site(api: Planner) -> None:
    listed = (await api.good("GET", "/robots"))["items"]
    assert [(one["id"], one["site"]) for one in listed] == [("bronnoy", None)]
    await api.good("PUT", "/sites/vefsn", SITE)
    await api.good("PUT", "/robots/bronnoy", {"site": "vefsn", "place": "Biblioteket"})
    assert api.context.switchboard.rooms["bronnoy"].place == "Biblioteket"
    await api.good("PUT", "/robots/rodoy", {"site": "vefsn", "place": "Helsesenteret"})
    assert set(api.context.switchboard.rooms) == {"bronnoy", "rodoy"}
    await api.good("DELETE", "/robots/rodoy")
    await api.good("DELETE", "/robots/bronnoy")
    assert {one: room.place for one, room in api.context.switchboard.rooms.items()} == {"bronnoy": "Brønnøy"}


async def test_a_leader_sees_the_courses_at_their_own_sites(api: Planner) -> None:
    course = await api.course()
    await api.good("PUT", "/sites/rodoy", SITE)
    for sites, seen in ((frozenset({"rodoy"}), 0), (frozenset({"vefsn"}), 1)):
        api.who.append(Visitor(role="leader", sites=sites))
        assert len((await api.good("GET", "/courses"))["items"]) == seen
        await api.ask("GET", course)
        assert api.last.status == (200 if seen else 404)


REFUSED: list[tuple[str, str, Any, int, str, str]] = [
    ("POST", "/courses", {**COURSE, "colour": "red"}, 422, "colour", "no such key"),
    ("POST", "/courses", {**COURSE, "name": ""}, 422, "name", "at least 1 character"),
    ("POST", "/courses", {**COURSE, "starts_at": "2030-01-07T10:00:00"}, 422, "starts_at", "timezone"),
    ("POST", "/courses", {**COURSE, "starts_at": "9999-01-07T10:00:00Z"}, 422, "starts_at", "between the years"),
    ("POST", "/courses", {**COURSE, "sites": ["nowhere"]}, 422, "sites", "there is no 'nowhere'"),
    ("POST", "/courses", {**COURSE, "name": "a\x00b"}, 422, "name", "one line of text"),
    ("PUT", "/sites/Rødøy", SITE, 422, "site", "must fit"),
    ("PUT", "/robots/node", {"site": "vefsn", "place": "x"}, 409, "robot", "service's own name"),
    ("PUT", "/robots/new", {"site": "nowhere", "place": "x"}, 422, "site", "make it first"),
    ("PUT", "/themes/mat", {"titles": {"en": "Food"}}, 428, "If-Match", "version"),
    ("PUT", "/themes/ny", {"titles": {"en": "Food"}}, 422, "themes.titles", "bokmål"),
    ("GET", "/courses/nowhere-at-all", None, 404, "course", "ask for the list"),
    ("GET", "/sites?limit=0", None, 422, "limit", "greater than or equal to 1"),
    ("GET", "/sites?colour=red", None, 422, "colour", "no such key"),
]


async def test_a_refusal_names_key_value_and_next_step(api: Planner) -> None:
    course = await api.course()
    await api.good("POST", f"{course}/seats", {"name": "rodoy", "robot": "vefsn"})
    more = [
        ("POST", f"{course}/seats", {"name": "to", "robot": "vefsn"}, 409, "robot", "one robot, one seat"),
        ("POST", f"{course}/seats", {"name": "to", "robot": "bronnoy"}, 422, "robot", "is at no site"),
        ("POST", f"{course}/people", {"display_name": "A", "role": "leader"}, 422, "role", "'patient'"),
        ("POST", f"{course}/invitations", {"person": "nobody-there"}, 422, "person", "has nobody"),
    ]
    for method, path, body, status, key, words in REFUSED + more:
        refusal = await api.ask(method, path, body)
        assert (api.last.status, refusal["key"]) == (status, key), refusal
        assert words in refusal["detail"], refusal


async def test_a_body_that_is_no_json_or_too_large(api: Planner) -> None:
    for data, kind, status in (
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'"' + b"a" * 70_000 + b'"', "application/json", 413),
    ):
        answer = await api.http.post("/api/v1/courses", data=data, headers={"Content-Type": kind})
        assert (answer.status, (await answer.json(content_type=None))["status"]) == (status, status)
