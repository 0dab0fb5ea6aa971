"""The pages' own checks, run by the Node that comes in a wheel: types, pure parts, dictionaries."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tools import web_build

DICTIONARIES = web_build.WEB / "src" / "i18n"
LANGUAGES = ("nb", "en")


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


def _texts(language: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((DICTIONARIES / f"{language}.json").read_text(encoding="utf-8"))
    return texts


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dictionary_is_complete(language: str) -> None:
    ours, first = _texts(language), _texts("nb")
    assert list(ours) == list(first), "the same keys in the same order"
    assert not [key for key, text in ours.items() if not text.strip()], "no empty text"
    assert not [key for key in ours if _places(ours[key]) != _places(first[key])], "the same places to fill in"


def test_no_text_is_unused() -> None:
    source = "\n".join(f.read_text(encoding="utf-8") for f in (web_build.WEB / "src").rglob("*.ts*"))
    literal = [re.escape(key) for key in re.findall(r'["`]([a-z_]+\.[a-z_.]+)["`]', source)]
    built = [re.escape(k).replace(r"\$\{\}", r"\w+") for k in _templates(source)]
    known = re.compile("|".join([*literal, *built, "title\\.\\w+", "cancel"]))
    assert not [key for key in _texts("nb") if not known.fullmatch(key)]


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


def test_the_built_page_keeps_its_budget() -> None:
    """60 kB of script, style and words (a page fetches one language) before the font, and nothing inline that the
    content security policy forbids."""
    import gzip

    web_build.build()
    assets = web_build.STATIC / "assets"
    size = {f: len(gzip.compress(f.read_bytes())) for f in assets.iterdir()}
    code = sum(of for f, of in size.items() if f.suffix in (".js", ".css"))
    words = [of for f, of in size.items() if f.suffix == ".json"]
    assert len(words) == len(LANGUAGES)
    assert code + max(words) < 60_000
    html = (web_build.STATIC / "index.html").read_text(encoding="utf-8")
    assert "<style" not in html
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)


def test_npm_fails_loudly() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        web_build.npm("run", "--silent", "no-such-script")
