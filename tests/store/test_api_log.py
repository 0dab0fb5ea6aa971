"""The access log over REST on both databases: filters, pages, names, the table, and a chain that was broken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from remote_app.api import log
from remote_app.api.log import WORDS
from remote_app.store.access_log import append
from remote_app.store.chain import Deed, Entry
from remote_app.store.engine import Store
from tests.store.conftest import KEY, Place
from tests.store.planner import Planner, Visitor, planner
from tests.store.test_api_use import moved

HOUR = timedelta(hours=1)


class Filled:
    """A course of which the first meeting goes on, and a log; `ask` gives the details of the entries, newest first."""

    def __init__(self, api: Planner, course: str, link: str, meeting: str) -> None:
        self.api, self.course, self.link, self.meeting = api, course, link, meeting

    async def ask(self, query: str = "") -> list[str]:
        return [one["detail"] for one in (await self.api.good("GET", f"/log{query}"))["items"]]

    async def refused(self, query: str) -> Any:
        answer = await self.api.ask("GET", f"/log{query}")
        assert self.api.last.status == 422, answer
        assert self.api.last.content_type == "application/problem+json"
        return answer["key"]


async def filled(api: Planner, store: Store) -> Filled:
    course, invitation = await api.invited()
    await api.good("PUT", "/sites/bronnoy", {"name": "Biblioteket", "municipality": "Brønnøy"})
    await api.good("PUT", "/robots/bronnoy", {"site": "bronnoy", "place": "Lesesalen"})
    meeting = await moved(api, course, HOUR)
    link = invitation["id"]
    now = datetime.now(UTC)
    seat: dict[str, Any] = {"robot": "vefsn", "seat": "rodoy", "role": "patient", "link": link}
    entries = [
        Entry(now - timedelta(days=9), Deed.REFUSED, detail="not_yet", **seat),
        Entry(now - timedelta(days=8), Deed.ENTERED, robot="vefsn", seat="another", detail="another-course"),
        Entry(now - 0.5 * HOUR, Deed.ENTERED, detail="came", **seat),
        Entry(now - 0.4 * HOUR, Deed.ENDED, robot="vefsn", link=link, by=link, role="leader", detail="by-leader"),
        Entry(now - 0.3 * HOUR, Deed.ENTERED, robot="bronnoy", seat="vega", detail="elsewhere"),
        Entry(now - 0.2 * HOUR, Deed.LOGGED_IN, by="somebody", role="coordinator", detail="password"),
    ]
    async with store.write() as session:
        await append(session, KEY, entries)
    return Filled(api, course.rpartition("/")[2], link, meeting)


async def test_filters_by_course_meeting_site_and_time(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        it = await filled(api, store)
        assert await it.ask() == ["password", "elsewhere", "by-leader", "came", "another-course", "not_yet"]
        assert await it.ask(f"?course={it.course}") == ["by-leader", "came", "not_yet"], "its links at any time"
        assert await it.ask(f"?meeting={it.meeting}") == ["by-leader", "came"]
        assert await it.ask(f"?meeting={it.meeting}&course={it.course}") == ["by-leader", "came"]
        assert await it.ask("?site=bronnoy") == ["elsewhere"]
        since = (datetime.now(UTC) - timedelta(days=1)).isoformat().replace("+00:00", "Z")
        assert await it.ask(f"?site=vefsn&since={since}") == ["by-leader", "came"]
        other = (await api.good("POST", "/courses", {"name": "Annet"}))["id"]
        assert await it.ask(f"?course={other}") == []
        assert await it.refused("?course=nobody-there") == "course"
        assert await it.refused("?meeting=nobody-there") == "meeting"
        assert await it.refused(f"?meeting={it.meeting}&course={other}") == "meeting"
        assert await it.refused("?site=nowhere") == "site"
        for query in ("?since=yesterday", "?limit=0", "?limit=201", "?after=x", "?robot=vefsn", "?site=Æ"):
            assert await it.refused(query) == query[1:].partition("=")[0]


async def test_it_is_read_page_by_page(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        it = await filled(api, store)
        seen: list[int] = []
        after = ""
        while True:
            page = await api.good("GET", f"/log?limit=4&after={after}")
            seen += [one["number"] for one in page["items"]]
            if page["next"] is None:
                break
            after = page["next"]
        assert seen == [6, 5, 4, 3, 2, 1]
        assert await it.ask("?after=1") == []


@pytest.mark.parametrize("most", [0, 1000])
async def test_people_are_named_as_long_as_the_store_knows_them(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(log, "MOST_ASKED", most)
    async with planner(store, place.directory) as api:
        it = await filled(api, store)
        ended, came, _ = (await api.good("GET", f"/log?course={it.course}"))["items"]
        assert {key: came[key] for key in ("deed", "municipality", "site", "robot", "seat", "role", "name", "by")} == {
            "deed": "entered",
            "municipality": "Vefsn",
            "site": "Frisklivssentralen",
            "robot": "vefsn",
            "seat": "rodoy",
            "role": "patient",
            "name": "Kari Ødegård",
            "by": "",
        }
        assert (ended["by"], ended["link"], ended["done_by"]) == ("Kari Ødegård", it.link, it.link)
        async with store.write() as session:
            await session.execute(text("DELETE FROM people"))
        came = (await api.good("GET", f"/log?meeting={it.meeting}"))["items"][-1]
        assert (came["name"], came["link"]) == ("", it.link)


async def test_a_leader_sees_their_sites_and_not_who_logged_in(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        it = await filled(api, store)
        api.who.append(Visitor(role="leader", sites=frozenset({"bronnoy"})))
        assert await it.ask() == ["elsewhere"]
        assert await it.refused(f"?course={it.course}") == "course"
        assert await it.refused(f"?meeting={it.meeting}") == "meeting"
        assert await it.refused("?site=vefsn") == "site"
        api.who.append(Visitor(role="leader", sites=frozenset({"vefsn"})))
        assert await it.ask(f"?course={it.course}") == ["by-leader", "came", "not_yet"]
        api.who.append(Visitor(role="leader"))
        assert await it.ask() == []


async def test_as_a_table_in_words(store: Store, place: Place) -> None:
    assert set(WORDS) == set(Deed)
    async with planner(store, place.directory) as api:
        it = await filled(api, store)
        answer = await api.http.get(f"/api/v1/log/csv?meeting={it.meeting}")
        head, ended, came, *_ = (await answer.read()).decode("utf-8-sig").split("\r\n")
        assert head == "nummer;tid;hva;kommune;sted;robot;plass;rolle;hvem;av;hvordan"
        assert came.split(";")[2:] == [
            *("kom inn", "Vefsn", "Frisklivssentralen", "vefsn", "rodoy", "patient", "Kari Ødegård", "", "came")
        ]
        assert ended.split(";")[2] == "ble avsluttet av kurslederen"


async def test_whether_the_chain_is_whole_and_a_line_that_somebody_else_wrote_is_shown(
    store: Store, place: Place
) -> None:
    async with planner(store, place.directory) as api:
        it = await filled(api, store)
        whole = await api.good("GET", "/log/check")
        assert (whole["whole"], whole["entries"], whole["fault"]) == (True, 6, "")
        assert whole["fingerprint"].startswith("6:")
        async with store.write() as session:
            await session.execute(text("UPDATE access_log SET deed = 'was_a_ghost' WHERE seq = 3"))
        broken = await api.good("GET", "/log/check")
        assert (broken["whole"], broken["fault"]) == (False, "entry 3 is not as it was written")
        assert await it.ask(f"?meeting={it.meeting}") == ["by-leader", "came"]
        answer = await api.http.get(f"/api/v1/log/csv?meeting={it.meeting}")
        assert ";was_a_ghost;" in (await answer.read()).decode()
