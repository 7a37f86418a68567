"""What is outlined of heat: the hot places, and not what lies beside them."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.evaluation.outlined_heat import FULL, outlined
from workbench.tasks.anomaly.saving import regions_of

LIMIT = round(FULL * 0.5)


def heat(*summits: tuple[int, int, float]) -> np.ndarray:
    """uint8 (40, 40): hills, each at a row and a column, so many times as far as the limit."""
    rows, columns = np.mgrid[:40, :40]
    far = np.full((40, 40), 0.4)
    for row, column, height in summits:
        near = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * 4.0**2))
        far = np.maximum(far, height * near)
    return np.round(FULL * far / (1 + far)).astype(np.uint8)


def places(values: np.ndarray, limit: int = LIMIT) -> list[tuple[int, int]]:
    """How many pixels are outlined at a limit, and in how many places."""
    inside = (outlined(values, (160, 160)) >= limit).astype(np.uint8)
    number, _, figures, _ = cv2.connectedComponentsWithStats(inside)
    return sorted(figures[1:number, cv2.CC_STAT_AREA].tolist())


def test_a_hot_place_is_outlined_narrowly_and_a_lukewarm_one_as_it_is() -> None:
    hot, mild = heat((20, 20, 4.0)), heat((20, 20, 1.3))
    over = int((cv2.resize(hot, (160, 160)) >= LIMIT).sum())
    [narrow], [whole] = places(hot), places(mild)
    assert narrow < over / 2  # without the slope that is odd by what is beside it
    assert whole == int((cv2.resize(mild, (160, 160)) >= LIMIT).sum())


def test_a_weaker_fault_beside_a_strong_one_keeps_its_outline() -> None:
    assert len(places(heat((20, 12, 6.0), (20, 25, 2.0)))) == 2


def test_ripples_of_a_slope_are_no_places_of_their_own() -> None:
    rippled = heat((20, 20, 6.0)).astype(int)
    rippled[20, 28:34] += np.array([0, 3, 0, 3, 0, 3])
    assert len(places(rippled.astype(np.uint8))) == 1


def test_a_higher_limit_never_outlines_more() -> None:
    values = heat((10, 10, 5.0), (28, 24, 1.8))
    areas = [sum(places(values, limit)) for limit in range(20, 250, 10)]
    assert areas == sorted(areas, reverse=True)


def test_heat_that_is_the_same_all_over_is_outlined_whole() -> None:
    assert places(np.full((8, 8), FULL, np.uint8)) == [160 * 160]


def test_specks_beside_a_fault_are_not_outlined_but_alone_they_are() -> None:
    values = np.full((40, 40), 80, np.uint8)
    values[5, 5] = 150  # only just over the limit
    [speck] = regions_of(values, 0.5, (320, 320))
    values[20:26, 20:26] = 200
    [fault] = regions_of(values, 0.5, (320, 320))
    assert speck.share * values.size < 2 < fault.share * values.size
    assert fault.outline.bounds()[0] > 150
