"""The people in the course room: what each one looks like, and how a head, a seated body, a walking body is built."""

import itertools
import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from hardware_sim.room.figure import Cut, Ellipsoid, Limb, Solid, Vector, moved, rotation, scaled, turned
from hardware_sim.room.textures import Colour, rgb

Hair = Literal["short", "bob", "long", "bun", "curly", "ring"]

HEAD_Y: Final = 1.215  # middle of a seated person's head above the floor
STANDING_HEAD_Y: Final = 1.585
HEAD_SIZE: Final = 1.09  # a little larger than life: faces must read from four metres
CHAIR: Final = rgb(0x3F4A52)
METAL: Final = rgb(0x9AA3A8)


@dataclass(frozen=True)
class Looks:
    """How a person looks; colours as 0xRRGGBB."""

    skin: int
    hair: int
    style: Hair
    top: int
    trousers: int = 0x3B4250
    glasses: bool = False
    beard: bool = False
    scarf: int | None = None
    stripes: int | None = None
    width: float = 1.0


LECTURER: Final = Looks(0xE6B595, 0x8A5A35, "bob", 0x2F6F73, 0x2B3140, scarf=0xE0B04A)
PARTICIPANTS: Final = (
    Looks(0xEBC3A6, 0xD8D4CC, "short", 0x5B7FA6, 0x4A4F57, glasses=True, width=1.05),
    Looks(0xE7B898, 0xB9B4AC, "bun", 0xB5545C, 0x4C4456, scarf=0xE8DCC6),
    Looks(0xD9A27C, 0x2E2723, "curly", 0xD9A441, 0x38424F),
    Looks(0xEEC7AE, 0xCFA868, "long", 0x6E8F62, 0x5A4A3F),
    Looks(0xE2AE8D, 0xA7A29A, "ring", 0x7B5E87, 0x3F4650, beard=True, width=1.12),
    Looks(0x9C6B4A, 0x1F1B1A, "short", 0xDDD6C8, 0x34404E, glasses=True),
    Looks(0xEAC0A4, 0x9C4A2C, "bob", 0x3F6C8F, 0x4A4F57, stripes=0xE9E6DE),
    Looks(0xE5B596, 0x5C4430, "short", 0xA8743F, 0x3A3F48, beard=True, width=1.08),
)


def darker(colour: Colour, factor: float) -> Colour:
    b, g, r = (min(255, round(part * factor)) for part in colour)
    return b, g, r


def head(looks: Looks, mouth: float = 0.0, eyes_open: bool = True) -> list[Solid]:
    """A head with its middle at the origin that looks along +z; `mouth` 0 closed .. 1 wide open."""
    skin = rgb(looks.skin)
    rosy = (round(skin[0] * 0.95), round(skin[1] * 0.955), min(255, round(skin[2] * 1.0)))
    solids: list[Solid] = [
        Ellipsoid((0, 0.028, -0.008), (0.077, 0.098, 0.093), skin, gloss=0.04),
        Ellipsoid((0, -0.04, 0.014), (0.064, 0.077 + 0.006 * mouth, 0.077), skin, gloss=0.03),
        Ellipsoid((0, -0.092 - 0.006 * mouth, 0.042), (0.034, 0.028, 0.036), skin),
        Ellipsoid((-0.033, -0.03, 0.04), (0.03, 0.036, 0.03), skin),
        Ellipsoid((0.033, -0.03, 0.04), (0.03, 0.036, 0.03), skin),
        Limb((0, 0.018, 0.086), (0, -0.018, 0.103), 0.0095, 0.013, skin, gloss=0.08),
        Ellipsoid((0, -0.024, 0.099), (0.018, 0.011, 0.014), rosy),
        Limb((0, -0.09, -0.017), (0, -0.06, -0.015), 0.05, 0.05, darker(skin, 0.95)),
    ]
    for side in (-1, 1):
        solids += _side_of_face(looks, side, eyes_open)
    solids += _mouth(skin, mouth)
    return solids + _hair(looks)


