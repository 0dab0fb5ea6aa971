"""The pairing code: what goes in comes out, and what is no code is refused without repeating it."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from protocol.errors import MessageError
from protocol.pairing import MAX_CODE_BYTES, PairingCode, WifiNetwork

KEY = "abcdefghijklmnopqrstu_"
GOOD = {"s": "https://robot.example.org", "r": "vefsn", "k": KEY, "w": {"n": "Kurs", "p": "hemmelig1"}}

printable_ascii = st.characters(min_codepoint=32, max_codepoint=126)
names = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=32).filter(
    lambda name: len(name.encode()) <= 32 and name.isprintable()
)
networks = st.builds(
    lambda name, password: WifiNetwork(n=name, p=None if password is None else SecretStr(password)),
    names,
    st.none() | st.text(printable_ascii, min_size=8, max_size=40),
)
codes = st.builds(
    lambda host, port, robot, key, wifi: PairingCode(s=f"https://{host}{port}", r=robot, k=SecretStr(key), w=wifi),
    st.from_regex(r"\A[a-z][a-z0-9]{0,20}(\.[a-z]{2,6}){0,2}\Z"),
    st.sampled_from(["", ":8080", ":65535"]),
    st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,31}\Z"),
    st.from_regex(r"\A[A-Za-z0-9_-]{22}\Z"),
    st.none() | networks,
)


def text_of(values: object, version: int = 1) -> str:
    return f"av1-pair:{version}:{json.dumps(values, separators=(',', ':'))}"


@given(codes)
def test_what_goes_in_comes_out_and_fits(code: PairingCode) -> None:
    text = code.to_text()
    assert PairingCode.from_text(text) == code
    assert len(text.encode()) <= MAX_CODE_BYTES


@given(st.text(max_size=400) | st.text(max_size=320).map("av1-pair:1:".__add__))
@example("av1-pair:1:" + "[" * 280)
@example("av1-pair:1:\ud800")
@example("av1-pair:1:")
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(MessageError):
        PairingCode.from_text(text)


@pytest.mark.parametrize(
    "change",
    [
        {"s": "ftp://robot.example.org"},
        {"s": "file:///etc/passwd"},
        {"s": "https://robot.example.org/path"},
        {"s": "https://robot.example.org?x=1"},
        {"s": "https://user:pass@robot.example.org"},
        {"s": "https://"},
        {"s": "https://robot.example.org:0"},
        {"s": "https://robot.example.org:99999"},
        {"s": "https://robot.example.org\r\nHost: other"},
        {"s": "https://" + "a" * 120},
        {"r": "Vefsn"},
        {"r": "../etc"},
        {"k": KEY[:-1]},
        {"k": KEY + "a"},
        {"k": 22},
        {"w": {"n": "", "p": "hemmelig1"}},
        {"w": {"n": "ø" * 17}},
        {"w": {"n": "a\nb"}},
        {"w": {"n": "Kurs", "p": "short"}},
        {"w": {"n": "Kurs", "p": "hemmelig1\n802-1x.identity:x"}},
        {"w": {"n": "Kurs", "p": "æ" * 10}},
        {"extra": 1},
    ],
)
def test_what_does_not_belong_in_a_code_is_refused_without_repeating_secrets(change: dict[str, object]) -> None:
    assert PairingCode.from_text(text_of(GOOD)).robot == "vefsn"
    with pytest.raises(MessageError) as refusal:
        PairingCode.from_text(text_of(GOOD | change))
    for secret in (KEY[:-1], "hemmelig1", "short"):
        assert secret not in str(refusal.value)


def test_a_later_version_is_told_from_a_damaged_code() -> None:
    with pytest.raises(MessageError, match="update the robot"):
        PairingCode.from_text(text_of(GOOD, version=2))


def test_a_code_that_is_too_long_cannot_be_made() -> None:
    with pytest.raises(ValidationError, match="the limit is 300"):
        PairingCode(
            s="https://" + "a" * 112,
            r="r" * 32,
            k=SecretStr(KEY),
            w=WifiNetwork(n='"' * 32, p=SecretStr('"' * 63)),
        )


def test_nothing_secret_is_shown() -> None:
    code = PairingCode.from_text(text_of(GOOD))
    assert KEY not in repr(code)
    assert "hemmelig1" not in repr(code)
