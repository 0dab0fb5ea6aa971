"""What a snapshot of the page's heap is told apart into, and the sentence that is made of a stay."""

from __future__ import annotations

import json

from bench.heap import MIB, Held, Look, Stay, held, words

KINDS = ["hidden", "object", "string", "code", "closure", "native", "synthetic"]


def snapshot(cells: list[tuple[str, int]]) -> str:
    """As V8 writes it, with the fields that matter in another order than ours."""
    fields = ["name", "self_size", "type"]
    nodes = [value for kind, size in cells for value in (0, size, KINDS.index(kind))]
    meta = {"node_fields": fields, "node_types": ["string", "number", KINDS]}
    return json.dumps({"snapshot": {"meta": meta}, "nodes": nodes, "strings": [""]})


def test_code_and_the_document_are_not_what_the_page_holds() -> None:
    cells = [("object", MIB), ("string", MIB), ("closure", MIB), ("code", 2 * MIB), ("native", MIB), ("synthetic", MIB)]
    assert held(snapshot(cells)) == Held(page=3.0, code=2.0)


def test_a_page_that_holds_more_and_more_is_missed_however_little_was_compiled() -> None:
    looks = [Look(float(at), 4.0, 500, 77) for at in range(0, 601, 10)]
    flat = words(Stay(looks, (Held(1.2, 1.7), Held(1.21, 2.0)), 100), 10)
    assert "1.20 and 1.21 MiB, +0.8 %" in flat
    assert "reached: yes" in flat
    leaks = words(Stay(looks, (Held(1.2, 1.7), Held(1.3, 1.7)), 100), 10)
    assert "+8.3 %" in leaks
    assert "reached: no" in leaks
