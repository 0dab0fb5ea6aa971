"""The flat things in the room as textures: board, view from the windows, door, posters, wood.

Every function returns BGR (h, w, 3) or BGRA with straight alpha; `ppm` is pixels a metre.
"""

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

INK: Final = (96, 52, 22)
RED_INK: Final = (52, 48, 176)
GREEN_INK: Final = (72, 112, 30)
SMALL_PRINT: Final = "Til neste gang: skriv ned tre ting som ga deg krefter, og en som tok dem. Ta med arket."


def rgb(value: int) -> Colour:
    """0xRRGGBB as OpenCV's BGR."""
    return value & 255, value >> 8 & 255, value >> 16


def plain(width: int, height: int, colour: Colour) -> Picture:
    return np.full((height, width, 3), colour, np.uint8)


def text(
    picture: Picture,
    words: str,
    at: tuple[float, float],
    size: float,
    colour: Colour,
    weight: int = 400,
    fit: float = 0.96,
) -> None:
    """Write one line with its baseline starting at `at`, smaller where it would go beyond `fit` of the width.

    OpenCV's built-in font has æøå.
    """
    room = picture.shape[1] * fit - at[0]
    size = min(size, size * room / max(1, text_width(words, size, weight)))
    origin = (round(at[0]), round(at[1]))
    cv2.putText(picture, words, origin, colour, cv2.FontFace("sans"), round(size), weight)


def text_width(words: str, size: float, weight: int = 400) -> int:
    box = cv2.getTextSize((4000, 400), words, (0, 200), cv2.FontFace("sans"), round(size), weight)
    return int(box[2])


def soft_noise(height: int, width: int, cell: tuple[float, float], seed: int) -> npt.NDArray[np.float32]:
    """Smooth noise around 0 with a standard deviation of 1; `cell` is (across, down) in pixels."""
    small = np.random.default_rng(seed).standard_normal(
        (max(2, int(height / cell[1]) + 1), max(2, int(width / cell[0]) + 1)), np.float32
    )
    noise = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    return noise / max(float(noise.std()), 1e-6)


def shaded(picture: Picture, factor: npt.NDArray[Any]) -> Picture:
    """The picture times a factor a pixel (h, w) or a pixel and channel (h, w, 3)."""
    factor = factor if factor.ndim == 3 else factor[:, :, None]
    return np.asarray(np.clip(picture * factor.astype(np.float32), 0, 255), np.uint8)


def board(ppm: float, width_m: float, height_m: float) -> Picture:
    """The whiteboard with the meeting's agenda, in marker."""
    w, h = round(width_m * ppm), round(height_m * ppm)
    picture = plain(w, h, (247, 249, 248))
    u = h / 100
    text(picture, "Mestringstreff 3 av 6", (4.5 * u, 15.5 * u), 11.5 * u, INK, 600)
    text(picture, "Å leve godt med sykdom", (4.5 * u, 28.5 * u), 9 * u, RED_INK, 500)
    _underline(picture, (4.5 * u, 32 * u), text_width("Å leve godt med sykdom", 9 * u, 500), u, RED_INK)
    agenda = [
        ("10.00", "Velkommen og runde"),
        ("10.20", "Søvn, hvile og krefter"),
        ("11.00", "Kaffepause"),
        ("11.15", "Grupper: små mål som hjelper"),
        ("11.50", "Hjemmelekse og avslutning"),
    ]
    for index, (clock, what) in enumerate(agenda):
        y = (45 + index * 10.2) * u
        text(picture, clock, (5 * u, y), 6.4 * u, GREEN_INK, 500)
        text(picture, what, (26 * u, y), 6.4 * u, INK, 400)
    _day_curve(picture, (h * 1.525, h * 0.45), u * 0.82)
    text(picture, "Vi lærer av hverandre!", (h * 1.255, h * 0.9), 4.6 * u, RED_INK, 500)
    text(picture, SMALL_PRINT, (5 * u, 96 * u), 2.3 * u, INK, 400)
    glare = soft_noise(h, w, (w / 3, h / 2), 3) * 0.012 + np.linspace(1.0, 0.955, w)[None, :]
    return framed(shaded(picture, glare), round(0.03 * ppm), rgb(0xB9BEC2))


def _underline(picture: Picture, at: tuple[float, float], length: int, u: float, colour: Colour) -> None:
    x = np.linspace(0, length, 60)
    points = np.stack([at[0] + x, at[1] + 0.35 * u * np.sin(x / length * 9)], 1)
    cv2.polylines(picture, [np.rint(points * 16).astype(int)], False, colour, round(0.8 * u), cv2.LINE_AA, 4)


