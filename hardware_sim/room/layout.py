"""Where everything stands in the course room, in metres from the camera (see `panorama`)."""

from typing import Final

FLOOR_Y: Final = -1.15  # the robot's eyes are as high as those of someone who sits
CEILING_Y: Final = 1.65
LEFT_X: Final = -2.75
RIGHT_X: Final = 2.75
FRONT_Z: Final = 4.4
BACK_Z: Final = -3.2
TABLE_Y: Final = -0.41

BOARD: Final = (-1.5, 1.22, 1.22, -0.28)  # left, top, right, bottom on the front wall
SCREEN: Final = (-2.62, 1.42, -1.62, 0.39)
CLOCK: Final = (2.05, 1.14, 0.19)  # middle x, middle y, radius, on the front wall
WINDOWS_Z: Final = ((4.0, 2.75), (2.3, 1.05), (0.6, -0.65), (-1.1, -2.35))  # on the left wall
WINDOW_TOP_Y: Final = 1.2
WINDOW_SILL_Y: Final = -0.2
SILL_DEPTH_M: Final = 0.13
FLOOR_PLANTS: Final = ((2.38, 4.02), (-2.35, -2.85))
"""x and z."""
DOOR_Z: Final = (0.55, -0.4)  # on the right wall
DOOR_TOP_Y: Final = 0.95

LAMPS: Final = tuple((x, z) for z in (3.1, 1.2, -0.9, -2.6) for x in (-1.3, 1.3))
"""Middles of the lamp panels in the ceiling."""

LECTURER_Z: Final = 3.75
LECTURER_X: Final = (1.12, 1.62)  # between which the lecturer walks
TABLES: Final = (
    (-1.5, 3.35, -0.95, 2.15),
    (-1.5, 2.13, -0.95, 0.93),
    (0.95, 3.35, 1.5, 2.15),
    (0.95, 2.13, 1.5, 0.93),
    (-1.5, 0.91, 1.5, -0.32),
)
"""Tables of the horseshoe: left, far, right, near edge."""
