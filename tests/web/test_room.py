"""In the room: hand, microphone, words, turning, broken lines, in Chromium with a stand-in robot."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.commands import RaiseHand
from protocol.quality import Verdict
from protocol.state import Fault, HandState, PictureStep, QualityState
from tests.web.fake_service import FakeService, wait_until
from tests.web.tablet import SIZES, WORDS, ask, button, buttons, is_well_made, join, opened, says, width

pytestmark = pytest.mark.browser

LEFTMOST = """() => {
    window.leftmost = 0;
    const look = () => {
        const shift = new DOMMatrix(getComputedStyle(document.querySelector('video')).transform).e;
        window.leftmost = Math.min(window.leftmost, shift);
        requestAnimationFrame(look);
    };
    look();
}"""  # every frame: what goes with the finger is back in place when the head has come
NAME = """(({activeElement: el}) => el.ariaLabel || el.labels?.[0]?.innerText || el.innerText.trim())(document)"""


def test_leaving_is_one_tap_and_so_is_coming_back(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        button(page, "Forlat").click()
        says(page, "Du har forlatt rommet")
        expect(page.locator("video")).to_have_count(0)
        wait_until(lambda: service.left == 1 and not service.sockets, "the service to hear of it")
        is_well_made(page)
        join(page, "Bli med igjen")


def test_the_hand_is_up_when_the_robot_says_so(browser: Browser, service: FakeService) -> None:
    service.scene.obeys_hand = False
    with opened(browser, service) as page:
        join(page)
        button(page, "Rekk opp hånda").click()
        lower = button(page, "Ta ned hånda")
        expect(lower).to_have_attribute("aria-pressed", "false")
        says(page, "Rekker opp hånda")
        service.scene.obeys_hand = True
        expect(lower).to_have_attribute("aria-pressed", "true", timeout=10_000)
        says(page, "Hånda er oppe")
        service.scene.hand = HandState(raised=True, seen=True)
        says(page, "Sett av kurslederen")
        service.scene.hand = HandState(raised=True, seen=True, floor=True)
        says(page, "Du har ordet")
        is_well_made(page)
        service.scene.hand = HandState(raised=False)
        expect(button(page, "Rekk opp hånda")).to_have_attribute("aria-pressed", "false")


def test_a_broken_line_keeps_the_hand(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        button(page, "Rekk opp hånda").click()
        says(page, "Hånda er oppe")
        service.scene.silent = True
        assert service.robot is not None
        service.robot.mute = True
        says(page, "Kobler til igjen")
        says(page, "hånda er fortsatt oppe")
        expect(page.locator("video")).to_have_count(1)
        is_well_made(page)
        service.scene.hand = HandState(raised=False)  # a robot that has forgotten
        service.acts.clear()
        service.drop_sockets()
        service.scene.silent = False
        expect(page.get_by_text("Kobler til igjen")).to_have_count(0, timeout=15_000)
        wait_until(lambda: raised(service) == [True], "the hand to be asserted again")
        expect(button(page, "Ta ned hånda")).to_have_attribute("aria-pressed", "true")


def raised(service: FakeService) -> list[bool]:
    return [act.action.raised for act in service.acts if isinstance(act.action, RaiseHand)]


def test_a_socket_that_breaks_does_not_disturb_the_room(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        service.drop_sockets()
        wait_until(lambda: len(service.sockets) == 1, "the socket to come back")
        assert len(service.offers) == 1
        expect(page.get_by_text("Kobler til igjen")).to_have_count(0)
        button(page, "Rekk opp hånda").click()
        says(page, "Hånda er oppe")


def test_microphone(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        microphone = button(page, "Mikrofon")
        expect(microphone).to_have_attribute("aria-pressed", "true")
        level = "() => parseFloat(document.querySelector('.level-bar').style.transform.slice('scaleX('.length)) || 0"
        wait_until(lambda: ask(page, level) > 0.1, "the fake microphone's beep")
        microphone.click()
        expect(microphone).to_have_attribute("aria-pressed", "false")
        says(page, "De hører deg ikke: mikrofonen er av")


def test_the_microphone_that_ends_is_captured_again(browser: Browser, service: FakeService) -> None:
    keep = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); window.asked = [];
      navigator.mediaDevices.getUserMedia = async (w) => { const s = await ask(w); window.asked.push(s); return s; };"""
    with opened(browser, service, script=keep) as page:
        join(page)
        page.evaluate("() => { const [t] = asked[0].getTracks(); t.stop(); t.dispatchEvent(new Event('ended')); }")
        wait_until(lambda: ask(page, "asked.length") == 2, "a second capture")
        expect(button(page, "Mikrofon")).to_have_attribute("aria-pressed", "true")


