"""Tablet and robot cannot reach each other: everything goes over Debian's coturn, by TCP, as where UDP is shut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from protocol.ice import Carrier
from tests.coturn import SECRET, Coturn, running_coturn
from tests.e2e.demo import Demo, dbfs, share_near, until
from tests.e2e.people import WAIT_MS
from tests.e2e.tablet import VOICE_HZ, PatientPage, listen, tap
from tests.e2e.test_loop import looks_ahead, settled

pytestmark = pytest.mark.browser


@pytest.fixture
def coturn(tmp_path: Path) -> Iterator[Coturn]:
    with running_coturn(tmp_path / "coturn") as server:
        yield server


@pytest.fixture
def far(coturn: Coturn, tmp_path: Path) -> Iterator[Demo]:
    """A demo in which nothing but the relay is used."""
    secret = tmp_path / "turn-secret"
    secret.write_text(SECRET)
    started = Demo.start("--turn", coturn.url(Carrier.TCP), "--turn-secret-file", str(secret))
    yield started
    assert started.stop() == 0


def test_the_room_is_seen_heard_and_turned_over_the_relay(tablet: Page, resting: Demo, far: Demo) -> None:
    far.room_sound(kind="course")
    room = PatientPage(tablet, far.patient).join()
    tap(tablet, "God forbindelse, tall for IT")
    expect(tablet.get_by_text("over tjener (TCP)", exact=True)).to_be_visible(timeout=WAIT_MS)
    tablet.keyboard.press("Escape")
    until(lambda: dbfs(listen(tablet, 1)) > -45, "the room to be heard")
    until(lambda: looks_ahead(far.state()), "the head to look ahead")
    room.press_arrow("ArrowRight", times=2)
    until(lambda: settled(far.state(), beyond_deg=15), "the head to turn")
    room.button("raise").tap()
    until(far.hand_is_up, "the hand to be up")
    far.room_sound(kind="silence")
    until(lambda: share_near(far.speaker(1.5), VOICE_HZ) > 0.6, "the person to be heard")
    room.leave()
