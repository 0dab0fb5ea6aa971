"""Broker addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.mqtt_url import MqttUrl

SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_categories=("C",)), min_size=1, max_size=20
)


@given(st.sampled_from(["127.0.0.1", "broker.example", "::1"]), st.integers(1, 65535), st.booleans(), SECRETS, SECRETS)
def test_every_address_reads_back(host: str, port: int, tls: bool, user: str, password: str) -> None:
    url = MqttUrl(host, port, tls, user, password)
    assert MqttUrl.parse(url.with_secret()) == url
    assert password not in repr(url) or password in user + host + repr(MqttUrl(host, port, tls, user))


def test_the_default_ports() -> None:
    assert MqttUrl.parse("mqtt://host") == MqttUrl("host", 1883)
    assert MqttUrl.parse("mqtts://host/") == MqttUrl("host", 8883, tls=True)


@pytest.mark.parametrize(
    "text",
    ["", "host:1883", "http://host", "mqtt://", "mqtt://host:port", "mqtt://host:0", "mqtt://a..b", "mqtt://host/path"],
)
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="broker address"):
        MqttUrl.parse(text)


def test_the_password_does_not_show() -> None:
    assert "hush" not in str(MqttUrl.parse("mqtt://me:hush@host"))
    with pytest.raises(ValueError, match="broker address") as caught:
        MqttUrl.parse("mqtt://me:hush@host/path")
    assert "hush" not in str(caught.value)
