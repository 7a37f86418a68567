"""Sizes and forms of shapes, against what is known of discs, ellipses and rectangles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.arrays import BoolArray
from workbench.core.filled_rings import filled_rings
from workbench.core.masks import mask_of_pixels
from workbench.core.outlines import Keypoints, Mask, Polygon, Ring, RotatedBox
from workbench.core.shape_figures import SQUARE, Scale, ShapeFigures, figures_of
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton


def ellipse(a: float, b: float, turn: float, scale: Scale = SQUARE) -> BoolArray:
    """Pixels whose middles lie in an ellipse, turned by ``turn`` clockwise as on screen."""
    side = math.ceil(max(a, b) + 2)
    x = (np.arange(2 * side / scale[0]) + 0.5) * scale[0] - side + 0.2
    y = (np.arange(2 * side / scale[1])[:, None] + 0.5) * scale[1] - side - 0.3
    along, across = (x * math.cos(turn) + y * math.sin(turn),
                     y * math.cos(turn) - x * math.sin(turn))
    inside: BoolArray = (along / a) ** 2 + (across / b) ** 2 <= 1
    return inside


def around(a: float, b: float) -> float:
    """Length of an ellipse: Ramanujan's second approximation, 1914."""
    part = ((a - b) / (a + b)) ** 2
    return math.pi * (a + b) * (1 + 3 * part / (10 + math.sqrt(4 - 3 * part)))


def star(seed: int, number: int = 40) -> Ring:
    """A line around a place that never crosses itself."""
    random = np.random.default_rng(seed)
    turns = np.sort(random.random(number)) * math.tau
    far = 20 + 25 * random.random(number)
    return tuple((60 + float(r * math.cos(t)), 55 + float(r * math.sin(t)))
                 for r, t in zip(far, turns, strict=True))


def brute(pixels: BoolArray, scale: float) -> tuple[float, tuple[float, float], float, float]:
    """Area, centre, and axes of points."""
    y, x = np.nonzero(pixels)
    points = (np.stack([x, y], 1) + 0.5) * scale
    lengths = 4 * np.sqrt(np.linalg.eigvalsh(np.cov(points.T)))
    return len(points) * scale ** 2, tuple(points.mean(0)), lengths[1], lengths[0]


@pytest.mark.parametrize("radius", [5, 10, 20, 60])
def test_a_disc_of_pixels(radius: float) -> None:
    found = figures_of(mask_of_pixels(ellipse(radius, radius, 0.0), 7, 9))
    assert found.area == pytest.approx(math.pi * radius ** 2, rel=0.02)
    assert found.perimeter == pytest.approx(math.tau * radius, rel=0.01)
    assert found.axes == pytest.approx((2 * radius, 2 * radius), rel=0.02)
    # from edge to edge of pixels, as they are squares
    assert 2 * radius <= found.feret[0] <= 2 * radius + math.sqrt(2)
    assert found.feret[1] == pytest.approx(2 * radius, abs=1)
    x1, y1, x2, y2 = found.bounds
    assert found.centre == pytest.approx(((x1 + x2) / 2, (y1 + y2) / 2), abs=0.5)


@pytest.mark.parametrize("degrees", range(0, 180, 30))
@pytest.mark.parametrize("scale", [SQUARE, (0.5, 0.5), (0.5, 0.8)])
def test_a_turned_ellipse(degrees: int, scale: Scale) -> None:
    turn = -math.radians(degrees)  # anticlockwise as seen
    found = figures_of(mask_of_pixels(ellipse(50, 20, turn, scale)), scale)
    assert found.area == pytest.approx(math.pi * 50 * 20, rel=0.01)
    near = 0.01 if scale[0] == scale[1] else 0.02
    assert found.perimeter == pytest.approx(around(50, 20), rel=near)
    assert found.axes == pytest.approx((100, 40), rel=0.01)
    assert found.angle == pytest.approx(degrees, abs=0.5) or degrees == 0
    assert found.feret[0] == pytest.approx(100, rel=0.02)
    assert found.feret[1] == pytest.approx(40, rel=0.04)
    assert found.area / found.hull_area > 0.95


def test_a_square_of_pixels_and_a_box() -> None:
    pixels, box = figures_of(Mask(3, 4, 50, 50, (0, 2500))), figures_of(Box(3, 4, 53, 54))
    assert pixels.perimeter == pytest.approx(200, rel=0.03) and box.perimeter == 200
    for found in (pixels, box):
        assert found.area == 2500 and found.centre == (28, 29)
        assert found.feret == pytest.approx((50 * math.sqrt(2), 50))
        assert math.isnan(found.angle)  # no side is longer


def test_a_mask_is_as_large_as_its_pixels_and_not_as_its_window() -> None:
    loose, tight = Mask(0, 0, 5, 4, (7, 2, 11)), Mask(2, 1, 2, 1, (0, 2))
    assert figures_of(loose).bounds == figures_of(tight).bounds == (2.0, 1.0, 4.0, 2.0)
    assert figures_of(loose).centre == figures_of(tight).centre == (3.0, 1.5)
    assert figures_of(loose, (3.0, 7.0)).bounds == (6.0, 7.0, 12.0, 14.0)


