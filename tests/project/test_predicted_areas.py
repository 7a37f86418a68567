"""What a model of areas found, kept as tables, labels, masks and pictures."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.area_answers import area_answer
from workbench.core.class_maps import ClassMap
from workbench.core.errors import FormatError
from workbench.core.outlines import Mask, Polygon
from workbench.extension.annotation_formats import AnnotatedSample, annotation_formats
from workbench.extension.registry import load
from workbench.extension.saving import SMALLEST, SMOOTH, of_class
from workbench.project.imports.label_source import FolderSource
from workbench.project.predicted_labels import write_predicted
from workbench.tasks.segmentation.saving import SAVING, draw_on, limited, listed

CELL, FAINT, WALL = (("cell", 0.9, (20.0, 20.0), 10.0), ("cell", 0.6, (50.0, 12.0), 5.0),
                     ("wall", 0.8, (48.0, 36.0), 8.0))
CLASSES = ("cell", "wall")


def disc(radius: float) -> float:
    return math.pi * radius ** 2


def test_each_region_is_a_row_and_each_image_says_what_is_covered() -> None:
    item = area_answer("a.png", CELL, FAINT, WALL, scale=4.0)
    assert SAVING.columns == ("label", "score", "area", "share", "xmin", "ymin", "xmax", "ymax")
    rows = list(SAVING.rows(item))
    assert [row[:2] for row in rows] == [("cell", 0.9), ("wall", 0.8), ("cell", 0.6)], \
        "the largest first"
    for row, radius in zip(rows, (10, 8, 5), strict=True):
        assert row[2] == pytest.approx(disc(radius), rel=0.02)
        assert row[3] == pytest.approx(disc(radius) / (64 * 48), rel=0.02)
    assert rows[0][4:] == pytest.approx((10, 10, 30, 30), abs=0.5)
    assert SAVING.sums(CLASSES) == ("covered", "cell", "wall", "cell regions", "wall regions",
                                    "cell mean area", "wall mean area")
    covered, cell, wall, *regions, cell_area, wall_area = SAVING.sum_row(item, CLASSES)
    assert regions == [2, 1]
    assert cell_area == pytest.approx((disc(10) + disc(5)) / 2, rel=0.02)
    assert wall_area == pytest.approx(disc(8), rel=0.02)
    assert cell == pytest.approx((disc(10) + disc(5)) / (64 * 48), rel=0.02)
    assert covered == pytest.approx(cell + wall, abs=2e-6)


def test_a_map_may_be_narrower_than_its_image() -> None:
    levels = np.zeros((48, 32), np.uint8)
    levels[10:20, 4:8] = 18
    item = {**area_answer("a.png"), "map": ClassMap(levels * 0, levels).to_json()}
    [row] = SAVING.rows(item)
    assert row[2] == 80 and row[4:] == (8, 10, 16, 20)
    assert SAVING.annotation is not None
    [region] = SAVING.annotation(item).objects
    assert region.shape.bounds() == (8, 10, 16, 20)


@pytest.mark.parametrize("change", [
    {"map": {"size": [2, 1], "labels": "AAAA", "levels": "AAAA"}}, {"classes": ["cell"]}])
def test_an_answer_that_was_kept_and_is_damaged_is_named(change: dict[str, object]) -> None:
    item = {**area_answer("kept/a.png", WALL), **change}
    for use in (SAVING.rows, SAVING.listed, lambda item: [limited(item, {})]):
        with pytest.raises(FormatError, match="what is kept of what was found in it"):
            list(use(item))


def test_masks_of_the_pages_of_a_stack_are_one_stack_again(tmp_path: Path) -> None:
    masks = SAVING.files["masks"]
    assert masks.whole is not None
    names = {"day/cells.tif-000002": CELL, "day/cells.tif-000010": WALL, "other": CELL}
    items = [area_answer(f"{name}.tif", disc) for name, disc in names.items()]
    for name, item in zip(names, items, strict=True):
        masks.write(item, tmp_path, name, str)
    masks.whole(items, tmp_path)
    [stack] = tmp_path.rglob("*.tif")
    assert stack == tmp_path / "day" / "cells.tif_masks.tif"
    with Image.open(stack) as pages:
        assert pages.n_frames == 2
        for number, name in enumerate(list(names)[:2]):
            pages.seek(number)
            np.testing.assert_array_equal(np.asarray(pages),
                                          np.asarray(Image.open(tmp_path / f"{name}.png")))


def test_specks_are_no_holes_in_what_is_suggested() -> None:
    labels = np.zeros((48, 64), np.uint8)
    labels[20:21, 30:33] = 1  # of another class
    item = {**area_answer("a.png"), "map": ClassMap(labels, np.full_like(labels, 18)).to_json()}
    found = listed(item)
    assert found["labels"] == ["cell"]
    assert len(found["outlines"][0]) == 1, "one ring, without a hole"


def test_the_least_score_of_a_pixel_also_of_one_class() -> None:
    item = area_answer("a.png", CELL, FAINT, WALL)
    strict = limited(item, {"score": 0.7})
    assert [row[0] for row in SAVING.rows(strict)] == ["cell", "wall"]
    assert strict["areas"]["cell"] < item["areas"]["cell"]
    assert strict["areas"]["wall"] == pytest.approx(item["areas"]["wall"], abs=1e-6)
    own = limited(item, {"score": 0.5, of_class("score", "cell"): 0.95})
    assert own["areas"]["cell"] == 0 and [row[0] for row in SAVING.rows(own)] == ["wall"]
    assert limited(strict, {"score": 0.5})["areas"] == pytest.approx(item["areas"], abs=1e-6), \
        "nothing is lost that a lower score would show again"
    assert json.loads(json.dumps(strict))["least"] == {"cell": 0.7, "wall": 0.7}
    nothing = limited(item, {"score": 0.95})
    assert list(SAVING.rows(nothing)) == [] and SAVING.sum_row(nothing, CLASSES)[0] == 0


def test_regions_are_polygons_in_pixels_of_the_image_with_a_hole_where_there_is_one() -> None:
    assert SAVING.annotation is not None
    ring = area_answer("a.png", CELL, ("cell", 0.1, (20.0, 20.0), 5.0), scale=2.0)
    [cell] = SAVING.annotation(ring).objects
    assert isinstance(cell.shape, Polygon) and len(cell.shape.rings) == 2
    assert cell.shape.area == pytest.approx(disc(10) - disc(5), rel=0.03)
    assert cell.attributes == {"score": 0.9} and SAVING.annotation(ring).size == (64, 48)
    as_lists = listed(ring)
    assert as_lists["labels"] == ["cell"] and len(as_lists["outlines"][0]) == 2
    assert as_lists["boxes"] == [list(cell.shape.bounds())]


def test_labels_go_out_in_formats_of_polygons_and_boxes(tmp_path: Path) -> None:
    item = area_answer("/a.png", CELL, WALL)
    for name in ("coco", "voc", "yolo"):
        (tmp_path / name).mkdir()
        found = write_predicted(annotation_formats.get(name), SAVING, CLASSES, [(item, "a")],
                                tmp_path / name)
        assert (found.samples, found.objects, found.problems) == (1, 2, []), name
    [coco] = (tmp_path / "coco").rglob("*.json")
    cell, wall = json.loads(coco.read_text())["annotations"]
    assert cell["area"] == pytest.approx(disc(10), rel=0.03)
    assert wall["attributes"]["score"] == 0.8 and len(wall["segmentation"][0]) >= 16


def test_masks_are_as_large_as_the_image_and_come_in_again(tmp_path: Path) -> None:
    folder = tmp_path / "leaves"
    folder.mkdir()
    Image.new("RGB", (64, 48)).save(folder / "a.png")
    item = area_answer(folder / "a.png", CELL, WALL, scale=0.5)
    kind = SAVING.files["masks"]
    kind.write(item, folder / kind.folder, "a", lambda _name: "#ffffff")
    assert kind.whole is not None and kind.whole([item], folder / kind.folder) == 0
    with Image.open(folder / kind.folder / "a.png") as mask:
        values = np.asarray(mask)
        assert mask.mode == "P" and mask.size == (64, 48)
    assert (values[20, 20], values[36, 48], values[0, 0]) == (1, 2, 0)
    (tmp_path / "scratch").mkdir()
    source = FolderSource(folder, tmp_path / "scratch")
    [sample] = [one for one in load(annotation_formats.get("masks").read)(source)
                if isinstance(one, AnnotatedSample)]
    assert sample.annotation is not None
    found = {one.label: one.shape for one in sample.annotation.objects}
    assert set(found) == {"cell", "wall"} and all(isinstance(one, Mask) for one in found.values())
    assert found["cell"].bounds() == pytest.approx((10, 10, 30, 30), abs=1)


def test_no_answers_no_label_map(tmp_path: Path) -> None:
    whole = SAVING.files["masks"].whole
    assert whole is not None and whole([], tmp_path) == 0 and not list(tmp_path.iterdir())


def test_areas_are_laid_over_the_picture_with_a_legend(tmp_path: Path) -> None:
    item = area_answer("a.png", ("cell", 0.9, (200.0, 200.0), 100.0), size=(640, 480), scale=0.25)
    plain = Image.new("RGB", (640, 480), "#808080")
    draw_on(plain, item, lambda _name: "#ff0000")
    red, green, _ = plain.getpixel((200, 200))
    assert red > 150 and green < 100, "its colour over the picture"
    assert plain.getpixel((400, 200)) == (128, 128, 128)
    assert plain.getpixel((3, 470)) != (128, 128, 128), "the legend"
    source = tmp_path / "a.png"
    Image.new("RGB", (640, 480), "#808080").save(source)
    kind = SAVING.files["draw"]
    kind.write({**item, "file": str(source)}, tmp_path / "out", "night/a", lambda _name: "#ff0000")
    with Image.open(tmp_path / "out" / "night" / "a.jpg") as drawn:
        assert drawn.size == (640, 480)


def test_what_is_smaller_than_an_area_may_be_belongs_to_what_is_around_it() -> None:
    item = area_answer("a.png", CELL, FAINT, WALL, scale=4.0)
    small = {**item, SMALLEST: round(disc(5) * 1.2)}
    assert [(label, score) for label, score in zip(listed(item)["labels"], listed(item)["scores"],
                                                  strict=True)][-1] == ("cell", 0.6)
    assert listed(small)["labels"] == ["cell", "wall"]


def test_borders_are_smoothed_as_wide_as_the_image_is_and_what_is_thin_goes() -> None:
    levels = np.zeros((96, 128), np.uint8)  # twice as large as the image
    levels[20:70, 20:90] = 18
    levels[60:62, 90:120] = 18  # a tooth
    item = {**area_answer("a.png"), "map": ClassMap(levels * 0, levels).to_json()}
    assert listed(item)["boxes"] == [[10, 10, 60, 35]]
    [box] = listed({**item, SMOOTH: True})["boxes"]
    assert box == pytest.approx([10, 10, 46, 35], abs=1.5)
    assert listed({**item, SMOOTH: True})["labels"] == ["cell"]
