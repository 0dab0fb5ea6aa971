"""Addresses of STUN and TURN servers: what is read, what is refused, and that a password never shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.base import parse
from protocol.errors import MessageError
from protocol.ice import Carrier, IceAddress, IceServer, IceSetup
from protocol.signals import SIGNAL_TO_ROBOT, Offer
from tests.protocol.strategies import message


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("stun:stun.example.org", "stun:stun.example.org:3478"),
        ("turn:turn.example.org", "turn:turn.example.org:3478?transport=udp"),
        ("turn:10.0.0.1:80?transport=tcp", "turn:10.0.0.1:80?transport=tcp"),
        ("turns:turn.example.org", "turns:turn.example.org:5349?transport=tcp"),
        ("turns:turn.example.org:443?transport=tcp", "turns:turn.example.org:443?transport=tcp"),
    ],
)
def test_an_address_is_read_and_written_in_full(url: str, full: str) -> None:
    address = IceAddress.parse(url)
    assert str(address) == full
    assert IceAddress.parse(full) == address


@pytest.mark.parametrize(
    "url",
    [
        "", "turn:", "turn://host", "turn:host:0", "turn:host:65536", "turn:host?transport=sctp", "http://host",
        "turn:user:password@host", "turns:host?transport=udp", "stun:host?transport=udp", "stuns:host", "turn:[::1]",
        "turn:host:3478 ", "turn:-host", "TURN:host", "turn:host:3478?transport=udp\n",
    ],
)  # fmt: skip
def test_anything_else_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="must be like") as caught:
        IceAddress.parse(url)
    assert "password@" not in str(caught.value)
    with pytest.raises(MessageError):
        parse(SIGNAL_TO_ROBOT, "signal", json.dumps(offer({"urls": [url]})))


@given(message("IceServer"))
def test_every_address_that_the_wire_allows_can_be_used(server: Any) -> None:
    for address in IceServer.model_validate(server).addresses:
        assert 1 <= address.port <= 65535
        assert (address.kind, address.carrier) != ("stun", Carrier.TLS)
        assert IceAddress.parse(str(address)) == address


@given(st.text(min_size=8, max_size=40).filter(lambda text: text not in "IceServer(urls=username=credential"))
def test_a_password_never_shows(credential: str) -> None:
    server = IceServer(urls=("turn:h:1",), username="n", credential=credential)
    for shown in (repr(server), str(server), repr(IceSetup(servers=(server,)))):
        assert credential not in shown


@pytest.mark.parametrize(
    "server",
    [
        {"urls": []},
        {"urls": ["turn:h"] * 9},
        {"urls": ["turn:h"], "username": "n" * 257},
        {"urls": ["turn:h"], "credential": "c" * 257},
        {"urls": ["turn:h"], "password": "hush"},
    ],
)
def test_the_offer_takes_no_more_than_it_can_use(server: dict[str, Any]) -> None:
    with pytest.raises(MessageError) as caught:
        parse(SIGNAL_TO_ROBOT, "signal", json.dumps(offer(server)))
    assert caught.value.where.startswith("offer.ice.servers.0")
    assert "hush" not in str(caught.value)


def test_an_offer_without_servers_has_none() -> None:
    values = offer({"urls": ["turn:h"]})
    del values["ice"]
    parsed = parse(SIGNAL_TO_ROBOT, "signal", json.dumps(values))
    assert isinstance(parsed, Offer)
    assert parsed.ice == IceSetup(servers=(), relay_only=False)


def offer(server: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "offer", "session": "s" * 10, "connection": "k" * 10, "seat": "rodoy", "epoch": "e" * 8,
        "name": "Kari", "sent_ms": 1, "sdp": "v=0", "ice": {"type": "ice", "servers": [server]},
    }  # fmt: skip
