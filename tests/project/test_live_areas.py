"""What is learned from strokes, without a window."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from workbench.core.annotation import LabeledObject
from workbench.core.masks import mask_of_pixels
from workbench.core.shapes import Box
from workbench.project.live_areas.learner import AreaLearner, PaintedImage, ReadPixels
from workbench.project.live_areas.shown_areas import ShownAreas
from workbench.project.live_areas.suggested import LiveSuggestion, region_at

SIZE = (120, 80)
ORDER = ("dark", "light", "ignore")
Objects = tuple[LabeledObject, ...]


class Files:
    """Images of two halves, dark and light, by name; labels of those that are not open."""

    def __init__(self, labels: Mapping[str, Objects] | None = None, *, grey: str = "") -> None:
        self.labels = dict(labels or {})
        self.grey = grey
        self.reads = 0

    def pixels(self, path: Path) -> ReadPixels:
        values = np.where(np.arange(SIZE[0]) < SIZE[0] // 2, 50, 180)
        colors = np.random.default_rng(1).integers(0, 40, (*SIZE[::-1], 3)) + values[:, None]
        if path.name == self.grey:
            colors = np.repeat(colors[..., :1], 3, 2)
        return ReadPixels(colors.astype(np.uint8), SIZE)

    def read(self, key: str) -> Objects:
        self.reads += 1
        return self.labels[key]

    def stamp(self, key: str) -> object:
        return id(self.labels[key])


def stroke(label: str, left: int) -> LabeledObject:
    return LabeledObject(label, mask_of_pixels(np.ones((8, 20), bool), left, 30))


PAINTED = (stroke("dark", 10), stroke("light", 90))


def image(name: str, objects: Objects | None = ()) -> PaintedImage:
    return PaintedImage(name, Path(name), objects)


def wait() -> None:
    """Nobody wants anything else."""


def learner(files: Files) -> AreaLearner:
    return AreaLearner(files.pixels, files)


def test_the_rest_is_suggested_and_what_is_labelled_is_not() -> None:
    boxed = (*PAINTED, LabeledObject("dark", Box(40, 0, 60, 10)))
    found = learner(Files()).suggest(image("a", boxed), ORDER, wait).suggestion
    assert found is not None and found.classes == ("dark", "light")
    areas = found.areas(ShownAreas())
    assert (areas[:, :50][found.free[:, :50]] == 1).mean() > 0.9
    assert (areas[:, 70:][found.free[:, 70:]] == 2).mean() > 0.9
    assert not areas[32, 15] and not areas[32, 95], "painted"
    assert not areas[5, 50], "in a box nobody knows"
    assert not (found.areas(ShownAreas(hidden={"light"})) == 2).any()


@pytest.mark.parametrize("objects", [(), PAINTED[:1], (PAINTED[0], stroke("ignore", 90))])
def test_fewer_than_two_classes_suggest_nothing(objects: Objects) -> None:
    found = learner(Files()).suggest(image("a", objects), ORDER, wait)
    assert found.suggestion is None and len(found.classes) == min(1, len(objects))


def test_other_images_are_read_once_and_again_when_they_were_changed() -> None:
    files = Files({"b": PAINTED})
    asked = learner(files)
    assert asked.suggest(image("a"), ORDER, wait).suggestion is None
    told: list[int] = []
    assert asked.take_all([image("b", None)], wait, told.append) and told == [0]
    assert not asked.take_all([image("b", None)], wait, told.append) and files.reads == 1
    assert asked.suggest(image("a"), ORDER, wait).images == 1
    files.labels["b"] = ()
    assert asked.take_all([image("b", None)], wait, told.append)
    assert asked.suggest(image("a"), ORDER, wait).suggestion is None


def test_images_in_grey_and_in_colours_are_learned_apart() -> None:
    asked = learner(Files(grey="grey"))
    asked.suggest(image("a", PAINTED), ORDER, wait)
    asked.take_all([image("a", PAINTED)], wait, lambda _done: None)
    there = asked.suggest(image("grey"), ORDER, wait)
    assert (there.suggestion, there.classes, there.apart) == (None, (), True)
    assert asked.suggest(image("c"), ORDER, wait).suggestion is not None


def suggestion(probabilities: np.ndarray, *, scale: int = 1) -> LiveSuggestion:
    """Of two classes, from the probability of the first one, 0 to 1 (h, w)."""
    first = np.round(255 * probabilities).astype(np.uint8)
    height, width = first.shape
    return LiveSuggestion("a", (width * scale, height * scale), ("one", "two"),
                          np.stack([first, 255 - first]), np.ones((height, width), bool))


def test_specks_belong_to_what_is_around_them_measured_in_pixels_of_the_image() -> None:
    chances = np.full((20, 30), 0.9)
    chances[5:8, 5:8] = 0.1  # 9 pixels
    chances[12:17, 20:25] = 0.1  # 25 pixels
    for scale in (1, 2):
        found = suggestion(chances, scale=scale)
        whole = found.areas(ShownAreas())
        assert (whole == 2).sum() == 34
        left = found.areas(ShownAreas(smallest=10 * scale * scale))
        assert (left == 2).sum() == 25 and (left == 1).sum() == 575
        accepted = found.labels((), ShownAreas(smallest=10 * scale * scale), joined=True)
        areas = {item.label: item.shape.area for item in accepted}
        assert 20 * scale**2 < areas["two"] < 30 * scale**2
        assert sum(areas.values()) == 600 * scale**2, "no pixel is left"


def test_what_is_too_small_for_an_outline_is_not_suggested() -> None:
    chances = np.full((20, 30), 0.9)
    chances[5, 5:8] = 0.1  # 3 pixels
    found = suggestion(chances)
    assert (found.areas(ShownAreas()) == 1).all()
    [outline] = found.labels((), ShownAreas(), joined=False)
    assert outline.shape.area == 600, "all that was shown"


def test_smooth_borders_have_no_teeth() -> None:
    chances = np.full((40, 40), 0.9)
    chances[20:] = 0.1
    chances[18:20, ::4] = 0.1
    found = suggestion(chances)
    rough, smooth = found.areas(ShownAreas()), found.areas(ShownAreas(smooth=True))
    assert len({int((rough[:, x] == 1).sum()) for x in range(40)}) == 2
    assert len({int((smooth[:, x] == 1).sum()) for x in range(40)}) == 1


def test_only_a_region_is_taken_and_nothing_where_it_was_refused() -> None:
    chances = np.full((10, 30), 0.9)
    chances[:, 10:20] = 0.1
    found = suggestion(chances)
    areas = found.areas(ShownAreas())
    left = region_at(areas, 3, 3)
    assert left is not None and left[:, :10].all() and not left[:, 10:].any()
    [taken] = found.labels((), ShownAreas(), joined=True, only=left)
    assert (taken.label, taken.shape.area) == ("one", 100)
    assert (found.areas(ShownAreas(), left) == 0).sum() == 100
    rest = found.labels((), ShownAreas(), joined=True, gone=left)
    assert {item.label: item.shape.area for item in rest} == {"one": 100, "two": 100}
    assert region_at(areas, 99, 3) is None


def test_the_least_sure_place_comes_first_and_then_others() -> None:
    chances = np.full((60, 90), 0.95)
    chances[10:16, 70:76] = 0.5
    chances[40:46, 10:16] = 0.6
    found = suggestion(chances, scale=2)
    first = found.unsure_spot()
    assert first is not None and abs(first[0] - 146) < 12 and abs(first[1] - 26) < 12
    second = found.unsure_spot([first])
    assert second is not None and abs(second[0] - 26) < 12 and abs(second[1] - 86) < 12
