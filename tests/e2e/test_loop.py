"""The whole loop, from a finger on a tablet to a register on the servo bus and back to the picture."""

from __future__ import annotations

import itertools
import math
import time
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from hardware_sim.stamp import decode
from tests.e2e.demo import Demo, dbfs, share_near, until
from tests.e2e.tablet import ARROWS, VOICE_HZ, PatientPage, listen, tap

pytestmark = pytest.mark.browser

# Half the way from the middle to the edge of a camera that sees 78 degrees.
PAN_AT_THREE_QUARTERS_DEG = math.degrees(math.atan(0.5 * math.tan(math.radians(78 / 2))))


def test_the_picture_arrives_whole_fast_and_in_order(room: PatientPage, demo: Demo) -> None:
    demo.stamp(on=True)
    until(lambda: decode(int(room.frames(0.1)["stamps"][-1]["bits"], 2)), "the stamp in the picture")
    until(lambda: room.frames(0.2)["width"] == 1280, "the rate to climb to the full size", timeout_s=60)
    seen = until(lambda: at_full_rate(room), "ten seconds with 25 pictures each", timeout_s=60)
    assert (seen["width"], seen["height"]) == (1280, 720)
    stamps = [(decode(int(frame["bits"], 2)), frame["at"]) for frame in seen["stamps"]]
    good = [(stamp, at_ms) for stamp, at_ms in stamps if stamp is not None]
    assert len(good) >= 0.95 * len(stamps), "stamps are legible"
    sequence = [stamp.sequence for stamp, _ in good]
    assert all(later >= earlier for earlier, later in itertools.pairwise(sequence))
    assert len(set(sequence)) >= 200
    ages_ms = [(at_ms * 10 - stamp.time_100us) % 2**40 / 10 for stamp, at_ms in good]
    assert 0 < np.median(ages_ms) < 500, "live, with room for a busy machine"
    demo.stamp(on=False)


def at_full_rate(room: PatientPage) -> dict[str, Any] | None:
    """The next ten seconds, unless the computer had something else to do in them."""
    seen = room.frames(10)
    return seen if seen["fps"] >= 25 else None


def test_the_keyboard_turns_the_head_the_registers_and_the_picture(room: PatientPage, demo: Demo) -> None:
    until(lambda: looks_ahead(demo.state()), "the head to look ahead")
    time.sleep(0.5)  # the picture of it is on its way
    before = room.view()
    keyboard = room.page.keyboard
    for _ in range(2):
        keyboard.press("ArrowRight")
    state = until(lambda: settled(demo.state(), beyond_deg=15), "the head to turn")
    assert state["pan_deg"] == pytest.approx(20, abs=1.5)
    registers = demo.registers(device=1)
    assert registers["present_position"] == pytest.approx(2048 + state["pan_deg"] / 360 * 4096, abs=8)
    time.sleep(0.5)  # the turned picture is on its way
    after = room.view()
    shift = best_shift(before, after)
    assert shift == pytest.approx(-64 * 20 / 78, abs=4), "what was ahead moved to the left by 20 degrees"
    for _ in range(2):
        keyboard.press("ArrowLeft")
    until(lambda: abs(demo.state()["pan_deg"]) < 1.0, "the head to come back")
    until(lambda: abs(best_shift(before, room.view())) <= 1, "the picture to come back")


def test_the_head_looks_where_the_picture_is_touched_and_follows_finger_and_mouse(
    room: PatientPage, demo: Demo
) -> None:
    until(lambda: looks_ahead(demo.state()), "the head to look ahead")
    room.page.touchscreen.tap(*room.spot(0.75, 0.6))
    state = until(lambda: settled(demo.state(), beyond_deg=15), "the head to look at the spot that was touched")
    assert state["pan_deg"] == pytest.approx(PAN_AT_THREE_QUARTERS_DEG, abs=1.5)
    assert -8 < state["tilt_deg"] < -2
    room.drag(from_x=0.4, to_x=0.7)  # the picture is pulled to the right: the view goes to the left
    until(lambda: demo.state()["pan_deg"] < 8, "the head to follow the finger")
    mouse = room.page.mouse
    mouse.move(*room.spot(0.7))
    mouse.down()
    mouse.move(*room.spot(0.3), steps=15)
    mouse.up()
    until(lambda: demo.state()["pan_deg"] > 18, "the head to follow the mouse")
    pen(room, 0.3, 0.8)
    until(lambda: demo.state()["pan_deg"] < 5, "the head to follow the pen")


