"""A QR code, in the terminal or as a picture."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import segno

from protocol.errors import SettingsError

PICTURES: Final = (".png", ".svg")
DOT_PX: Final = 8
BORDER_DOTS: Final = 4  # ISO/IEC 18004: the quiet zone


def check_output(output: Path | None) -> None:
    """Raises SettingsError where no picture of that name can be made."""
    if output is not None and output.suffix not in PICTURES:
        raise SettingsError(f"--output {output} must end with {' or '.join(PICTURES)}")


def show_code(text: str, output: Path | None) -> str:
    """The code in blocks for a terminal; with `output` where it lies now, for its owner alone. Raises SettingsError."""
    code = segno.make_qr(text, error="m")
    if output is None:
        return _blocks(code)
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # whoever has the code gets in
        with os.fdopen(descriptor, "wb") as file:
            code.save(file, kind=output.suffix[1:], scale=DOT_PX, border=BORDER_DOTS)
    except OSError as error:
        raise SettingsError(f"--output {output} cannot be written ({error.strerror})") from error
    return f"The QR code is in {output}"


def _blocks(code: segno.QRCode) -> str:
    """Two rows of dots in each line of text, white on the terminal's dark, as most terminals are."""
    rows = [list(row) for row in code.matrix_iter(border=BORDER_DOTS)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(blocks[bool(a), bool(b)] for a, b in zip(*pair, strict=True)) for pair in pairs)
