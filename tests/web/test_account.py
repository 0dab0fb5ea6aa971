"""One's own account in Chromium, with the browser's virtual authenticator and the real service: passkeys from the first
link to the last way in, a copy and a replay that are refused, the password, and where else one is logged in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Request, expect

from remote_app.staff import desk
from tests.app.whole_service import WholeService
from tests.web.tablet import SIZES, is_well_made

pytestmark = pytest.mark.browser

PASSWORD = "tre røde hester på Helgeland"
OTHER = "fire grå gjess over Dønna"
NO_FILLING = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def whole(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[WholeService]:
    with WholeService(tmp_path_factory.mktemp("account")) as service:
        yield service


@dataclass
class Device:
    """The browser's virtual authenticator (WebAuthn, chapter 11)."""

    session: CDPSession
    id: str

    def ask(self, command: str, **more: Any) -> Any:
        return self.session.send(f"WebAuthn.{command}", {"authenticatorId": self.id, **more})

    @property
    def keys(self) -> list[dict[str, Any]]:
        return list(self.ask("getCredentials")["credentials"])

    def put_back(self, key: dict[str, Any]) -> None:
        """The key as it was then, in place of the same one now: what a copy is."""
        self.ask("removeCredential", credentialId=key["credentialId"])
        self.ask("addCredential", credential=key)


def device_of(page: Page) -> Device:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return Device(session, made["authenticatorId"])


@pytest.fixture
def url(whole: WholeService) -> str:
    """By its name: IP addresses carry no passkeys."""
    return whole.where.http.replace("127.0.0.1", "localhost")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    width, height = SIZES["telephone"]
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of a browser that offers nothing by itself: the virtual authenticator would answer before any press."""
    page = context.new_page()
    page.add_init_script(NO_FILLING)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


def invited(whole: WholeService, url: str, browser: Browser, name: str, role: str) -> str:
    """The one-time link of somebody new; the first time the administrator's account is made."""
    context = browser.new_context()
    headers = {"Origin": url, "Sec-Fetch-Site": "same-origin"}

    def post(path: str, body: object) -> Any:
        return context.request.post(f"{url}{path}", data=body, headers=headers)

    token = whole.where.administrator.partition("#first=")[2]
    account = {"token": token, "name": "Tor", "login": "tor", "password": PASSWORD}
    if not post("/api/staff/account", account).ok:
        assert post("/api/staff/login", {"login": "tor", "password": PASSWORD}).ok
    link = post("/api/v1/staff", {"display_name": name, "role": role}).json()["link"]
    context.close()
    return f"{url}/login#{link.partition('#')[2]}"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def made_by_password(page: Page, link: str, login: str) -> None:
    """An account with a name and a password; the page of it is open."""
    page.goto(link)
    page.get_by_label("Brukernavn").fill(login)
    page.get_by_label("Passord").fill(PASSWORD)
    press(page, "Lag konto")
    page.wait_for_url("**/lead")
    expect(page.get_by_role("link", name="Kontoen din")).to_be_visible()
    page.get_by_role("link", name="Kontoen din").click()
    expect(page.get_by_role("heading", name="Kontoen din")).to_be_focused()


def add(page: Page, name: str) -> None:
    page.get_by_label("Hva vil du kalle den?").fill(name)
    press(page, "Legg til passnøkkel")
    expect(page.get_by_text(f"Passnøkkelen «{name}» er lagt til.")).to_be_visible()


def log_out(page: Page) -> None:
    press(page, "Logg ut")
    page.wait_for_url("**/login?next=/account")
    expect(page.get_by_role("heading", name="Logg inn")).to_be_focused()


def by_passkey(page: Page) -> None:
    press(page, "Logg inn med passnøkkel")


