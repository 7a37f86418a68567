"""Labels of programs for microscopes: QuPath, ImageJ."""

from __future__ import annotations

import gzip
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from roifile import ROI_SUBTYPE, ROI_TYPE, ImagejRoi, roiread

from tests.support.label_sets import image, put, read_set, written_set
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import Annotation, LabeledObject, annotation_formats
from workbench.extension.holds import Losses, fit
from workbench.project.imports.formats import foreign_labels

TRIANGLE = [[10, 10], [90, 10], [90, 60], [10, 10]]
HOLE = [[60, 20], [80, 20], [80, 40], [60, 20]]
FAR = [[200, 200], [300, 200], [300, 300], [200, 200]]
BOX = [[20, 30], [20, 50], [60, 50], [60, 30], [20, 30]]


def feature(kind: str, coordinates: Any, classification: Any = None, **more: Any) -> dict[str, Any]:
    properties = {"objectType": "annotation", "isLocked": False, "measurements": []}
    if classification is not None:
        properties["classification"] = classification
    return {"type": "Feature", "id": "PathAnnotationObject",
            "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties} | more


def qupath(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def test_qupath_objects(tmp_path: Path) -> None:
    image(tmp_path / "a.png")
    tumor = {"name": "Tumor", "color": [200, 0, 0]}
    put(tmp_path, "a.png.geojson", qupath(
        feature("Polygon", [BOX], tumor),
        feature("MultiPolygon", [[TRIANGLE, HOLE], [FAR]], {"names": ["Tumor", "Positive"]}),
        feature("Polygon", [TRIANGLE], properties={"objectType": "detection", "name": "no. 7"}),
        feature("MultiPoint", [[5, 6], [7, 8]], {"name": "Immune cells", "colorRGB": -1}),
        feature("GeometryCollection", None, tumor, geometry={
            "type": "GeometryCollection", "geometries": [
                {"type": "Polygon", "coordinates": [FAR]},
                {"type": "LineString", "coordinates": [[1, 1], [2, 2]]}]}),
        feature("LineString", [[1, 1], [9, 9]], tumor),
        feature("Polygon", [TRIANGLE], tumor, nucleusGeometry={"type": "Polygon",
                                                               "coordinates": [HOLE]}),
        feature("Polygon", [FAR], tumor, geometry={
            "type": "Polygon", "coordinates": [FAR], "plane": {"c": -1, "z": 3, "t": 0}}),
        feature("Polygon", [FAR[:2]], tumor), feature("Circle", [1, 2], tumor)))
    assert foreign_labels(tmp_path) is annotation_formats.get("qupath")
    found = read_set(tmp_path, "qupath")
    triangle, hole, far = (tuple(map(tuple, ring[:-1])) for ring in (TRIANGLE, HOLE, FAR))
    assert found.objects("a.png") == [
        ("Tumor", Box(20, 30, 60, 50)), ("Tumor: Positive", Polygon((triangle, hole, far))),
        ("object", Polygon((triangle,))), ("Immune cells", Keypoints(((5, 6),), (2,))),
        ("Immune cells", Keypoints(((7, 8),), (2,))), ("Tumor", Polygon((far,))),
        ("Tumor", Polygon((triangle,)))]
    assert [dict(item.attributes) for item in found.annotations["a.png"].objects][2] == {
        "objectType": "detection", "name": "no. 7"}
    assert [problem.reason for problem in found.problems] == [
        "object 9 is left out: an outline has 2 points, and needs three.",
        "object 10 is left out: a geometry “Circle” is not read.",
        "a.png.geojson: 2 lines are left out.", "a.png.geojson: 1 nucleus is left out.",
        "a.png.geojson: 1 object of another slice or time is left out."]


def test_qupath_lists_of_features_gzip_and_images_without(tmp_path: Path) -> None:
    for name in ("a.tif", "b.png", "c.png"):
        image(tmp_path / "slides" / name)
    put(tmp_path, "slides/a.json", [feature("Polygon", [TRIANGLE], "Tumor")])
    (tmp_path / "slides/b.geojson.gz").write_bytes(gzip.compress(
        json.dumps(qupath(feature("Polygon", [FAR]))).encode()))
    put(tmp_path, "slides/d.geojson", qupath())
    (tmp_path / "slides/e.geojson.gz").write_bytes(b"\x1f\x8b\x08 and no more")
    image(tmp_path / "slides" / "e.png")
    found = read_set(tmp_path, "qupath")
    assert {name: found.objects(name)[0][0] for name in found.annotations} == {
        "a.tif": "Tumor", "b.png": "object"}
    assert sorted(found.kinds()) == ["missing-image", "unreadable-labels"]


def test_a_gzipped_file_that_unpacks_to_more_than_labels_do_is_refused(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.formats.regular_file.FREELY_UNPACKED", 1_000_000)
    image(tmp_path / "a.png")
    (tmp_path / "a.geojson.gz").write_bytes(gzip.compress(b"[" + b" " * 3_000_000 + b"]"))
    found = read_set(tmp_path, "qupath")
    assert found.kinds() == ["unreadable-labels"]
    assert "more than 1 MB" in found.problems[0].reason


def test_qupath_opens_what_is_written(tmp_path: Path) -> None:
    holds = annotation_formats.get("qupath").holds
    whole = fit(Annotation((
        LabeledObject("cat", Box(1, 2, 30.5, 40)),
        LabeledObject("dog", Keypoints(((5, 6),), (2,)), {"name": "one", "objectType": "cell"}),
        LabeledObject("cat", RotatedBox((100, 100), 40, 20, 0.5)))), holds, Losses())
    with written_set("qupath", [("a.png", "", whole.objects), ("b.png", "", [])]) as folder:
        data = json.loads((folder / "a.geojson").read_text("utf-8"))
        assert read_set(folder, "qupath").objects("a.png")[1] == (
            "dog", Keypoints(((5.0, 6.0),), (2,)))
        assert json.loads((folder / "b.geojson").read_text("utf-8"))["features"] == []
    box, point, turned = data["features"]
    assert data["type"] == "FeatureCollection" and box == {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [
            [[1, 2], [30.5, 2], [30.5, 40], [1, 40], [1, 2]]]},
        "properties": {"objectType": "annotation",
                       "classification": {"name": "cat", "color": [229, 72, 77]}}}
    assert point["geometry"] == {"type": "Point", "coordinates": [5, 6]}
    assert point["properties"]["name"] == "one"
    assert point["properties"]["objectType"] == "annotation", "QuPath's cells have a nucleus"
    assert len(turned["geometry"]["coordinates"][0]) == 5


def roi(kind: ROI_TYPE, **more: Any) -> bytes:
    return ImagejRoi(roitype=kind, **more).tobytes()


def outline(*points: tuple[int, int], **more: Any) -> bytes:
    made = ImagejRoi.frompoints(np.array(points), **{"name": "nucleus-3"} | more)
    return bytes(made.tobytes())


def archive(path: Path, **rois: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as made:
        for name, data in rois.items():
            made.writestr(f"{name}.roi", data)
    return path


def test_imagej_rois(tmp_path: Path) -> None:
    """As Fiji stores them: rectangles, ovals, turned shapes, areas of parts with holes, points."""
    image(tmp_path / "a.png")
    sides = {"left": 10, "top": 20, "right": 50, "bottom": 40}
    [first, second, third] = struct.unpack(">BBh", struct.pack(">f", 20.0))
    turned = {"x1": 100.0, "y1": 100.0, "x2": 140.0, "y2": 100.0,
              "arrow_style_or_aspect_ratio": first, "arrow_head_size": second,
              "rounded_rect_arc_size": third}
    path = [0, 0, 0, 1, 90, 0, 1, 90, 90, 4, 0, 60, 20, 1, 80, 20, 1, 80, 40, 4, 0, 200, 200,
            2, 250, 200, 250, 250, 3, 250, 260, 240, 270, 200, 270, 4, 0, 1, 1]
    archive(tmp_path / "a_RoiSet.zip",
            box=roi(ROI_TYPE.RECT, name="0012-0345-0210", **sides),
            oval=roi(ROI_TYPE.OVAL, name="vesicle 12", **sides),
            outline=outline((1, 1), (60, 1), (60, 50)),
            plain=outline((1, 1), (9, 1), (9, 9), name="x"),
            rectangle=roi(ROI_TYPE.FREEHAND, subtype=ROI_SUBTYPE.ROTATED_RECT, group=7, **turned),
            area=roi(ROI_TYPE.RECT, name="CD4", shape_roi_size=len(path),
                     multi_coordinates=np.array(path, np.float32)),
            point=roi(ROI_TYPE.POINT, name="0006-0005", n_coordinates=1, left=5, top=6,
                      right=6, bottom=7, integer_coordinates=np.zeros((1, 2), np.int32)),
            line=roi(ROI_TYPE.LINE, x2=9.0), slice=outline((1, 1), (5, 1), (5, 5), position=2))
    assert foreign_labels(tmp_path) is annotation_formats.get("imagej")
    found = read_set(tmp_path, "imagej")
    [box, oval, nucleus, plain, rectangle, area, point] = found.objects("a.png")
    assert box == ("object", Box(10, 20, 50, 40))
    assert oval[0] == "vesicle" and isinstance(oval[1], Polygon)
    assert len(oval[1].rings[0]) == 32 and oval[1].bounds() == pytest.approx((10, 20, 50, 40))
    assert nucleus == ("nucleus", Polygon((((1, 1), (60, 1), (60, 50)),)))
    assert plain[0] == "x"
    assert rectangle == ("group 7", RotatedBox((120, 100), 40, 20, 0))
    assert area[0] == "CD4" and isinstance(area[1], Polygon)
    assert [len(ring) for ring in area[1].rings] == [3, 3, 17]
    assert not area[1].contains((75, 25)) and area[1].contains((240, 240))
    assert point == ("object", Keypoints(((5.5, 6.5),), (2,)))
    assert [problem.reason for problem in found.problems] == [
        "a_RoiSet.zip: 1 line, angle or text is left out.",
        "a_RoiSet.zip: 1 ROI of another slice is left out."]


def test_which_image_rois_belong_to(tmp_path: Path) -> None:
    data = outline((1, 1), (9, 1), (9, 9))
    for name in ("a.png", "b.png", "c.png", "d.png", "alone/e.png", "f.png", "g.png"):
        image(tmp_path / name)
    (tmp_path / "a.roi").write_bytes(data)
    for name in ("b-RoiSet", "RoiSet_c", "d", "alone/RoiSet", "rois/f", "gone_RoiSet"):
        archive(tmp_path / f"{name}.zip", one=data)
    for name, number in (("one", 1), ("two", 2)):
        (tmp_path / "g").mkdir(exist_ok=True)
        (tmp_path / "g" / f"{name}.roi").write_bytes(outline((number, 1), (9, 1), (9, 9)))
    found = read_set(tmp_path, "imagej")
    assert {name: len(each.objects) for name, each in found.annotations.items()} == dict.fromkeys(
        ("a.png", "b.png", "c.png", "d.png", "e.png", "f.png"), 1) | {"g.png": 2}
    assert found.kinds() == ["missing-image"]


def test_archives_of_rois_that_mean_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.formats.regular_file.FREELY_UNPACKED", 100_000)
    good = outline((1, 1), (9, 1), (9, 9))
    for name in "abcd":
        image(tmp_path / f"{name}.png")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("x.roi", good + b"\0" * 3_000_000)
    many = bytearray(roi(ROI_TYPE.POLYGON))
    many[16:22] = b"\0\0\x7f\xff\xff\xff"  # two thousand million points
    archive(tmp_path / "b.zip", **{"../../out": good, "many": bytes(many), "cut": good[:70]})
    (tmp_path / "c_RoiSet.zip").write_bytes((tmp_path / "b.zip").read_bytes()[:-30])
    found = read_set(tmp_path, "imagej")
    assert found.objects("b.png") == [("nucleus", Polygon((((1, 1), (9, 1), (9, 9)),)))]
    assert sorted(found.kinds()) == ["unreadable-labels"] * 2 + ["unreadable-object"] * 2
    assert list(found.annotations) == ["b.png"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".png") == [
        "a.zip", "b.zip", "c_RoiSet.zip"]


def test_fiji_opens_what_is_written(tmp_path: Path) -> None:
    """Names, groups by class, fractions of pixels; coordinates beyond 16 bits stay in those."""
    holds = annotation_formats.get("imagej").holds
    whole = fit(Annotation((
        LabeledObject("cat", Box(1.25, 2, 30.5, 40)),
        LabeledObject("a/b", Polygon((((70000.5, 1), (70100, 1), (70100, 50.25)),))),
        LabeledObject("cat", Polygon((((1, 1), (90, 1), (90, 90)),
                                      ((60, 20), (80, 20), (80, 40))))),
        LabeledObject("a/b", Keypoints(((5, 6.5),), (2,))))), holds, Losses())
    with written_set("imagej", [("a.png", "", whole.objects), ("b.png", "", [])],
                     classes=("cat", "a/b")) as folder:
        assert not (folder / "b_RoiSet.zip").exists(), "Fiji opens no empty set"
        box, far, area, point = roiread(folder / "a_RoiSet.zip")
        with zipfile.ZipFile(folder / "a_RoiSet.zip") as made:
            assert made.namelist()[:2] == ["cat-0001.roi", "a_b-0002.roi"]
        assert read_set(folder, "imagej").objects("a.png")[-1] == ("a/b", Keypoints(
            ((5.0, 6.5),), (2,)))
    assert [(each.name, each.group) for each in (box, far, area, point)] == [
        ("cat-0001", 1), ("a/b-0002", 2), ("cat-0003", 1), ("a/b-0004", 2)]
    assert (box.roitype, box.xd, box.yd, box.widthd, box.heightd) == (
        ROI_TYPE.RECT, 1.25, 2, 29.25, 38)
    assert (box.left, box.top, box.right, box.bottom) == (1, 2, 31, 40)
    assert far.coordinates().tolist() == [[70000.5, 1], [70100, 1], [70100, 50.25]]
    assert [len(ring) for ring in area.coordinates(multi=True)] == [4, 4]
    assert point.roitype == ROI_TYPE.POINT
