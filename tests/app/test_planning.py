"""A course made over HTTP in a running service: a robot comes, a patient goes in by six digits and is withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from remote_app.leaders import REFUSED_CODE
from tests.app.conftest import Service
from tests.app.fake_robot import FakeRobot
from tests.app.staffed import StaffBrowser, browser, make_administrator

API = "/api/v1"


async def plan(admin: StaffBrowser) -> tuple[str, str]:
    """A course whose first meeting goes on, with a robot that nobody knew and a patient; its path and the person."""

    async def ask(method: str, path: str, body: object = None) -> str:
        status, answer = await admin.ask(method, API + path, body)
        assert status in (200, 201), answer
        return str(answer["id"])

    await ask("PUT", "/sites/rodoy", {"name": "Helsesenteret", "municipality": "Rødøy"})
    await ask("PUT", "/robots/rodoy", {"site": "rodoy", "place": "Stua"})
    starts = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    body = {"name": "Kurs på Helgeland", "telephone": "75 11 11 11", "sites": ["rodoy"], "starts_at": starts}
    course = f"/courses/{await ask('POST', '/courses', {**body, 'waiting_room': False})}"
    seat = await ask("POST", f"{course}/seats", {"name": "stua", "robot": "rodoy"})
    return course, await ask("POST", f"{course}/people", {"display_name": "Kari", "role": "patient", "seat": seat})


async def test_from_the_course_to_the_room_and_out_again(service: Service) -> None:
    async with browser(service) as admin:
        await make_administrator(admin, service)
        course, person = await plan(admin)
        status, invitation = await admin.ask("POST", f"{API}{course}/invitations", {"person": person})
        assert status == 201
        async with FakeRobot("rodoy", service.robot_url("rodoy")).running():
            answer = await service.http.post(f"{service.where.http}/api/code", json={"code": invitation["digits"]})
            found = await answer.json()
            assert answer.status == 200, found
            async with service.http.get(service.where.http + found["path"].replace("/j/", "/api/link/")) as link:
                info = await link.json()
            assert (info["course"], info["telephone"], info["place"]) == ("Kurs på Helgeland", "75 11 11 11", "Stua")
            page, welcome = await service.open(found["path"].removeprefix("/j/"))
            assert (welcome.robot, welcome.seat, welcome.name, welcome.admitted) == ("rodoy", "stua", "Kari", True)
            assert welcome.course == "Kurs på Helgeland"
            await admin.ask("POST", f"{API}{course}/invitations/{invitation['id']}/withdraw", {})
            assert await page.closed() == REFUSED_CODE
        answer = await service.http.post(f"{service.where.http}/api/code", json={"code": invitation["digits"]})
        assert (await answer.json())["fault"] == "withdrawn"


async def test_nobody_plans_without_logging_in(service: Service) -> None:
    async with browser(service) as stranger:
        status, answer = await stranger.ask("GET", f"{API}/courses")
        assert (status, answer["code"]) == (401, "not_logged_in")
        await make_administrator(stranger, service)
        assert (await stranger.ask("GET", f"{API}/courses"))[0] == 200
        status, answer = await stranger.ask("POST", f"{API}/courses", {"name": "x"}, Origin="https://evil.example")
        assert (status, answer["code"]) == (403, "foreign_page")
    for path, words in (("/api/openapi.json", '"openapi": "3.1.0"'), ("/api/docs", "<code>/api/v1/courses</code>")):
        async with service.http.get(service.where.http + path) as page:
            assert words in await page.text()
