"""The simulator's page in a real Chromium: the robot follows the bus, the switches work, nothing is out of place."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from dynamixel_sdk import PacketHandler
from playwright.sync_api import Page, expect, sync_playwright

from hardware_sim.api import MAX_BODY_BYTES
from tests.sim.sdk import opened_port
from tests.sim.simulated import get, send, until

CHROMIUM = "/usr/bin/chromium"
WAIT_MS = 15_000

pytestmark = [pytest.mark.browser, pytest.mark.timed]  # the SDK waits a fifth of a second for an answer


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    config = tmp_path_factory.mktemp("page") / "sim.toml"
    config.write_text("[camera]\nwidth = 640\nheight = 360\n")  # a large room takes seconds to draw
    command = [sys.executable, "-m", "hardware_sim.cli", "--port", "0", "--json", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()


@pytest.fixture(scope="module")
def page(running: dict[str, str]) -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="nb-NO")
        page.set_default_timeout(WAIT_MS)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(running["simulator"])
        yield page
        browser.close()
        wanted = ("status of 500", "status of 400")  # tests make those
        assert [fault for fault in faults if not any(status in fault for status in wanted)] == []


@pytest.fixture
def bus(running: dict[str, str]) -> Iterator[tuple[Any, Any]]:
    port = opened_port(running["serial"])
    yield port, PacketHandler(2.0)
    port.closePort()


def test_the_picture_arrives_without_opening_the_camera(page: Page) -> None:
    expect(page.locator("#preview")).to_have_js_property("naturalWidth", 640, timeout=WAIT_MS)
    expect(page.locator("#lamp-camera")).to_have_text("Kamera av", timeout=WAIT_MS)


def test_the_robot_follows_the_bus(page: Page, bus: tuple[Any, Any]) -> None:
    port, sdk = bus
    straight = page.locator("#robot .eye").first.get_attribute("d")
    sdk.write1ByteTxRx(port, 1, 64, 1)
    sdk.write4ByteTxRx(port, 1, 116, 2048 + 256)
    sdk.writeTxRx(port, 10, 64, 1, [2])
    sdk.writeTxRx(port, 10, 66, 4, [255, 128, 0, 25])
    expect(page.locator("#pan")).to_have_text(re.compile(r"^22,[3-6]°$"), timeout=WAIT_MS)  # the gear has play
    expect(page.locator("#robot-words")).to_have_text("Glade øyne, håndlyset blinker.")
    assert page.locator("#robot .eye").first.get_attribute("d") != straight
    expect(page.locator("#robot .handlight")).to_have_class("handlight lit blinking")
    row = page.get_by_role("row", name="present position")
    expect(row.get_by_role("cell").nth(2)).to_have_text("2304")
    expect(row.get_by_role("cell").nth(3)).to_have_text("22,5°")


def test_every_device_shows_its_registers(page: Page) -> None:
    page.get_by_role("button", name="10 Kortet i hodet").click()
    expect(page.get_by_role("row", name="battery percent")).to_be_visible()
    expect(page.get_by_role("row", name="goal position")).to_have_count(0)
    page.get_by_role("button", name="1 Snu").click()
    expect(page.get_by_role("row", name="goal position")).to_have_count(1)


def test_the_switches_reach_the_board(page: Page, bus: tuple[Any, Any]) -> None:
    port, sdk = bus
    page.get_by_label("Laderen er satt i").check()
    page.get_by_role("slider").fill("35")
    expect(page.locator("#battery-words")).to_contain_text("35 %", timeout=WAIT_MS)
    assert sdk.read1ByteTxRx(port, 10, 128)[0] == 35
    assert sdk.read1ByteTxRx(port, 10, 129)[0] == 1
    press = page.get_by_role("button", name="Kort", exact=True)
    press.click()
    expect(press).to_be_disabled()
    expect(press).to_be_enabled()
    until(lambda: sdk.read1ByteTxRx(port, 10, 133)[0] == 1)
    page.get_by_label("Lyd i rommet").select_option("silence")
    expect(page.locator("#refused")).to_be_empty()


def test_faults_are_made_and_mended_by_keyboard_alone(page: Page, bus: tuple[Any, Any]) -> None:
    port, sdk = bus
    silent = page.get_by_label("Motoren som nikker, svarer ikke")
    silent.focus()
    page.keyboard.press("Space")
    expect(silent).to_be_checked()
    page.locator("[data-fault=camera]").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_label("Svarene kommer for sent, ms").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("4000")
    page.keyboard.press("Tab")
    expect(page.locator("#fault-refused")).to_contain_text("late_ms is 4000", timeout=WAIT_MS)
    expect(page.get_by_label("Svarene kommer for sent, ms")).to_have_value("0", timeout=WAIT_MS)
    expect(page.locator("[data-fault=camera]")).to_have_value("frozen")
    until(lambda: sdk.ping(port, 1)[1] == 0)
    assert sdk.ping(port, 2)[1] != 0
    page.get_by_role("button", name="Rett alle feil").focus()
    page.keyboard.press("Enter")
    expect(silent).not_to_be_checked(timeout=WAIT_MS)
    expect(page.locator("[data-fault=camera]")).to_have_value("works")
    expect(page.locator("#fault-refused")).to_be_empty()
    until(lambda: sdk.ping(port, 2)[1] == 0)


def test_a_scenario_says_on_the_page_how_far_it_is(page: Page, running: dict[str, str]) -> None:
    toml = b"[[step]]\nat = 0\nset = { battery_percent = 20 }\n[[step]]\nat = 3600\nclear = true\n"
    assert send(running["simulator"], "/api/scenario", toml, content_type="application/toml")[0] == 200
    told = page.locator("#scenario")
    expect(told).to_contain_text("1 av 2 steg", timeout=WAIT_MS)
    expect(told).to_contain_text("Neste, 3600 s etter start: clear")
    assert send(running["simulator"], "/api/scenario", None, "DELETE")[0] == 200
    expect(told).to_contain_text("ferdig eller stanset")


def test_the_room_is_told_what_to_do_and_says_what_it_does(page: Page, running: dict[str, str]) -> None:
    page.get_by_label("Skumring").check()
    page.get_by_label("Hvem snakker").select_option("nobody")
    page.get_by_label("Hvem rekker opp hånda").select_option("Liv")
    page.get_by_label("Lysbilde", exact=True).select_option("4")
    page.get_by_role("button", name="Neste", exact=True).click()
    expect(page.locator("#room-now")).to_have_text(
        "Ingen snakker nå · lysbilde 5 av 5 · Liv rekker opp hånda.", timeout=WAIT_MS
    )
    expect(page.get_by_label("Lysbilde", exact=True)).to_have_value("5")
    assert get(running["simulator"], "/api/room")["light"] == "dusk"
    expect(page.locator("#command code")).to_contain_text("curl -X PUT")
    expect(page.locator("#command code")).to_contain_text('{"slide":"next"}')
    page.get_by_role("button", name="Følg programmet").click()
    expect(page.locator("[data-room=light][value=day]")).to_be_checked(timeout=WAIT_MS)
    expect(page.get_by_label("Hvem snakker")).to_have_value("program")
    expect(page.locator("#refused")).to_be_empty()


def test_a_picture_is_held_before_the_camera_and_taken_away(page: Page, running: dict[str, str]) -> None:
    away = page.get_by_role("button", name="Ta bort")
    expect(away).to_be_disabled(timeout=WAIT_MS)
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    png = cv2.imencode(".png", noise)[1].tobytes()
    assert len(png) > MAX_BODY_BYTES, "larger than anything else that may be sent"
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Hold opp et bilde …").click()
    chosen.value.set_files({"name": "min kode.png", "mimeType": "image/png", "buffer": png})
    expect(page.locator("#room-now")).to_contain_text("et bilde holdes foran kameraet", timeout=WAIT_MS)
    expect(page.locator("#command code")).to_have_text(
        f"curl -T 'min kode.png' -H 'Content-Type: image/png' {running['simulator']}/api/held"
    )
    assert get(running["simulator"], "/api/state")["held"] == [400, 300]
    away.click()
    expect(page.locator("#command code")).to_have_text(f"curl -X DELETE {running['simulator']}/api/held")
    expect(away).to_be_disabled(timeout=WAIT_MS)
    expect(page.locator("#room-now")).not_to_contain_text("kameraet")
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Hold opp et bilde …").click()
    chosen.value.set_files({"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator("#refused")).to_contain_text("no picture of at most 2000 pixels", timeout=WAIT_MS)


def test_what_is_changed_is_counted_and_marked(page: Page) -> None:
    count = page.locator("#fault-count")
    page.get_by_role("button", name="Rett alle feil").click()
    expect(count).to_have_text("Alt er i orden", timeout=WAIT_MS)
    page.get_by_label("En hånd holder hodet så det ikke kan snu seg").check()
    expect(count).to_have_text("1 bryter er endret", timeout=WAIT_MS)
    page.get_by_label("Frø for tilfeldigheter").fill("4")
    page.get_by_label("Frø for tilfeldigheter").blur()
    expect(count).to_have_text("2 brytere er endret", timeout=WAIT_MS)
    expect(page.locator("label.changed")).to_have_count(2)
    page.get_by_role("button", name="Rett alle feil").click()
    expect(count).to_have_text("Alt er i orden", timeout=WAIT_MS)


def test_it_is_in_one_language_at_a_time(page: Page, running: dict[str, str]) -> None:
    norwegian = page.locator("body").inner_text()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Faults you can make")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("#lamp-camera")).to_have_text("Camera off", timeout=WAIT_MS)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    english = page.locator("body").inner_text()
    assert not set("æøåÆØÅ") & set(english.replace("Bjørg", ""))
    assert "Følg programmet" in norwegian
    page.get_by_role("link", name="Norsk").click()
    expect(page.get_by_role("heading", name="Feil du kan lage")).to_be_visible(timeout=WAIT_MS)
    page.goto(running["simulator"])
    expect(page).to_have_title("Robotsimulator")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (820, 1180), (390, 844)])
def test_nothing_is_wider_than_the_screen(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("Roboten", "Det kameraet ser", "Rommet", "Feil du kan lage", "Registrene på bussen"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_the_page_says_so_when_the_simulator_is_gone_and_recovers(page: Page) -> None:
    page.route("**/api/state*", lambda route: route.fulfill(status=500, body="{}"))
    expect(page.get_by_role("alert").first).to_contain_text("svarer ikke", timeout=WAIT_MS)
    page.unroute("**/api/state*")
    expect(page.locator("#lost")).to_be_hidden(timeout=WAIT_MS)