def _side_of_face(looks: Looks, side: int, eyes_open: bool) -> list[Solid]:
    skin, hair = rgb(looks.skin), rgb(looks.hair)
    solids: list[Solid] = [Ellipsoid((side * 0.078, -0.006, -0.008), (0.012, 0.029, 0.019), skin)]
    if eyes_open:
        solids += [
            Ellipsoid((side * 0.031, 0.012, 0.078), (0.0165, 0.0098, 0.011), rgb(0xF4F1EC)),
            Ellipsoid((side * 0.031, 0.012, 0.0845), (0.0082, 0.0086, 0.0065), rgb(0x3A2B22), gloss=0.5),
        ]
    lid = 0.019 if eyes_open else 0.009
    lash = darker(skin, 0.55)
    solids += [
        Limb((side * 0.047, lid - 0.004, 0.072), (side * 0.031, lid + 0.002, 0.083), 0.003, 0.0035, lash),
        Limb((side * 0.031, lid + 0.002, 0.083), (side * 0.016, lid - 0.003, 0.084), 0.0035, 0.003, lash),
    ]
    brow = darker(hair, 0.8) if looks.style != "ring" else darker(hair, 0.9)
    solids += [
        Limb((side * 0.05, 0.033, 0.07), (side * 0.033, 0.039, 0.083), 0.0038, 0.005, brow),
        Limb((side * 0.033, 0.039, 0.083), (side * 0.015, 0.036, 0.09), 0.005, 0.0045, brow),
    ]
    return solids + (_lens(side) if looks.glasses else [])


def _lens(side: int) -> list[Solid]:
    colour = rgb(0x2A2D33)
    ring: list[Solid] = []
    corners = [
        (side * 0.033 + 0.024 * math.cos(a), 0.009 + 0.019 * math.sin(a), 0.097 - 0.004 * abs(math.cos(a)))
        for a in np.linspace(0, 2 * math.pi, 15)
    ]
    for start, end in itertools.pairwise(corners):
        ring.append(Limb(start, end, 0.0024, 0.0024, colour))
    ring.append(Limb((side * 0.057, 0.013, 0.093), (side * 0.082, 0.012, 0.0), 0.0024, 0.0024, colour))
    ring.append(Limb((0, 0.013, 0.103), (side * 0.01, 0.013, 0.099), 0.0024, 0.0024, colour))
    return ring


def _mouth(skin: Colour, mouth: float) -> list[Solid]:
    lips = (round(skin[0] * 0.68), round(skin[1] * 0.62), round(skin[2] * 0.86))
    drop = 0.016 * mouth
    solids: list[Solid] = []
    for side in (-1, 1):
        corner = (side * (0.024 - 0.004 * mouth), -0.0635 - drop * 0.4, 0.079)
        solids += [
            Limb(corner, (0, -0.066, 0.0915), 0.003, 0.0045, lips),
            Limb(corner, (0, -0.071 - drop, 0.089), 0.003, 0.0055, lips),
        ]
    if mouth > 0.15:
        gap = (0.016, 0.004 + 0.5 * drop, 0.006)
        solids.append(Ellipsoid((0, -0.0685 - drop / 2, 0.0905), gap, rgb(0x4A1F1F)))
    return solids


