"""The errors of the service.

AppError
└── BrokerOffError   a message could not be handed to the broker; nothing was done

A wrong setting is `protocol.errors.SettingsError`.
"""

from __future__ import annotations


class AppError(Exception):
    """Base of what can go wrong in the service itself."""


class BrokerOffError(AppError):
    """The broker is not reachable now; `why` is what the connection said."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the message broker is not reachable: {why}")
