"""The table of roles and deeds, written down once more and gone through cell by cell, over HTTP and WebSocket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Final, get_args

import aiohttp
import pytest
from aiohttp import web

from protocol.base import Wire
from protocol.commands import (
    AskHeard,
    EndForPerson,
    GiveFloor,
    LookAt,
    LowerHand,
    MarkSeen,
    RemovePlace,
    SavePlace,
    SetPrivate,
    SetVolume,
)
from protocol.leader import (
    Admit,
    LeaderAct,
    LeaderPing,
    LeaderPong,
    LeaderUnwatch,
    LeaderWatch,
    LeaderWelcome,
    MakeScreen,
    TurnDown,
    WithdrawScreen,
)
from protocol.meeting import EndMeeting, MeetingMode, SetMeetingMode
from protocol.preflight import RunPreflight
from protocol.text import LeaderText
from protocol.web import Sorry
from remote_app import leader_page, registry
from remote_app.access import KEY_BYTES, LinkKey, LinkRole, StaffRole, hash_of, new_claim
from remote_app.data_directory import DataDirectory
from remote_app.policy import (
    BY_LINK,
    BY_LOGIN,
    IN_THE_SEAT,
    LEADING,
    SCREENING,
    STAFF_DEEDS,
    WATCHING,
    deed_of,
    link_may,
    log_sites,
    staff_may,
)
from remote_app.staff import Staff, needs, routes, watch
from remote_app.store import courses, people, staff
from remote_app.store.access_log import append
from remote_app.store.chain import Deed, Entry
from remote_app.store.models import PersonRole
from remote_app.store.service import open_store
from tests.app.conftest import Service
from tests.app.leading import LeaderEnd, leading
from tests.app.staffed import StaffBrowser, browser

# L: by link, S: leader by login, K: coordinator, A: administrator; a deed that is missing here fails
LOGIN_TABLE: Final = {
    "lead": "S A",
    "see_courses": "S K A",
    "edit_courses": "K A",
    "invite": "K A",
    "withdraw_link": "K A",
    "see_log": "S K A",
    "see_answers": "S K A",
    "edit_forms": "K A",
    "see_use": "K A",
    "export": "S K A",
    "see_staff": "K A",
    "manage_staff": "A",
    "keep_account": "S K A",
    "pair_robot": "A",
}
LETTERS: Final[dict[StaffRole, str]] = {"leader": "S", "coordinator": "K", "administrator": "A"}
LINK_TABLE: Final[dict[LinkRole, set[str]]] = {
    "patient": {"see_link", "measure_line", "open_room", "answer_form"},
    "nurse": {"see_link", "measure_line", "open_room", "answer_form"},
    "relative": {"see_link", "measure_line", "open_watch"},
    "screen": {"see_link", "measure_line", "open_screen"},
    "leader": {"lead"},
}
SENT: Final[dict[LinkRole, frozenset[str]]] = {
    "patient": IN_THE_SEAT,
    "nurse": IN_THE_SEAT,
    "relative": WATCHING,
    "screen": SCREENING,
    "leader": LEADING,
}
DOORS: Final = {  # each deed of a link, and where it is done
    "see_link": ("GET", "/api/link/"),
    "measure_line": ("GET", "/api/line/"),
    "answer_form": ("GET", "/api/forms/"),
    "open_room": ("WS", "/ws/"),
    "open_watch": ("WS", "/ws-watch/"),
    "open_screen": ("WS", "/ws-screen/"),
    "lead": ("WS", "/ws-leader/"),
}


def test_the_policy_is_this_table_and_nothing_else() -> None:
    assert set(LOGIN_TABLE) == STAFF_DEEDS
    for role, letter in LETTERS.items():
        over_http = {deed for deed, who in LOGIN_TABLE.items() if letter in who}
        assert BY_LOGIN[role] == over_http | (LEADING if role != "coordinator" else frozenset()), role
    for link_role, deeds in LINK_TABLE.items():
        sent = SENT.get(link_role, frozenset())
        assert BY_LINK[link_role] == deeds | sent, link_role
    assert set(BY_LINK) == set(get_args(LinkRole))
    assert set(BY_LOGIN) == set(get_args(StaffRole))
    assert not any(staff_may(role, "fly") for role in LETTERS)
    assert not any(link_may(role, "fly") for role in LINK_TABLE)
    for login in LETTERS:
        assert log_sites(login, {"vefsn"}) == ({"vefsn"} if login == "leader" else None)


@pytest.fixture(autouse=True)
def probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address for each deed, behind the real guard: what the policy lets through is answered 204."""
    add_routes = routes.add_routes

    async def done(_: web.Request, __: Staff) -> web.Response:
        return web.Response(status=204)

    def with_probes(app: web.Application) -> None:
        add_routes(app)
        for deed in LOGIN_TABLE:
            app.router.add_get(f"/api/staff/may/{deed}", needs(deed)(done))

    monkeypatch.setattr(routes, "add_routes", with_probes)
    monkeypatch.setattr(leader_page, "SORRYS_BURST", 100.0)  # each refusal is to be told
    monkeypatch.setattr(registry, "READ_EVERY_S", 0.1)
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.1)