def pen(room: PatientPage, from_x: float, to_x: float) -> None:
    """Pulls the picture sideways with a pen, which Playwright has not; fractions of its width."""
    screen = room.page.context.new_cdp_session(room.page)
    held = {"pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1}
    for step in range(17):
        x, y = room.spot(from_x + (to_x - from_x) * min(step, 15) / 15)
        kind = {0: "mousePressed", 16: "mouseReleased"}.get(step, "mouseMoved")
        screen.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **held})
    screen.detach()


def test_a_switch_needs_no_pointer_and_no_key(room: PatientPage, demo: Demo) -> None:
    until(lambda: looks_ahead(demo.state()), "the head to look ahead")
    choose(room.page, ARROWS["ArrowLeft"])
    until(lambda: demo.state()["pan_deg"] < -8, "the head to turn")
    choose(room.page, "Rekk opp hånda")
    until(demo.hand_is_up, "the hand to be up")
    choose(room.page, "Mer")
    choose(room.page, "Lavere")
    expect(room.page.get_by_text("90 av 100", exact=True)).to_be_visible()
    choose(room.page, "Høyere")
    expect(room.page.get_by_text("100 av 100", exact=True)).to_be_visible()
    choose(room.page, "Forlat rommet")
    until(lambda: not demo.state()["camera_open"], "the camera to close")
    choose(room.page, "Bli med igjen")
    room.wait_for_picture()


def choose(page: Page, name: str) -> None:
    """As switch access does when the frame that wanders over the page is on this button: focus, and no more than that
    it was activated; no finger, no mouse, no key (Android's ACTION_CLICK, iPadOS' accessibilityActivate)."""
    button = page.get_by_role("button", name=name, exact=True)
    button.focus()
    expect(button).to_be_focused()
    button.evaluate("(button) => button.click()")


def test_a_tap_right_after_a_swipe_over_the_picture_counts(room: PatientPage, demo: Demo) -> None:
    box = room.button("raise").bounding_box()
    assert box is not None
    # The swipe ends in full movement, and the finger is on the button at once; the tap of a locator would wait.
    room.drag(from_x=0.7, to_x=0.4)
    room.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(demo.hand_is_up, "the hand to be up")
    until(lambda: demo.state()["pan_deg"] > 10, "the head to follow the swipe")


def test_the_head_stops_at_its_limits(room: PatientPage, demo: Demo) -> None:
    room.press_arrow("ArrowRight", times=20)
    until(lambda: demo.state()["pan_deg"] > 174, "the head to reach its limit")
    room.press_arrow("ArrowRight", times=3)
    expect(room.page.get_by_text("Roboten kan ikke se lenger til høyre").first).to_be_attached()
    room.press_arrow("ArrowDown", times=12)
    until(lambda: demo.state()["tilt_deg"] < -24, "the head to look down")
    highest = max(demo.state()["pan_deg"] for _ in range(20))
    state = demo.state()
    assert highest <= 175.2
    assert state["goal_pan_deg"] <= 175.1
    assert state["goal_tilt_deg"] >= -25.1


def test_the_raised_hand_lights_up_within_a_second_and_is_confirmed(room: PatientPage, demo: Demo) -> None:
    until(lambda: demo.state()["hand_light"] == "off", "the white light for who comes in to go out")
    room.button("raise").tap()
    until(demo.hand_is_up, "the hand light", timeout_s=1.0, every_s=0.02)
    lower = room.button("lower")
    expect(lower).to_be_visible()
    expect(room.page.get_by_text("Hånda er oppe").first).to_be_visible()
    lower.tap()
    until(lambda: demo.state()["hand_light"] == "off", "the hand light to go out", timeout_s=1.0, every_s=0.02)
    expect(room.button("raise")).to_be_visible()