def _hair(looks: Looks) -> list[Solid]:
    hair = rgb(looks.hair)
    face = Cut((0, -0.42, 0.91), 0.048)
    crown = Ellipsoid((0, 0.044, -0.014), (0.086, 0.098, 0.104), hair, (face, Cut((0, -1, 0), 0.075)), 0.1, 0.05)
    fringe = Ellipsoid((0, 0.085, 0.034), (0.07, 0.046, 0.056), hair, (), 0.1, 0.05)
    if looks.style == "ring":
        solids: list[Solid] = [Ellipsoid((0, 0.0, -0.02), (0.086, 0.07, 0.098), hair, (Cut((0, 0.1, 1), 0.03),), 0.12)]
    elif looks.style == "curly":
        rng = np.random.default_rng(5)
        solids = [crown]
        for _ in range(46):
            angle, height = rng.uniform(0, 2 * math.pi), rng.uniform(-0.02, 0.125)
            x, z = 0.08 * math.sin(angle), 0.095 * math.cos(angle) - 0.02
            if z < 0.03 or height > 0.08:
                squeeze = math.sqrt(max(0.05, 1 - (max(0.0, height - 0.03) / 0.12) ** 2))
                size = rng.uniform(0.024, 0.034)
                solids.append(Ellipsoid((x * squeeze, height, z * squeeze), (size,) * 3, hair, (), 0.14, 0.05))
    else:
        solids = [crown, fringe]
    if looks.style in ("bob", "long"):
        length = 0.13 if looks.style == "bob" else 0.15
        front = (Cut((0, -0.1, 1), 0.05),)
        solids.append(Ellipsoid((0, -0.005, -0.022), (0.091, length, 0.098), hair, front, 0.1, 0.06))
        end = (0.079, -0.09, 0.012) if looks.style == "bob" else (0.098, -0.26, 0.0)
        for side in (-1, 1):
            root = (side * 0.071, 0.05, 0.012)
            solids.append(Limb(root, (side * end[0], end[1], end[2]), 0.026, 0.024, hair, 0.1, 0.05))
    if looks.style == "bun":
        solids.append(Ellipsoid((0, 0.125, -0.07), (0.05, 0.046, 0.05), hair, (), 0.2, 0.05))
    return solids + (_beard(hair) if looks.beard else [])


def _beard(hair: Colour) -> list[Solid]:
    below = (Cut((0, 1, 0.1), -0.004),)
    return [
        Ellipsoid((0, -0.045, 0.018), (0.068, 0.082, 0.079), hair, below, 0.14),
        Limb((-0.027, -0.058, 0.082), (0, -0.05, 0.097), 0.006, 0.008, hair, 0.14),
        Limb((0.027, -0.058, 0.082), (0, -0.05, 0.097), 0.006, 0.008, hair, 0.14),
        *_mouth(rgb(0xD9A283), 0.0),
    ]


def _clothes(looks: Looks, shoulder_y: float, hip_y: float) -> list[Solid]:
    """The torso with shoulders and collar, from the hip to the shoulders."""
    top, w = rgb(looks.top), looks.width
    length = shoulder_y - hip_y
    neck = darker(rgb(looks.skin), 0.93)
    solids: list[Solid] = [
        Limb((0, shoulder_y - 0.02, -0.012), (0, shoulder_y + 0.12, -0.008), 0.056, 0.052, neck),
        Limb((0, shoulder_y + 0.045, -0.012), (0, shoulder_y + 0.055, -0.01), 0.064, 0.062, top, -0.05),
        Ellipsoid((0, shoulder_y - 0.17, 0), (0.17 * w, 0.25, 0.118 * w), top, (), -0.05),
        Ellipsoid((0, hip_y + 0.35 * length, 0.012), (0.162 * w, 0.46 * length, 0.128 * w), top, (), -0.05),
        Limb((-0.142 * w, shoulder_y - 0.025, -0.01), (0, shoulder_y + 0.03, -0.012), 0.06, 0.07, top, -0.05),
        Limb((0.142 * w, shoulder_y - 0.025, -0.01), (0, shoulder_y + 0.03, -0.012), 0.06, 0.07, top, -0.05),
    ]
    if looks.stripes is not None:
        stripe = rgb(looks.stripes)
        for y in np.arange(hip_y + 0.1, shoulder_y - 0.06, 0.075):
            reach = Cut((0, 1, 0), float(y - shoulder_y + 0.17 + 0.014))
            floor = Cut((0, -1, 0), float(-(y - shoulder_y + 0.17) + 0.014))
            solids.append(
                Ellipsoid((0, shoulder_y - 0.17, 0.001), (0.173 * w, 0.253, 0.121 * w), stripe, (reach, floor), -0.05)
            )
    if looks.scarf is not None:
        scarf = rgb(looks.scarf)
        ring = [(0.07 * math.sin(a), shoulder_y + 0.065, 0.068 * math.cos(a) - 0.01) for a in np.linspace(-2, 2, 9)]
        solids += [Limb(a, b, 0.03, 0.03, scarf, -0.1) for a, b in itertools.pairwise(ring)]
        end = (0.045, shoulder_y - 0.2, 0.13)
        solids.append(Limb((0.02, shoulder_y + 0.05, 0.07), end, 0.03, 0.022, scarf, -0.1))
    return solids


