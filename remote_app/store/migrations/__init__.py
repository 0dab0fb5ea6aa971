"""How the tables came to be, step by step; `REVISIONS` is the order, oldest first."""

from __future__ import annotations

from typing import Final

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012")
HEAD: Final = REVISIONS[-1]
VERSION_TABLE: Final = "store_version"
