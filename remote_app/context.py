"""What every request handler needs, under one key of the aiohttp application."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from protocol.web import LinkFault
from remote_app.access import EVERY_ROBOT, Claim, LinkKey, fault_of
from remote_app.bridge import Bridge
from remote_app.codes import CodeDesk
from remote_app.invited import CourseWords, Invited
from remote_app.line_desk import LineDesk
from remote_app.pairing import PairingDesk
from remote_app.policy import link_may
from remote_app.settings import AppSettings
from remote_app.switchboard import Switchboard

if TYPE_CHECKING:  # the database's imports take half a second, which no command without it has to wait for
    from remote_app.registry import Registry
    from remote_app.staff.desk import StaffDesk
    from remote_app.staff.oidc import Provider
    from remote_app.store.service import Records


@dataclass(slots=True)
class Context:
    """The service's parts. `withdrawn` (the data directory's) and `invited` (the store's) are replaced as a whole."""

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
    invited: Invited = field(default_factory=Invited)
    registry: Registry | None = None
    provider: Provider | None = None

    def check(self, token: str, deed: str = "see_link") -> Claim | LinkFault:
        """The claim of a link with which this may be done here and now, or why not.

        What is for other deeds or another robot never will, so nobody is told to wait for it."""
        known = self.claim_of(token)
        if known is None or not link_may(known.role, deed):
            return LinkFault.INVALID
        if known.kept and known.id not in self.invited.claims:
            return LinkFault.WITHDRAWN
        if known.robot != EVERY_ROBOT and known.robot not in self.switchboard.rooms:
            return LinkFault.INVALID
        return fault_of(known, time.time(), self.withdrawn) or known

    def claim_of(self, token: str) -> Claim | None:
        """What a link of ours says now, whatever the time: for one that the store keeps, what stands there."""
        claim = self.key.claim_of(token)
        return self.invited.claims.get(claim.id, claim) if claim is not None and claim.kept else claim

    def kept_token(self, code: str) -> str | None:
        """The link that the store has for six digits."""
        link = self.invited.codes.get(self.key.code_mac(code))
        claim = self.invited.claims.get(link) if link is not None else None
        return self.key.sign(claim) if claim is not None else None

    def course_of(self, claim: Claim | None) -> CourseWords:
        """What the pages say about the course of a link: the store's, or for other links the settings'."""
        known = self.invited.courses.get(claim.id) if claim is not None else None
        course = self.settings.course
        return known or CourseWords("", course.name, course.telephone, "nb", course.waiting_room)


CONTEXT: Final = web.AppKey("context", Context)


def app_version() -> str:
    """The installed version, or "source" when it runs from a checkout that is not installed."""
    try:
        return version("av1-telepresence")
    except PackageNotFoundError:
        return "source"
