"""The object in a box, on generated pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.media.images.cutout import object_in

Form = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]
Colors = list[tuple[int, int, int]]

FORMS: dict[str, Form] = {
    "ellipse": lambda y, x: (y / 35) ** 2 + (x / 45) ** 2 < 1,
    "corner": lambda y, x: (np.abs(x) < 40) & (np.abs(y) < 35) & ((y > 10) | (x < -15)),
    "star": lambda y, x: np.hypot(y, x) < 30 + 12 * np.cos(5 * np.arctan2(y, x)),
}


def drawn(form: Form, mine: Colors, theirs: Colors, noise: float,
          scale: int = 1) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A picture of 160 × 120 with a form in its middle, and where that is."""
    random = np.random.default_rng(5)
    y, x = (np.mgrid[:120 * scale, :160 * scale] + 0.5) / scale
    there = form(y - 60, x - 80)

    def noisy(colors: Colors) -> NDArray[np.float64]:
        some = np.array(colors)[random.integers(0, len(colors), there.shape)]
        return some + random.normal(0, noise, (*there.shape, 3))

    picture = np.where(there[..., None], noisy(mine), noisy(theirs))
    return picture.clip(0, 255).astype(np.uint8), there


def around(there: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(there)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("mine", "theirs", "noise"), [
    ([(200, 60, 60), (160, 40, 90)], [(90, 140, 90), (120, 120, 60)], 12),
    ([(150, 110, 110)], [(120, 120, 110)], 6),
])
def test_forms_are_found(form: str, mine: Colors, theirs: Colors, noise: float) -> None:
    picture, there = drawn(FORMS[form], mine, theirs, noise)
    found = object_in(picture, around(there))
    assert found is not None and found.shape == there.shape
    assert (found & there).sum() / (found | there).sum() > 0.93


def test_a_large_part_is_looked_at_smaller_and_answered_in_full() -> None:
    picture, there = drawn(FORMS["ellipse"], [(200, 60, 60)], [(90, 140, 90)], 12, scale=5)
    found = object_in(picture, around(there))
    assert found is not None and found.shape == (600, 800)
    assert (found & there).sum() / (found | there).sum() > 0.96


def test_nothing_leaves_its_box_and_a_hole_is_filled() -> None:
    def ring(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.bool_]:
        away = np.hypot(y, x)
        return (away < 40) & (away > 12)

    picture, there = drawn(ring, [(200, 60, 60)], [(90, 140, 90)], 8)
    x1, y1, x2, y2 = 50, 20, 110, 100  # narrower than the ring
    found = object_in(picture, (x1, y1, x2, y2))
    assert found is not None and found[60, 80] and not there[60, 80]
    outside = np.ones(found.shape, bool)
    outside[y1:y2, x1:x2] = False
    assert not (found & outside).any()


@pytest.mark.parametrize("noise", [0, 10])
def test_where_nothing_stands_out_nothing_is_found(noise: int) -> None:
    plain = np.random.default_rng(2).normal(128, noise, (120, 160, 3)).clip(0, 255)
    assert object_in(plain.astype(np.uint8), (40, 30, 120, 90)) is None


@pytest.mark.parametrize("box", [(0, 0, 160, 120), (10, 10, 12, 12), (5, 5, 5, 5),
                                 (150, 110, 160, 120)])
def test_boxes_without_room_around_or_inside_are_no_harm(box: tuple[int, int, int, int]) -> None:
    picture, _ = drawn(FORMS["ellipse"], [(200, 60, 60)], [(90, 140, 90)], 12)
    found = object_in(picture, box)
    assert found is None or found.shape == (120, 160)
