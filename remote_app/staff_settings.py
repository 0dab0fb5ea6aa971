"""How staff log in (`[staff]` in `config/app.toml`)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from protocol.settings_file import SettingsModel


class StaffSettings(SettingsModel):
    """How long somebody stays logged in."""

    idle_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 120
    """Without a request or an open leader's page for so long, they log in again."""
    session_hours: Annotated[int, Field(ge=1, le=7 * 24)] = 12
    """The longest that one login lasts."""

    @property
    def idle(self) -> timedelta:
        """As a duration."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def longest(self) -> timedelta:
        """As a duration."""
        return timedelta(hours=self.session_hours)
