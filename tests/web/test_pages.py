"""The pages' own checks, run by the Node that comes in a wheel: types, pure parts, dictionaries."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from remote_app.pages import TELEPHONE_META, TELEPHONE_PLACE
from tools import web_build

SOURCES = web_build.WEB / "src"
LANGUAGES = ("nb", "nn", "en")  # complete; South Sámi has what we are sure of
# Each page has a directory and a dictionary; the patient's has words that are there from the start, and those of parts.
PATIENT, LEADER = ("i18n/", "i18n/before.", "i18n/late."), "leader/i18n/leader-"
ANSWER = "answer/i18n/answer-"
LOGIN, COURSES, SCREEN = "login/i18n/login-", "courses/i18n/courses-", "screen/i18n/screen-"
OTHERS = {
    "leader": LEADER,
    "screen": SCREEN,
    "login": LOGIN,
    "courses": COURSES,
    "answer": ANSWER,
}  # each page has a directory and a dictionary


@pytest.fixture(autouse=True)
def no_compile_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Node would leave one among the temporary files."""
    monkeypatch.setenv("NODE_DISABLE_COMPILE_CACHE", "1")


def test_the_types_are_right() -> None:
    web_build.install()
    web_build.npm("run", "--silent", "check")


def test_the_pure_parts() -> None:
    web_build.install()
    web_build.npm("run", "--silent", "test")


