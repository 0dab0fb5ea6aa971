"""How a course was used, over REST on both databases, from the access log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from remote_app.store.access_log import append
from remote_app.store.chain import Deed, Entry
from remote_app.store.engine import Store
from tests.store.conftest import KEY, Place
from tests.store.planner import Planner, planner


async def moved(api: Planner, course: str, ago: timedelta) -> str:
    """The first meeting began so long ago and lasts two hours; its id."""
    meeting = (await api.good("GET", f"{course}/meetings"))["items"][0]
    starts = datetime.now(UTC).replace(microsecond=0) - ago
    times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat(), "themes": []}
    await api.good("PUT", f"{course}/meetings/{meeting['id']}", times, meeting["version"])
    return str(meeting["id"])


async def test_who_was_there(store: Store, place: Place) -> None:
    async with planner(store, place.directory) as api:
        course, invitation = await api.invited()
        assert (await api.good("GET", f"{course}/use"))["items"] == [], "no meeting has begun"
        await moved(api, course, timedelta(hours=3))
        now = datetime.now(UTC)
        log = [
            Entry(now - timedelta(hours=ago), deed, robot="vefsn", seat=seat, role="patient", link=invitation["id"])
            for ago, deed, seat in (
                (30, Deed.ENTERED, "rodoy"),  # another day
                (2.5, Deed.ENTERED, "rodoy"),
                (2.4, Deed.ENTERED, "of-another-course"),
                (2, Deed.LEFT, "rodoy"),
            )
        ]
        async with store.write() as session:
            await append(session, KEY, log)
        (one,) = (await api.good("GET", f"{course}/use"))["items"]
        assert {key: one[key] for key in ("number", "municipality", "site", "seat", "robot", "visits", "minutes")} == {
            "number": 1,
            "municipality": "Vefsn",
            "site": "Frisklivssentralen",
            "seat": "rodoy",
            "robot": "vefsn",
            "visits": 1,
            "minutes": 30,
        }
        answer = await api.http.get(f"/api/v1{course}/use/csv")
        data = await answer.read()
        assert data.startswith(b"\xef\xbb\xbf")
        head, row, *rest = data.decode("utf-8-sig").split("\r\n")
        assert head == "møte;begynner;kommune;sted;plass;robot;besøk;minutter"
        assert row.split(";")[2:] == ["Vefsn", "Frisklivssentralen", "rodoy", "vefsn", "1", "30"]
        assert rest == [""]
        assert "Kari" not in data.decode("utf-8-sig")
