"""DOTA: what is published, what other programs make of it, and what is wrong in files."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.label_sets import image, put, read_set, written_set
from workbench.core.errors import UsageError
from workbench.core.outlines import Polygon, RotatedBox
from workbench.core.pixel_size import PixelSize
from workbench.core.rings import rotated_box
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import LabeledObject
from workbench.extension.holds import Losses, fit
from workbench.formats.yolo_rows import ROUNDED
from workbench.project.imports.formats import foreign_labels
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.manifest import Manifest

HEAD = "imagesource:GoogleEarth\ngsd:0.146343590398\n"
SHIP = "100 100 180 160 168 176 88 116 ship 0\n"
"""100 × 20 pixels, turned by 36.87°."""


def labelled(folder: Path, text: str, name: str = "P0001", labels: str = "labelTxt") -> Path:
    image(folder / "images" / f"{name}.png")
    put(folder, f"{labels}/{name}.txt", text)
    return folder


def only(folder: Path) -> LabeledObject:
    found = read_set(folder, "dota")
    assert not found.problems
    return found.annotations["P0001.png"].objects[0]


def test_a_turned_row_is_a_rotated_box_with_its_front_in_its_place(tmp_path: Path) -> None:
    shape = only(labelled(tmp_path, HEAD + SHIP)).shape
    assert isinstance(shape, RotatedBox)
    assert (shape.width, shape.height) == (100, 20)
    assert math.degrees(shape.angle) == pytest.approx(36.87, abs=0.01)
    assert shape.corners()[0] == pytest.approx((100, 100))


def test_corners_in_whole_pixels_are_those_of_a_box_and_others_stay(tmp_path: Path) -> None:
    """A car of 17 × 8 pixels: its corners lie off by rounding; the plane was drawn as it is."""
    labelled(tmp_path, "50 50 65 58 61 65 46 57 small-vehicle 0\n"
                       "275 241 286 238 300 260 270 250 plane 0\n")
    found = read_set(tmp_path, "dota")
    assert ["1 object has four corners" in item.reason for item in found.problems] == [True]
    car, plane = (item.shape for item in found.annotations["P0001.png"].objects)
    assert isinstance(car, RotatedBox) and isinstance(plane, Polygon)
    assert all(math.dist(a, b) < 1 for a, b in zip(
        car.corners(), ((50, 50), (65, 58), (61, 65), (46, 57)), strict=True))
    assert plane.rings == (((275, 241), (286, 238), (300, 260), (270, 250)),)


def test_what_is_said_before_the_rows_stays_with_the_image(tmp_path: Path) -> None:
    labelled(tmp_path, "\ufeff'imagesource':GF-2\r\ngsd:null\r\nacquired: 2017-05-04\r\n"
                       + SHIP.replace("\n", "\r\n"))
    found = read_set(tmp_path, "dota")
    assert not found.problems and len(found.objects("P0001.png")) == 1
    assert found.annotations["P0001.png"].attributes == {
        "imagesource": "GF-2", "acquired": "2017-05-04"}


@pytest.mark.parametrize(("end", "label", "difficult"), [
    ("ship 0", "ship", False), ("ship 1", "ship", True), ("large-vehicle 2", "large-vehicle", True),
    ("ship", "ship", False), ("Dry Cargo Ship 1", "Dry Cargo Ship", True),
    ("Boeing 737 0", "Boeing 737", False), ("Boeing737", "Boeing737", False)])
def test_the_class_may_hold_spaces_and_the_difficulty_may_be_missing(
    tmp_path: Path, end: str, label: str, difficult: bool
) -> None:
    item = only(labelled(tmp_path, f"100 100 180 160 168 176 88 116 {end}"))
    assert (item.label, item.difficult) == (label, difficult)


def test_of_several_versions_the_highest_counts_and_upright_boxes_do_not(tmp_path: Path) -> None:
    for version, label in (("1.0", "ship"), ("1.5", "harbor")):
        labelled(tmp_path / "train", f"100 100 180 160 168 176 88 116 {label} 0",
                 labels=f"labelTxt-v{version}/DOTA-v{version}_train")
    put(tmp_path, "train/labelTxt-v1.5/DOTA-v1.5_train_hbb/P0001.txt",
        "88 100 180 100 180 176 88 176 upright 0")
    labelled(tmp_path / "val", SHIP, "P0002")
    found = read_set(tmp_path, "dota")
    assert [label for label, _ in found.objects("P0001.png")] == ["harbor"]
    assert found.parts == {"P0001.png": "train", "P0002.png": "val"}
    assert found.kinds() == ["several-labels"] and "v1.5" in found.problems[0].reason


def test_labels_go_to_the_image_of_their_own_part(tmp_path: Path) -> None:
    labelled(tmp_path / "train", SHIP)
    image(tmp_path / "test" / "images" / "P0001.png")
    assert [path.parts[-3] for path in _paths(tmp_path)] == ["train"]


def _paths(folder: Path) -> list[Path]:
    from workbench.formats.dota import read
    from workbench.project.imports.label_source import FolderSource

    return [path for item in read(FolderSource(folder, folder))
            if (path := getattr(item, "path", None)) and isinstance(path, Path)]


@pytest.mark.parametrize(("text", "reason"), [
    ("1 2 3 4 5 6 7 ship 0", "no four corners"), ("100 100 180 160 168 176 88 116", "no four"),
    ("1 2 3 nan 5 6 7 8 ship 0", "not finite"), ("1 2 3 inf 5 6 7 8 ship 0", "not finite"),
    ("what is this", "no four corners"), ("\x00\x01\x02", "no four corners"),
    ("1 " * 500, "more than 200 characters")])
def test_a_row_that_is_none_costs_the_labels_of_its_image_alone(
    tmp_path: Path, text: str, reason: str
) -> None:
    labelled(tmp_path, HEAD + SHIP + text)
    labelled(tmp_path, HEAD + SHIP, "P0002")
    found = read_set(tmp_path, "dota")
    assert list(found.annotations) == ["P0002.png"]
    (problem,) = found.problems
    assert problem.line == 4 and reason in problem.reason and "P0001.txt" in problem.path


def test_what_is_no_size_of_a_pixel_or_reaches_out_is_told(tmp_path: Path) -> None:
    labelled(tmp_path, "gsd:many\n-900 100 100 100 100 120 -900 120 ship 0\n1e12 0 1e12 1 0 1 0 0 x"
                       " 0\n10 10 10 10 10 10 10 10 dot 0\n" + SHIP + SHIP)
    found = read_set(tmp_path, "dota")
    assert found.kinds() == ["no-scale", "box-out-of-bounds", "no-number", "zero-size-box",
                             "duplicate-box"]
    assert [label for label, _ in found.objects("P0001.png")] == ["ship", "ship"]


def test_a_thing_at_the_edge_is_nothing_to_tell(tmp_path: Path) -> None:
    """Things at the edge of a photo are labelled beyond it, which is as it should be."""
    shape = only(labelled(tmp_path, "-20 10 60 10 60 40 -20 40 ship 0\n")).shape
    assert isinstance(shape, RotatedBox) and shape.bounds() == (-20, 10, 60, 40)


@pytest.mark.parametrize("text", [
    (HEAD + SHIP).replace("\n", "\r").encode(), (HEAD + SHIP).encode("utf-16"),
    (HEAD + SHIP).encode("utf-16-be")])
def test_however_text_is_written_it_is_recognised_and_read(tmp_path: Path, text: bytes) -> None:
    labelled(tmp_path, "")
    (tmp_path / "labelTxt" / "P0001.txt").write_bytes(text)
    assert (kind := foreign_labels(tmp_path)) is not None and kind.id == "dota"
    found = read_set(tmp_path, "dota")
    assert [label for label, _ in found.objects("P0001.png")] == ["ship"]
    assert found.annotations["P0001.png"].attributes == {"imagesource": "GoogleEarth"}


def test_a_score_is_no_part_of_the_class(tmp_path: Path) -> None:
    item = only(labelled(tmp_path, SHIP.replace("ship 0", "large ship 0.87")))
    assert (item.label, dict(item.attributes)) == ("large ship", {"score": 0.87})


def test_folders_of_parts_are_said_once_however_often_labels_go_out_and_in(tmp_path: Path) -> None:
    for part, name in (("train", "P0001"), ("val", "P0001"), ("val", "P0002")):
        labelled(tmp_path / "0" / part, HEAD + SHIP, name)
    files = {path.relative_to(tmp_path / "0").as_posix() for path in (tmp_path / "0").rglob("*.*")}
    for at in range(2):
        import_dataset(tmp_path / str(at), tmp_path / f"project {at}")
        export_labels(tmp_path / f"project {at}", ExportRequest("dota"), tmp_path / str(at + 1))
        out = tmp_path / str(at + 1)
        assert {path.relative_to(out).as_posix() for path in out.rglob("*.*")
                } == files | {"labels.txt"}


def test_an_image_without_a_row_is_empty_and_one_without_a_file_is_not_labelled(
    tmp_path: Path
) -> None:
    labelled(tmp_path, HEAD)
    image(tmp_path / "images" / "P0002.png")
    put(tmp_path, "labelTxt/P0009.txt", SHIP)
    found = read_set(tmp_path, "dota")
    assert not found.annotations["P0001.png"].objects and "P0002.png" not in found.annotations
    assert found.kinds() == ["missing-image"] and "P0009" in found.problems[0].reason


def test_labels_alone_say_what_is_missing(tmp_path: Path) -> None:
    put(tmp_path / "in", "labelTxt/P0001.txt", HEAD + SHIP)
    with pytest.raises(UsageError, match="none of the 1 that its labels name: put images and "
                                         "labels into one folder"):
        import_dataset(tmp_path / "in", tmp_path / "project")


def test_a_folder_is_recognised_and_rows_of_yolo_are_not_taken_for_it(tmp_path: Path) -> None:
    kinds = {}
    for name, text in (("dota", HEAD + SHIP), ("head", HEAD), ("empty", "\n"),
                       ("yolo", "0 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2\n")):
        kind = foreign_labels(labelled(tmp_path / name, text))
        kinds[name] = kind.id if kind is not None else ""
    assert kinds == {"dota": "dota", "head": "dota", "empty": "", "yolo": "yolo"}


def test_classes_are_written_without_spaces_and_come_back(tmp_path: Path) -> None:
    items = [LabeledObject(name, RotatedBox((100.0 + 50 * at, 100.0), 40.0, 10.0, 0.5))
             for at, name in enumerate(("a b", "a-b", "car"))]
    with written_set("dota", [("x.png", "", items)], ("a b", "a-b", "car")) as folder:
        rows = (folder / "labelTxt" / "x.txt").read_text().splitlines()
        assert rows[:2] == ["imagesource:null", "gsd:null"]
        assert [row.split()[8:] for row in rows[2:]] == [["a-b-2", "0"], ["a-b", "0"], ["car", "0"]]
        assert [label for label, _ in read_set(folder, "dota").objects("x.png")] == [
            "a b", "a-b", "car"]


def test_a_polygon_goes_out_as_the_least_box_around_it_and_four_corners_as_they_are() -> None:
    from workbench.core.annotation import Annotation
    from workbench.extension.annotation_formats import annotation_formats

    holds, losses = annotation_formats.get("dota").holds, Losses()
    corners = RotatedBox((200.0, 200.0), 100.0, 20.0, 0.6).corners()
    many = Polygon(((*corners, (corners[0][0] + 2, corners[0][1] + 9)),))
    four = Polygon((((0.0, 0.0), (50.0, 0.0), (40.0, 30.0), (9.0, 30.0)),))
    objects = [LabeledObject("a", shape) for shape in (many, four, Box(1, 2, 30, 40))]
    turned, kept, box = (item.shape for item in fit(
        Annotation(tuple(objects)), holds, losses).objects)
    assert isinstance(turned, RotatedBox) and kept == four and isinstance(box, RotatedBox)
    assert (turned.width, turned.height) == pytest.approx((100, 20), abs=0.1)
    assert turned.angle == pytest.approx(0.6, abs=0.01)
    assert losses.became == {("polygon", "rotated box"): 1, ("box", "rotated box"): 1}


def test_the_size_of_a_pixel_is_the_scale_of_the_image_and_goes_out_again(tmp_path: Path) -> None:
    labelled(tmp_path / "in", HEAD + SHIP)
    labelled(tmp_path / "in", "gsd:null\n" + SHIP, "P0002")
    import_dataset(tmp_path / "in", tmp_path / "project")
    sizes = Manifest.load(tmp_path / "project").pixel_sizes
    assert dict(sizes.images) == {
        "images/P0001.png": PixelSize(0.146343590398, 0.146343590398, "m")}
    export_labels(tmp_path / "project", ExportRequest("dota"), tmp_path / "out")
    texts = {path.stem: path.read_text() for path in (tmp_path / "out").rglob("P*.txt")}
    assert texts == {"P0001": HEAD + SHIP, "P0002": "imagesource:null\ngsd:null\n" + SHIP}


def test_a_scale_that_a_person_set_stays_when_images_come_again(tmp_path: Path) -> None:
    labelled(tmp_path / "in", HEAD + SHIP)
    import_dataset(tmp_path / "in", tmp_path / "project")
    manifest = Manifest.load(tmp_path / "project")
    own = PixelSize(0.5, 0.5, "m")
    manifest.pixel_sizes = manifest.pixel_sizes.with_image("images/P0001.png", own)
    manifest.save(tmp_path / "project")
    import_dataset(tmp_path / "in", tmp_path / "project")
    assert Manifest.load(tmp_path / "project").pixel_sizes.images["images/P0001.png"] == own


@given(st.floats(5, 30), st.floats(60, 130), st.floats(0, 6.2))
def test_corners_in_tenths_of_a_pixel_stay_where_they_are(
    width: float, height: float, angle: float
) -> None:
    """The first side, which is the front of a ship, is short and says little of its angle."""
    drawn = RotatedBox((200.0, 200.0), width, height, angle)
    corners = tuple((round(x, 1), round(y, 1)) for x, y in drawn.corners())
    found = rotated_box(corners, ROUNDED)
    assert found is not None and max(map(math.dist, found.corners(), corners)) < 0.1


@given(st.tuples(*(st.floats(50, 80),) * 2), st.floats(5, 60), st.floats(5, 30), st.floats(0, 6.2))
def test_a_rectangle_of_whole_pixels_is_a_rotated_box_near_it(
    middle: tuple[float, float], width: float, height: float, angle: float
) -> None:
    drawn = RotatedBox(middle, width, height, angle)
    corners = tuple((float(round(x)), float(round(y))) for x, y in drawn.corners())
    found = rotated_box(corners, ROUNDED)
    assert found is not None
    assert max(map(math.dist, found.corners(), corners)) <= 1 + 0.02 * max(width, height)
