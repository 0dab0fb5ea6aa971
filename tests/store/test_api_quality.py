"""How the lines of a course were, over REST on both databases: sums by meeting and site."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from protocol.quality import Verdict
from protocol.state import PictureStep
from remote_app.api.quality import STEPS
from remote_app.store.engine import Store
from remote_app.store.quality import keep_visits
from remote_app.visit_quality import Visit, bucket, middle_ms
from tests.app.lines import visit
from tests.store.conftest import Place
from tests.store.planner import Planner, Visitor, planner
from tests.store.test_api_use import moved

MINUTE = timedelta(minutes=1)


async def filled(api: Planner, store: Store) -> tuple[str, datetime]:
    """A course with two robots at Vefsn and one at Rødøy, in the first meeting of which all were in; its path, and when
    it began."""
    course, _ = await api.invited()
    await api.good("PUT", "/sites/rodoy", {"name": "=Helsesenteret", "municipality": "Rødøy"})
    for robot, site in (("vefsn-2", "vefsn"), ("rodoy", "rodoy")):
        await api.good("PUT", f"/robots/{robot}", {"site": site, "place": "Kursrommet"})
        await api.good("POST", f"{course}/seats", {"name": f"at-{robot}", "robot": robot})
    await moved(api, course, timedelta(hours=3))
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    poor: dict[str, Any] = {
        "verdicts": {Verdict.BAD: 1800.0},
        "steps": {"p720": 900.0, "stills": 900.0},
        "paths": {"relay": 1200.0, "rescue": 600.0},
        "reconnections": 3,
    }
    blind: dict[str, Any] = {"verdicts": {}, "steps": {}, "paths": {}, "trips": {}}
    own = visit(began, began + 30 * MINUTE)
    second = visit(began, began + 30 * MINUTE, "session-of-ola-at-vefsn-2", **poor)
    third = visit(began, began + 10 * MINUTE, "session-of-inga-in-rodoy", **blind)
    lines = [
        own,
        replace(second, robot="vefsn-2", seat="at-vefsn-2"),
        Visit(third.session, "rodoy", "at-rodoy", third.quality),
    ]
    assert await keep_visits(store, lines) == 3
    return course, began


async def test_a_course_in_which_nobody_was_has_no_lines(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        course, _ = await api.invited()
        assert (await api.good("GET", f"{course}/quality"))["items"] == []


async def test_sums_by_meeting_and_site_tell_of_no_person(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        course, _ = await filled(api, store)
        answer = await api.good("GET", f"{course}/quality")
        rodoy, vefsn = answer["items"]
        assert [(one["site"], one["number"]) for one in (rodoy, vefsn)] == [
            ("=Helsesenteret", 1),
            ("Frisklivssentralen", 1),
        ]
        assert {key: vefsn[key] for key in vefsn if key not in ("meeting", "starts_at")} == {
            "number": 1,
            "municipality": "Vefsn",
            "site": "Frisklivssentralen",
            "visits": 2,
            "minutes": 60,
            "good": pytest.approx(1 / 3, abs=1e-3),
            "slow": pytest.approx(1 / 6, abs=1e-3),
            "bad": 0.5,
            "fps": 30,
            "loss_percent": 1,
            "rtt_median_ms": round(middle_ms(bucket(40))),
            "rtt_p95_ms": round(middle_ms(bucket(200))),
            "reconnections": 3,
            "minutes_direct": 30,
            "minutes_relay": 20,
            "minutes_rescue": 10,
            "lowest": "stills",
        }
        assert (rodoy["minutes"], rodoy["good"], rodoy["lowest"], rodoy["rtt_p95_ms"]) == (10, None, None, None)
        for secret in ("Kari", "seat", "robot", "session", "at-rodoy"):
            assert secret not in str(answer), secret


async def test_as_a_table_for_a_norwegian_spreadsheet(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        course, _ = await filled(api, store)
        answer = await api.http.get(f"/api/v1{course}/quality/csv")
        data = (await answer.read()).decode("utf-8-sig")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="forbindelse.csv"'
        head, rodoy, vefsn, rest = (line.split(";") for line in data.split("\r\n"))
        assert len(head) == len(rodoy) == len(vefsn) == 18
        assert rodoy[3] == "'=Helsesenteret", "a spreadsheet would run it"
        assert rodoy[6:14] == ["", "", "", "30,0", "1,0", "", "", "0"]
        assert vefsn[4:10] == ["2", "60", "33,3", "16,7", "50,0", "30,0"]
        assert vefsn[-4:] == ["30", "20", "10", "stillbilder"]
        assert set(STEPS) == set(PictureStep)
        assert rest == [""]


async def test_a_site_that_is_gone_keeps_its_lines_and_another_course_has_none(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        course, _ = await filled(api, store)
        async with store.write() as session:
            await session.execute(text("UPDATE visit_quality SET site = 'somewhere' WHERE site = 'rodoy'"))
        assert [
            (one["site"], one["municipality"]) for one in (await api.good("GET", f"{course}/quality"))["items"]
        ] == [
            ("somewhere", ""),
            ("Frisklivssentralen", "Vefsn"),
        ]
        other = f"/courses/{(await api.good('POST', '/courses', {'name': 'Annet'}))['id']}"
        assert (await api.good("GET", f"{other}/quality"))["items"] == []
        await api.ask("GET", "/courses/nobody-there/quality")
        assert api.last.status == 404
        api.who.append(Visitor(role="leader", sites=frozenset({"rodoy"})))
        await api.ask("GET", f"{course}/quality/csv")
        assert api.last.status == 404, "a course of other sites is none of a leader's"
