"""Labelled objects, measured: in pixels and real units, as tables, by class and by image."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.project.helpers import add_image, box
from tests.support.area_answers import area_answer
from tests.support.tiny_sounds import make_sounds
from workbench.cli import main
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.masks import mask_of_pixels
from workbench.core.measurements import MEASUREMENTS, PIXEL
from workbench.core.outlines import Keypoints, Mask, Polygon
from workbench.core.pixel_size import PixelSize
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton
from workbench.extension.tasks import load, register_bundled, tasks
from workbench.formats.voc import new_voc
from workbench.media.images.pixels import upright_rgb, upright_values
from workbench.project.measurements.labels import measure_labels
from workbench.project.measurements.predictions import measured_rows
from workbench.project.measurements.rows import class_rows, object_rows, sample_rows
from workbench.project.measurements.summaries import by_sample, spread_of
from workbench.project.measurements.table import MeasuredTable, Measurer

LEAF = Polygon((((10.0, 10.0), (30.0, 10.0), (30.0, 20.0), (10.0, 20.0)),))


@pytest.fixture(autouse=True)
def bundled() -> None:
    register_bundled()


def label(folder: Path, key: str, *objects: LabeledObject) -> None:
    """An image of 64 × 48 with these labels."""
    path = add_image(folder, key)
    path.with_suffix(".xml").write_bytes(
        new_voc(Annotation(objects, size=(64, 48)), image_path=path, depth=1))


@pytest.fixture
def leaves(tmp_path: Path) -> Path:
    folder = tmp_path / "leaves"
    label(folder, "a.png", LabeledObject("leaf", LEAF), LabeledObject("hole", Box(0, 0, 4, 4)))
    label(folder, "b.png", LabeledObject("leaf", Box(1, 2, 5, 8), {"stage": "old"}))
    label(folder, "c.png")
    return folder


def scale(folder: Path, text: str) -> None:
    (folder / "workbench.toml").write_text(f"[scale]\n{text}", "utf-8")


def numbers(table: MeasuredTable, id: str, unit: str) -> list[float]:
    at = next(place for place, item in enumerate(table.columns) if item.id == id)
    return [float(value) for value in table.values(unit)[:, at]]


def everything(table: MeasuredTable) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(len(table.label))


def as_dicts(rows: Sequence[Sequence[object]]) -> list[dict[str, object]]:
    titles = [str(title) for title in rows[0]]
    return [dict(zip(titles, row, strict=True)) for row in rows[1:]]


def test_labels_in_pixels(leaves: Path) -> None:
    table = measure_labels(leaves)
    assert table.keys == ("a.png", "b.png", "c.png") and table.units == (PIXEL,)
    assert numbers(table, "area", PIXEL) == [200, 16, 24]
    assert numbers(table, "perimeter", PIXEL) == [60, 16, 20]
    assert table.place.tolist() == [0, 1, 0]
    assert all(map(math.isnan, numbers(table, "mean", PIXEL)))
    rows = as_dicts(list(object_rows(table, PIXEL, everything(table))))
    assert rows[0]["area (px²)"] == "200" and rows[0]["image"] == "a.png"
    assert rows[2]["stage"] == "old" and rows[0]["stage"] == "" and "mean" not in rows[0]


def test_real_units_and_images_without_one(leaves: Path) -> None:
    scale(leaves, '[scale.images]\n"a.png" = "0.5 µm"\n"c.png" = "500 nm"\n')
    table = measure_labels(leaves)
    assert table.unit == "µm" and table.units == ("µm", PIXEL) and table.unknown == 1
    assert numbers(table, "area", "µm")[:2] == [50, 4]
    assert math.isnan(numbers(table, "area", "µm")[2])
    # what has no unit is known all the same
    assert numbers(table, "circularity", "µm")[2] == pytest.approx(4 * math.pi * 24 / 400)
    rows = as_dicts(list(object_rows(table, "µm", everything(table))))
    assert rows[0]["area (µm²)"] == "50" and rows[2]["area (µm²)"] == ""
    images = by_sample(table, "µm", everything(table))
    assert (images[0].objects, images[0].extent) == (2, 54)
    assert images[0].share == pytest.approx(216 / (64 * 48))
    assert images[0].density == pytest.approx(2e6 / (64 * 48 / 4))  # by mm²
    assert (images[2].objects, images[2].share, images[2].density) == (0, 0, 0)
    assert math.isnan(images[1].density) and not math.isnan(images[1].share)


def test_units_are_turned_into_the_usual_one(leaves: Path) -> None:
    scale(leaves, 'pixel = "2 µm"\n[scale.images]\n"b.png" = "1 mm"\n')
    table = measure_labels(leaves)
    assert numbers(table, "area", "µm") == pytest.approx([800, 64, 24e6])


def test_pixels_that_are_not_square(leaves: Path) -> None:
    scale(leaves, 'pixel = "0.5 × 2 µm"\n')
    table = measure_labels(leaves)
    assert numbers(table, "area", "µm") == [200, 16, 24]
    assert numbers(table, "width", "µm")[0] == 10 and numbers(table, "height", "µm")[0] == 20
    assert numbers(table, "angle", "µm")[0] == pytest.approx(90)
    assert numbers(table, "angle", PIXEL)[0] == pytest.approx(0)
    scale(leaves, 'pixel = "0.5 × 2 µm"\n[scale.images]\n"b.png" = "500 × 2000 nm"\n')
    table = measure_labels(leaves)
    assert numbers(table, "area", "µm") == pytest.approx([200, 16, 24])
    assert numbers(table, "width", "µm")[2] == pytest.approx(2)


def test_brightness_is_in_the_values_of_the_file(tmp_path: Path) -> None:
    label(tmp_path, "a.png", LabeledObject("cell", Box(0, 0, 2, 2)))
    label(tmp_path, "b.png", LabeledObject("cell", Box(0, 0, 2, 2)))
    label(tmp_path, "c.png", LabeledObject("cell", Box(0, 0, 2, 2)))
    values = np.full((48, 64), 1000, np.uint16)
    values[:2, :2] = 40_000
    Image.fromarray(values).save(tmp_path / "a.png")
    Image.new("RGB", (64, 48), (10, 20, 30)).save(tmp_path / "b.png")
    (tmp_path / "c.png").write_bytes((tmp_path / "c.png").read_bytes()[:60])
    table = measure_labels(tmp_path, inside=True)
    assert numbers(table, "mean", PIXEL)[:2] == [40_000, pytest.approx(18.15)]
    assert numbers(table, "integrated", PIXEL)[0] == 160_000
    assert numbers(table, "mean_blue", PIXEL)[1] == 30
    # what cannot be decoded is measured, and named
    assert numbers(table, "area", PIXEL) == [4, 4, 4]
    assert [Path(item.path).name for item in table.problems] == ["c.png"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_values_are_upright_as_pictures_are(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "a.tif"
    values = np.arange(20 * 12, dtype=np.uint8).reshape(12, 20)
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(values).save(path, exif=exif)
    assert np.array_equal(upright_values(path), upright_rgb(path)[..., 0])
    photo = tmp_path / "a.jpg"
    Image.fromarray(values).save(photo, exif=exif, quality=100)
    assert np.array_equal(upright_values(photo), upright_rgb(photo)[..., 0])
    Image.fromarray(values.astype(np.uint16) * 100).save(path, exif=exif)
    deep = upright_values(path)
    assert deep.max() == 23_900 and deep.shape == upright_rgb(path).shape[:2]
    assert np.array_equal(np.argsort(deep, axis=None), np.argsort(upright_rgb(path)[..., 0],
                                                                  axis=None))


def test_distances_of_joined_key_points_are_columns() -> None:
    measurer = Measurer({"worm": Skeleton(("head", "middle", "tail"), ((0, 1), (1, 2)))})
    worm = Keypoints(((0.0, 0.0), (3.0, 4.0), (3.0, 14.0)), (2, 2, 2))
    short = Keypoints(((0.0, 0.0), (3.0, 4.0), (0.0, 0.0)), (2, 2, 0))
    measurer.add("a.png", [LabeledObject("worm", worm), LabeledObject("worm", short)], (64, 48),
                 PixelSize(2, 2, "µm"))
    measurer.add("b.png", [LabeledObject("worm", worm)], (64, 48), PixelSize(3, 1, "µm"))
    table = measurer.table()
    assert numbers(table, "head–middle", "µm") == [10, 10, pytest.approx(math.hypot(9, 4))]
    assert numbers(table, "lines", PIXEL) == [15, 5, 15]
    assert numbers(table, "middle–tail", "µm") == [20, pytest.approx(math.nan, nan_ok=True), 10]
    assert all(map(math.isnan, numbers(table, "area", PIXEL)))


def test_summaries(leaves: Path) -> None:
    table = measure_labels(leaves)
    rows = as_dicts(list(class_rows(table, PIXEL, everything(table))))
    area = {row["label"]: row for row in rows if row["measurement"] == "area"}
    assert area["leaf"]["mean"] == "112" and area["leaf"]["median"] == "112"
    assert area["leaf"]["sd"] == f"{np.std([200, 24], ddof=1):.8g}"
    assert area["hole"]["sd"] == "" and area["(all)"]["objects"] == 3
    assert area["leaf"]["unit"] == "px²"
    images = as_dicts(list(sample_rows(table, PIXEL, table.of_classes(["leaf"]))))
    assert [row["objects"] for row in images] == [1, 1, 0]


def test_numbers_that_are_all_the_same_do_not_spread() -> None:
    alike = spread_of(np.full(15, math.sqrt(29.0 ** 2 + 38.0 ** 2) / 3))
    assert alike.number == 15 and alike.deviation == 0.0
    assert spread_of(np.array([1.0, 1.0 + 1e-9])).deviation > 0


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_measured(leaves: Path) -> None:
    (leaves / "b.xml").write_text("<annotation>")
    table = measure_labels(leaves)
    assert table.keys == ("a.png", "c.png") and len(table.label) == 2
    assert "b.xml" in table.problems[0].reason


def test_every_measurement_has_a_name_of_its_own() -> None:
    for names in ([item.id for item in MEASUREMENTS], [item.title for item in MEASUREMENTS]):
        assert len(set(names)) == len(MEASUREMENTS)


# --- sounds ---------------------------------------------------------------------------------------


def test_regions_of_sounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_sounds(tmp_path / "s", each=1)
    (folder / "low_ann_0.selections.txt").write_text(
        "Selection\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tlabel\n"
        "1\t0.05\t0.15\t300\t700\towl\n2\t0.2\t0.25\t300\t700\towl\n")
    (folder / "noise_cem_0.wav").write_bytes(b"RIFF")
    table = measure_labels(folder)
    assert table.medium == "sounds" and [Path(item.path).name for item in table.problems] == [
        "noise_cem_0.wav"]
    rows = as_dicts(list(object_rows(table, PIXEL, everything(table))))
    owls = [row for row in rows if row["label"] == "owl"]
    assert [(row["sound"], row["region"]) for row in owls] == [("low_ann_0.wav", 1),
                                                               ("low_ann_0.wav", 2)]
    assert [row["duration (s)"] for row in owls] == ["0.1", "0.05"]
    assert [row["bandwidth (Hz)"] for row in owls] == ["400", "400"]
    assert abs(float(str(owls[0]["peak (Hz)"])) - 500) < 60
    high = next(row for row in rows if row["sound"] == "high_ann_0.wav")
    assert high["duration (s)"] == "0.3" and float(str(high["low (Hz)"])) > 2000
    samples = as_dicts(list(sample_rows(table, PIXEL, table.of_classes(["owl"]))))
    own = next(row for row in samples if row["sound"] == "low_ann_0.wav")
    assert own["regions"] == 2 and own["regions per minute"] == "400" and own[
        "share of the sound"] == "0.5"
    assert main(["measure", str(folder), "--class", "owl"]) == 1
    said = capsys.readouterr()
    assert "2 regions in" in said.out and "duration (s)" in said.out
    assert "noise_cem_0.wav" in said.err and "pixel" not in said.err


# --- what a model found ---------------------------------------------------------------------------


def disc(x: float, y: float, radius: float) -> list[float]:
    """A flat ring of many corners."""
    turns = np.linspace(0, math.tau, 90, endpoint=False)
    points = np.stack([x + radius * np.cos(turns), y + radius * np.sin(turns)], 1)
    return [float(value) for value in points.ravel()]


def test_detections_and_areas_are_measured_as_labels_are(leaves: Path) -> None:
    scale(leaves, 'pixel = "0.5 µm"\n[scale.images]\n"b.png" = "2 µm"\n')
    detections = {"file": str(leaves / "a.png"), "size": [64, 48], "labels": ["leaf", "leaf"],
                  "scores": [0.9, 0.4], "boxes": [[10, 10, 30, 30], [2, 2, 6, 6]],
                  "outlines": [[disc(20, 20, 10)], []]}
    found = load(tasks.get("detection").saving)
    rows = as_dicts(list(measured_rows(found, [detections], leaves)))
    assert [row["score"] for row in rows] == [0.9, 0.4]
    assert float(str(rows[0]["area (µm²)"])) == pytest.approx(math.pi * 25, rel=0.01)
    assert rows[1]["area (µm²)"] == "4" and rows[0]["mean"] != ""
    assert rows[0]["file"] == str(leaves / "a.png") and "frame" not in rows[0]

    answer = area_answer(leaves / "b.png", ("cell", 0.9, (20.0, 20.0), 10.0),
                         ("cell", 0.6, (50.0, 12.0), 8.0), ("wall", 0.8, (48.0, 36.0), 6.0),
                         scale=2.0)
    saving = load(tasks.get("semantic-segmentation").saving)
    assert saving.limited is not None
    rows = as_dicts(list(measured_rows(saving, [saving.limited(answer, {"score": 0.7})], leaves)))
    assert [row["label"] for row in rows] == ["cell", "wall"]  # each region is a thing
    assert float(str(rows[0]["area (µm²)"])) == pytest.approx(math.pi * 400, rel=0.03)
    assert float(str(rows[0]["circularity"])) > 0.95


def test_a_picture_that_is_gone_is_measured_all_the_same(leaves: Path) -> None:
    gone = {"file": str(leaves / "gone.png"), "size": [64, 48], "labels": ["leaf"],
            "scores": [0.9], "boxes": [[10, 10, 30, 30]]}
    rows = as_dicts(list(measured_rows(load(tasks.get("detection").saving), [gone], leaves)))
    assert rows[0]["area (px²)"] == "400" and "mean" not in rows[0]


# --- the shell ------------------------------------------------------------------------------------


def test_the_shell_writes_tables(leaves: Path, tmp_path: Path,
                                 capsys: pytest.CaptureFixture[str]) -> None:
    scale(leaves, 'pixel = "0.5 µm"\n')
    out = tmp_path / "out.csv"
    assert main(["measure", str(leaves), "--class", "leaf", "--output", str(out)]) == 0
    assert "2 rows written" in capsys.readouterr().out
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["area (µm²)"] for row in rows] == ["50", "6"]
    assert main(["measure", str(leaves), "--pixels", "--table", "samples",
                 "--output", str(out)]) == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        assert [row["area of objects (px²)"] for row in csv.DictReader(file)] == ["216", "24", "0"]


def test_the_shell_says_means_and_what_is_wrong(leaves: Path,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", str(leaves)]) == 0
    said = capsys.readouterr().out
    assert "3 objects in 3 labelled images" in said and "112 ± 124" in said
    assert "nan" not in said, "of one hole there is no deviation"
    assert main(["measure", str(leaves), "--class", "stone"]) == 2
    assert "stone" in capsys.readouterr().err
    scale(leaves, '[scale.images]\n"a.png" = "0.5 µm"\n')
    (leaves / "c.xml").write_text("<annotation>")
    assert main(["measure", str(leaves)]) == 1
    said = capsys.readouterr().err
    assert "c.xml" in said and "1 image has no known pixel size" in said


def test_of_painted_areas_each_connected_region_is_an_object(tmp_path: Path) -> None:
    """A person paints all cells as one mask, or some twice; a polygon is a thing by itself."""
    folder = tmp_path / "cells"
    pixels = np.zeros((48, 64), bool)
    pixels[2:10, 2:12] = pixels[20:26, 30:40] = True  # 80 and 60
    pixels[40, 60] = True  # a speck
    again = np.zeros_like(pixels)
    again[20:30, 30:40] = True  # 100 of which 60 are painted already
    label(folder, "a.png", LabeledObject("cell", mask_of_pixels(pixels)),
          LabeledObject("cell", mask_of_pixels(again)), LabeledObject("leaf", LEAF))
    assert numbers(measure_labels(folder), "area", PIXEL) == [141, 100, 200]
    (folder / "workbench.toml").write_text('task = "semantic-segmentation"\n', "utf-8")
    table = measure_labels(folder)
    assert numbers(table, "area", PIXEL) == [80, 100, 200]
    label(folder, "b.png", LabeledObject("void", mask_of_pixels(pixels)),
          LabeledObject("leaf", LEAF), LabeledObject("leaf", mask_of_pixels(
        np.pad(np.ones((12, 22), bool), ((9, 27), (9, 33))))))
    assert numbers(measure_labels(folder), "area", PIXEL)[3:] == [264], "painted over, and no void"
    assert table.place.tolist() == [0, 1, 2]
    assert table.owner.tolist() == [0, 1, 2]
    assert table.boxes[1].tolist() == [30, 20, 40, 30]
    [image] = by_sample(table, PIXEL, everything(table))
    assert image.objects == 3
    assert image.share == pytest.approx(380 / (64 * 48))


def test_painted_discs_that_touch_are_split_where_that_is_asked_for(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "cells"
    y, x = np.mgrid[:48, :64] + 0.5
    discs = np.any([np.hypot(x - at, y - 24) < 9 for at in (15, 31)], axis=0)
    label(folder, "a.png", LabeledObject("cell", mask_of_pixels(discs)))
    (folder / "workbench.toml").write_text('task = "semantic-segmentation"\n', "utf-8")
    assert numbers(measure_labels(folder), "area", PIXEL) == [discs.sum()]
    halves = numbers(measure_labels(folder, split=0.9), "area", PIXEL)
    assert len(halves) == 2 and sum(halves) == discs.sum()
    assert main(["measure", str(folder), "--split-touching", "0.9"]) == 0
    assert capsys.readouterr().out.startswith("2 objects in 1 labelled image")
    with pytest.raises(SystemExit):
        main(["measure", str(folder), "--split-touching", "2"])


def test_polygons_are_painted_over_by_several_masks_or_not(tmp_path: Path) -> None:
    folder = tmp_path / "cells"
    left, right = Mask(10, 10, 8, 10, (0, 80)), Mask(18, 10, 4, 10, (0, 40))
    beside = Polygon((((40.0, 10.0), (50.0, 10.0), (50.0, 20.0), (40.0, 20.0)),))
    label(folder, "a.png", *(LabeledObject("cell", shape) for shape in (left, right, LEAF, beside)))
    (folder / "workbench.toml").write_text('task = "semantic-segmentation"\n', "utf-8")
    assert numbers(measure_labels(folder), "area", PIXEL) == [200, 100]  # LEAF lies on 120 of 200


def test_masks_that_no_image_holds_cost_one_image(tmp_path: Path) -> None:
    folder = tmp_path / "cells"
    far = Mask(200_000, 200_000, 2, 2, (0, 4))
    label(folder, "a.png", LabeledObject("cell", far), LabeledObject("cell", Mask(1, 1, 2, 2,
                                                                                 (0, 4))))
    label(folder, "b.png", LabeledObject("cell", Mask(1, 1, 2, 2, (0, 4))))
    (folder / "workbench.toml").write_text('task = "semantic-segmentation"\n', "utf-8")
    table = measure_labels(folder)
    assert table.keys == ("b.png",)
    assert [item.reason.partition(":")[0] for item in table.problems] == ["a.png"]


def test_coordinates_that_are_no_places_have_no_sizes(tmp_path: Path) -> None:
    folder = tmp_path / "boxes"
    label(folder, "a.png", box("far", 0, 0, 1e200, 1e200), box("near", 0, 0, 4, 5))
    table = measure_labels(folder)
    area, near = numbers(table, "area", PIXEL)
    assert math.isnan(area) and near == 20
    assert not np.isinf(table.in_pixels).any()
