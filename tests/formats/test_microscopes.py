"""Labels of programs for microscopes: QuPath."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

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
    monkeypatch.setattr("workbench.formats.qupath._FREE", 1_000_000)
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
