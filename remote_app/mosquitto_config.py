"""Mosquitto's three files as text, made from `protocol.topics.ROUTES`. Pure but for the salt.

Sources: mosquitto.conf(5), mosquitto_passwd(1); a line of the password file is
`user:$7$<iterations>$<salt>$<hash>`, PBKDF2-HMAC-SHA512 with base64 fields.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from protocol.base import MAX_PAYLOAD_BYTES
from protocol.topics import PREFIX, ROLL_CALL, ROUTES
from remote_app.policy import of_robot

SALT_BYTES: Final = 12  # the only length that Mosquitto before 2.1 takes
HASH_BYTES: Final = 64
ITERATIONS: Final = 101  # Mosquitto's own number; the passwords are random, so stretching adds nothing
HEADER_BYTES: Final = 1024  # fixed header and topic, generously
QUEUED_MESSAGES: Final = 50_000  # the default of 1000 swallows a large fleet's answers to the roll call


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the broker listens, and with which certificate and key (paths); without them it is not TLS."""

    host: str
    port: int
    tls: tuple[str, str] | None = None

    def lines(self) -> list[str]:
        """As mosquitto.conf(5) has it."""
        plain = [f"listener {self.port} {self.host}", f"socket_domain {'ipv6' if ':' in self.host else 'ipv4'}"]
        if self.tls is None:
            return plain
        return [*plain, f"certfile {self.tls[0]}", f"keyfile {self.tls[1]}", "tls_version tlsv1.2"]


def configuration(*, listeners: Iterable[Listener], user: str | None, password_file: str, acl_file: str) -> str:
    """`mosquitto.conf`: nobody anonymous, nothing stored. `user` is whom root turns into."""
    lines = [
        f"user {user}" if user is not None else "",
        "per_listener_settings false",
        "allow_anonymous false",
        f"password_file {password_file}",
        f"acl_file {acl_file}",
        "persistence false",
        f"max_queued_messages {QUEUED_MESSAGES}",
        f"max_packet_size {MAX_PAYLOAD_BYTES + HEADER_BYTES}",
        "set_tcp_nodelay true",
        "connection_messages false",
        "log_dest stderr",
        "log_timestamp false",
        "log_type error",
        "log_type warning",
        "log_type notice",
        *(line for listener in listeners for line in listener.lines()),
    ]
    return "".join(f"{line}\n" for line in lines if line)


def password_line(user: str, password: str) -> str:
    """One line of the password file."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, HASH_BYTES)
    fields = (base64.b64encode(part).decode() for part in (salt, digest))
    return f"{user}:$7${ITERATIONS}${'$'.join(fields)}\n"


def password_file(passwords: Mapping[str, str]) -> str:
    """The password file for users and their passwords."""
    return "".join(password_line(user, password) for user, password in passwords.items())


def acl_file(node: str, robots: Iterable[str]) -> str:
    """Who may publish and read what: a robot its own channels by direction, the node everything of ours."""
    parts = [f"user {node}\ntopic readwrite {PREFIX}/#\n"]
    for robot in robots:
        rules = (f"topic {of_robot(channel)} {channel.topic(robot)}\n" for channel in ROUTES)
        parts.append(f"user {robot}\n{''.join(rules)}topic read {ROLL_CALL}\n")
    return "\n".join(parts)
