"""Names whose accents are written composed, as most programs do, or apart, as macOS does."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.label_sets import image, read_set
from workbench.gui.label.images.image_filter import ImageFilter
from workbench.gui.shell.fuzzy import score
from workbench.project.class_map import class_map
from workbench.project.library.image_rows import ImageSummary
from workbench.project.named_files import FreeNames

COMPOSED, APART = (unicodedata.normalize(form, "käfer") for form in ("NFC", "NFD"))
both = pytest.mark.parametrize(("one", "other"), [(COMPOSED, APART), (APART, COMPOSED)],
                               ids=["apart", "composed"])


@both
def test_labels_of_yolo_belong_to_the_image(tmp_path: Path, one: str, other: str) -> None:
    image(tmp_path / "images" / f"{one}.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / f"{other}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "data.yaml").write_text("names: [cat]\n")
    assert [len(each.objects) for each in read_set(tmp_path, "yolo").annotations.values()] == [1]


@both
def test_a_mask_belongs_to_the_image(tmp_path: Path, one: str, other: str) -> None:
    image(tmp_path / "images" / f"{one}.png", (8, 8))
    (tmp_path / "masks").mkdir()
    pixels = np.zeros((8, 8), np.uint8)
    pixels[2:5, 2:5] = 255
    Image.fromarray(pixels).save(tmp_path / "masks" / f"{other}.png")
    assert [len(each.objects) for each in read_set(tmp_path, "masks").annotations.values()] == [1]


@both
def test_what_is_typed_finds_the_file_and_the_class(one: str, other: str) -> None:
    summary = ImageSummary(1, {one: 1})
    for text in (other, f"name:{other}", f"class:{other}"):
        chosen = ImageFilter(text).choose([f"{one}.png"], lambda key: summary, [one])
        assert list(chosen) == [f"{one}.png"], text
    assert score(other, one) is not None


@both
def test_a_class_of_a_model_is_that_of_the_project(one: str, other: str) -> None:
    assert class_map(["dog", one], [other, "dog", "cat"]) == {one: other}


@both
def test_names_that_one_disk_takes_for_the_same_are_not_both_given(one: str, other: str) -> None:
    names = FreeNames([one])
    assert names.of(f"{other}.png") == f"{other}-2"