def test_turning_by_tap_is_exact(browser: Browser, service: FakeService) -> None:
    """What is tapped comes to the middle: by the lens, not by a straight line."""
    with opened(browser, service) as page:
        join(page)
        box = page.locator("video").bounding_box()
        assert box is not None
        page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.5)
        wait_until(lambda: abs(service.head.pan - 22.05) < 0.6, "atan(tan(39) / 2) degrees")
        assert service.head.tilt == pytest.approx(0, abs=0.5)
        page.wait_for_function("() => document.querySelector('video').style.transform === ''")  # the picture stands
        pen = {"x": box["x"] + box["width"] * 0.25, "y": box["y"] + box["height"] * 0.5, "pointerType": "pen"}
        for kind in ("mousePressed", "mouseReleased"):
            event = {**pen, "type": kind, "button": "left", "clickCount": 1}
            page.context.new_cdp_session(page).send("Input.dispatchMouseEvent", event)
        wait_until(lambda: abs(service.head.pan) < 0.6, "the head to turn back by a pen")


BEFORE_THE_FRAME = "addEventListener('pointermove', (event) => event.stopImmediatePropagation(), true);"
WITH_THE_FRAME = BEFORE_THE_FRAME.replace("pointermove", "pointerrawupdate") + (
    "delete HTMLElement.prototype.onpointerrawupdate;"
)


@pytest.mark.parametrize("moves", [BEFORE_THE_FRAME, WITH_THE_FRAME], ids=["before the frame", "with the frame"])
def test_turning_by_drag_keeps_the_spot_under_the_finger(browser: Browser, service: FakeService, moves: str) -> None:
    """Where the browser tells of moves before it draws the next frame, by those alone; elsewhere by the others."""
    with opened(browser, service, script=moves) as page:
        join(page)
        box = page.locator("video").bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.evaluate(LEFTMOST)
        page.mouse.move(box["x"] + box["width"] * 0.75, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=5)
        wait_until(
            lambda: ask(page, "() => leftmost") < 0, "the picture to go with the finger before the head has come"
        )
        wait_until(lambda: abs(service.head.pan - 22.05) < 0.6, "the head to follow")
        page.mouse.up()
        still = "() => document.querySelector('video').style.transform === ''"
        wait_until(lambda: ask(page, still), "the picture to be at rest")
        assert not service.points, "on the data channel"


def test_two_fingers_do_not_turn_the_head(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        box = page.locator("video").bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        left, wide, hand = box["x"], box["width"], page.context.new_cdp_session(page)

        def touch(kind: str, *across: float) -> None:
            points = [{"id": i, "x": left + wide * x, "y": middle} for i, x in enumerate(across)]
            hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 0.4)
        touch("touchStart", 0.4, 0.6)
        touch("touchMove", 0.3, 0.7)
        touch("touchMove", 0.2, 0.8)
        touch("touchEnd")
        page.touchscreen.tap(left + wide * 0.75, middle)
        wait_until(lambda: abs(service.head.pan - 22.05) < 0.6, "the head to look where one finger tapped")
        assert {round(point["pan_deg"]) for point in service.head.heard} == {22}


