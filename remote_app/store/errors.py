"""The errors of the store.

AppError
└── StoreError
    ├── StoreValueError     a value does not fit into the store; nothing was written
    ├── StoreOffError       the database does not answer, or is held by somebody else; nothing was written
    ├── StoreVersionError   the database is of a newer version of this program, or of another program
    ├── LogBrokenError      the access log was changed by somebody else; it is not deleted from
    └── BackupError         a backup cannot be made, is damaged, or would overwrite something
"""

from __future__ import annotations

from remote_app.errors import AppError


class StoreError(AppError):
    """Base of what can go wrong in the store."""


class StoreValueError(StoreError, ValueError):
    """A value that the store does not take; `key` is the table's and column's name."""

    def __init__(self, key: str, what: str) -> None:
        self.key = key
        super().__init__(f"{key} {what}")


class StoreOffError(StoreError):
    """The database does not answer; `why` never shows a password."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the database does not answer: {why}; see setting 'store.url'")


class StoreVersionError(StoreError):
    """What is in the database is not of this version of the program."""


class LogBrokenError(StoreError):
    """The access log is not as this program wrote it."""


class BackupError(StoreError):
    """A backup that cannot be made or restored."""