def _texts(dictionary: str, language: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((SOURCES / f"{dictionary}{language}.json").read_text(encoding="utf-8"))
    return texts


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("dictionary", [*PATIENT, *OTHERS.values()])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dictionary_is_complete(dictionary: str, language: str) -> None:
    ours, first = _texts(dictionary, language), _texts(dictionary, "nb")
    assert list(ours) == list(first), "the same keys in the same order"
    assert not [key for key, text in ours.items() if not text.strip()], "no empty text"
    assert not [key for key in ours if _places(ours[key]) != _places(first[key])], "the same places to fill in"


@pytest.mark.parametrize("dictionary", ["i18n/", "i18n/before.", *OTHERS.values()])
def test_south_sami_has_words_of_its_own_only_where_bokmal_has_one(dictionary: str) -> None:
    ours, first = _texts(dictionary, "sma"), _texts(dictionary, "nb")
    assert not [key for key in ours if key not in first or not ours[key].strip()]
    assert not [key for key in ours if _places(ours[key]) != _places(first[key])], "the same places to fill in"


@pytest.mark.parametrize("page", ["patient", *OTHERS])
def test_no_text_is_unused(page: str) -> None:
    dictionaries = (OTHERS[page],) if page in OTHERS else PATIENT
    files = [f for f in SOURCES.rglob("*.ts*") if _page_of(f) == page]
    source = "\n".join(f.read_text(encoding="utf-8") for f in files)
    literal = [re.escape(key) for key in re.findall(r'["`]([a-z_]+\.[a-z_.]+)["`]', source)]
    built = [re.escape(k).replace(r"\$\{\}", r"\w+") for k in _templates(source)]
    known = re.compile("|".join([*literal, *built, "title\\.\\w+", "cancel"]))
    assert not [key for each in dictionaries for key in _texts(each, "nb") if not known.fullmatch(key)]


def _page_of(file: Path) -> str:
    return next((part for part in file.relative_to(SOURCES).parts if part in OTHERS), "patient")


def _templates(source: str) -> list[str]:
    found = re.findall(r"`([a-z_]+\.[a-z_.]*\$\{[^`]+?\}[a-z_.]*|\$\{[^`]+?\}\.[a-z_.]+)`", source)
    return [re.sub(r"\$\{.*?\}", "${}", template) for template in found]


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((web_build.WEB / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


def test_modules_are_small() -> None:
    sources = [f for f in (web_build.WEB / "src").rglob("*.ts*") if "generated" not in f.parts]
    assert not [f.name for f in sources if _lines(f) > 300]


def _lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def _first_load(entry: str) -> set[Path]:
    """Every script and style that the page of this HTML has before anybody taps: what it names, and what that imports
    in its first lines (what is fetched later is imported in the middle)."""
    html = (web_build.STATIC / entry).read_text(encoding="utf-8")
    todo = [web_build.STATIC / "assets" / name for name in re.findall(r"assets/([\w.-]+\.(?:js|css))", html)]
    found: set[Path] = set()
    while todo:
        file = todo.pop()
        if file in found:
            continue
        found.add(file)
        if file.suffix == ".js":
            code = file.read_text(encoding="utf-8")
            names = re.findall(r"(?:\bfrom|\bimport)\s*[\"']\./([\w.-]+\.js)[\"']", code)
            todo += [file.parent / name for name in names]
    return found


def _zipped(files: Iterable[Path]) -> int:
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def test_the_built_page_keeps_its_budget() -> None:
    """60 kB of script, style and words (of the longest language) before the font, 34 more in all that is fetched
    later, and nothing inline that the content security policy forbids. Neither page carries the other's script."""
    web_build.build()
    assets = web_build.STATIC / "assets"
    first, of_others = _first_load("index.html"), {file for page in OTHERS for file in _first_load(f"{page}.html")}
    of_patient = {file for file in assets.glob("*.json") if file.name.partition("-")[0] not in OTHERS}
    words = {file.name.partition("-")[0]: file for file in of_patient if "." not in file.stem}
    later, later_words = {*assets.glob("*.js")} - first - of_others, of_patient - {*words.values()}
    assert set(words) == {*LANGUAGES, "sma"}
    fetched = [[words[one]] for one in LANGUAGES] + [[words["nb"], words["sma"]]]  # where it has no word, bokmål has
    assert any(file.suffix == ".css" for file in first)
    assert len(later_words) == len(LANGUAGES) * (len(PATIENT) - 1) + 1
    assert {"late", "before"} <= {file.name.partition("-")[0] for file in later}
    assert _zipped(first) + max(_zipped(files) for files in fetched) < 60_000
    assert _zipped(later | later_words) < 34_000  # nobody waits for it: the whole of *Mer*, and what tells of the line
    assert not {file for file in first & of_others if file.suffix == ".css"}
    assert not [file.name for file in first if file.name.startswith(tuple(OTHERS))]
    for page in ("index", *OTHERS):
        html = (web_build.STATIC / f"{page}.html").read_text(encoding="utf-8")
        assert "<style" not in html
        assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    html = (web_build.STATIC / "index.html").read_text(encoding="utf-8")
    assert (html.count(TELEPHONE_META), html.count(TELEPHONE_PLACE)) == (1, 2), "the service writes the number there"


def test_what_is_fetched_later_needs_nothing_else() -> None:
    """A script that did not come is asked for again by another address, which does not help what that script imports:
    so it imports nothing that the page does not have already."""
    web_build.build()
    first = {file.name for file in _first_load("index.html")}
    for part in ("late", "before"):
        (file,) = (web_build.STATIC / "assets").glob(f"{part}-*.js")
        imported = re.findall(r"\bfrom\s*[\"']\./([\w.-]+\.js)[\"']", file.read_text(encoding="utf-8"))
        assert imported
        assert set(imported) <= first


def test_the_worker_keeps_what_the_page_is_made_of_and_never_takes_over() -> None:
    web_build.build()
    worker = (web_build.STATIC / "sw.js").read_text(encoding="utf-8")
    kept: list[str] = json.loads(worker.removeprefix("const SHELL_ASSETS=").split(";", 1)[0])
    assert {f"/static/assets/{file.name}" for file in _first_load("index.html")} <= {*kept}
    assert [name for name in kept if "/late-" in name]
    assert [name for name in kept if "/nn-" in name]
    assert all(name.startswith("/static/assets/") for name in kept)
    assert not [name for name in kept if "leader" in name]
    assert "skipWaiting" not in worker
    assert "claim" not in worker
    assert not re.search(r"\b(import|export)\b", worker), "one script, for browsers that know no other"


def test_npm_fails_loudly() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        web_build.npm("run", "--silent", "no-such-script")
