"""Input size and grids follow from the labels, and are told in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.models.card import ModelCard
from workbench.extension.detection import DataFacts
from workbench.tasks.detection.engine.compact.plan import ALIGN, STRIDES, make_plan, size_word
from workbench.tasks.detection.engine.task import TASK


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


def test_where_there_is_time_images_are_shown_larger_than_they_must() -> None:
    asked = facts((60, 60), images=300)
    sides = [make_plan(replace(asked, pixels_an_image=pixels)).input_size[0]
             for pixels in (0.0, 2e6, 4e6, 5e6, 1e12)]
    assert sides[0] == sides[1] == 256, "no time for more"
    assert sides == sorted(sides) and sides[1] < sides[2] < sides[3] < sides[-1] == 352
    few = replace(facts((60, 60), images=30), pixels_an_image=5e6)
    assert make_plan(few).input_size[0] == 256, "few images must be seen more often"
    rich = replace(asked, pixels_an_image=1e12)
    assert "352×256, as there is time for it" in make_plan(rich).summary
    assert make_plan(rich, 320).input_size == (320, 240), "a person's choice is kept"
    assert make_plan(replace(rich, tile=320)).input_size == make_plan(asked).input_size
    small = facts((60, 60), image=(280, 210))
    assert make_plan(replace(small, pixels_an_image=1e12)).input_size[0] <= 288


def test_a_saved_model_is_built_again_as_it_was() -> None:
    made = replace(facts((60, 45)), pixels_an_image=6.1e7)
    card = ModelCard("a", "compact-n", ("cell",), {}, TASK.facts_to_json(made),
                     make_plan(made).input_size)
    again = ModelCard.from_json(json.loads(json.dumps(card.to_json())))
    assert make_plan(TASK.facts_from_json(again.facts)).input_size == card.input_size
    assert card.input_size != make_plan(facts((60, 45))).input_size


def test_pictures_are_not_enlarged_for_nothing() -> None:
    assert max(make_plan(facts((2, 2), (200, 150))).input_size) <= 208


def test_predictions_start_at_the_usual_size_in_input_pixels() -> None:
    plan = make_plan(facts((64, 32)), 320)
    assert plan.object_size == pytest.approx((32, 16))


def test_words() -> None:
    assert make_plan(facts((53, 53), each=20), 416).summary == (
        "objects are small: training at 416×320"
    )
    assert make_plan(facts((300, 300))).summary.startswith("objects are large: training at")
    assert size_word(0.9) == "large" and size_word(0.15) == "medium-sized"
    assert size_word(0.01) == size_word(0.0) == "tiny"


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
