"""Results of MegaDetector, as it and the programs around it write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.label_sets import image, put, read_set, written_set
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import LabeledObject
from workbench.formats.mega_detector import FILE
from workbench.project.imports.formats import foreign_labels
from workbench.project.imports.images import import_dataset
from workbench.project.manifest import Manifest


def results(*images: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"images": list(images), "detection_categories": {"1": "animal", "2": "person"},
            "info": {"format_version": "1.4", "detector": "md_v5a.0.0.pt"}, **more}


def detection(conf: float, category: str = "1", **more: Any) -> dict[str, Any]:
    return {"category": category, "conf": conf, "bbox": [0.25, 0.5, 0.5, 0.25], **more}


def test_photos_of_a_camera_trap(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg", "d.jpg"):
        image(tmp_path / "station 1" / name)
    put(tmp_path, "results.json", results(
        {"file": "D:\\\\traps\\station 1\\a.jpg", "detections": [
            detection(0.91), detection(0.19), detection(0.5, "2")]},
        {"file": "station 1/b.jpg", "detections": []},
        {"file": "station 1/c.jpg", "failure": "Failure image access", "detections": None},
        {"file": "station 1/clip.mp4", "detections": [detection(0.9, frame_number=30)]},
        {"file": "station 1/gone.jpg", "detections": [detection(0.9)]}))
    assert (kind := foreign_labels(tmp_path)) is not None and kind.id == "megadetector"
    found = read_set(tmp_path, "megadetector")
    assert found.objects("a.jpg") == [("animal", Box(160, 240, 480, 360)),
                                      ("person", Box(160, 240, 480, 360))]
    assert [item.attributes for item in found.annotations["a.jpg"].objects] == [
        {"score": 0.91}, {"score": 0.5}]
    assert found.annotations["b.jpg"].objects == ()  # nothing is on it
    assert set(found.annotations) == {"a.jpg", "b.jpg"} and found.classes == ("animal", "person")
    assert sorted(found.kinds()) == ["low-score", "missing-image", "no-place", "not-detected"]
    told = " ".join(problem.reason for problem in found.problems)
    assert "1 detection with a score below 0.2" in told and "Failure image access" in told


def test_the_file_recommends_a_score(tmp_path: Path) -> None:
    image(tmp_path / "a.jpg")
    about = {"detector_metadata": {"typical_detection_threshold": 0.6}}
    put(tmp_path, "md.json", results({"file": "a.jpg", "detections": [
        detection(0.59), detection(0.6)]}, info=about))
    assert len(read_set(tmp_path, "megadetector").annotations["a.jpg"].objects) == 1


@pytest.mark.parametrize(("said", "label"), [
    ([["7", 0.2], ["3", 0.8]], "red fox"), ([["3", 0.49], ["7", 0.48]], "animal"),
    ([["9", 0.9]], "animal"), ([], "animal"), (None, "animal")])
def test_a_species_that_is_likely_is_the_class(tmp_path: Path, said: Any, label: str) -> None:
    image(tmp_path / "a.jpg")
    put(tmp_path, "md.json", results(
        {"file": "a.jpg", "detections": [detection(0.9, classifications=said)]},
        classification_categories={"3": "red fox", "7": "badger"}))
    assert [name for name, _ in read_set(tmp_path, "megadetector").objects("a.jpg")] == [label]


def test_the_list_of_microsofts_package(tmp_path: Path) -> None:
    image(tmp_path / "images" / "a.jpg")
    put(tmp_path, "results.json", [{"file": "images/a.jpg", "detections": [
        {"category": "animal", "confidence": 0.93, "bbox": [102.4, 88.1, 540.7, 470.2]},
        {"category": "animal", "confidence": 0.13, "bbox": [1, 2, 3, 4]}]}])
    assert (kind := foreign_labels(tmp_path)) is not None and kind.id == "megadetector"
    assert read_set(tmp_path, "megadetector").objects("a.jpg") == [
        ("animal", Box(102.4, 88.1, 540.7, 470.2))]


@pytest.mark.parametrize("wrong", [
    {"bbox": [0.1, 0.2, 0.3]}, {"bbox": None}, {"conf": "high"}, {"bbox": [0.1, 0.2, -0.3, 0.1]},
    {"classifications": 5}])
def test_a_wrong_detection_costs_itself(tmp_path: Path, wrong: dict[str, Any]) -> None:
    image(tmp_path / "a.jpg")
    put(tmp_path, "md.json", results({"file": "a.jpg", "detections": [
        {**detection(0.9), **wrong}, detection(0.8)]}, {"detections": []}, 5))
    found = read_set(tmp_path, "megadetector")
    assert len(found.annotations["a.jpg"].objects) == 1
    assert found.kinds() == ["unreadable-object"] * 3


def test_a_project_of_it_can_be_worked_in(tmp_path: Path) -> None:
    image(tmp_path / "in" / "a.jpg")
    image(tmp_path / "in" / "b.jpg")
    put(tmp_path / "in", "md.json", results(
        {"file": "a.jpg", "detections": [detection(0.9)]}, {"file": "b.jpg", "detections": []}))
    report = import_dataset(tmp_path / "in", tmp_path / "project")
    assert report.images == 2 and report.annotations == 2
    assert Manifest.load(tmp_path / "project").classes == ["animal", "person"]


def test_what_a_person_and_a_model_found_goes_out(tmp_path: Path) -> None:
    drawn = LabeledObject("dog", Box(160, 240, 480, 360))
    with written_set("megadetector", [("a.png", "", [
            drawn, drawn.with_label("cat").with_attribute("score", 0.4)])]) as folder:
        said = json.loads((folder / FILE).read_text())
    names = said["detection_categories"]
    (photo,) = said["images"]
    assert photo["file"] == "a.png" and [
        (names[item["category"]], item["conf"], item["bbox"]) for item in photo["detections"]
    ] == [("dog", 1.0, [0.25, 0.5, 0.5, 0.25]), ("cat", 0.4, [0.25, 0.5, 0.5, 0.25])]
    assert isinstance(said["info"]["format_version"], str)  # Timelapse reads it as text
