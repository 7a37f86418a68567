"""Key points and outlines in little memory: what comes out is what went in."""

from __future__ import annotations

import pytest

from workbench.core.packed_details import PackedDetails

RING = [[1.5, 2.0, 30.1, 2.0, 30.1, 40.7]]
POINTS = [[[1.5, 20.1, 0.987], [2999.9, 4000.1, 0.0]], [], [[-3.2, 0.0, 1.0]]]


@pytest.mark.parametrize("rows", [[0, 1, 2], [2, 0], []])
def test_lists_come_back_by_their_rows(rows: list[int]) -> None:
    item = {"boxes": [[0, 0, 9, 9]] * 3, "keypoints": POINTS, "outlines": [RING, [], RING]}
    found = PackedDetails(item).at(rows)
    assert found == {"keypoints": [POINTS[row] for row in rows],
                     "outlines": [item["outlines"][row] for row in rows]}


def test_what_a_model_does_not_find_is_not_there() -> None:
    assert PackedDetails({"boxes": []}).at([]) == {}
    assert PackedDetails({"keypoints": []}).at([]) == {"keypoints": []}
    assert PackedDetails({"keypoints": [[], []]}).at([1]) == {"keypoints": [[]]}
