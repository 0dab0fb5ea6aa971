"""The words of the simulator's page: everything in both languages, everything that is used, nothing besides."""

import re
from pathlib import Path
from typing import get_args

import pytest

from hardware_sim.api import PAGE_FILES
from hardware_sim.room.director import HandWish, Light, RoomWish, SlideWish, SpeakerWish
from hardware_sim.room.program import PEOPLE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "hardware_sim" / "page"
HTML = (PAGE / "index.html").read_text()
SCRIPTS = "\n".join(file.read_text() for file in sorted(PAGE.glob("*.js")) if file.name != "words.js")


def words(name: str) -> dict[str, str]:
    text = (PAGE / "words.js").read_text()
    (part,) = re.findall(rf"^const {name} = \{{\n(.*?)^\}};", text, re.MULTILINE | re.DOTALL)
    found = re.findall(r'^  (\w+): "(.*)",$', part, re.MULTILINE)
    assert len(found) == part.count("\n"), "one word a line"
    assert len(dict(found)) == len(found), "no word twice"
    return dict(found)


def test_both_languages_have_the_same_words_with_the_same_gaps() -> None:
    bokmal, english = words("NB"), words("EN")
    assert list(bokmal) == list(english)
    for key, text in bokmal.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[key])), key
        assert text, key


def test_every_word_that_is_asked_for_is_there_and_none_is_left_over() -> None:
    asked = set(re.findall(r'data-t(?:-label|-alt)?="(\w+)"', HTML)) | set(PEOPLE)
    for call in re.findall(r"\bt\(([^()]*)\)", SCRIPTS):
        asked |= set(re.findall(r'"(\w+)"', call))
    known = words("NB").keys()
    assert asked <= known
    left = {key for key in known - asked if f'"{key}"' not in SCRIPTS}
    assert left == set()


def test_the_document_itself_has_no_words() -> None:
    body = HTML[HTML.index("<body>") :]
    texts = [text.strip() for text in re.findall(r">([^<>]+)<", body) if text.strip()]
    assert [text for text in texts if text != "–" and not text.startswith("/")] == []


def test_every_file_of_the_page_is_served() -> None:
    assert sorted(PAGE_FILES) == sorted(file.name for file in PAGE.iterdir() if file.suffix in (".js", ".css"))


@pytest.mark.parametrize(
    ("name", "wish", "elsewhere"),
    [
        ("light", Light, set()),
        ("slide", SlideWish, {"next"}),
        ("speaker", SpeakerWish, set()),
        ("hand", HandWish, set()),
    ],
)
def test_the_page_has_a_switch_for_all_of_the_room(name: str, wish: object, elsewhere: set[str]) -> None:
    radios = re.findall(rf'data-room="{name}" value="([\w-]+)"', HTML)
    select = re.search(
        rf'<select[^>]* data-room="{name}">(.*?)</select>|<select data-room="{name}">(.*?)</select>', HTML, re.DOTALL
    )
    options = re.findall(r'value="([\w-]+)"', select.group(0)) if select else []
    assert {*radios, *options} | elsewhere == set(get_args(wish))


def test_the_documentation_has_a_row_for_all_of_the_room() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "the-room.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(RoomWish.model_fields)
