"""Tables for a spreadsheet: with semicolons, as Excel in Norwegian opens them, and no cell that it would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from remote_app.api.calls import Reply

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")  # a spreadsheet would run a cell that begins so
Cell = int | float | str | None


def as_csv(file_name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Reply:
    """The answer that a browser saves under this name. None is an empty cell; a fraction has a comma, as in Norway."""
    table = io.StringIO()
    writer = csv.writer(table, delimiter=";")
    writer.writerow(head)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return Reply(data=table.getvalue().encode("utf-8-sig"), kind="text/csv; charset=utf-8", file_name=file_name)


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return f"{cell}".replace(".", ",")
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) else cell
