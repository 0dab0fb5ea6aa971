"""The sharp picture of the board, from sensor to tablet: finer than the video, finer still where one zooms in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.demo import Demo, until
from tests.e2e.tablet import PatientPage, move_fingers, tap
from tests.e2e.test_loop import looks_ahead

pytestmark = pytest.mark.browser

# Where the board's last line stands, as shares of the board; and the board in the picture of a head that looks ahead.
PRINT = {"left": 0.035, "top": 0.90, "width": 0.515, "height": 0.065}
BOARD_IN_VIDEO = {"left": 370 / 1280, "top": 140 / 720, "width": 489 / 1280, "height": 269 / 720}

MOST_IN_VIDEO = 123.0  # grey levels; some 106 are there, and some 149 in the still

SHADES = """([from, board, print]) => {
  const source = document.querySelector(from);
  const wide = source.videoWidth || source.width, high = source.videoHeight || source.height;
  if (!board) { // the straightened board fills the canvas, in its own shape
    const width = Math.min(wide, high * 2.72 / 1.5), height = width / 2.72 * 1.5;
    board = {left: (1 - width / wide) / 2, top: (1 - height / high) / 2, width: width / wide, height: height / high};
  }
  const at = [(board.left + print.left * board.width) * wide, (board.top + print.top * board.height) * high,
              print.width * board.width * wide, print.height * board.height * high].map(Math.round);
  const ink = new OffscreenCanvas(at[2], at[3]).getContext('2d', {willReadFrequently: true});
  ink.drawImage(source, ...at, 0, 0, at[2], at[3]);
  const data = ink.getImageData(0, 0, at[2], at[3]).data, grey = [];
  for (let i = 0; i < data.length; i += 4) grey.push((data[i] + data[i + 1] + data[i + 2]) / 3);
  grey.sort((a, b) => a - b);
  return grey[Math.floor(grey.length * 0.98)] - grey[Math.floor(grey.length * 0.005)];
}"""


HEARKEN = """() => {
  window.said = '';
  const words = document.querySelector('dialog [role=status]');
  new MutationObserver(() => (window.said += words.textContent)).observe(words, {subtree: true, childList: true,
    characterData: true});
}"""  # on a quick line it is said for a moment only


def shades(room: PatientPage, source: str, board: dict[str, float] | None) -> float:
    """Grey levels between the small print's ink and the board: what of it there is to be read."""
    levels: float = room.page.evaluate(SHADES, [source, board, PRINT])
    return levels


def unhidden(room: PatientPage) -> float | None:
    """The video's, while nobody in dark clothes walks by in front of it."""
    levels = shades(room, "video", BOARD_IN_VIDEO)
    return levels if levels < MOST_IN_VIDEO else None


def test_the_board_is_sharper_than_the_video_and_finer_parts_come_where_one_looks(
    room: PatientPage, demo: Demo
) -> None:
    page: Any = room.page
    until(lambda: looks_ahead(demo.state()), "the head to look ahead")
    video = until(lambda: unhidden(room), "the video to show the small print as grey on grey", timeout_s=60)
    tap(page, "Skarpt bilde av tavla")
    expect(page.get_by_role("progressbar", name="Hentet av bildet")).to_be_visible()
    picture = page.get_by_role("img", name=re.compile("^Skarpt bilde"))
    expect(picture).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Rett opp tavla")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text(re.compile(r"blir borte om \d+ sekunder"))).to_be_visible()
    still = shades(room, ".sharp-stage canvas", None)
    assert still > 1.2 * video, "the small print stands out in the still, and not in the video"

    page.evaluate(HEARKEN)
    board = page.locator(".sharp-stage canvas").bounding_box()
    across, down = board["x"] + board["width"] / 2, board["y"] + board["height"] / 2
    move_fingers(page, ((across - 60, down), (across - 300, down)), ((across + 60, down), (across + 300, down)))
    until(lambda: "Henter det du ser på" in page.evaluate("window.said"), "a finer part to be asked for")
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=20_000)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Skarpt bilde av tavla")).to_be_focused()
