"""Staff log in with a real OpenID provider: PKCE, PAR, private_key_jwt, and everything that can go wrong on the way."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from joserfc.jwk import RSAKey

from remote_app.staff.oidc import OidcError, Pending, Provider, _values
from remote_app.staff_settings import OidcSettings
from remote_app.store import courses, people, staff
from remote_app.store.models import PersonRole
from remote_app.store.service import open_store
from tests.app.conftest import Service
from tests.app.staffed import StaffBrowser, browser
from tests.oidc.conftest import Stand, free_port

FORM = re.compile(r'<form[^>]*action="([^"]+)"')
FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


@pytest.fixture
async def page(service: Service) -> AsyncIterator[StaffBrowser]:
    async with browser(service) as page:
        yield page


async def begin(page: StaffBrowser, next_page: str = "", token: str = "") -> str:
    """Where the service sends the browser."""
    status, answer = await page.ask("POST", "/api/staff/oidc/start", {"next": next_page, "token": token})
    assert status == 200, answer
    return str(answer["url"])


async def through(page: StaffBrowser, url: str, login: str) -> str:
    """Goes through the provider's own pages as a person does; the address at which our service is to be asked."""
    form: dict[str, str] | None = None
    for _ in range(12):
        if url.startswith(page.base):
            return url
        async with page.http.request(
            "GET" if form is None else "POST", url, data=form, allow_redirects=False
        ) as answer:
            text, form = await answer.text(), None
            if answer.status in (302, 303):
                url = urljoin(url, answer.headers["Location"])
                continue
        assert answer.status == 200, text
        action = FORM.search(text)
        assert action is not None, text
        form = {name: html.unescape(value) for name, value in FIELD.findall(text)}
        if 'name="login"' in text:
            form |= {"login": login, "password": "anything"}
        url = urljoin(url, html.unescape(action[1]))
    raise AssertionError("the provider's pages do not end")


async def come_back(page: StaffBrowser, url: str) -> dict[str, list[str]]:
    """What stands in the address of the login page to which the service sends the browser."""
    async with page.http.get(url, allow_redirects=False) as answer:
        assert answer.status == 303
        to = urlsplit(answer.headers["Location"])
    assert (to.scheme, to.netloc, to.path) == ("", "", "/login")
    return parse_qs(to.query)


async def log_in(page: StaffBrowser, login: str, next_page: str = "", token: str = "") -> dict[str, list[str]]:
    """The whole way."""
    return await come_back(page, await through(page, await begin(page, next_page, token), login))


async def in_store(service: Service, work: Any) -> Any:
    store = await open_store(service.settings)
    try:
        async with store.write() as session:
            return await work(session)
    finally:
        await store.close()


@pytest.mark.parametrize("stand", [{"par": True}, {"par": False}], indirect=True, ids=["par", "plain"])
async def test_a_leader_comes_in_with_role_and_sites_of_the_claims(service: Service, page: StaffBrowser) -> None:
    await in_store(service, lambda session: courses.put_site(session, "vefsn", "Vefsn", "Vefsn"))
    assert await log_in(page, "ane", "/lead") == {"next": ["/lead"]}
    assert "av1-staff" in page.cookies
    assert "av1-oidc" not in page.cookies, "it has done its work"
    me = await page.me()
    assert me is not None
    assert (me.name, me.role, me.sites) == ("Ane Leder", "leader", ("vefsn",))


async def test_pushed_requests_show_nothing_in_the_browser(page: StaffBrowser, stand: Stand) -> None:
    query = parse_qs(urlsplit(await begin(page)).query)
    assert query.keys() == {"client_id", "request_uri"}


async def test_the_highest_role_counts_and_who_has_none_stays_out(service: Service, page: StaffBrowser) -> None:
    assert await log_in(page, "tor") == {}
    me = await page.me()
    assert me is not None
    assert me.role == "administrator"
    async with browser(service) as other:
        assert await log_in(other, "per", "/lead") == {"fault": ["unknown"], "next": ["/lead"]}
        assert await other.me() is None
        status, offer = await other.ask("POST", "/api/staff/link", {"token": service.where.administrator.split("=")[1]})
        assert (status, offer["code"]) == (410, "link"), "there is an administrator now"


async def test_a_one_time_link_makes_whom_the_provider_knows_a_person_here(
    service: Service, page: StaffBrowser
) -> None:
    token = service.where.administrator.partition("#first=")[2]
    assert await log_in(page, "per", token=token) == {}
    me = await page.me()
    assert me is not None
    assert (me.name, me.role) == ("Per Uten", "administrator")
    async with browser(service) as other:
        assert await log_in(other, "ane", token=token) == {"fault": ["link"]}


