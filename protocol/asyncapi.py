"""The AsyncAPI 3.0 document of what goes over MQTT, as a robot has it: it sends and receives.

Source: AsyncAPI 3.0.0, MQTT bindings 0.2.0. `python -m protocol.generate` writes it, the service serves it.
"""

from __future__ import annotations

from typing import Any, Final

from protocol import generate, nodes
from protocol.rescue import RescueParcel
from protocol.topics import MAX_NODE_WORD_BYTES, NODE_CHANNELS, NODES, ROLL_CALL, ROUTES, Channel, FrameChannel

VERSION: Final = "1"
SCHEMAS: Final = "#/components/schemas/"
MESSAGES: Final = "#/components/messages/"
PARCEL: Final = "RescueParcel"
BINDING: Final = "0.2.0"
DESCRIPTION: Final = (
    "MQTT 3.1.1 with clean sessions. Each robot has a name and a password of its own, and may send and receive what "
    "is said here on its own topics, and nothing else. What fails its schema is dropped and, where a reply is due, "
    "refused with the reason. Presence is the age of the heartbeat. Channels without an operation are between nodes."
)


def document() -> dict[str, Any]:
    """The whole document. Every call makes it anew from `protocol.topics` and the models."""
    schemas: dict[str, Any] = generate.schema()["$defs"]
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for route in (*ROUTES, *NODE_CHANNELS):
        names = _names(route)
        messages |= {name: _message(name, schemas) for name in names}
        channels[route.name] = _channel(route.topic("{robot}"), names, f"At most {route.limit} bytes.")
    for route in ROUTES:
        action = "send" if route.from_robot else "receive"
        operations[f"{action}-{route.name}"] = _operation(action, route.name, route.qos, retain=route.retain)
    messages |= {"RollCall": _roll_call()} | {name: _message(name, schemas) for name in NODE_WORDS}
    channels["roll-call"] = _channel(ROLL_CALL, ("RollCall",), "A node that starts asks; robots answer with state.")
    operations["receive-roll-call"] = _operation("receive", "roll-call", 0, retain=False)
    channels["nodes"] = _channel(NODES, NODE_WORDS, f"From node to node. At most {MAX_NODE_WORD_BYTES} bytes.")
    used = _reachable({name for name in messages if name in schemas}, schemas)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Telepresence robot over MQTT",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "broker.example.org:8883",
                "protocol": "secure-mqtt",
                "protocolVersion": "3.1.1",
                "security": [{"$ref": "#/components/securitySchemes/robot"}],
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "schemas": {name: _moved(schemas[name]) for name in sorted(used)},
            "messages": dict(sorted(messages.items())),
            "securitySchemes": {"robot": {"type": "userPassword", "description": "Made when the robot is paired."}},
        },
    }


def _refs(part: Any) -> set[str]:
    """Every schema that is named in there."""
    if isinstance(part, dict):
        own = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(_refs(value) for value in part.values()))
    return set().union(*map(_refs, part)) if isinstance(part, list) else set()


def _messages_of(adapter: Any) -> tuple[str, ...]:
    part = adapter.json_schema(mode=generate.MODE)
    several = part.get("oneOf")
    return (part["title"],) if several is None else tuple(option["$ref"].rpartition("/")[2] for option in several)


NODE_WORDS: Final = _messages_of(nodes.NODE_WORD)


def _names(route: Channel | FrameChannel) -> tuple[str, ...]:
    return (PARCEL,) if isinstance(route, FrameChannel) else _messages_of(route.messages)


def _message(name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    if name == PARCEL:
        about = " ".join((RescueParcel.__doc__ or "").split())
        return {
            "name": name,
            "summary": about,
            "contentType": "application/octet-stream",
            "payload": {"type": "string", "format": "binary"},
        }
    about = " ".join(str(schemas[name].get("description", "")).split())
    return {"name": name, "summary": about, "payload": {"$ref": f"{SCHEMAS}{name}"}}


def _roll_call() -> dict[str, Any]:
    return {
        "name": "RollCall",
        "summary": "Who is there? Empty, or the name of the node that asks.",
        "contentType": "text/plain",
        "payload": {"type": "string"},
    }


def _channel(address: str, names: tuple[str, ...], about: str) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": address,
        "description": about,
        "messages": {name: {"$ref": f"{MESSAGES}{name}"} for name in names},
    }
    if "{robot}" in address:
        channel["parameters"] = {"robot": {"description": "The robot's id: small letters, digits and -."}}
    return channel


def _operation(action: str, channel: str, qos: int, *, retain: bool) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "bindings": {"mqtt": {"qos": qos, "retain": retain, "bindingVersion": BINDING}},
    }


def _reachable(names: set[str], schemas: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    while names:
        found |= names
        names = set().union(*(_refs(schemas[name]) for name in names)) - found
    return found


def _moved(part: Any) -> Any:
    """The same with its references where the schemas stand here; AsyncAPI has another kind of discriminator."""
    if isinstance(part, dict):
        return {
            key: value.replace("#/$defs/", SCHEMAS) if key == "$ref" and isinstance(value, str) else _moved(value)
            for key, value in part.items()
            if not (key == "discriminator" and isinstance(value, dict))
        }
    return [_moved(one) for one in part] if isinstance(part, list) else part