def test_the_patients_voice_is_heard_in_the_room(room: PatientPage, demo: Demo) -> None:
    demo.room_sound(kind="silence")
    room.switch_microphone(on=True)
    until(lambda: demo.state()["speaker_dbfs"] > -45, "a voice at the speaker")
    time.sleep(4)
    heard = demo.speaker(3)
    assert dbfs(heard) > -40
    assert share_near(heard, VOICE_HZ) > 0.7, "the two tones that the tablet's microphone heard"
    sets_volume_whisper_and_mood(room, demo)
    until(lambda: dbfs(demo.speaker(3)) < dbfs(heard) - 10, "a whisper at the speaker")
    room.switch_microphone(on=False)
    until(lambda: demo.state()["speaker_dbfs"] < -60, "silence when the microphone is off")


def sets_volume_whisper_and_mood(room: PatientPage, demo: Demo) -> None:
    """In *Mer*, by touch; it shows what the robot says of itself."""
    page = room.page
    tap(page, "Mer")
    expect(page.get_by_text("100 av 100", exact=True)).to_be_visible()
    tap(page, "Lavere")
    expect(page.get_by_text("90 av 100", exact=True)).to_be_visible()
    page.get_by_role("switch", name="Hviske: ").tap()
    expect(page.get_by_role("switch", name="Hviske: ja", exact=True)).to_be_checked()
    page.get_by_role("radio", name="Glade", exact=True).tap()
    expect(page.get_by_role("radio", name="Glade", exact=True)).to_be_checked()
    until(lambda: demo.state()["eyes"] == "happy", "the eyes to show it")
    page.keyboard.press("Escape")


def test_the_rooms_sound_is_heard_at_the_tablet(room: PatientPage, demo: Demo) -> None:
    room.switch_microphone(on=False)
    demo.room_sound(kind="course")
    until(lambda: dbfs(demo.microphone(0.5)) > -40, "the lecturer to speak")
    heard = listen(room.page, 4)
    assert -45 < dbfs(heard) < -15, "a voice at the level of a voice"
    assert speech_share(heard) > 0.8
    demo.room_sound(kind="silence")
    time.sleep(1)
    assert dbfs(listen(room.page, 1.5)) < -50, "and silence when nobody speaks"


def test_a_typed_sentence_is_spoken_in_the_room(room: PatientPage, demo: Demo) -> None:
    room.switch_microphone(on=False)
    demo.room_sound(kind="silence")
    until(lambda: demo.state()["speaker_dbfs"] < -60, "silence at first")
    room.say("Hei på dere. Jeg hører dere godt her i Rødøy.")
    until(lambda: demo.state()["speaker_dbfs"] > -35, "the sentence to be spoken")
    time.sleep(2)
    assert speech_share(demo.speaker(2)) > 0.8
    until(lambda: demo.state()["speaker_dbfs"] < -60, "the sentence to end")


def test_leaving_closes_camera_and_microphone_and_rests_the_head(room: PatientPage, demo: Demo) -> None:
    state = until(lambda: (s := demo.state())["eyes"] != "closed" and s, "the eyes to open")
    assert state["camera_open"]
    assert state["microphone_open"]
    room.press_arrow("ArrowRight", times=3)
    until(lambda: demo.state()["pan_deg"] > 20, "the head to turn")
    room.leave()
    until(lambda: not demo.state()["camera_open"] and not demo.state()["microphone_open"], "both to close", timeout_s=5)
    state = until(lambda: abs((s := demo.state())["pan_deg"]) < 1 and s["tilt_deg"] < -18 and s, "the head to rest")
    assert state["eyes"] == "closed"
    assert state["hand_light"] == "off"


def test_the_page_says_why_when_the_robot_does_not_answer(room: PatientPage, demo: Demo) -> None:
    robot = demo.part("robot_agent.cli")
    robot.suspend()
    try:
        expect(room.page.get_by_text("Roboten").first).to_be_visible(timeout=20_000)
        expect(room.page.locator("main, [role=main]").first).to_contain_text("svarer ikke", timeout=40_000)
        room.page.reload()
        room.button("join").tap()
        expect(room.page.get_by_role("heading", level=1)).to_have_text("Roboten svarer ikke")
    finally:
        robot.resume()
    room.wait_for_picture()