def arm(looks: Looks, shoulder: Vector, elbow: Vector, hand: Vector) -> list[Solid]:
    """An arm in the top's cloth with a hand at its end."""
    top, skin = rgb(looks.top), rgb(looks.skin)
    reach = np.array(hand) - np.array(elbow)
    reach = reach / max(float(np.linalg.norm(reach)), 1e-6)
    wrist = np.array(hand) - 0.05 * reach
    tip = np.array(hand) + 0.06 * reach
    return [
        Limb(shoulder, elbow, 0.058, 0.047, top, -0.06),
        Limb(elbow, _vector(wrist), 0.047, 0.034, top, -0.06),
        Limb(_vector(wrist), hand, 0.028, 0.036, skin),
        Limb(hand, _vector(tip), 0.034, 0.02, skin),
    ]


def _vector(point: "np.typing.NDArray[np.float64]") -> Vector:
    return float(point[0]), float(point[1]), float(point[2])


def seated_lower(looks: Looks) -> list[Solid]:
    """Chair, legs and torso of someone who sits at the origin and faces +z; heights above the floor."""
    trousers, shoe = rgb(looks.trousers), rgb(0x2A2725)
    solids: list[Solid] = [
        Ellipsoid((0, 0.72, -0.19), (0.2, 0.2, 0.025), CHAIR, (), 0.02, 0.05),
        Ellipsoid((0, 0.44, 0.0), (0.22, 0.03, 0.21), CHAIR, (), 0.0, 0.05),
        *_clothes(looks, 1.0, 0.5),
    ]
    for side in (-1, 1):
        solids += [
            Limb((side * 0.09, 0.53, 0.02), (side * 0.115, 0.51, 0.42), 0.085, 0.066, trousers, -0.05),
            Limb((side * 0.115, 0.5, 0.42), (side * 0.12, 0.1, 0.42), 0.062, 0.042, trousers, -0.05),
            Ellipsoid((side * 0.12, 0.045, 0.47), (0.046, 0.042, 0.115), shoe, (), 0, 0.1),
            Limb((side * 0.18, 0.42, -0.17), (side * 0.2, 0.0, -0.22), 0.012, 0.012, METAL),
            Limb((side * 0.18, 0.42, 0.17), (side * 0.2, 0.0, 0.2), 0.012, 0.012, METAL),
        ]
    return solids


def seated_upper(looks: Looks, raised: float = 0.0) -> list[Solid]:
    """Torso above the table and both arms, without the head; `raised` 0..1 lifts the left-hand arm up high."""
    w = looks.width
    kept = [part for part in _clothes(looks, 1.0, 0.5) if isinstance(part, Limb) or part.middle[1] > 0.8]
    table = Cut((0, -1, 0), 0.13)
    torso = [
        Ellipsoid(s.middle, s.radii, s.colour, (*s.cuts, table), s.grain) if isinstance(s, Ellipsoid) else s
        for s in kept
    ]
    right = arm(looks, (0.186 * w, 0.955, 0), (0.24 * w, 0.77, 0.12), (0.1, 0.79, 0.33))
    ease = raised * raised * (3 - 2 * raised)

    def between(low: Vector, high: Vector) -> Vector:
        return _vector(np.array(low) + ease * (np.array(high) - np.array(low)) + _arc(ease))

    elbow = between((-0.24 * w, 0.77, 0.12), (-0.29 * w, 1.1, 0.1))
    hand = between((-0.1, 0.79, 0.33), (-0.25 * w, 1.4, 0.13))
    return [*torso, *right, *arm(looks, (-0.186 * w, 0.955, 0), elbow, hand)]