@pytest.fixture
async def sessions(service: Service) -> dict[str, str]:
    """A session of somebody of each role; two leaders, of a site each."""
    store = await open_store(service.settings)
    made: dict[str, str] = {}
    try:
        async with store.write() as session:
            for site in ("vefsn", "bronnoy"):
                await courses.put_site(session, site, site, site)
                await courses.put_robot(session, site, site, site)
            for key, role, sites in (
                ("leader", PersonRole.LEADER, ("vefsn",)),
                ("leader of bronnoy", PersonRole.LEADER, ("bronnoy",)),
                ("coordinator", PersonRole.COORDINATOR, ()),
                ("administrator", PersonRole.ADMINISTRATOR, ()),
            ):
                person = await people.add_staff(session, key, role, sites)
                made[key] = await staff.begin_session(session, person.id, datetime.now(UTC))
    finally:
        await store.close()
    return made


@pytest.fixture
async def page(service: Service) -> AsyncIterator[StaffBrowser]:
    async with browser(service) as page:
        yield page


def cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"av1-staff={token}"}


async def test_every_deed_of_every_role_over_http(
    service: Service, sessions: dict[str, str], page: StaffBrowser
) -> None:
    for deed, allowed in LOGIN_TABLE.items():
        for role, letter in LETTERS.items():
            status, body = await page.ask("GET", f"/api/staff/may/{deed}", **cookie(sessions[role]))
            assert status == (204 if letter in allowed else 403), (role, deed, body)
    store = await open_store(service.settings)
    try:
        async with store.write() as session:
            person = await people.add_staff(session, "past", PersonRole.ADMINISTRATOR, ())
            past = await staff.begin_session(session, person.id, datetime.now(UTC) - timedelta(days=365))
    finally:
        await store.close()
    left = sessions["administrator"]
    assert (await page.ask("POST", "/api/staff/logout", {}, **cookie(left)))[0] == 204
    bad = {"": "none", "x" * 43: "forged", hash_of(left): "what the store has", past: "expired", left: "replayed"}
    for deed in LOGIN_TABLE:
        for nobody, why in bad.items():
            status, _ = await page.ask("GET", f"/api/staff/may/{deed}", **cookie(nobody))
            assert status == 401, (deed, why)


LOG_TABLE: Final = {  # whose entries each of the staff sees: of robots at vefsn and bronnoy, and of no robot
    "leader": {"vefsn"},
    "leader of bronnoy": {"bronnoy"},
    "coordinator": {"vefsn", "bronnoy", ""},
    "administrator": {"vefsn", "bronnoy", ""},
}


