"""A wrong settings file is one clear line that names key, value and limit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

import pytest
from pydantic import Field, model_validator

from protocol.errors import SettingsError
from protocol.settings_file import SettingsModel, load_settings


class Http(SettingsModel):
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    host: str = "127.0.0.1"


class Robot(SettingsModel):
    id: str
    place: str = ""


class Address(SettingsModel):
    url: int = 0


class Pair(SettingsModel):
    url: str = ""
    secret: str = ""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if bool(self.url) != bool(self.secret):
            raise ValueError("url and secret go together; give both")
        return self


class Example(SettingsModel):
    http: Http = Http()
    name: str = "demo"
    robots: tuple[Robot, ...] = ()


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "example.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_file_and_overrides_in_that_order(tmp_path: Path) -> None:
    file = write(tmp_path, '[http]\nport = 9000\nhost = "::1"\n')
    assert load_settings(Example, None) == Example()
    settings = load_settings(Example, file, {"http.port": 9001, "http.host": None, "name": "r2"})
    assert (settings.http.port, settings.http.host, settings.name) == (9001, "::1", "r2")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[http]\nprot = 1\n", ["unknown setting 'http.prot'", "host, port"]),
        ("nmae = 'x'\n", ["unknown setting 'nmae'", "http, name, robots"]),
        ("[[robots]]\nid = 'a'\nplce = 'b'\n", ["unknown setting 'robots.0.plce'", "id, place"]),
        ("[http]\nport = 70000\n", ["'http.port'", "70000", "65535"]),
        ("[http]\nport = 'many'\n", ["'http.port'", "'many'", "integer"]),
        ("http = 3\n", ["'http'", "3"]),
        ("= nothing", ["not valid TOML", "line 1"]),
    ],
)
def test_each_mistake_is_one_line_that_names_it(tmp_path: Path, text: str, parts: list[str]) -> None:
    file = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_settings(Example, file)
    line = str(caught.value)
    assert "\n" not in line
    for part in [*parts, "example.toml"]:
        assert part in line


def test_settings_that_do_not_fit_together_name_the_file_and_no_key_of_their_own(tmp_path: Path) -> None:
    file = write(tmp_path, "url = 'x'\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(Pair, file)
    assert str(caught.value) == f"settings in {file}: url and secret go together; give both"


def test_a_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    file = write(tmp_path, "[http]\nport = 'mqtt://me:hush/hush@host'\n")
    with pytest.raises(SettingsError, match="mqtt://me:…@host") as caught:
        load_settings(Example, file)
    assert "hush" not in str(caught.value)
    file = write(tmp_path, "url = 'me:hush@host'\n")
    with pytest.raises(SettingsError, match="setting 'url'") as caught:
        load_settings(Address, file)
    assert "hush" not in str(caught.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        load_settings(Example, tmp_path / "none.toml")