def _day_curve(picture: Picture, middle: tuple[float, float], u: float) -> None:
    """A marker drawing of one's strength through a day, with and without rests; about 60 units wide."""
    x, y = middle
    colours = (rgb(0xD9822B), rgb(0x2E6DA4), GREEN_INK)

    def line(points: list[tuple[float, float]], colour: Colour, thickness: float = 1.0) -> None:
        fixed = np.rint((np.array(points) * u + (x, y)) * 16).astype(int)
        cv2.polylines(picture, [fixed], False, colour, round(thickness * u), cv2.LINE_AA, 4)

    line([(-28, -22), (-28, 24), (30, 24)], INK, 0.9)
    line([(27, 22), (30, 24), (27, 26)], INK, 0.9)
    line([(-30, -19), (-28, -22), (-26, -19)], INK, 0.9)
    t = np.linspace(0, 1, 60)
    day = [(-27 + 54 * a, 14 - 26 * float(np.exp(-(((a - 0.32) / 0.17) ** 2)))) for a in t]
    line(day, colours[0], 1.1)
    rest = [(-27 + 54 * a, 10 - 15 * float(np.sin(a * np.pi)) ** 0.7 - 1.2 * np.sin(a * 30)) for a in t]
    line(rest, colours[2], 1.1)
    text(picture, "krefter", (x - 26 * u, y - 24 * u), 4.6 * u, INK, 400)
    text(picture, "tid", (x + 20 * u, y + 31.5 * u), 4.6 * u, INK, 400)
    text(picture, "uten pause", (x - 4 * u, y - 14 * u), 4.4 * u, colours[0], 500)
    text(picture, "med pause", (x + 4 * u, y + 9.5 * u), 4.4 * u, colours[2], 500)


def framed(picture: Picture, border: int, colour: Colour) -> Picture:
    """The picture with a border around it and a thin line around that."""
    framed = cv2.copyMakeBorder(picture, border, border, border, border, cv2.BORDER_CONSTANT, value=colour)
    cv2.rectangle(framed, (0, 0), (framed.shape[1] - 1, framed.shape[0] - 1), rgb(0x8D9499), 2)
    return np.asarray(framed, np.uint8)


def fjord(width: int, height: int) -> Picture:
    """Sky, snowy mountains, fjord and the near shore with a red boathouse, on a clear day."""
    top, low = np.array(rgb(0x6FA9DC), np.float32), np.array(rgb(0xE3EFF6), np.float32)
    horizon = round(height * 0.60)
    ramp = np.linspace(0, 1, horizon, dtype=np.float32)[:, None, None] ** 0.8
    picture = np.empty((height, width, 3), np.float32)
    picture[:horizon] = top * (1 - ramp) + low * ramp
    clouds = soft_noise(horizon, width, (height * 0.5, height * 0.07), 4)
    clouds += 0.5 * soft_noise(horizon, width, (height * 0.14, height * 0.03), 5)
    picture[:horizon] += (np.clip(clouds - 0.55, 0, 1.2) * 38)[:, :, None]
    ridges = ((0.30, 0xA9BFD2, 0.17, 6, 0.85), (0.40, 0x7F9DB5, 0.12, 9, 0.6), (0.50, 0x5C7F86, 0.07, 13, 0.15))
    for level, colour, amplitude, seed, snow in ridges:
        _ridge(picture[:horizon], height * level, height * amplitude, rgb(colour), seed, snow)
    mirror = picture[:horizon][::-1][: height - horizon]
    depth = np.linspace(0, 1, len(mirror), dtype=np.float32)[:, None, None]
    water = np.array(rgb(0x4E7F9C), np.float32)
    picture[horizon : horizon + len(mirror)] = mirror * (0.62 - 0.3 * depth) + water * (0.36 + 0.22 * depth)
    ripples = soft_noise(height - horizon, width, (height * 0.08, height * 0.006), 8)
    picture[horizon:] += (ripples * 5)[:, :, None]
    out = np.asarray(np.clip(picture, 0, 255), np.uint8)
    _shore(out)
    return out