def test_a_turned_box_and_a_polygon_are_exact() -> None:
    turned = RotatedBox((40.0, 30.0), 20.0, 6.0, math.radians(150))
    for shape in (turned, Polygon((turned.corners(),)), Polygon((turned.corners()[::-1],))):
        found = figures_of(shape)
        assert found.area == pytest.approx(120) and found.perimeter == pytest.approx(52)
        assert found.centre == pytest.approx((40, 30)) and found.angle == pytest.approx(30)
        # a rectangle's variance along a side is its square / 12
        assert found.axes == pytest.approx((4 * 20 / math.sqrt(12), 4 * 6 / math.sqrt(12)))
        assert found.feret == pytest.approx((math.hypot(20, 6), 6))
        assert found.hull_area == pytest.approx(120)


@pytest.mark.parametrize("seed", range(4))
def test_polygons_are_as_their_pixels_are_counted(seed: int) -> None:
    ring, hole = star(seed), tuple((55 + x, 50 + y) for x, y in ((0, 0), (9, 2), (4, 8)))
    found = figures_of(Polygon((ring, hole)))
    fine = 8
    pixels = filled_rings([np.array(line) * fine for line in (ring, hole)],
                          (120 * fine, 110 * fine))
    area, centre, major, minor = brute(pixels, 1 / fine)
    assert found.area == pytest.approx(area, rel=2e-3)
    assert found.centre == pytest.approx(centre, abs=0.02)
    assert found.axes == pytest.approx((major, minor), rel=2e-3)
    lines = [sum(math.dist(a, b) for a, b in zip(line, line[1:] + line[:1], strict=True))
             for line in (ring, hole)]
    assert found.perimeter == pytest.approx(sum(lines))
    assert found.feret[0] == pytest.approx(max(math.dist(a, b) for a in ring for b in ring))
    across = [max(x * c + y * s for x, y in ring) - min(x * c + y * s for x, y in ring)
              for c, s in ((math.cos(t), math.sin(t)) for t in np.linspace(0, math.pi, 3600))]
    assert found.feret[1] == pytest.approx(min(across), rel=1e-3)


def test_pixels_that_are_not_square_are_scaled_first() -> None:
    ring: Ring = ((10.0, 10.0), (30.0, 10.0), (30.0, 14.0), (10.0, 14.0))
    for shape in (Box(10, 10, 30, 14), Polygon((ring,)), Mask(10, 10, 20, 4, (0, 80))):
        found = figures_of(shape, (0.5, 5.0))  # 10 wide and 20 high
        assert found.area == pytest.approx(200) and found.centre == pytest.approx((10, 60))
        assert found.bounds == (5, 50, 15, 70) and found.angle == pytest.approx(90)
        assert found.feret == pytest.approx((math.hypot(10, 20), 10))


def test_holes_count_to_the_outline_and_not_to_the_area() -> None:
    inside = ellipse(30, 30, 0.0)
    inside &= ~np.pad(ellipse(10, 10, 0.0), 20)
    found = figures_of(mask_of_pixels(inside))
    assert found.area == pytest.approx(math.pi * (900 - 100), rel=0.01)
    assert found.perimeter == pytest.approx(math.tau * 40, rel=0.01)
    assert found.hull_area == pytest.approx(math.pi * 900, rel=0.06)


def test_joined_key_points() -> None:
    points = Keypoints(((0.0, 0.0), (3.0, 4.0), (3.0, 10.0)), (2, 1, 0))
    skeleton = Skeleton(("nose", "neck", "tail"), ((0, 1), (1, 2)))
    assert figures_of(points, skeleton=skeleton).lines == pytest.approx((5, math.nan), nan_ok=True)
    found = figures_of(points, (2.0, 1.0), skeleton)
    assert found.lines[0] == pytest.approx(math.hypot(6, 4))
    assert math.isnan(found.area) and found.bounds == (0, 0, 6, 4)


def finite(found: ShapeFigures) -> bool:
    return all(math.isnan(value) or value >= 0 for value in (
        found.area, found.perimeter, *found.axes, *found.feret, found.hull_area))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=7))
def test_no_line_is_too_odd(points: list[tuple[int, int]]) -> None:
    ring = tuple((float(x), float(y)) for x, y in points)
    found = figures_of(Polygon((ring,)))
    assert finite(found) and found.feret[1] <= found.feret[0] + 1e-9


def test_nothing_is_measured_as_nothing() -> None:
    for shape in (Polygon(()), Mask(0, 0, 0, 0, ()), Box(4, 4, 4, 9)):
        found = figures_of(shape)
        assert found.area == 0 and finite(found)
        assert all(math.isnan(value) for value in (*found.axes, found.angle))
