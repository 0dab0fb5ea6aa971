"""What every request handler needs, under one key of the aiohttp application."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from protocol.web import LinkFault
from remote_app.access import EVERY_ROBOT, Claim, LinkKey, Role
from remote_app.bridge import Bridge
from remote_app.codes import CodeDesk
from remote_app.line_desk import LineDesk
from remote_app.pairing import PairingDesk
from remote_app.settings import AppSettings
from remote_app.switchboard import Switchboard

if TYPE_CHECKING:  # the database's imports take half a second, which no command without it has to wait for
    from remote_app.staff.desk import StaffDesk
    from remote_app.store.service import Records


@dataclass(slots=True)
class Context:
    """The service's parts. `withdrawn` is replaced as a whole when the list on the disk changes."""

    settings: AppSettings
    key: LinkKey
    switchboard: Switchboard
    bridge: Bridge
    static: Path
    pairing: PairingDesk
    codes: CodeDesk
    records: Records
    staff: StaffDesk
    withdrawn: frozenset[str] = field(default_factory=frozenset)
    line: LineDesk = field(default_factory=LineDesk)

    def check(self, token: str, role: Role = "patient") -> Claim | LinkFault:
        """The claim of a link that opens something for this role here and now, or why it does not.

        What is for another role or robot never will, so nobody is told to wait for it."""
        known = self.key.claim_of(token)
        if known is None or known.role != role:
            return LinkFault.INVALID
        if known.robot != EVERY_ROBOT and known.robot not in self.switchboard.rooms:
            return LinkFault.INVALID
        return self.key.check(token, time.time(), self.withdrawn)


CONTEXT: Final = web.AppKey("context", Context)


def app_version() -> str:
    """The installed version, or "source" when it runs from a checkout that is not installed."""
    try:
        return version("av1-telepresence")
    except PackageNotFoundError:
        return "source"