def _ridge(
    picture: npt.NDArray[np.float32], level: float, amplitude: float, colour: Colour, seed: int, snow: float
) -> None:
    height, width = picture.shape[:2]
    line = np.full(width, level, np.float32)
    for octave in range(6):
        scale = 2.0**octave
        detail = soft_noise(2, width, (height * 1.1 / scale, 1), seed + octave)[0]
        line += amplitude * 0.6 / scale**0.85 * (detail if octave else -np.abs(detail) * 1.4)
    below = np.arange(height, dtype=np.float32)[:, None] - line[None, :]
    cover = np.clip(below + 0.5, 0, 1)[:, :, None]
    slope = cv2.GaussianBlur(np.gradient(line)[None, :].astype(np.float32), (0, 0), 2)
    relief = soft_noise(height, width, (height * 0.035, height * 0.03), seed + 20)
    relief = 0.6 * relief + 0.7 * soft_noise(height, width, (height * 0.012, height * 0.018), seed + 21)
    light = 1 - 0.14 * np.clip(slope, -1.5, 1.5) + 0.05 * relief
    haze = np.clip(below / (height * 0.5), 0, 1)[:, :, None] * 0.35
    body = np.array(colour, np.float32) * light[:, :, None]
    white = np.clip((amplitude * 0.75 - below + amplitude * 0.55 * relief) / (amplitude * 0.7), 0, 1) * snow
    body += (np.array((250, 247, 244)) * light[:, :, None] - body) * white[:, :, None]
    body += (np.array(rgb(0xDCE8F0), np.float32) - body) * haze
    picture += (body - picture) * cover


def _shore(picture: Picture) -> None:
    height, width = picture.shape[:2]
    u = height / 100
    bank = height * 0.84 + soft_noise(2, width, (30 * u, 1), 31)[0] * 2.2 * u
    outline = [(0, height), *((x, float(bank[x])) for x in range(0, width, 4)), (width, height)]
    cv2.fillPoly(picture, [np.rint(np.array(outline)).astype(int)], rgb(0x6F8B4E), cv2.LINE_AA)
    rng = np.random.default_rng(3)
    for _ in range(900):
        x = int(rng.integers(0, width))
        y = bank[x] + rng.uniform(0.5, 16) * u
        shade = int(rng.integers(-22, 22))
        tone = tuple(min(255, max(0, c + shade)) for c in rgb(0x6F8B4E))
        cv2.ellipse(picture, (x, int(y)), (round(2.2 * u), max(1, round(0.5 * u))), 0, 0, 360, tone, -1, 16)
    for share in (0.16, 0.53, 0.81):
        _boathouse(picture, share * width, float(bank[int(share * width)]) + 2.5 * u, u * (1.0 if share < 0.5 else 0.8))
    for x in rng.uniform(0, width, 16):
        _birch(picture, x, float(bank[int(x)]) + 4 * u, u * float(rng.uniform(0.8, 1.3)), rng)


def _boathouse(picture: Picture, x: float, y: float, u: float) -> None:
    def fill(points: list[tuple[float, float]], colour: int) -> None:
        fixed = np.rint((np.array(points) * u + (x, y)) * 16).astype(int)
        cv2.fillPoly(picture, [fixed], rgb(colour), cv2.LINE_AA, 4)

    fill([(-7, 0), (7, 0), (7, -6), (0, -11), (-7, -6)], 0xA63A2B)
    fill([(7, 0), (16, -1), (16, -6.5), (7, -6)], 0x8A2F24)
    fill([(-8, -5.4), (0, -11.6), (9.5, -11.2), (17, -6)], 0x4E5154)
    fill([(0, -11.6), (9.5, -11.2), (17, -6), (8, -5.6)], 0x5E6164)
    fill([(-7, 0), (7, 0), (7, -6), (0, -10.6), (-7, -6)], 0xB5432F)
    fill([(-2.4, 0), (2.4, 0), (2.4, -5), (-2.4, -5)], 0xF1EDE4)


def _birch(picture: Picture, x: float, y: float, u: float, rng: np.random.Generator) -> None:
    top = (round(x + rng.uniform(-2, 2) * u), round(y - 17 * u))
    cv2.line(picture, (round(x), round(y)), top, rgb(0xDAD7CF), max(1, round(0.7 * u)), cv2.LINE_AA)
    for _ in range(60):
        dx, dy = rng.normal(0, 3.0), rng.normal(0, 4.2)
        shade = rgb((0x6E9440, 0x86AC52, 0x57803A, 0x9ABB62)[int(rng.integers(4))])
        spot = (round(top[0] + dx * u), round(top[1] + (dy + 3) * u))
        cv2.circle(picture, spot, max(1, round(u * rng.uniform(0.5, 1.1))), shade, -1, cv2.LINE_AA)


