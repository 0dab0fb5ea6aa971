"""Somebody of the staff, as the rest of the service sees them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from remote_app.access import StaffRole


@dataclass(frozen=True, slots=True)
class Staff:
    """Whoever is logged in. `id` is the person's; `sites` are those that a leader answers for."""

    id: str
    name: str
    role: StaffRole
    sites: frozenset[str]

    def covers_site(self, site: str) -> bool:
        """Whether this site is theirs: a leader has their own, the others all."""
        return self.role != "leader" or site in self.sites
