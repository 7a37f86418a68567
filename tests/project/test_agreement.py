"""How far two people's labels agree."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.classification import multiclass_cohen_kappa

from tests.project.helpers import add_image, box
from workbench.cli import main
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import UsageError
from workbench.core.outlines import Polygon, RotatedBox
from workbench.core.overlaps import overlap
from workbench.core.shapes import Box
from workbench.formats.voc import new_voc
from workbench.project.agreement import (
    Agreement,
    ObjectPair,
    compare_labels,
    paired,
)
from workbench.project.disagreements import differences, settled

SIZE = (64, 48)


def item(label: str, x: float, y: float, side: float = 10) -> LabeledObject:
    return LabeledObject(label, Box(x, y, x + side, y + side))


def label(folder: Path, name: str, *objects: LabeledObject) -> None:
    add_image(folder, name)
    path = (folder / name).with_suffix(".xml")
    path.write_bytes(new_voc(Annotation(objects, size=SIZE), image_path=folder / name))


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    own, other = tmp_path / "ada", tmp_path / "bob"
    label(own, "a.png", item("cat", 0, 0), item("dog", 20, 0), item("cat", 40, 20))
    label(other, "a.png", item("cat", 1, 0), item("cat", 20, 1), item("dog", 5, 30))
    label(own, "b.png", item("dog", 0, 0))
    label(other, "b.png", item("dog", 0, 0))
    label(own, "mine.png", item("dog", 0, 0))
    label(other, "theirs.png")
    return own, other


def test_objects_are_paired_by_place_and_class(two: tuple[Path, Path]) -> None:
    found = compare_labels(*two)
    assert found.images == ["a.png", "b.png"]
    assert (found.only_own, found.only_other) == (1, 1)
    data = found.to_json()
    assert data["objects"] == {"own": 4, "other": 4, "both": 2}
    assert data["differences"] == {"other_class": 1, "only_own": 1, "only_other": 1}
    assert data["f1"] == pytest.approx(0.5)
    assert [(row["name"], row["own"], row["other"], row["both"]) for row in data["per_class"]] == [
        ("cat", 2, 2, 1), ("dog", 2, 2, 1)]
    assert list(found.differing) == ["a.png"]
    assert [(pair.own and pair.own.label, pair.other and pair.other.label)
            for pair in found.differing["a.png"]] == [
        ("dog", "cat"), ("cat", None), (None, "dog")]
    assert compare_labels(two[0], two[0]).f1 == 1


def test_an_object_of_the_same_class_goes_before_a_closer_one_of_another() -> None:
    pairs = list(paired("a", (item("cat", 0, 0),), (item("dog", 0, 0), item("cat", 1, 0))))
    assert [(pair.own is not None, pair.other and pair.other.label) for pair in pairs] == [
        (True, "cat"), (False, "dog")]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30))
def test_kappa_is_that_of_torchmetrics(labels: list[tuple[int, int]]) -> None:
    import torch

    pairs = [ObjectPair("a", item(str(own), 0, 0), item(str(other), 0, 0), 1.0)
             for own, other in labels]
    kappa = Agreement(pairs=pairs).kappa
    own, other = (torch.tensor(column) for column in zip(*labels, strict=True))
    theirs = float(multiclass_cohen_kappa(own, other, 3))
    assert (kappa is None and np.isnan(theirs)) or kappa == pytest.approx(theirs, abs=1e-5)


def test_the_others_labels_may_be_in_any_format_or_without_images(
        two: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own, other = two
    wanted = compare_labels(own, other).to_json()
    files = tmp_path / "files only"
    for path in other.glob("*.xml"):
        files.mkdir(exist_ok=True)
        shutil.copy(path, files)
    assert compare_labels(own, files).to_json() == wanted
    yolo = tmp_path / "yolo"
    assert main(["export-labels", str(other), "--format", "yolo", "--out", str(yolo)]) == 0
    capsys.readouterr()
    assert main(["agreement", str(own), str(yolo), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["differences"] == wanted["differences"]
    assert main(["agreement", str(own), str(other)]) == 0
    text = capsys.readouterr().out
    assert "2 images labelled by both, 1 only here and 1 only there; 1 differ" in text
    assert "4 and 4 objects, 2 alike: F1 0.500" in text


@pytest.mark.parametrize("format", ["yolo", "coco", "dota", "labelme", "cvat", "csv"])
def test_labels_of_other_formats_need_no_images_either(
        two: tuple[Path, Path], tmp_path: Path, format: str) -> None:
    own, other = two
    out = tmp_path / format
    assert main(["export-labels", str(other), "--format", format, "--out", str(out),
                 "--images", "none"]) == 0
    assert not list(out.rglob("*.png"))
    files = sorted(path for path in out.rglob("*.*") if path.is_file())
    for labels in (out, *(path for path in files if path.suffix == ".xml")):  # a file, too
        found = compare_labels(own, labels)
        assert list(found.images) == ["a.png", "b.png"] and list(found.differing) == ["a.png"]
    assert sorted(path for path in out.rglob("*.*") if path.is_file()) == files


def test_images_of_one_name_in_several_folders_are_not_taken_for_each_other(
        tmp_path: Path) -> None:
    own, other, flat = tmp_path / "ada", tmp_path / "bob", tmp_path / "flat"
    for folder, x in (("monday", 0), ("tuesday", 20)):
        label(own, f"{folder}/1.png", item("cat", x, 0))
    label(other, "monday/1.png", item("cat", 0, 0))
    label(flat, "1.png", item("cat", 0, 0))
    found = compare_labels(own, other)
    assert (found.images, found.only_own, found.f1) == (["monday/1.png"], 1, 1.0)
    with pytest.raises(UsageError, match="“flat” has no labels of the images"):  # of which?
        compare_labels(own, flat)
    (own / "monday" / "1.xml").unlink()
    found = compare_labels(own, other)
    assert (found.images, list(found.labelled_there)) == ([], ["monday/1.png"])


def test_what_cannot_be_compared_is_told(two: tuple[Path, Path], tmp_path: Path) -> None:
    own, other = two
    (other / "b.xml").write_text("<annotation><object>")
    found = compare_labels(own, other)
    assert found.images == ["a.png"]
    assert [Path(problem.path).name for problem in found.problems] == ["b.xml"]
    small = Annotation((item("cat", 0, 0),), size=(32, 24))
    add_image(other, "a.png", size=(32, 24))
    (other / "a.xml").write_bytes(new_voc(small, image_path=other / "a.png"))
    for _ in range(2):
        found = compare_labels(own, other)
        assert found.images == [] and [item.reason for item in found.problems][:1] == [
            "a.png measures 64 × 48 here and 32 × 24 in “bob”, so its labels cannot be compared."]
        for path in other.glob("*.png"):  # then its labels say it
            path.unlink()
    label(tmp_path / "cy", "else.png", item("cat", 0, 0))
    with pytest.raises(UsageError, match="“cy” has no labels of the images that are here"):
        compare_labels(own, tmp_path / "cy")
    add_image(tmp_path / "bare", "a.png")
    assert list(compare_labels(tmp_path / "bare", own).labelled_there) == ["a.png"]
    (tmp_path / "nothing").mkdir()
    with pytest.raises(UsageError, match="no images whose labels could be compared"):
        compare_labels(tmp_path / "nothing", own)


def test_images_that_only_they_have_labelled_are_found_also_in_a_zip_of_labels(
        tmp_path: Path) -> None:
    own, other = tmp_path / "ada", tmp_path / "bob"
    for name in ("a", "b"):
        add_image(own, f"day/{name}.png")
    label(other, "day/a.png", item("cat", 0, 0))
    label(other, "day/new.png", item("cat", 0, 0))
    packed = Path(shutil.make_archive(str(tmp_path / "labels"), "zip", other))
    for there in (other, packed):
        found = compare_labels(own, there)
        assert (list(found.labelled_there), found.images, found.not_here) == (
            ["day/a.png"], [], 1)
        [new] = differences(found, own, "“bob”")
        assert (new.kind, new.reason) == ("labelled-there", "1 cat")


def rod(across: float, angle: float = 0.8, **other: float) -> LabeledObject:
    """A thin rod on a diagonal, ``across`` pixels aside from the middle of the image."""
    sides = {"width": 40.0, "height": 3.0, **other}
    return LabeledObject("rod", RotatedBox(
        (32 - across * math.sin(angle), 24 + across * math.cos(angle)), angle=angle, **sides))


def test_what_was_noted_since_it_was_compared_stays_and_nothing_is_added_twice() -> None:
    own, other = box("cat"), box("dog")
    noted = own.with_attribute("difficult", True)
    [item] = settled((noted,), [ObjectPair("a.png", own, other, 1.0)])
    assert item.label == "dog" and item.difficult
    backwards = box("cat", 30, 40, 1, 2)
    [item] = settled((backwards,), [ObjectPair("a.png", backwards.in_order(), other, 1.0)])
    assert item.label == "dog"
    assert settled((noted,), [ObjectPair("a.png", None, own)]) == (noted,)


def test_rotated_boxes_go_by_their_own_overlap() -> None:
    """The boxes around two rods side by side overlap by more than half."""
    assert overlap(rod(0).box, rod(6).box) > 0.5
    pairs = list(paired("a.png", (rod(0), rod(6)), (rod(6.3), rod(12))))
    assert [(pair.own, pair.other) for pair in pairs] == [
        (rod(0), None), (rod(6), rod(6.3)), (None, rod(12))]
    assert pairs[1].overlap == pytest.approx(2.7 / 3.3, abs=1e-3)


def test_the_same_rod_drawn_from_another_corner_and_as_a_polygon_is_the_same() -> None:
    other = rod(0, 0.8 + math.pi / 2, width=3.0, height=40.0)
    assert [pair.overlap for pair in paired("a.png", (rod(0),), (other,))] == [
        pytest.approx(1, abs=1e-3)]
    shape = rod(0).shape
    assert isinstance(shape, RotatedBox)
    polygon = LabeledObject("rod", Polygon((shape.corners(),)))
    (pair,) = paired("a.png", (rod(0),), (polygon,))
    assert pair.agrees and pair.overlap > 0.8


def test_rods_that_cross_in_one_box_are_two() -> None:
    """The boxes around both are one and the same."""
    crossed = rod(0, math.pi - 0.8)
    assert overlap(rod(0).box, crossed.box) > 0.99
    assert not any(pair.agrees for pair in paired("a.png", (rod(0),), (crossed,)))