async def test_everybody_of_the_staff_sees_the_log_of_their_sites(
    service: Service, sessions: dict[str, str], page: StaffBrowser
) -> None:
    assert set(LOG_TABLE) == set(sessions)
    store = await open_store(service.settings)
    try:
        async with store.write() as session:
            deeds = [Entry(datetime.now(UTC), Deed.WITHDRAWN, robot=robot) for robot in ("vefsn", "bronnoy", "")]
            await append(session, store.key, deeds)
    finally:
        await store.close()
    for key, seen in LOG_TABLE.items():
        status, body = await page.ask("GET", "/api/v1/log", **cookie(sessions[key]))
        assert (status, {one["robot"] for one in body["items"]}) == (200, seen), key
        for site in ("vefsn", "bronnoy"):
            status, body = await page.ask("GET", f"/api/v1/log?site={site}", **cookie(sessions[key]))
            if site in seen:
                assert (status, {one["robot"] for one in body["items"]}) == (200, {site}), (key, site)
            else:
                assert (status, body["key"]) == (422, "site"), (key, site)
        for path in ("/api/v1/log/csv?site=vefsn", "/api/v1/log/csv?site=bronnoy"):
            async with page.http.get(service.where.http + path, headers=cookie(sessions[key])) as answer:
                assert answer.status == (200 if path.rpartition("=")[2] in seen else 422), (key, path)


async def status_of(service: Service, way: tuple[str, str], token: str) -> int:
    method, path = way
    if method == "GET":
        async with service.http.get(f"{service.where.http}{path}{token}") as answer:
            return answer.status
    try:
        socket = await service.http.ws_connect(f"{service.where.http}{path}{token}")
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status
    await socket.close()
    return 101


@pytest.mark.parametrize("role", get_args(LinkRole))
async def test_every_door_for_a_link_of_every_role(service: Service, role: LinkRole) -> None:
    def link(before: float = -60, after: float = 3600, robot: str = "vefsn", key: LinkKey = service.key) -> str:
        now = time.time()
        return key.sign(new_claim(robot, "rodoy", "Kari", not_before=now + before, expires=now + after, role=role))

    good, gone = link(), link()
    payload, _, signature = good.rpartition(".")
    head, _, tail = link(robot="bronnoy").rpartition(".")
    bad = {
        "forged": f"{payload}.{signature[::-1]}",
        "of another installation": link(key=LinkKey(bytes(KEY_BYTES))),
        "with another's signature": f"{payload}.{tail}",
        "with another's payload": f"{head}.{signature}",
        "expired": link(after=-1),
        "of a robot that is not here": link(robot="nowhere"),
        "withdrawn": gone,
    }
    claim = service.key.claim_of(gone)
    assert claim is not None
    DataDirectory(service.settings.data.directory).withdraw(claim.id)
    async with asyncio.timeout(30):
        while await status_of(service, ("GET", "/api/link/" if role != "leader" else "/api/leader/"), gone) == 200:
            await asyncio.sleep(0.05)
    for deed, way in DOORS.items():
        open_now = 101 if way[0] == "WS" else 200
        assert await status_of(service, way, good) == (open_now if deed in LINK_TABLE[role] else 403), deed
        for why, token in bad.items():
            assert await status_of(service, way, token) == 403, (deed, why)
    if role != "leader":
        assert await status_of(service, DOORS["see_link"], link(before=60)) == 403
        assert await status_of(service, DOORS["open_room"], link(before=60)) == 403


LED: Final = (
    *(
        LeaderAct(id="1", robot="vefsn", session=None, action=action)
        for action in (
            MarkSeen(),
            GiveFloor(given=True),
            LowerHand(),
            SetVolume(percent=50, whisper=False),
            AskHeard(),
            SetPrivate(on=False),
            SetMeetingMode(mode=MeetingMode.PLENARY),
            EndMeeting(),
            EndForPerson(),
            LookAt(pan_deg=0, tilt_deg=0),
            SavePlace(name="Tavla"),
            RemovePlace(name="Tavla"),
            RunPreflight(),
        )
    ),
    Admit(robot="vefsn", link="link-of-nobody"),
    TurnDown(robot="vefsn", link="link-of-nobody"),
    LeaderWatch(robot="vefsn", sdp="v=0", sent_ms=1),
    LeaderUnwatch(robot="vefsn"),
    MakeScreen(robot="vefsn", name="Biblioteket"),
    WithdrawScreen(robot="vefsn"),
    LeaderText(robot="vefsn", session="session-1", entry=1, seq=1, text="", done=False, writer="w" * 8),
)


