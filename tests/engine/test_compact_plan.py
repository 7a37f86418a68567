"""Input size and grids follow from the labels, and are told in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.models.compact.plan import ALIGN, STRIDES, make_plan, share_words
from workbench.extension.detection import DataFacts


def facts(
    box: tuple[float, float], image: tuple[int, int] = (640, 480), each: int = 1, images: int = 20
) -> DataFacts:
    boxes = (box,) * (each * images)
    relative = ((box[0] * box[1] / (image[0] * image[1])) ** 0.5,) * len(boxes)
    return DataFacts(images, len(boxes), (image,) * images, boxes, relative, each, (len(boxes),))


def test_small_things_get_a_larger_input_and_finer_grids() -> None:
    large, small = make_plan(facts((300, 300))), make_plan(facts((16, 16)))
    assert small.input_size[0] > large.input_size[0]
    assert small.strides[0] < large.strides[0]


def test_the_input_has_the_shape_of_the_images() -> None:
    wide, tall = make_plan(facts((60, 60))), make_plan(facts((60, 60), (480, 640)))
    assert wide.input_size == tall.input_size[::-1]
    assert wide.input_size[0] / wide.input_size[1] == pytest.approx(4 / 3, rel=0.06)


def test_a_size_that_a_person_chose_is_kept() -> None:
    assert make_plan(facts((60, 60)), 512).input_size == (512, 384)


def test_pictures_are_not_enlarged_for_nothing() -> None:
    assert max(make_plan(facts((2, 2), (200, 150))).input_size) <= 208


def test_predictions_start_at_the_usual_size_in_input_pixels() -> None:
    plan = make_plan(facts((64, 32)), 320)
    assert plan.object_size == pytest.approx((32, 16))


def test_words() -> None:
    assert make_plan(facts((53, 53), each=20), 416).summary == (
        "many objects a twelfth of the picture wide: 416×320 px, strides 8 and 16"
    )
    assert make_plan(facts((300, 300))).summary.startswith("few objects half of the picture wide")
    assert share_words(0.9) == "most" and share_words(0.02) == "a 50th"


@pytest.mark.parametrize("empty", [
    DataFacts(0, 0, (), (), (), 0, ()),
    DataFacts(3, 0, ((640, 480),) * 3, (), (), 0, (0, 0)),
])
def test_without_boxes_there_is_a_plan_all_the_same(empty: DataFacts) -> None:
    plan = make_plan(empty)
    assert min(plan.input_size) >= 32 and "no boxes" in plan.summary


@given(
    width=st.integers(32, 12_000), height=st.integers(32, 12_000),
    share=st.floats(0.0005, 1.0), size=st.sampled_from([0, 64, 416, 4096]),
)
def test_any_data_gives_a_plan_that_can_be_built(
    width: int, height: int, share: float, size: int
) -> None:
    box = (max(width * share, 1.0), max(height * share, 1.0))
    plan = make_plan(facts(box, (width, height)), size)
    assert all(side % ALIGN == 0 and side >= 32 for side in plan.input_size)
    assert set(plan.strides) <= set(STRIDES) and list(plan.strides) == sorted(plan.strides)
    assert min(plan.object_size) > 0
    assert plan.summary