def window(ppm: float, width_m: float, height_m: float, outside: Picture) -> Picture:
    """A window with its frame and crossbar; `outside` is what is seen through it."""
    w, h = round(width_m * ppm), round(height_m * ppm)
    picture = np.asarray(cv2.resize(outside, (w, h), interpolation=cv2.INTER_AREA), np.uint8)
    picture = shaded(picture, np.full((h, w), 1.12))
    frame, edge = rgb(0xF4F1EA), rgb(0xCFCBC2)
    border = round(0.06 * ppm)
    for x in (0, w // 2 - border // 2, w - border):
        picture[:, x : x + border] = frame
        picture[:, x + border - max(1, border // 6) : x + border] = edge
    for y in (0, h - border):
        picture[y : y + border] = frame
    picture[border : border + max(1, border // 6), border : w - border] = edge
    return picture


def curtain(ppm: float, width_m: float, height_m: float, seed: int) -> Picture:
    w, h = round(width_m * ppm), round(height_m * ppm)
    folds = np.sin(np.linspace(0, width_m / 0.085 * 2 * np.pi, w) + seed)
    wave = soft_noise(h, w, (w / 5, h), seed) * 0.04
    return shaded(plain(w, h, rgb(0xC9973F)), 0.92 + 0.16 * folds[None, :] + wave)


def door(ppm: float, width_m: float, height_m: float) -> Picture:
    w, h = round(width_m * ppm), round(height_m * ppm)
    picture = shaded(plain(w, h, rgb(0xB98A5A)), 1 + 0.045 * soft_noise(h, w, (ppm * 0.015, ppm * 0.6), 12))
    frame = round(0.06 * ppm)
    for box in ((0, 0, frame, h), (w - frame, 0, w, h), (0, 0, w, frame)):
        cv2.rectangle(picture, box[:2], (box[2] - 1, box[3] - 1), rgb(0xEFEBE2), -1)
    glass = (round(w * 0.62), round(h * 0.12), round(w * 0.78), round(h * 0.55))
    cv2.rectangle(picture, glass[:2], glass[2:], rgb(0xD5E2E6), -1)
    cv2.rectangle(picture, glass[:2], glass[2:], rgb(0x8A6640), max(1, frame // 5), cv2.LINE_AA)
    knob = (round(w * 0.17), round(h * 0.53))
    cv2.line(picture, knob, (round(w * 0.30), knob[1]), rgb(0x7D8388), max(2, frame // 3), cv2.LINE_AA)
    cv2.circle(picture, knob, frame // 3, rgb(0x9BA1A6), -1, cv2.LINE_AA)
    return picture


def exit_sign(ppm: float, width_m: float, height_m: float) -> Picture:
    w, h = round(width_m * ppm), round(height_m * ppm)
    picture = plain(w, h, rgb(0x0E8A4A))
    white = (255, 255, 255)
    text(picture, "UTGANG", (w * 0.33, h * 0.65), h * 0.4, white, 700)
    u = h / 100
    body = np.array([(44, 40), (32, 60), (46, 66), (38, 88)], np.float32) * u
    cv2.circle(picture, (round(50 * u), round(27 * u)), round(9 * u), white, -1, cv2.LINE_AA)
    cv2.polylines(picture, [np.rint(body).astype(int)], False, white, max(1, round(9 * u)), cv2.LINE_AA)
    arms = np.array([(24, 46), (44, 42), (60, 52)], np.float32) * u
    cv2.polylines(picture, [np.rint(arms).astype(int)], False, white, max(1, round(7 * u)), cv2.LINE_AA)
    leg = np.array([(38, 62), (24, 74), (12, 76)], np.float32) * u
    cv2.polylines(picture, [np.rint(leg).astype(int)], False, white, max(1, round(8 * u)), cv2.LINE_AA)
    return picture


def poster(ppm: float, width_m: float, height_m: float, lines: tuple[str, ...], colour: int, scene: Picture) -> Picture:
    """A poster with a scene above and a few words below."""
    w, h = round(width_m * ppm), round(height_m * ppm)
    picture = plain(w, h, (246, 248, 250))
    above = np.asarray(cv2.resize(scene, (w, round(h * 0.5)), interpolation=cv2.INTER_AREA), np.uint8)
    picture[: len(above)] = above
    cv2.rectangle(picture, (0, len(above)), (w, len(above) + h // 40), rgb(colour), -1)
    for index, line in enumerate(lines):
        size = h * (0.082 if index == 0 else 0.055)
        weight, ink = (650, rgb(colour)) if index == 0 else (400, rgb(0x35393C))
        text(picture, line, (w * 0.07, h * (0.65 + 0.095 * index)), size, ink, weight)
    return framed(picture, round(0.012 * ppm), rgb(0xD9D6CE))


def wood(ppm: float, width_m: float, height_m: float, colour: int, seed: int) -> Picture:
    """A table top: fine grain along its longer side, a darker edge."""
    w, h = round(width_m * ppm), round(height_m * ppm)
    along = (ppm * 0.5, ppm * 0.008) if w > h else (ppm * 0.008, ppm * 0.5)
    grain = 1 + 0.035 * soft_noise(h, w, along, seed) + 0.02 * soft_noise(h, w, (ppm * 0.4, ppm * 0.4), seed + 1)
    picture = shaded(plain(w, h, rgb(colour)), grain)
    cv2.rectangle(picture, (0, 0), (w - 1, h - 1), rgb(0xA98A62), max(1, round(ppm * 0.008)))
    return picture


def floor(ppm: float, width_m: float, height_m: float) -> Picture:
    """Oak boards that run towards the front."""
    w, h = round(width_m * ppm), round(height_m * ppm)
    board_px, rng = max(3, round(0.16 * ppm)), np.random.default_rng(9)
    tone = np.repeat(rng.normal(1, 0.035, w // board_px + 1), board_px)[:w]
    picture = shaded(plain(w, h, rgb(0xC6A477)), np.broadcast_to(tone, (h, w)).copy())
    picture = shaded(picture, 1 + 0.028 * soft_noise(h, w, (ppm * 0.02, ppm * 0.7), 10))
    picture[:, ::board_px] = np.asarray(picture[:, ::board_px] * 0.86, np.uint8)
    for x in range(0, w, board_px):
        y = int(rng.integers(0, h))
        picture[y : y + max(1, round(0.004 * ppm)), x : x + board_px] = rgb(0xA98A62)
    return picture


def ceiling(ppm: float, width_m: float, height_m: float) -> Picture:
    """White acoustic tiles of 60 cm."""
    w, h = round(width_m * ppm), round(height_m * ppm)
    picture = shaded(plain(w, h, rgb(0xF3F1EC)), 1 + 0.008 * soft_noise(h, w, (2, 2), 14))
    step = 0.6 * ppm
    for index in range(int(max(w, h) / step) + 1):
        at = round(index * step)
        cv2.line(picture, (at, 0), (at, h), rgb(0xD8D5CE), max(1, round(0.012 * ppm)))
        cv2.line(picture, (0, at), (w, at), rgb(0xD8D5CE), max(1, round(0.012 * ppm)))
    return picture


def lamp(ppm: float, width_m: float, height_m: float) -> Picture:
    picture = plain(round(width_m * ppm), round(height_m * ppm), rgb(0xFFFDF6))
    return framed(picture, max(2, round(0.02 * ppm)), rgb(0xDAD8D2))


def paper(ppm: float, words: tuple[str, ...], seed: int) -> Picture:
    """A sheet of A4 with a heading and lines, lying on a table."""
    w, h = round(0.21 * ppm), round(0.297 * ppm)
    picture = plain(w, h, (252, 252, 250))
    text(picture, words[0], (w * 0.1, h * 0.14), h * 0.085, INK, 500)
    rng = np.random.default_rng(seed)
    for index in range(9):
        y = round(h * (0.24 + index * 0.075))
        end = (round(w * rng.uniform(0.55, 0.9)), y)
        cv2.line(picture, (round(w * 0.1), y), end, rgb(0x9AA1A8), max(1, round(h * 0.012)), cv2.LINE_AA)
    return picture


def clock_face(size: int, radius_share: float = 0.46) -> Picture:
    """A round wall clock without hands, transparent outside."""
    picture = np.zeros((size, size, 4), np.uint8)
    picture[:, :, :3] = rgb(0x2B3136)
    middle, radius = size // 2, round(size * radius_share)
    cv2.circle(picture, (middle, middle), radius, (*rgb(0x2B3136), 255), -1, cv2.LINE_AA)
    cv2.circle(picture, (middle, middle), round(radius * 0.9), (*rgb(0xFBFAF6), 255), -1, cv2.LINE_AA)
    for index in range(60):
        angle = index * np.pi / 30
        inner = 0.72 if index % 5 == 0 else 0.83
        line = [(middle + radius * r * np.sin(angle), middle - radius * r * np.cos(angle)) for r in (inner, 0.87)]
        points = np.rint(np.array(line) * 16).astype(int)
        width = max(1, round(size * (0.02 if index % 15 == 0 else 0.012 if index % 5 == 0 else 0.005)))
        cv2.polylines(picture, [points], False, (*rgb(0x2B3136), 255), width, cv2.LINE_AA, 4)
    return picture
