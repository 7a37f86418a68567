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
from workbench.project.imports.formats import foreign_labels
from workbench.project.imports.images import import_dataset
from workbench.project.label_export import ExportRequest, export_labels
from workbench.project.manifest import Manifest


@pytest.mark.parametrize("text", [
    "image,x,y,class\na.png,10,20.5,seal\na.png,30,40,gull\nb.png,,,\n",
    "class;y;image;x;observer\nseal;20.5;a.png;10;Ann\ngull;40;a.png;30;Bo\n;;b.png;;Bo\n",
    "image;x;y;class\na.png;10;20,5;seal\na.png;30,0;40;gull\nb.png;;;\n",
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
    import_dataset(tmp_path, tmp_path / "told", "dotdotgoose")
    assert Manifest.load(tmp_path / "told").colors == {"seal": "#ff0000"}
    export_labels(tmp_path / "told", ExportRequest("dotdotgoose"), tmp_path / "out")
    [file] = (tmp_path / "out").rglob("*.pnt")
    assert json.loads(file.read_text())["colors"]["seal"] == [255, 0, 0]
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


def cell_counter(*types: str, image_name: str = "a.png") -> str:
    return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CellCounter_Marker_File>\n"
            "<Image_Properties>"
            f"<Image_Filename>{image_name}</Image_Filename></Image_Properties>\n<Marker_Data>"
            f"<Current_Type>1</Current_Type>{''.join(types)}</Marker_Data>\n"
            "</CellCounter_Marker_File>\n")


def marker_type(number: int, name: str, *places: tuple[object, object, int]) -> str:
    named = f"<Name>{name}</Name>" if name else ""
    return f"<Marker_Type><Type>{number}</Type>{named}" + "".join(
        f"<Marker><MarkerX>{x}</MarkerX><MarkerY>{y}</MarkerY><MarkerZ>{z}</MarkerZ></Marker>"
        for x, y, z in places) + "</Marker_Type>"


def test_markers_of_cell_counter(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    file = tmp_path / "CellCounter_a.xml"
    file.write_text(cell_counter(
        marker_type(1, "neuron", (10, 20, 1)), marker_type(2, "Type 2"),
        marker_type(3, "glia"), marker_type(4, "", (3, 4, 1))))
    assert foreign_labels(tmp_path) is annotation_formats.get("cellcounter")
    found = read_set(tmp_path, "cellcounter")
    assert found.objects("a.png") == [("neuron", dot_at((10.5, 20.5))),
                                      ("Type 4", dot_at((3.5, 4.5)))]
    assert found.classes == ("neuron", "glia", "Type 4") and not found.problems
    file.write_text(cell_counter(marker_type(
        1, "", (10, 20, 1), (5, 6, 2), ("", 6, 1), (900, 6, 1))))
    found = read_set(tmp_path, "cellcounter")
    assert found.objects("a.png") == [("Type 1", dot_at((10.5, 20.5)))]
    assert sorted(found.kinds()) == ["box-out-of-bounds", "no-number", "other-slice"]
    for text in (cell_counter(image_name="b.png"), "<CellCounter_Marker_File>"):
        file.write_text(text)
        assert len(read_set(tmp_path, "cellcounter").problems) == 1, text


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
