"""What a coordinator does before a course, for the demo, over the service's own REST API."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from hardware_sim.demo.child import ChildError
from protocol.errors import SettingsError

API: Final = "/api/v1"
KEPT: Final = "demo.json"  # in the data directory: what a later start needs to go on
MINUTES: Final = 240  # whoever looks at the demo may take some time; the links are good for an hour more
QUARTER_S: Final = 900
FORM: Final[Mapping[str, object]] = {
    "name": "Etter møtet",
    "language": "nb",
    "moment": "after_meeting",
    "questions": [
        {
            "kind": "scale",
            "id": "nytte",
            "text": "Hvor nyttig var møtet for deg?",
            "low": "Ikke nyttig",
            "high": "Svært nyttig",
        },
        {
            "kind": "category",
            "id": "horte",
            "text": "Hørte du det som ble sagt?",
            "choices": ["Alt", "Det meste", "Lite"],
        },
        {"kind": "words", "id": "bedre", "text": "Hva kan vi gjøre bedre neste gang?"},
    ],
}


@dataclass(frozen=True, slots=True)
class Invited:
    """What a participant was given."""

    link: str
    digits: str


class Office:
    """Whoever runs the service, in one browser. Use as a context manager.

    Raises ChildError with the service's own words for whatever it refuses.
    """

    def __init__(self, base: str, data: Path) -> None:
        self._base = base
        self._data = data
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))  # an address has cookies too
        self.password = ""
        self.course = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def open(self, administrator: str) -> bool:
        """Logs the administrator in, with the one-time link of the first start; whether everything is new."""
        kept = self._read()
        self.password, self.course = kept.get("password", ""), kept.get("course", "")
        if not administrator:
            if not self.password:
                raise SettingsError(f"--data {self._data}: somebody else runs the service there; choose an empty one")
            await self._ask("POST", "/api/staff/login", {"login": "admin", "password": self.password})
            return False
        self.password = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}"
        self._keep()
        await self.account(administrator, "Demo", "admin")
        return True

    async def account(self, link: str, name: str, login: str) -> None:
        """Makes the account of a one-time link; whoever was logged in before is not any more."""
        wish = {"token": link.partition("#first=")[2], "name": name, "login": login, "password": self.password}
        await self._ask("POST", "/api/staff/account", wish)

    async def site(self, site: str, name: str, municipality: str) -> None:
        """A municipality's place."""
        await self._api("PUT", f"/sites/{site}", {"name": name, "municipality": municipality})

    async def robot(self, robot: str, site: str, place: str) -> None:
        """Where a robot stands."""
        await self._api("PUT", f"/robots/{robot}", {"site": site, "place": place})

    async def meets_now(self) -> bool:
        """Whether the course of an earlier start has a meeting that is open now."""
        if not self.course:
            return False
        now, meetings = datetime.now(UTC), await self._api("GET", f"/courses/{self.course}/meetings")
        return any(
            datetime.fromisoformat(one["starts_at"]) <= now < datetime.fromisoformat(one["ends_at"])
            for one in meetings["items"]
        )

    async def plan(self, name: str, telephone: str, sites: tuple[str, ...], *, waiting_room: bool) -> None:
        """A course of the template's meetings, the first of them on since the last quarter of an hour. It asks
        all forms."""
        now = datetime.now(UTC)
        starts = now - timedelta(seconds=now.timestamp() % QUARTER_S)
        wish = {
            "name": name,
            "telephone": telephone,
            "sites": sites,
            "waiting_room": waiting_room,
            "starts_at": starts.isoformat(),
            "minutes": MINUTES,
        }
        self.course = (await self._api("POST", "/courses", wish))["id"]
        for form in (await self._api("GET", "/forms"))["items"]:
            await self._api("PUT", f"/courses/{self.course}/forms/{form['id']}", {})
        self._keep()

    async def form(self) -> None:
        """The evaluation form."""
        await self._api("POST", "/forms", FORM)

    async def seat(self, name: str, robot: str) -> str:
        """A seat of the course, by its id."""
        made = await self._api("POST", f"/courses/{self.course}/seats", {"name": name, "robot": robot})
        return str(made["id"])

    async def invite(self, name: str, role: str, seat: str) -> Invited:
        """A participant of the course with an invitation to all of it."""
        course = f"/courses/{self.course}"
        person = await self._api("POST", f"{course}/people", {"display_name": name, "role": role, "seat": seat})
        return self._invited(await self._api("POST", f"{course}/invitations", {"person": person["id"]}))

    async def invited(self) -> dict[str, Invited]:
        """The invitations of an earlier start that are still good, by name."""
        course = f"/courses/{self.course}"
        people = {one["id"]: one["display_name"] for one in (await self._api("GET", f"{course}/people"))["items"]}
        links = (await self._api("GET", f"{course}/invitations"))["items"]
        return {people[one["person"]]: self._invited(one) for one in links if one["path"] and one["digits"]}

    def _invited(self, made: Mapping[str, Any]) -> Invited:
        digits = made["digits"]
        return Invited(self._base + made["path"], f"{digits[:3]} {digits[3:]}")

    async def _api(self, method: str, path: str, body: object = None) -> Any:
        return await self._ask(method, API + path, body)

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Origin": self._base, "Sec-Fetch-Site": "same-origin", "If-Match": "*"}
        try:
            async with self._http.request(method, self._base + path, headers=headers, json=body) as answer:
                text = await answer.text()
        except aiohttp.ClientError as error:
            raise ChildError(f"the service does not answer any more: {error}") from error
        if not answer.ok:
            raise ChildError(f"the service refused {method} {path} with {answer.status}: {text}")
        return json.loads(text)

    def _read(self) -> dict[str, str]:
        file = self._data / KEPT
        if not file.exists():
            return {}
        values: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return values

    def _keep(self) -> None:
        file = self._data / KEPT
        file.touch(mode=0o600)
        file.write_text(json.dumps({"password": self.password, "course": self.course}), encoding="utf-8")
