"""Tables of points and DotDotGoose's files as people have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.label_sets import image, read_set
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.dots import dot_at
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.holds import Losses, fit
from workbench.extension.registry import load


@pytest.mark.parametrize("text", [
    "image,x,y,class\na.png,10,20.5,seal\na.png,30,40,gull\nb.png,,,\n",
    "class;y;image;x;observer\nseal;20.5;a.png;10;Ann\ngull;40;a.png;30;Bo\n;;b.png;;Bo\n",
    "Filename\tX\tY\tSpecies\na.png\t10\t20.5\tseal\na.png\t30\t40\tgull\n"
    "b.png\t\t\t\n",
])
@pytest.mark.parametrize("name", ["counts.csv", "counts.txt"])
def test_columns_stand_in_any_order(tmp_path: Path, text: str, name: str) -> None:
    for key in ("a.png", "b.png"):
        image(tmp_path / key)
    (tmp_path / name).write_text(text)
    assert load(annotation_formats.get("points").sniff)(tmp_path)
    found = read_set(tmp_path, "points")
    assert found.objects("a.png") == [("seal", dot_at((10.0, 20.5))),
                                      ("gull", dot_at((30.0, 40.0)))]
    assert found.objects("b.png") == [] and not found.problems
    assert found.classes == ("seal", "gull")


def test_a_table_of_another_kind_is_none_of_points(tmp_path: Path) -> None:
    for heading in ("image,x,y,width,height,class", "file,label", "image,xmin,ymin,xmax,ymax,class",
                    "x,y,class"):
        (tmp_path / "t.csv").write_text(f"{heading}\n")
        assert not load(annotation_formats.get("points").sniff)(tmp_path), heading


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    table = tmp_path / "points.csv"
    table.write_text("image,x,y\na.png,900,20\na.png,5,6\na.png,5,6\nc.png,1,2\n")
    found = read_set(tmp_path, "points")
    assert found.objects("a.png") == [("object", dot_at((5.0, 6.0)))]
    assert sorted(found.kinds()) == ["box-out-of-bounds", "duplicate-box", "missing-image"]
    table.write_text("image,x,y\na.png,1,two\n")
    (problem,) = read_set(tmp_path, "points").problems
    assert problem.line == 2 and "no number" in problem.reason


def test_a_file_of_dot_dot_goose(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    image(tmp_path / "b.png")
    (tmp_path / "survey.pnt").write_text(json.dumps({
        "classes": ["seal", "gull"], "colors": {"seal": [255, 0, 0]},
        "points": {"a.png": {"gull": [{"x": 3.5, "y": 4}], "seal": [{"x": 10, "y": 20}]},
                   "b.png": {}}, "metadata": {"survey_id": "", "coordinates": {}}}))
    found = read_set(tmp_path, "dotdotgoose")
    assert found.objects("a.png") == [("gull", dot_at((3.5, 4.0))), ("seal", dot_at((10.0, 20.0)))]
    assert found.objects("b.png") == [] and found.classes == ("seal", "gull")
    (tmp_path / "survey.pnt").write_text('{"points": [1]}')
    assert [item.kind for item in read_set(tmp_path, "dotdotgoose").problems] == [
        "unreadable-labels"]


def test_what_is_wrong_in_a_file_of_dot_dot_goose_names_the_image(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    (tmp_path / "survey.pnt").write_text(json.dumps({"classes": ["seal"], "points": {"a.png": {
        "seal": [{"x": 5, "y": 6}, {"x": None, "y": 6}, {"x": 5, "y": 6}, {"x": 900, "y": 6}]}}}))
    found = read_set(tmp_path, "dotdotgoose")
    assert found.objects("a.png") == [("seal", dot_at((5.0, 6.0)))], "the others stay"
    assert [item.reason.partition(" of a.png ")[0] for item in found.problems] == [
        "seal 2", "seal 3", "seal 4"]


def test_boxes_become_dots_and_dots_no_boxes() -> None:
    objects = (LabeledObject("seal", Box(0, 0, 20, 10)), LabeledObject("seal", dot_at((5.0, 5.0))))
    losses = Losses()
    kept = fit(Annotation(objects), annotation_formats.get("points").holds, losses)
    assert [item.shape for item in kept.objects] == [dot_at((10.0, 5.0)), dot_at((5.0, 5.0))]
    assert losses.words("CSV") == ["1 box becomes a dot."]
    losses = Losses()
    assert fit(Annotation(objects), annotation_formats.get("yolo").holds, losses).objects == (
        objects[:1])
    assert losses.words("YOLO") == ["1 dot is left out: YOLO has no place for them."]