async def test_a_role_that_is_taken_away_at_the_provider_is_gone_at_the_next_login(
    service: Service, page: StaffBrowser
) -> None:
    async def once_a_leader(session: Any) -> None:
        person = await people.add_staff(session, "Per", PersonRole.LEADER)
        await staff.set_identity(session, person.id, service.settings.staff.oidc.issuer, "per")

    await in_store(service, once_a_leader)
    assert await log_in(page, "per") == {"fault": ["unknown"]}


async def test_what_comes_back_is_checked(service: Service, page: StaffBrowser, stand: Stand) -> None:
    good = await through(page, await begin(page), "tor")
    query = parse_qs(urlsplit(good).query)
    assert query["iss"] == [stand.issuer]

    def changed(**values: str) -> str:
        now = {key: values.get(key, one) for key, (one,) in query.items()}
        return f"{page.base}/api/staff/oidc/return?" + urlencode({key: value for key, value in now.items() if value})

    async with browser(service) as other:
        assert await come_back(other, good) == {"fault": ["too_late"]}, "another browser has not begun this"
    for bad in ({"state": "x" * 32}, {"state": ""}, {"iss": "https://evil.example"}, {"iss": ""}, {"code": "x" * 43}):
        await begin(page)
        assert (await come_back(page, changed(**bad)))["fault"] == ["provider_wrong"], bad
        assert await page.me() is None
    assert await come_back(page, good) == {"fault": ["too_late"]}, "the cookie is used up"
    await begin(page)
    refusal = f"{page.base}/api/staff/oidc/return?" + urlencode(
        {"error": "access_denied", "state": await state_of(service, page), "iss": stand.issuer}
    )
    assert await come_back(page, refusal) == {"fault": ["cancelled"]}


async def state_of(service: Service, page: StaffBrowser) -> str:
    """The state of the login that has begun in this browser."""
    sealed = page.cookies["av1-oidc"]
    text = service.key.opened("oidc", sealed)
    assert text is not None
    return Pending.opened(text).state


async def test_a_code_is_worth_nothing_twice_nor_without_its_verifier(service: Service, page: StaffBrowser) -> None:
    good = await through(page, await begin(page), "tor")
    cookie = page.cookies["av1-oidc"]
    assert await come_back(page, good) == {}
    headers = {"Cookie": f"av1-oidc={cookie}"}
    async with browser(service) as other, other.http.get(good, headers=headers, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/login?fault=provider_wrong"


async def test_a_client_with_another_key_is_refused_by_the_provider(service: Service, stand: Stand) -> None:
    file = service.settings.staff.oidc.key_file
    assert file is not None
    await asyncio.to_thread(file.write_bytes, RSAKey.generate_key(2048).as_pem(private=True))
    provider = Provider(service.settings.staff.oidc)
    with pytest.raises(OidcError, match="invalid_client") as caught:
        await provider.start(f"{service.where.http}/api/staff/oidc/return", "", "")
    assert caught.value.fault == "provider_wrong"


async def test_a_provider_that_does_not_answer(service: Service, page: StaffBrowser, stand: Stand) -> None:
    silent = stand.issuer.replace(str(stand.provider_port), str(free_port()))
    settings = service.settings.staff.oidc.model_copy(update={"issuer": silent})
    with pytest.raises(OidcError, match="does not answer") as caught:
        await Provider(settings).start(f"{page.base}/api/staff/oidc/return", "", "")
    assert caught.value.fault == "provider_off"
    lying = service.settings.staff.oidc.model_copy(update={"issuer": f"{stand.issuer}/"})
    with pytest.raises(OidcError, match="calls itself"):
        await Provider(lying).start(f"{page.base}/api/staff/oidc/return", "", "")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"issuer": "http://example.org"}, "https://"),
        ({"issuer": "https://example.org?x"}, "issuer"),
        ({"issuer": "https://example.org"}, "client_id"),
        ({"issuer": "https://example.org", "client_id": "av1"}, "key_file"),
        ({"issuer": "https://example.org", "client_id": "av1", "secret_file": "x", "scope": "profile"}, "openid"),
    ],
)
def test_settings_that_do_not_go_together(values: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        OidcSettings.model_validate(values)


def test_a_claim_is_found_by_name_or_by_place() -> None:
    claims = {"a.b": ["x"], "c": {"d": ["y", 3]}, "e": "z w"}
    found = [_values(claims, path) for path in ("a.b", "c.d", "e", "f", "c.d.e", "")]
    assert found == [["x"], ["y"], ["z", "w"], [], [], []]


def test_a_login_that_took_too_long_is_over() -> None:
    with pytest.raises(OidcError, match="too long"):
        Pending.opened(Pending("s", "n", "v", "", "", 0.0).sealed())
    with pytest.raises(OidcError):
        Pending.opened("{}")