def test_twenty_seconds_of_nothing_keep_seat_and_hand(room: PatientPage, demo: Demo) -> None:
    room.button("raise").tap()
    until(demo.hand_is_up, "the hand to be up")
    ends = [demo.part(module) for module in ("robot_agent.cli", "remote_app.cli")]
    began_s = time.monotonic()
    for end in ends:
        end.suspend()
    try:
        expect(room.page.get_by_text("Kobler til igjen")).to_be_visible(timeout=15_000)
        expect(room.page.get_by_text("hånda er fortsatt oppe")).to_be_visible()
        expect(room.page.get_by_text("Ring 75 00 00 00")).to_be_visible(timeout=20_000)
        time.sleep(max(0.0, began_s + 20 - time.monotonic()))
    finally:
        for end in ends:
            end.resume()
    expect(room.page.get_by_text("Kobler til igjen")).to_have_count(0, timeout=20_000)
    room.wait_for_picture()
    until(demo.hand_is_up, "the head board, which showed a fault meanwhile, to show the hand again")
    expect(room.button("lower")).to_have_attribute("aria-pressed", "true")
    room.press_arrow("ArrowRight")
    until(lambda: demo.state()["pan_deg"] > 8, "the head to turn again")


def test_six_digits_and_two_names_in_english(tablet: Page, resting: Demo) -> None:
    page = PatientPage(tablet, resting.patient.partition("j/")[0], "en")
    tablet.get_by_label("Your code").fill(resting.digits)
    tablet.get_by_role("button", name="Go on").tap()
    tablet.get_by_label("Is somebody with you?").fill("Anne")
    page.join()
    assert tablet.evaluate("document.documentElement.lang") == "en"
    for word in ("raise", "microphone", "leave"):
        expect(page.button(word)).to_be_visible()
    tablet.get_by_role("button", name="More", exact=True).tap()
    expect(
        tablet.get_by_text("Anne: sits beside the participant")
    ).to_be_visible()  # as the robot's own state tells everybody
    tablet.keyboard.press("Escape")
    page.leave()
    until(lambda: not resting.state()["camera_open"], "the camera to close")


@pytest.mark.parametrize(
    ("language", "tag", "hand", "leave"),
    [("Nynorsk", "nn", "Rekk opp handa", "Gå ut"), ("Åarjelsaemien", "sma", "Rekk opp hånda", "Forlat")],
    ids=["nynorsk", "South Sámi with bokmål behind it"],
)
def test_another_language_is_two_taps_away(
    tablet: Page, resting: Demo, language: str, tag: str, hand: str, leave: str
) -> None:
    page = PatientPage(tablet, resting.patient)
    tablet.locator("summary.language").tap()
    tablet.get_by_role("link", name=language).tap()
    tap(tablet, "Bli med")
    page.wait_for_picture()
    assert tablet.evaluate("document.documentElement.lang") == tag
    tap(tablet, hand)
    until(resting.hand_is_up, "the hand to be up")
    tap(tablet, leave)
    until(lambda: not resting.state()["camera_open"], "the camera to close")


def looks_ahead(state: dict[str, Any]) -> bool:
    """The head has come up from its rest, which takes longer than the first picture."""
    return max(abs(state["pan_deg"]), abs(state["tilt_deg"])) < 0.5


def settled(state: dict[str, Any], beyond_deg: float) -> dict[str, Any] | None:
    """The state, once the head stands still further to the right than that."""
    there = state["goal_pan_deg"] > beyond_deg and abs(state["pan_deg"] - state["goal_pan_deg"]) < 0.5
    return state if there else None


def best_shift(before: np.ndarray, after: np.ndarray) -> int:
    """By how many of the 64 columns the picture moved (negative: to the left)."""
    errors = {}
    for shift in range(-32, 33):
        left, right = max(0, shift), min(64, 64 + shift)
        errors[shift] = float(np.abs(after[:, left:right] - before[:, left - shift : right - shift]).mean())
    return min(errors, key=lambda shift: errors[shift])


def speech_share(samples: np.ndarray) -> float:
    """How much of the power lies where a voice is, 80 to 5000 Hz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / 48000)
    return float(power[(frequency > 80) & (frequency < 5000)].sum() / max(power.sum(), 1e-30))
