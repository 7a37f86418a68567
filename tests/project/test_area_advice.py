"""What is said before a training of areas: what is missing, and what it does not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.project.helpers import add_image
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.class_maps import MOST_CLASSES
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box
from workbench.formats.voc import new_voc
from workbench.project.datasets.images import Dataset
from workbench.tasks.segmentation.advice import (
    check_enough,
    data_warnings,
    files_to_look_at,
    unlabelled_text,
)
from workbench.tasks.segmentation.samples import AreaSample, load_areas, unlabelled_means

SIZE = (64, 48)


def area(label: str, *, difficult: bool = False) -> LabeledObject:
    return LabeledObject(label, Polygon((((2, 2), (30, 2), (30, 40)),)),
                         {"difficult": True} if difficult else {})


def box(label: str) -> LabeledObject:
    return LabeledObject(label, Box(3, 3, 20, 20))


def project(folder: Path, *labels: Sequence[LabeledObject]) -> Dataset:
    """A project with an image for each of ``labels``."""
    folder.mkdir(exist_ok=True)
    for number, objects in enumerate(labels):
        image = add_image(folder, f"{number:02d}.png", seed=number, size=SIZE)
        image.with_suffix(".xml").write_bytes(new_voc(
            Annotation(tuple(objects), size=SIZE), image_path=image, depth=1))
    return load_areas(folder)


def refusal(data: Dataset) -> str:
    with pytest.raises(WorkbenchError) as refused:
        check_enough(data)
    return refused.value.message


def test_what_is_missing_is_said_in_one_sentence(tmp_path: Path) -> None:
    begin = "paint areas with the brush or draw polygons"
    assert refusal(project(tmp_path / "none")) == (
        f"there is no image in this folder: add some images and {begin} on them first")
    boxes = project(tmp_path / "boxes", [box("cell")], [box("cell")])
    assert refusal(boxes) == (
        f"there is no outline or mask on any of the 2 labelled images: {begin}; boxes do not say "
        "which pixels belong to a thing")
    assert refusal(project(tmp_path / "nothing", [])) == (
        f"there is no outline or mask on the only labelled image: {begin}")
    assert refusal(project(tmp_path / "bare", [area("Background")], [])) == (
        f"nothing but background is outlined: {begin} of what is to be found, too")
    assert "marked as difficult" in refusal(
        project(tmp_path / "hard", [area("cell", difficult=True)]))
    check_enough(project(tmp_path / "enough", [area("cell")], []))


def test_images_for_validation_alone_are_not_learned_from(tmp_path: Path) -> None:
    data = project(tmp_path, *([[area("cell")]] * 10))
    data.train = [replace(record, objects=()) for record in data.train]
    assert "only on those for validation and testing" in refusal(data)


def test_more_classes_than_a_map_has_room_for(tmp_path: Path) -> None:
    data = project(tmp_path, [area("cell")])
    data.classes = [f"class {number}" for number in range(MOST_CLASSES + 1)]
    assert refusal(data).startswith("there are 255 classes, and a model of areas learns 254 at")
    data.classes.pop()
    check_enough(data)


def test_boxes_and_difficult_outlines_are_left_out_and_counted(tmp_path: Path) -> None:
    data = project(tmp_path, [area("cell"), box("cell")], [box("cell"), box("dust")],
                   [area("cell"), area("dust", difficult=True)], [area("dust")], [])
    words = data_warnings(data, data.classes, "background")
    assert "1 of 5 labelled images has boxes only: the pixels in these boxes are left out" in words
    assert ("1 box beside outlines is left out, with the pixels in it that no outline covers"
            in words)
    assert "1 outline is marked as difficult, so the pixels in it are left out" in words
    assert "only one example of cell, dust: a few more will help" in words, "no boxes"
    assert {Path(path).name for path in files_to_look_at(data).values()} == {"01.png"}


def test_few_images_and_rare_classes_as_for_other_labels(tmp_path: Path) -> None:
    data = project(tmp_path, [area("cell")], [area("cell")])
    words = data_warnings(data, ["cell", "dust"], "background")
    assert words[0].startswith("only 1 image to learn from, 1 is kept to test the model")
    assert "no training example of dust: it will not be found before some are labelled" in words
    assert not any("left out" in text for text in words)
    words = data_warnings(data, ["cell", "dust", "wall"], "background")
    assert any("of dust, wall: they will not be found" in text for text in words)


def test_pixels_without_a_label(tmp_path: Path) -> None:
    plain = project(tmp_path / "plain", [area("cell")])
    assert unlabelled_text(plain, "background") == "pixels without a label count as background"
    assert any("find one of the classes everywhere" in text
               for text in data_warnings(plain, plain.classes, "unknown"))
    marked = project(tmp_path / "marked", [area("cell"), area("background")])
    assert marked.classes == ["cell"]
    assert unlabelled_text(marked, "unknown") == (
        "pixels without a label are left out, as a class is called “background”")
    assert not any("everywhere" in text
                   for text in data_warnings(marked, marked.classes, "unknown"))


def test_background_that_is_only_boxed_does_not_say_that_the_rest_is_unknown(
    tmp_path: Path
) -> None:
    for name, background, means in (
            ("outlined", area("background"), "unknown"), ("boxed", box("background"), "background"),
            ("difficult", area("background", difficult=True), "background")):
        data = project(tmp_path / name, [area("cell"), background])
        assert unlabelled_means([AreaSample.of(item) for item in data.train], "auto") == means


def test_many_images_that_are_labelled_with_nothing_are_told(tmp_path: Path) -> None:
    some = [[area("cell")]] * 12
    for number, told in ((1, False), (12, True)):
        data = project(tmp_path / f"{number}", *some, *([[]] * number))
        said = " ".join(data_warnings(data, ["cell"], "background"))
        assert ("labelled with nothing" in said) == told


def test_void_is_no_class_and_nothing_to_learn_from(tmp_path: Path) -> None:
    only = project(tmp_path / "only", [area("void")], [area("ignore")])
    assert "are void" in refusal(only) and only.classes == []
    beside = [area("cell"), area("void", difficult=True)]
    data = project(tmp_path / "beside", beside, [area("cell")])
    check_enough(data)
    assert data.classes == ["cell"]
    assert not any("difficult" in line for line in data_warnings(data, ["cell"], "background"))
