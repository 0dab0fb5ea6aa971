"""A link as a QR code: for a letter, and in the terminal."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from remote_app.cli import main
from remote_app.data_directory import DataDirectory

FOR_KARI = ("link", "--robot", "vefsn", "--seat", "rodoy", "--name", "Kåre Østbø-Ness")


def config(directory: Path) -> str:
    file = directory / "app.toml"
    file.write_text(
        f'[http]\npublic_url = "https://robot.example.org"\n[data]\ndirectory = "{directory / "data"}"\n'
        '[[robots]]\nid = "vefsn"\nplace = "Vefsn"\n'
    )
    return str(file)


def test_the_picture_for_a_letter_opens_the_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "kari.png"
    assert main(["--config", config(tmp_path), *FOR_KARI, "--output", str(out)]) == 0
    link, digits, where = capsys.readouterr().out.splitlines()
    (found,) = zxingcpp.read_barcodes(np.asarray(cv2.imread(str(out), cv2.IMREAD_GRAYSCALE)))
    assert found.text == link
    assert digits.startswith("code ")
    assert str(out) in where
    assert out.stat().st_mode & 0o777 == 0o600, "whoever has the code gets in"


def test_a_vector_picture_and_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "kari.svg"
    assert main(["--config", config(tmp_path), *FOR_KARI, "--output", str(out)]) == 0
    assert "<svg" in out.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["--config", config(tmp_path), *FOR_KARI, "--qr"]) == 0
    link, _, *rows = capsys.readouterr().out.splitlines()
    dots = [[255 * (c in lit) for c in row] for row in rows for lit in ("█▀", "█▄")]
    (found,) = zxingcpp.read_barcodes(np.kron(np.array(dots, np.uint8), np.ones((6, 6), np.uint8)))
    assert found.text == link


def test_another_kind_of_picture_makes_no_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", config(tmp_path), *FOR_KARI, "--output", "kari.pdf"]) == 2
    assert ".png or .svg" in capsys.readouterr().err
    assert not DataDirectory(tmp_path / "data").codes()