def test_turning_by_arrow_stops_at_the_limit_and_says_so(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        button(page, "Se opp").click()
        wait_until(lambda: abs(service.head.tilt - 10) < 0.6, "one step")
        expect(page.get_by_role("img", name=re.compile("10 grader opp"))).to_be_visible()
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        says(page, "Roboten kan ikke se lenger til høyre")
        wait_until(lambda: service.head.pan > 174.4, "the limit")
        assert max(point["pan_deg"] for point in service.head.heard) <= 175
        heard = sorted(service.head.heard, key=lambda point: point["seq"])
        new = [
            b for a, b in itertools.pairwise(heard) if (a["pan_deg"], a["tilt_deg"]) != (b["pan_deg"], b["tilt_deg"])
        ]
        gaps = [b["sent_ms"] - a["sent_ms"] for a, b in itertools.pairwise(new)]
        assert min(gaps) >= 19, "never over 50 new goals a second"


def test_holding_an_arrow_goes_on_turning(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        box = button(page, "Se til venstre").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 48, box["y"] + 48)
        page.mouse.down()
        wait_until(lambda: service.head.pan < -35, "the head to turn further than one step")
        page.mouse.up()


def test_a_goal_goes_three_times_while_the_finger_is_still_down(browser: Browser, service: FakeService) -> None:
    """Chromium holds the page's own timers back for the first tenth of a second of a touch.

    Should it cease to, `session/alarm.ts` is needless, and this test says so.
    """
    with opened(browser, service, script=TOUCHES) as page:
        join(page)
        box = button(page, "Se til venstre").bounding_box()
        assert box is not None
        finger = page.context.new_cdp_session(page)
        middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        for _ in range(5):  # once is enough: on a busy machine the worker is late, too
            tap = {**middle, "duration": 300, "gestureSourceType": "touch"}
            finger.send("Input.synthesizeTapGesture", tap)
            button(page, "Se til høyre").click()
        sent = page.evaluate("sentBeforeTimer")
        assert max(sent) >= 3, f"set-points that left before a timer of 0 ms that was set at the touch: {sent}"


def test_without_media_the_service_carries_hand_words_and_head(browser: Browser, service: FakeService) -> None:
    broken = "RTCPeerConnection.prototype.setRemoteDescription = () => Promise.reject(new Error('blocked'));"
    with opened(browser, service, script=broken) as page:
        button(page, "Bli med").click()
        says(page, "Bildet og lyden kommer ikke fram")
        is_well_made(page)
        button(page, "Rekk opp hånda").click()
        says(page, "Hånda er oppe")
        page.keyboard.press("ArrowLeft")
        wait_until(lambda: service.points and service.points[-1].pan_deg == -10, "a set-point by the service")


TOUCHES = """
window.sentBeforeTimer = [];
let sent = 0;
const send = RTCDataChannel.prototype.send;
RTCDataChannel.prototype.send = function (data) {
    if (typeof data === "string" && data.includes("set_point")) sent += 1;
    return send.call(this, data);
};
addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    const before = sent;
    setTimeout(() => sentBeforeTimer.push(sent - before), 0);
}, true);
"""


def weak(step: PictureStep | None) -> QualityState:
    return QualityState(step=step, width=640, height=360, fps=25, bitrate_bps=250_000, rtt_ms=90, loss=0.01)


def apart(page: Page, one: str, other: str) -> bool:
    """Whether neither lies over the other."""
    a, b = page.locator(one).bounding_box(), page.locator(other).bounding_box()
    assert a is not None
    assert b is not None
    across = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    return across or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]


