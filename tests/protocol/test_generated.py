"""The committed schema and TypeScript types are what the models say today."""

from __future__ import annotations

from jsonschema import Draft202012Validator

from protocol.generate import outputs, schema


def test_the_generated_files_are_fresh() -> None:
    for file, text in outputs().items():
        assert file.read_text(encoding="utf-8") == text, f"{file.name} is stale: python -m protocol.generate"


def test_the_document_is_itself_a_valid_schema() -> None:
    Draft202012Validator.check_schema(schema())