async def leading_by_login(service: Service, token: str) -> LeaderEnd:
    headers = {**cookie(token), "Origin": service.where.http}
    socket = await service.http.ws_connect(
        f"{service.where.http}/ws-lead", headers=headers, timeout=aiohttp.ClientWSTimeout(ws_close=1)
    )
    return LeaderEnd(socket)


async def is_refused(page: LeaderEnd, message: Any) -> bool:
    """Whether the service says that this is not allowed; anything else it says is about robots that are off."""
    await page.send(message)
    await page.send(LeaderPing())
    answer = await page.next(Wire, lambda m: isinstance(m, Sorry | LeaderPong))
    if isinstance(answer, Sorry):
        await page.next(LeaderPong)
    return isinstance(answer, Sorry) and answer.reason == "not_allowed"


async def test_a_leader_who_is_logged_in_leads_their_own_sites(service: Service, sessions: dict[str, str]) -> None:
    assert {deed_of(message) for message in LED} == LEADING - {"leader_ping"}
    async with AsyncExitStack() as stack:
        for key, robots in (
            ("leader", {"vefsn"}),
            ("leader of bronnoy", {"bronnoy"}),
            ("administrator", {"vefsn", "bronnoy"}),
        ):
            page = await leading_by_login(service, sessions[key])
            stack.push_async_callback(page.socket.close)
            welcome = await page.next(LeaderWelcome)
            assert {robot.robot for robot in welcome.robots} == robots
            assert welcome.name == key
            for message in LED:
                refused = await is_refused(page, message)
                assert refused == ("vefsn" not in robots), (key, message)


async def test_a_leader_by_a_link_leads_the_robot_of_the_link_and_no_other_meetings(service: Service) -> None:
    for robot in ("vefsn", "bronnoy"):
        page, welcome = await leading(service, robot)
        assert {one.robot for one in welcome.robots} == {robot}
        for message in LED:
            assert await is_refused(page, message) == (robot != "vefsn"), (robot, message)
        await page.socket.close()


async def test_who_does_not_lead(service: Service, sessions: dict[str, str], page: StaffBrowser) -> None:
    here, gone = service.where.http, sessions["leader of bronnoy"]
    assert (await page.ask("POST", "/api/staff/logout", {}, **cookie(gone)))[0] == 204
    for why, token, origin, status in (
        ("a coordinator", sessions["coordinator"], here, 403),
        ("nobody", "x" * 43, here, 401),
        ("a session that is over", gone, here, 401),
        ("another site's page", sessions["leader"], "https://evil.example", 403),
        ("no page", sessions["leader"], "", 403),
    ):
        headers = {**cookie(token), **({"Origin": origin} if origin else {})}
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await service.http.ws_connect(f"{here}/ws-lead", headers=headers)
        assert caught.value.status == status, why


@pytest.mark.parametrize("how", ["logged out", "withdrawn", "another role", "another site"])
async def test_an_open_page_closes_when_its_leader_may_no_longer(
    service: Service, sessions: dict[str, str], page: StaffBrowser, how: str
) -> None:
    leader = await leading_by_login(service, sessions["leader"])
    await leader.next(LeaderWelcome)
    if how == "logged out":
        assert (await page.ask("POST", "/api/staff/logout", {}, **cookie(sessions["leader"])))[0] == 204
    else:
        store = await open_store(service.settings)
        try:
            async with store.write() as session:
                (person,) = [one for one in await staff.staff_people(session) if one.display_name == "leader"]
                if how == "withdrawn":
                    assert await staff.withdraw_staff(session, person.id, datetime.now(UTC))
                elif how == "another role":
                    assert await staff.change_staff(session, person.id, PersonRole.COORDINATOR, ())
                else:
                    assert await staff.change_staff(session, person.id, PersonRole.LEADER, ("bronnoy",))
        finally:
            await store.close()
    assert await leader.closed() == 4403
