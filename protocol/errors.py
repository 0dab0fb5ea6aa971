"""The errors of the wire.

ProtocolError
├── MessageError     a payload is not a message: what, where, why
│   └── PayloadTooLargeError
├── TopicError       a topic is not one of ours
└── SettingsError    a settings file or option is wrong (its text is the one line to show)
"""

from __future__ import annotations


class ProtocolError(Exception):
    """Base of everything that can be wrong with what came in."""


class MessageError(ProtocolError):
    """A payload that fails its schema; `where` is the dotted place in it, `why` a sentence."""

    def __init__(self, kind: str, where: str, why: str) -> None:
        self.kind = kind
        self.where = where
        self.why = why
        super().__init__(f"not a valid {kind}: {where + ': ' if where else ''}{why}")


class PayloadTooLargeError(MessageError):
    """A payload over its channel's limit; it is not parsed."""

    def __init__(self, kind: str, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        super().__init__(kind, "", f"{size} bytes, the limit is {limit}")


class TopicError(ProtocolError):
    """A topic that is not `av1/1/robots/<robot>/<channel>` with a known channel."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        super().__init__(f"not a topic of ours: {topic!r}")


class SettingsError(ProtocolError):
    """A wrong setting; the text names the key, the value, the limit and the next step, in one line."""
