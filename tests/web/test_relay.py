"""The page and TURN servers: it uses those it is given, with the newest password, and says whose network is shut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from protocol.ice import Carrier, IceServer, IceSetup
from protocol.signals import EndReason, Offer
from protocol.state import Fault
from tests.broker import free_port
from tests.coturn import HOST, Coturn, running_coturn
from tests.web.door import TELEPHONE
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import join, opened, says

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with running_coturn(tmp_path_factory.mktemp("coturn")) as coturn:
        yield coturn


def candidate_types(offer: Offer) -> list[str]:
    return [line.split()[7] for line in offer.sdp.splitlines() if line.startswith("a=candidate:")]


def allocated(coturn: Coturn, name: str) -> bool:
    return f":{name}>: incoming packet ALLOCATE processed, success" in coturn.log()


def test_the_room_comes_by_the_relay_and_again_with_the_newest_password(
    browser: Browser, service: FakeService, coturn: Coturn
) -> None:
    service.scene.ice = IceSetup(servers=(coturn.server(*Carrier, name="first"),), relay_only=True)
    with opened(browser, service) as page:
        join(page)
        assert set(candidate_types(service.offers[0])) == {"relay"}
        assert allocated(coturn, "first")
        service.tell(IceSetup(servers=(coturn.server(Carrier.TCP, name="second"),), relay_only=True))
        service.end(EndReason.LOST)
        wait_until(lambda: len(service.offers) == 2, "a new offer")
        assert set(candidate_types(service.offers[1])) == {"relay"}
        wait_until(
            lambda: ":second>: incoming packet ALLOCATE processed, success" in coturn.log(),
            "the new name at the TURN server",
        )


def test_a_relay_beside_other_paths_is_offered_without_waiting_for_servers_that_are_silent(
    browser: Browser, service: FakeService, coturn: Coturn
) -> None:
    shut = IceServer(urls=(f"turn:{HOST}:{free_port()}?transport=tcp",), username="n", credential="c")
    service.scene.ice = IceSetup(servers=(coturn.server(Carrier.UDP), shut))
    with opened(browser, service) as page:
        join(page)
        types = candidate_types(service.offers[0])
        assert types.count("relay") == 1
        assert "host" in types


@pytest.mark.parametrize(
    ("server", "faults", "words"),
    [
        ("shut", (), "Nettet du er på, slipper dem ikke gjennom"),
        ("wrong", (Fault.RELAY,), "Noe er satt opp feil hos oss"),
        ("shut", (Fault.RELAY,), "Noe er satt opp feil hos oss"),
        ("good", (Fault.RELAY,), "Nettet der roboten står, slipper dem ikke gjennom"),
    ],
)
def test_whose_network_is_shut_is_said(
    browser: Browser, service: FakeService, coturn: Coturn, server: str, faults: tuple[Fault, ...], words: str
) -> None:
    given = {
        "good": coturn.server(Carrier.UDP),
        "wrong": coturn.server(Carrier.UDP, secret="another secret, of another server"),
        "shut": IceServer(urls=(f"turn:{HOST}:{free_port()}?transport=tcp",), username="n", credential="c"),
    }
    service.scene.ice = IceSetup(servers=(given[server],), relay_only=True)
    service.scene.faults = faults
    broken = "RTCPeerConnection.prototype.setRemoteDescription = () => Promise.reject(new Error('blocked'));"
    with opened(browser, service, script=broken) as page:
        page.get_by_role("button", name="Bli med").click()
        says(page, words)
        says(page, TELEPHONE)
