"""Hypothesis strategies read from the published JSON Schema, so that a test speaks what the schema allows."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from protocol.base import SESSION_PATTERN
from protocol.generate import schema
from protocol.rescue import RescueFrame, RescueKind, RescueParcel

Json = Any
DEFS: dict[str, Any] = schema()["$defs"]
PRINTABLE = st.characters(
    min_codepoint=32, max_codepoint=0x24F, exclude_characters="\x7f\xad", exclude_categories=("C", "Z")
)


@cache
def message(name: str) -> st.SearchStrategy[Json]:
    """Values that the schema's definition `name` allows."""
    return _values(DEFS[name])


def _values(part: dict[str, Any]) -> st.SearchStrategy[Json]:
    if "$ref" in part:
        return message(part["$ref"].rsplit("/", 1)[1])
    if "const" in part:
        return st.just(part["const"])
    if "enum" in part:
        return st.sampled_from(part["enum"])
    for key in ("oneOf", "anyOf"):
        if key in part:
            return st.one_of([_values(option) for option in part[key]])
    match part["type"]:
        case "object":
            return st.fixed_dictionaries({k: _values(v) for k, v in part.get("properties", {}).items()})
        case "array":
            return st.lists(_values(part["items"]), min_size=part.get("minItems", 0), max_size=3)
        case "string":
            return _text(part)
        case "integer":
            return st.integers(part.get("minimum"), part.get("maximum"))
        case "number":
            return _number(part)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    raise ValueError(f"no strategy for {part}")


def _number(part: dict[str, Any]) -> st.SearchStrategy[float]:
    low = part.get("minimum", part.get("exclusiveMinimum"))
    high = part.get("maximum", part.get("exclusiveMaximum"))
    open_low, open_high = "exclusiveMinimum" in part, "exclusiveMaximum" in part
    return st.floats(low, high, allow_nan=False, allow_infinity=False, exclude_min=open_low, exclude_max=open_high)


def _text(part: dict[str, Any]) -> st.SearchStrategy[str]:
    if "pattern" in part:
        return st.from_regex(part["pattern"].removesuffix("$") + r"\Z", fullmatch=True)
    return st.text(PRINTABLE, min_size=part.get("minLength", 0), max_size=min(part.get("maxLength", 50), 300))


def _frames(kind: RescueKind) -> st.SearchStrategy[RescueFrame]:
    bodies = st.binary(min_size=1, max_size=300)
    return st.builds(RescueFrame, st.just(kind), st.integers(1, 2**32 - 1), st.integers(0, 2**32 - 1), bodies)


FRAMES = st.sampled_from(RescueKind).flatmap(_frames)
PARCELS = st.builds(RescueParcel, st.from_regex(SESSION_PATTERN.removesuffix("$") + r"\Z", fullmatch=True), FRAMES)