def test_a_leader_adds_a_passkey_logs_in_by_it_and_removes_it(
    whole: WholeService, url: str, browser: Browser, page: Page
) -> None:
    device = device_of(page)
    made_by_password(page, invited(whole, url, browser, "Ane", "leader"), "ane")
    expect(page.get_by_text("Du har ingen passnøkler ennå.")).to_be_visible()
    is_well_made(page)
    add(page, "Telefonen min")
    assert [key["isResidentCredential"] for key in device.keys] == [True]
    is_well_made(page)
    page.get_by_label("Hva vil du kalle den?").fill("En til")
    press(page, "Legg til passnøkkel")
    expect(page.get_by_text("Denne enheten har allerede en passnøkkel til kontoen.")).to_be_visible()

    log_out(page)
    is_well_made(page)
    by_passkey(page)
    expect(page.get_by_role("heading", name="Telefonen min")).to_be_visible()
    expect(page.get_by_text("Sist brukt")).to_be_visible()
    assert page.url == f"{url}/account"

    press(page, "Gi nytt navn: Telefonen min")
    field = page.get_by_role("textbox", name="Nytt navn")
    expect(field).to_be_focused()
    field.fill("Jobbtelefonen")
    press(page, "Lagre")
    expect(page.get_by_role("button", name="Gi nytt navn: Jobbtelefonen")).to_be_focused()
    press(page, "Fjern: Jobbtelefonen")
    expect(page.get_by_role("button", name="Nei, behold")).to_be_focused()
    is_well_made(page)
    press(page, "Nei, behold")
    expect(page.get_by_role("button", name="Fjern: Jobbtelefonen")).to_be_focused()
    press(page, "Fjern: Jobbtelefonen")
    press(page, "Ja, fjern")
    expect(page.get_by_text("Passnøkkelen «Jobbtelefonen» er fjernet.")).to_be_visible()

    log_out(page)
    by_passkey(page)
    expect(page.get_by_role("alert").first).to_have_text(
        "Passnøkkelen virker ikke her lenger. Logg inn på en annen måte."
    )
    is_well_made(page)


def test_a_passkey_that_the_browser_offers_in_the_field_of_the_name(
    whole: WholeService, url: str, browser: Browser, context: BrowserContext
) -> None:
    page = context.new_page()
    device = device_of(page)
    made_by_password(page, invited(whole, url, browser, "Ida", "leader"), "ida")
    add(page, "Telefonen min")
    device.ask("setAutomaticPresenceSimulation", enabled=False)
    log_out(page)
    expect(page.get_by_label("Brukernavn")).to_have_attribute("autocomplete", "username webauthn")
    device.ask("setAutomaticPresenceSimulation", enabled=True)
    page.reload()
    page.wait_for_url("**/account")
    expect(page.get_by_role("heading", name="Telefonen min")).to_be_visible()


def test_an_account_by_a_passkey_alone_keeps_its_last_way_in(
    whole: WholeService, url: str, browser: Browser, page: Page
) -> None:
    device = device_of(page)
    page.goto(invited(whole, url, browser, "Siv", "coordinator"))
    press(page, "Lag konto med passnøkkel")
    page.wait_for_url("**/courses")
    page.get_by_role("link", name="Kontoen din").click()
    expect(page.get_by_role("heading", name="Min første passnøkkel")).to_be_visible()
    expect(page.get_by_text("Du har ikke noe passord.")).to_be_visible()
    press(page, "Fjern: Min første passnøkkel")
    press(page, "Ja, fjern")
    expect(page.get_by_text("Dette er den siste måten du kan logge inn på.")).to_be_visible()
    is_well_made(page)
    first = device.keys[0]
    device.ask("removeCredential", credentialId=first["credentialId"])
    log_out(page)
    by_passkey(page)
    expect(page.get_by_role("alert").first).to_contain_text("Det kom ikke noe svar fra passnøkkelen.")
    device.ask("addCredential", credential=first)
    by_passkey(page)
    expect(page.get_by_role("heading", name="Min første passnøkkel")).to_be_visible()