def test_weak_lines_and_broken_parts_are_said_in_words(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        says(page, "God forbindelse")
        service.scene.quality = weak(PictureStep.P360)
        says(page, "Bildet er redusert for å holde lyden")
        service.scene.faults = (Fault.CAMERA,)
        says(page, "Kameraet på roboten virker ikke nå")
        is_well_made(page)


def test_over_a_slow_line_the_head_turns_in_steps(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        service.scene.quality = weak(PictureStep.P720).model_copy(update={"rtt_ms": 600})
        says(page, "Treg forbindelse: roboten snur ett steg om gangen")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")  # the head is not there yet
        says(page, "Roboten snur seg. Vent til bildet har kommet etter")
        says(page, "Treg forbindelse: roboten snur ett steg om gangen")
        assert {point["pan_deg"] for point in service.head.heard} == {-20}


@pytest.mark.parametrize("size", [SIZES["landscape"], SIZES["telephone"]], ids=["landscape", "telephone"])
def test_what_was_given_up_for_the_sound_is_said(browser: Browser, service: FakeService, size: tuple[int, int]) -> None:
    with opened(browser, service, size=size) as page:
        join(page)
        service.scene.quality = weak(PictureStep.STILLS)
        says(page, "Stillbilder nå, for å holde lyden")
        assert apart(page, ".quality", ".arrow.up")
        assert page.locator(".stage.dim").count() == 0  # a picture every second or two is a picture, not a fault
        is_well_made(page)
        service.scene.quality = weak(PictureStep.SOUND_ONLY)
        says(page, "Bare lyd nå")
        says(page, "Nettet er for svakt til bilde")
        expect(page.locator(".quality")).to_have_text("Tall for IT")
        assert apart(page, ".sound-alone .break-card", ".arrow.up")
        expect(page.locator(".stage.dim")).to_have_count(1)  # what is left on the screen is no view of the room
        is_well_made(page)
        button(page, "Rekk opp hånda").click()
        says(page, "Hånda er oppe")
        service.scene.quality = weak(None)
        expect(page.locator(".stage.dim")).to_have_count(0)
        expect(page.locator(".quality")).to_have_text("Tall for IT")


@pytest.mark.parametrize("size", [SIZES["landscape"], SIZES["portrait"], SIZES["telephone"]])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_numbers_for_it_are_one_tap_away(
    browser: Browser, service: FakeService, size: tuple[int, int], scheme: str
) -> None:
    with opened(browser, service, size=size, color_scheme=scheme) as page:
        join(page)
        button(page, "God forbindelse, tall for IT").click()
        says(page, "Bilde, kamera til skjerm")
        for value in ("42 ms", "0 % / 0,5 %", "30 / 30", "38 dB", "direkte"):
            expect(page.locator("dl")).to_contain_text(value)
        is_well_made(page)
        service.scene.quality = service.scene.quality.model_copy(update={"verdict": Verdict.BAD, "numbers": None})
        says(page, "Dårlig forbindelse")
        expect(page.locator("dl")).to_contain_text("ikke målt")
        page.keyboard.press("Escape")
        expect(page.locator("dl")).to_have_count(0)
        expect(button(page, "Dårlig forbindelse, tall for IT")).to_be_focused()


def test_the_page_tells_the_robot_what_it_sees_and_hears(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        join(page)
        seen = wait_until(
            lambda: service.robot is not None and len(service.robot.seen) > 2 and service.robot.seen, "it"
        )
        last = seen[-1]
        assert (last.width, last.height) == (640, 360)
        assert 3 < last.fps < 60
        assert last.picture_ms is not None
        assert last.sound_ms is not None
        assert last.lost == 0


def test_reduced_motion_keeps_the_picture_still(browser: Browser, service: FakeService) -> None:
    with opened(browser, service, reduced_motion="reduce") as page:
        join(page)
        page.evaluate("""() => { window.moved = 0; const video = document.querySelector('video');
          new MutationObserver(() => (window.moved += video.style.transform !== '')).observe(
          video, {attributes: true, attributeFilter: ['style']}); }""")
        page.keyboard.press("ArrowRight")
        wait_until(lambda: abs(service.head.pan - 10) < 0.6, "the head")
        assert page.evaluate("moved") == 0


def test_the_keyboard_reaches_everything(browser: Browser, service: FakeService) -> None:
    with opened(browser, service) as page:
        expect(button(page, "Bli med")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_label("Er noen sammen med deg?")).to_be_focused()
        page.keyboard.press("Tab")
        expect(button(page, "Bli med")).to_be_focused()
        page.keyboard.press("Enter")
        wait_until(lambda: width(page) > 0, "the picture")
        assert service.offers[-1].companion == "", "nobody wrote a name"
        expect(page.locator("#quality")).to_be_visible()  # it comes with the first figures
        order = buttons("nb", SIZES["landscape"])
        order.insert(order.index(WORDS["nb"]["say"]), WORDS["nb"]["field"])
        reached = []
        for _ in order:
            page.keyboard.press("Tab")
            reached.append(page.evaluate(NAME))
        assert reached == order
