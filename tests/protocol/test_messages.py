"""Every message survives the wire unchanged, and everything that is not a message is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from protocol.base import parse
from protocol.errors import MessageError, PayloadTooLargeError
from protocol.generate import UNIONS, schema
from protocol.live import SET_POINT
from protocol.topics import CHANNELS, Channel
from tests.protocol.strategies import DEFS, message

ALL = sorted(UNIONS)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", ALL)
def test_what_the_schema_allows_round_trips(name: str) -> None:
    adapter = UNIONS[name]
    validator = Draft202012Validator({"$ref": f"#/$defs/{_def(name)}", **schema()})

    @quick
    @given(message(_def(name)))
    def check(value: Any) -> None:
        parsed = parse(adapter, name, json.dumps(value))
        wire = adapter.dump_json(parsed)
        assert parse(adapter, name, wire) == parsed
        validator.validate(json.loads(wire))

    check()


@pytest.mark.parametrize("name", ALL)
def test_an_unknown_key_or_a_missing_one_is_refused(name: str) -> None:
    adapter = UNIONS[name]

    @quick
    @given(message(_def(name)), st.data())
    def check(value: dict[str, Any], data: st.DataObject) -> None:
        with pytest.raises(MessageError, match="surplus"):
            parse(adapter, name, json.dumps(value | {"surplus": 1}))
        required = [f for f, i in _fields(name, value).items() if i.is_required()]
        if required:
            key = data.draw(st.sampled_from(required))
            with pytest.raises(MessageError):
                parse(adapter, name, json.dumps({k: v for k, v in value.items() if k != key}))

    check()


@pytest.mark.parametrize("name", ALL)
def test_another_type_tag_is_refused(name: str) -> None:
    adapter = UNIONS[name]

    @quick
    @given(message(_def(name)))
    def check(value: dict[str, Any]) -> None:
        with pytest.raises(MessageError):
            parse(adapter, name, json.dumps(value | {"type": "no_such_type"}))

    check()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "181", "-180.001", '"ten"', "null", "[]"])
def test_a_set_point_takes_only_finite_angles_within_range(number: str) -> None:
    text = f'{{"type":"set_point","pan_deg":{number},"tilt_deg":0,"seq":1,"sent_ms":1}}'
    with pytest.raises(MessageError) as caught:
        parse(SET_POINT, "set-point", text)
    assert number in {"NaN", "Infinity", "-Infinity", "1e999"} or caught.value.where == "pan_deg"


def test_python_values_that_are_not_finite_are_refused_too() -> None:
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="finite"):
            SET_POINT.validate_python({"type": "set_point", "pan_deg": 0, "tilt_deg": value, "seq": 1, "sent_ms": 1})


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda c: c.name)
@given(junk=st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_bytes_that_are_no_message_raise_the_one_error(channel: Channel, junk: bytes) -> None:
    with pytest.raises(MessageError):
        parse(channel.messages, channel.name, b"\x00" + junk, channel.limit)


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda c: c.name)
def test_a_payload_over_the_channels_limit_is_not_even_parsed(channel: Channel) -> None:
    with pytest.raises(PayloadTooLargeError) as caught:
        parse(channel.messages, channel.name, b" " * (channel.limit + 1), channel.limit)
    assert (caught.value.size, caught.value.limit) == (channel.limit + 1, channel.limit)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("Hei på dere", True),
        ("x" * 300, True),
        ("x" * 301, False),
        ("", False),
        ("a\x00b", False),
        ("to\nlinjer", True),
    ],
)
def test_a_sentence_to_speak_has_limits(text: str, good: bool) -> None:
    command = {
        "type": "command", "id": "c1", "session": "s" * 10,
        "connection": "k" * 10, "epoch": "e" * 8, "seq": 1, "sent_ms": 1,
        "action": {"type": "speak", "text": text, "language": "nb"},
    }  # fmt: skip
    adapter: TypeAdapter[Any] = UNIONS["CommandMessage"]
    if good:
        assert parse(adapter, "command", json.dumps(command)).action.text == text
    else:
        with pytest.raises(MessageError) as caught:
            parse(adapter, "command", json.dumps(command))
        assert caught.value.where == "command.action.speak.text"


def _def(name: str) -> str:
    if name in DEFS:
        return name
    raise KeyError(f"{name} is not in the schema")


def _fields(name: str, value: dict[str, Any]) -> dict[str, Any]:
    parsed = UNIONS[name].validate_json(json.dumps(value))
    return dict(type(parsed).model_fields)
