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
    assert asked.suggest(image("grey"), ORDER, wait).suggestion is None
    assert asked.suggest(image("c"), ORDER, wait).suggestion is not None
