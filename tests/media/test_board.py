"""The board is found, straightened and made clearer: by example in drawn pictures, and for any board by Hypothesis."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.media.board import Picture, Quad, can_be_rectified, clearer, find_outline, rectify

WIDTH, HEIGHT = 1280, 960
BOARD_PX = (1200, 660)
HFOV_DEG = 78.0


def blank_board(ground: int = 240, lines: int = 5) -> Picture:
    picture = np.full((BOARD_PX[1], BOARD_PX[0], 3), ground, np.uint8)
    for row in range(lines):
        place = (60, 120 + row * 110)
        cv2.putText(picture, f"Linje {row} av tavla", place, cv2.FONT_HERSHEY_SIMPLEX, 2, (90, 40, 20), 6, cv2.LINE_AA)
    return picture


def hung(corners: Quad, board: Picture | None = None, wall: int = 120) -> Picture:
    """A wall with a board whose corners are there (shares)."""
    board = blank_board() if board is None else board
    picture = np.full((HEIGHT, WIDTH, 3), wall, np.uint8)
    picture[700:] = wall - 50  # the floor
    flat = np.array([(0, 0), (BOARD_PX[0], 0), BOARD_PX, (0, BOARD_PX[1])], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, (corners * (WIDTH, HEIGHT)).astype(np.float32))
    inside = cv2.warpPerspective(np.full(board.shape[:2], 255, np.uint8), matrix, (WIDTH, HEIGHT))
    seen = cv2.warpPerspective(board, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
    picture[inside > 127] = seen[inside > 127]
    return picture


def at(*corners: float) -> Quad:
    return np.array(corners, np.float64).reshape(4, 2)


FROM_THE_SIDE = at(0.25, 0.22, 0.8, 0.1, 0.8, 0.68, 0.25, 0.58)
near = st.floats(-0.06, 0.06)


@settings(max_examples=15, deadline=None)
@given(st.tuples(*[near] * 8), st.sampled_from([240, 40]))
def test_any_board_is_found_to_within_a_hundredth(shifts: tuple[float, ...], ground: int) -> None:
    corners = at(0.25, 0.25, 0.75, 0.25, 0.75, 0.65, 0.25, 0.65) + np.array(shifts).reshape(4, 2)
    found = find_outline(hung(corners, blank_board(ground, lines=0)))
    assert found is not None
    assert np.abs(found - corners).max() < 0.01


def test_somebody_before_one_corner_hides_it_from_nobody() -> None:
    picture = hung(FROM_THE_SIDE)
    cv2.rectangle(picture, (920, 420), (1130, 960), (60, 90, 30), -1)
    cv2.circle(picture, (1010, 400), 60, (60, 90, 30), -1)
    found = find_outline(picture)
    assert found is not None
    assert np.abs(found - FROM_THE_SIDE).max() < 0.02


def test_a_room_without_a_board_has_none() -> None:
    rng = np.random.default_rng(4)
    crowd = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    for _ in range(60):
        place, size = rng.integers(0, WIDTH, 2), int(rng.integers(30, 130))
        cv2.circle(crowd, (int(place[0]), int(place[1])), size, tuple(map(int, rng.integers(0, 255, 3))), -1)
    assert find_outline(crowd) is None
    assert find_outline(np.full((HEIGHT, WIDTH, 3), 200, np.uint8)) is None
    assert find_outline(np.zeros((1, 1, 3), np.uint8)) is None


def test_a_straightened_board_is_the_board() -> None:
    straight = rectify(hung(FROM_THE_SIDE), FROM_THE_SIDE, HFOV_DEG)
    same = cv2.cvtColor(cv2.resize(straight, BOARD_PX, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    drawn = cv2.cvtColor(blank_board(), cv2.COLOR_BGR2GRAY)
    assert np.corrcoef(cv2.GaussianBlur(drawn, (0, 0), 2).ravel(), same.ravel())[0, 1] > 0.9


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=8, max_size=8))
def test_any_four_corners_give_a_picture_of_bounded_size_or_a_clear_refusal(shares: list[float]) -> None:
    picture = np.zeros((96, 128, 3), np.uint8)
    if not can_be_rectified(at(*shares)):
        with pytest.raises(ValueError, match="clockwise"):
            rectify(picture, at(*shares), HFOV_DEG)
        return
    straight = rectify(picture, at(*shares), HFOV_DEG)
    assert 16 <= straight.shape[1] <= 256
    assert 16 <= straight.shape[0] <= 192


@pytest.mark.parametrize("aspect", [1.0, 1.8, 2.6])
def test_a_board_seen_from_the_side_gets_its_own_shape_back(aspect: float) -> None:
    focal, turn = WIDTH / 2 / np.tan(np.radians(HFOV_DEG / 2)), np.radians(35)
    points = []
    for x, y in ((-aspect / 2, -0.5), (aspect / 2, -0.5), (aspect / 2, 0.5), (-aspect / 2, 0.5)):
        ahead = 4 + x * np.sin(turn)
        points += [
            (WIDTH / 2 + focal * x * np.cos(turn) / ahead) / WIDTH,
            (HEIGHT / 2 + focal * (y + 0.4) / ahead) / HEIGHT,
        ]
    straight = rectify(np.zeros((HEIGHT, WIDTH, 3), np.uint8), at(*points), HFOV_DEG)
    assert straight.shape[1] / straight.shape[0] == pytest.approx(aspect, rel=0.04)


def test_clearer_takes_the_shadow_out_and_leaves_the_writing() -> None:
    board = blank_board()
    shadow = np.linspace(1.0, 0.45, BOARD_PX[0], dtype=np.float32)[None, :, None]
    shaded = (board * shadow).astype(np.uint8)
    clear = cv2.cvtColor(clearer(shaded), cv2.COLOR_BGR2GRAY)
    ground = cv2.cvtColor(board, cv2.COLOR_BGR2GRAY) > 235
    assert np.ptp(cv2.cvtColor(shaded, cv2.COLOR_BGR2GRAY)[ground].astype(int)) > 100
    assert np.percentile(clear[ground], 2) > 235, "white everywhere"
    strokes = cv2.cvtColor(board, cv2.COLOR_BGR2GRAY) < 70
    assert np.percentile(clear[strokes], 98) < 90