def test_a_copy_and_a_replay_are_refused(whole: WholeService, url: str, browser: Browser, page: Page) -> None:
    device = device_of(page)
    made_by_password(page, invited(whole, url, browser, "Liv", "leader"), "liv")
    add(page, "Nøkkelen")
    log_out(page)
    copy = device.keys[0]
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/passkey/login") else None)
    by_passkey(page)
    expect(page.get_by_role("heading", name="Nøkkelen")).to_be_visible()

    said = {**sent[0].all_headers(), "origin": url}
    thief = browser.new_context()
    headers = {name: said[name] for name in ("cookie", "origin", "content-type")} | {"Sec-Fetch-Site": "same-origin"}
    assert "av1-passkey=" in said["cookie"], "the browser's own proof, stolen with the answer"
    again = thief.request.post(sent[0].url, data=sent[0].post_data_json, headers=headers)
    assert (again.status, again.json()["code"]) == (410, "replayed")
    thief.close()

    log_out(page)
    device.put_back(copy)
    by_passkey(page)
    expect(page.get_by_role("alert").first).to_contain_text("Det kan finnes en kopi av passnøkkelen.")
    is_well_made(page)


def test_long_after_the_login_the_page_leads_to_another(
    whole: WholeService, url: str, browser: Browser, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    device_of(page)
    made_by_password(page, invited(whole, url, browser, "Una", "leader"), "una")
    monkeypatch.setattr(desk, "FRESH", timedelta(0))
    page.get_by_label("Hva vil du kalle den?").fill("Telefonen min")
    press(page, "Legg til passnøkkel")
    expect(page.get_by_text("Det er en stund siden du logget inn.")).to_be_visible()
    is_well_made(page)
    monkeypatch.undo()
    press(page, "Logg inn på nytt")
    page.wait_for_url("**/login?next=/account")
    page.get_by_label("Brukernavn").fill("una")
    page.get_by_label("Passord").fill(PASSWORD)
    press(page, "Logg inn")
    page.wait_for_url("**/account")
    add(page, "Telefonen min")


def test_an_address_that_can_carry_none_says_so(whole: WholeService, url: str, browser: Browser, page: Page) -> None:
    link = invited(whole, url, browser, "Pål", "leader").replace("localhost", "127.0.0.1")
    page.goto(link)
    expect(page.get_by_label("Brukernavn")).to_be_visible()
    expect(page.get_by_role("button", name="Lag konto med passnøkkel")).to_have_count(0)
    made_by_password(page, link, "paal")
    expect(page.get_by_text("Passnøkler virker bare når tjenesten har en egen adresse med https.")).to_be_visible()
    is_well_made(page)


def test_another_password_and_logged_out_elsewhere(whole: WholeService, url: str, browser: Browser, page: Page) -> None:
    made_by_password(page, invited(whole, url, browser, "Eli", "leader"), "eli")
    form = page.get_by_role("form", name="Bytt passord")
    form.get_by_label("Passordet du har").fill("det var feil")
    form.get_by_label("Nytt passord, minst 12 tegn").fill(OTHER)
    press(page, "Bytt passord")
    expect(page.get_by_text("Passordet du har, stemte ikke.")).to_be_visible()
    form.get_by_label("Passordet du har").fill(PASSWORD)
    press(page, "Bytt passord")
    expect(page.get_by_text("Passordet er byttet. Andre steder er du logget ut.")).to_be_visible()

    other = browser.new_context()
    headers = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
    assert other.request.post(f"{url}/api/staff/login", data={"login": "eli", "password": OTHER}, headers=headers).ok
    page.reload()
    press(page, "Logg ut alle andre steder")
    expect(page.get_by_text("Du er logget ut alle andre steder.")).to_be_visible()
    expect(page.get_by_text("Et annet sted, siden")).to_have_count(0)
    assert other.request.get(f"{url}/api/staff/me").status == 401
    other.close()
    page.context.clear_cookies()
    page.goto(f"{url}/account")
    page.wait_for_url("**/login?next=/account")
