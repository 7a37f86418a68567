"""Class maps: scores in steps, plain data there and back, regions as outlines."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.core.class_maps import (
    LEVELS,
    ClassMap,
    FoundRegion,
    level_of,
    regions_of,
    shares_of,
)
from workbench.core.filling import mask_of_polygon
from workbench.core.masks import pixels_of

SHAPES = st.tuples(st.integers(1, 30), st.integers(1, 30))


def map_of(areas: np.ndarray, level: int = LEVELS) -> ClassMap:
    """Where ``areas`` has 1 + a class, that class is sure."""
    return ClassMap(np.maximum(areas, 1).astype(np.uint8) - 1,
                    np.where(areas > 0, level, 0).astype(np.uint8))


def covered(region: FoundRegion, size: tuple[int, int]) -> np.ndarray:
    """bool (h, w): the pixels of an image whose middles lie in a region."""
    return pixels_of(mask_of_polygon(region.outline), (0, 0, *size))


@given(st.integers(0, LEVELS), st.floats(0, 1))
def test_scores_are_kept_in_steps_and_never_too_high(level: int, score: float) -> None:
    kept = ClassMap.of_scores(np.zeros((1, 2), np.int64), np.asarray([[level / LEVELS, score]],
                                                                     np.float32))
    assert kept.levels[0, 0] == level == level_of(level / LEVELS)
    assert kept.levels[0, 1] / LEVELS <= score + 1e-6 < (kept.levels[0, 1] + 1) / LEVELS + 1e-6


def test_a_pixel_counts_from_the_least_score_on() -> None:
    found = ClassMap(np.asarray([[0, 1, 1]], np.uint8), np.asarray([[9, 10, 11]], np.uint8))
    assert found.at(0.5).tolist() == [[0, 2, 2]]
    assert found.at(0.45).tolist() == [[1, 2, 2]]
    assert found.at(0.55).tolist() == [[0, 0, 2]]
    assert found.at(1.0).tolist() == [[0, 0, 0]] and found.at(0.0).tolist() == [[1, 2, 2]]
    assert found.size == (3, 1)


def test_labels_and_levels_of_other_sizes_are_no_map() -> None:
    with pytest.raises(ValueError, match="levels"):
        ClassMap(np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8))


@given(st.data(), SHAPES)
def test_plain_data_comes_back(data: st.DataObject, shape: tuple[int, int]) -> None:
    found = ClassMap(data.draw(arrays(np.uint8, shape)),
                     data.draw(arrays(np.uint8, shape, elements=st.integers(0, LEVELS))))
    again = ClassMap.of_json(found.to_json())
    np.testing.assert_array_equal(again.labels, found.labels)
    np.testing.assert_array_equal(again.levels, found.levels)


def packed(values: np.ndarray) -> str:
    return base64.b64encode(zlib.compress(values.tobytes())).decode("ascii")


@pytest.mark.parametrize("change", [
    {"labels": packed(np.zeros(5, np.uint8))}, {"labels": packed(np.zeros(2_000_000, np.uint8))},
    {"levels": "?"}, {"levels": base64.b64encode(b"no stream").decode()}, {"levels": 3},
    {"levels": packed(np.full(6, LEVELS + 1, np.uint8))},
    {"size": [3]}, {"size": [-3, -2]}, {"size": "32"}, {"size": None},
    {"size": [10 ** 18, 10 ** 18]},
], ids=["too short", "endless", "no base64", "no stream", "a number", "too sure", "one side",
        "negative", "a text", "none", "larger than anything"])
def test_what_is_no_map_is_refused(change: dict[str, Any]) -> None:
    data = ClassMap(np.zeros((2, 3), np.uint8), np.zeros((2, 3), np.uint8)).to_json()
    with pytest.raises(ValueError):
        ClassMap.of_json({**data, **change})
    for name in data:
        with pytest.raises(ValueError):
            ClassMap.of_json({key: value for key, value in data.items() if key != name})


def test_a_region_is_outlined_along_its_pixels() -> None:
    areas = np.zeros((20, 30), np.uint8)
    areas[3:9, 5:25] = 2
    [region] = regions_of(map_of(areas, 14), 0.5, (30, 20))
    assert region.label == 1 and region.score == pytest.approx(0.7)
    assert region.share == 6 * 20 / 600
    assert region.outline.bounds() == (5, 3, 25, 9)
    np.testing.assert_array_equal(covered(region, (30, 20)), areas > 0)
    assert regions_of(map_of(areas, 14), 0.75, (30, 20)) == []


def test_holes_stay_holes_and_the_largest_region_comes_first() -> None:
    areas = np.zeros((24, 24), np.uint8)
    areas[1:4, 1:5] = 1
    areas[6:22, 4:20] = 1
    areas[10:16, 8:14] = 0
    areas[11:14, 9:12] = 2
    regions = regions_of(map_of(areas), 0.5, (24, 24))
    assert [(item.label, round(item.share * 576)) for item in regions] == [(0, 220), (0, 12),
                                                                          (1, 9)]
    whole = np.zeros_like(areas)
    for item in regions:
        inside = covered(item, (24, 24))
        assert not whole[inside].any()
        whole[inside] = item.label + 1
    np.testing.assert_array_equal(whole, areas)
    assert len(regions[0].outline.rings) == 2


def test_regions_lie_in_pixels_of_the_image() -> None:
    areas = np.zeros((10, 20), np.uint8)
    areas[2:6, 4:12] = 1
    [region] = regions_of(map_of(areas), 0.5, (200, 50))
    assert region.outline.bounds() == (40, 10, 120, 30)


def test_what_touches_at_a_corner_is_two_regions_and_specks_are_none() -> None:
    areas = np.zeros((12, 12), np.uint8)
    areas[1:5, 1:5] = areas[5:9, 5:9] = 1
    areas[10, 0:2] = 1
    assert len(regions_of(map_of(areas), 0.5, (12, 12))) == 2


@given(SHAPES.flatmap(lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 2))))
def test_shares_add_up_to_what_is_covered(areas: np.ndarray) -> None:
    shares = shares_of(areas, ["a", "b", "nowhere"])
    assert shares["a"] == (areas == 1).mean() and shares["nowhere"] == 0
    assert sum(shares.values()) == pytest.approx((areas > 0).mean())


def test_a_map_of_another_size_says_what_is_said_in_the_middle_of_each_pixel() -> None:
    found = map_of(np.array([[0, 1], [2, 0]], np.uint8))
    larger = found.at_size((4, 6))
    assert larger.size == (4, 6)
    np.testing.assert_array_equal(larger.at(0.5), np.kron([[0, 1], [2, 0]], np.ones((3, 2))))
    assert found.at_size((2, 2)) is found
    np.testing.assert_array_equal(larger.at_size((2, 2)).at(0.5), found.at(0.5))