def _arc(ease: float) -> "np.typing.NDArray[np.float64]":
    return np.array([-0.05, 0.0, 0.12]) * math.sin(ease * math.pi)


def seated_head(looks: Looks, yaw_deg: float, pitch_deg: float, eyes_open: bool, mouth: float = 0.0) -> list[Solid]:
    """The head at its place above a seated body; it turns about the neck."""
    return _placed(head(looks, mouth, eyes_open), yaw_deg, pitch_deg, HEAD_Y)


def standing(looks: Looks, stride: float, swing: float, gesture: float) -> list[Solid]:
    """A standing or walking body without its head: `stride` is the phase of the walk in radians, `swing` how far
    the legs go (0 stands still), `gesture` 0..1 lifts the right-hand arm in speaking."""
    trousers, shoe = rgb(looks.trousers), rgb(0x4A352A)
    hem = Cut((0, -1, 0), 0.1)
    solids = [
        *(part for part in _clothes(looks, 1.37, 0.86) if isinstance(part, Limb) or part.middle[1] > 1.15),
        Ellipsoid((0, 1.08, 0.008), (0.14, 0.3, 0.108), rgb(looks.top), (), -0.05),
        Ellipsoid((0, 0.92, 0.004), (0.165, 0.2, 0.13), rgb(looks.top), (hem,), -0.05),
        Ellipsoid((0, 0.86, 0), (0.15, 0.11, 0.115), trousers),
    ]
    for side in (-1, 1):
        step = swing * math.sin(stride + (math.pi if side > 0 else 0))
        lift = swing * max(0.0, math.cos(stride + (math.pi if side > 0 else 0)))
        knee = (side * 0.095, 0.49 + 0.05 * lift, 0.02 + 0.16 * step + 0.1 * lift)
        ankle = (side * 0.1, 0.09 + 0.07 * lift, 0.3 * step - 0.04 * lift)
        solids += [
            Limb((side * 0.08, 0.88, 0), knee, 0.09, 0.066, trousers, -0.05),
            Limb(knee, ankle, 0.064, 0.046, trousers, -0.05),
            Ellipsoid((ankle[0], ankle[1] - 0.045, ankle[2] + 0.05), (0.045, 0.04, 0.115), shoe, (), 0, 0.1),
        ]
    sway = 0.13 * swing * math.sin(stride)
    up = gesture
    left_hand = (-0.1 - 0.1 * up, 0.98 + 0.06 * up, 0.25 + 0.08 * up + sway)
    right_hand = (0.12 + 0.26 * up, 0.98 + 0.32 * up, 0.26 + 0.06 * up - sway)
    left = arm(looks, (-0.178, 1.315, 0), (-0.235, 1.06, 0.04 + sway), left_hand)
    right = arm(looks, (0.178, 1.315, 0), (0.24 + 0.06 * up, 1.06 + 0.05 * up, 0.04 - sway), right_hand)
    return [*solids, *left, *right]


def standing_head(looks: Looks, yaw_deg: float, mouth: float, eyes_open: bool) -> list[Solid]:
    """The head at its place above a standing body."""
    return _placed(head(looks, mouth, eyes_open), yaw_deg, 2, STANDING_HEAD_Y)


def _placed(solids: list[Solid], yaw_deg: float, pitch_deg: float, y: float) -> list[Solid]:
    about_neck = turned(solids, rotation(yaw_deg, pitch_deg), (0, -0.13, -0.02))
    return moved(scaled(about_neck, HEAD_SIZE), (0, y, 0.01))
