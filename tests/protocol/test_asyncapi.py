"""The AsyncAPI document is one by AsyncAPI's own schema, and has every topic, rule and message of the wire."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft7Validator, Draft202012Validator

from protocol.asyncapi import NODE_WORDS, document
from protocol.generate import ROOT
from protocol.topics import NODE_CHANNELS, ROUTES

OFFICIAL = ROOT / "remote_app" / "web" / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0-without-$id.json"


def test_it_is_an_asyncapi_document() -> None:
    schema = json.loads(Path(OFFICIAL).read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema)
    assert [error.message for error in validator.iter_errors(document())] == []
    broken = document() | {"channels": {"state": {"address": 7}}}
    assert not validator.is_valid(broken), "the schema does look"


def test_every_route_is_in_it_with_its_rules() -> None:
    spec = document()
    assert {route.name for route in (*ROUTES, *NODE_CHANNELS)} | {"roll-call", "nodes"} == set(spec["channels"])
    for route in ROUTES:
        operation = spec["operations"][f"{'send' if route.from_robot else 'receive'}-{route.name}"]
        mqtt = operation["bindings"]["mqtt"]
        assert (mqtt["qos"], mqtt["retain"]) == (route.qos, route.retain)
        assert spec["channels"][route.name]["address"] == route.topic("{robot}")
        assert spec["channels"][route.name]["messages"]
    assert set(NODE_WORDS) == set(spec["channels"]["nodes"]["messages"])


def test_every_reference_leads_somewhere_and_every_payload_is_a_schema() -> None:
    spec = document()
    text = json.dumps(spec)
    assert "$defs" not in text
    for piece in text.split('"$ref": "')[1:]:
        place = spec
        for step in piece.partition('"')[0].removeprefix("#/").split("/"):
            place = place[step]
    for schema in spec["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
