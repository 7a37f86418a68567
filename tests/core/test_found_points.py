"""What becomes of key points that a model found."""

from __future__ import annotations

import pytest

from workbench.core.found_points import LEAST_SURE, keypoints_found
from workbench.core.outlines import NOT_LABELLED, VISIBLE
from workbench.core.shapes import Box

BOX = Box(0, 0, 50, 50)
NOTHING = (float("nan"),) * 3


def test_points_that_are_sure_enough_are_visible() -> None:
    shape = keypoints_found([(10.04, 20, 0.9), (30, 40, LEAST_SURE - 0.01), (5, 6, LEAST_SURE),
                             NOTHING], BOX)
    assert shape is not None and shape.box == BOX
    assert shape.visibility == (VISIBLE, NOT_LABELLED, VISIBLE), "and no fourth of this class"
    assert list(shape.labelled()) == [(10.0, 20.0), (5.0, 6.0)]


@pytest.mark.parametrize("points", [[], [NOTHING], [(1, 2, 0.1), (3, 4, 0.0)]])
def test_without_a_sure_point_there_are_no_key_points(points: list[tuple[float, ...]]) -> None:
    assert keypoints_found(points, BOX) is None
