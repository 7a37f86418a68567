"""A project of image classes made from the boxes of another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.project.helpers import labelled
from tests.support.odd_projects import BLUE, DOT, RED, SIZE, odd_project
from workbench.cli import main
from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import UsageError
from workbench.core.shapes import Box
from workbench.formats.voc import new_voc
from workbench.tasks.image_classification.crops import make_crops
from workbench.tasks.image_classification.dataset import load_images
from workbench.tasks.image_classification.labels import read_labels


def boxes(folder: Path, images: int = 10) -> Path:
    return odd_project(folder, [(SIZE, (RED, BLUE, DOT))] * images + [(SIZE, None), (SIZE, ())])


def test_each_box_becomes_an_image_of_its_class(tmp_path: Path) -> None:
    project = boxes(tmp_path / "boxes")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    made = make_crops(project, tmp_path / "out", margin=0.0)
    assert (made.counts, made.small, made.problems) == ({"red": 10, "blue": 10}, 10, [])
    assert made.words() == "20 crops of 2 classes are in “out”. 10 boxes below 8 px left out."
    found = read_labels(tmp_path / "out")
    assert found.labels["images/red/000-1.jpg"] == "red"
    with Image.open(tmp_path / "out/images/blue/003-2.jpg") as image:
        assert image.size == (34, 32)
        red, _, blue = image.convert("RGB").getpixel((17, 16))  # type: ignore[misc]  # RGB has three
        assert blue > 180 > red
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_crops_of_an_image_stay_in_its_part(tmp_path: Path) -> None:
    make_crops(boxes(tmp_path / "boxes"), tmp_path / "out")
    data = load_images(tmp_path / "out")
    images = [{item.key.rpartition("/")[2].partition("-")[0] for item in data.part(part)}
              for part in ("train", "val", "test")]
    assert all(images)
    assert not images[0] & images[1] and not images[0] & images[2]
    assert data.classes == ["blue", "red"]


def test_a_margin_stays_inside_the_image(tmp_path: Path) -> None:
    edge = ("red", (0.0, 0.0, 40.0, 40.0))
    make_crops(odd_project(tmp_path / "boxes", [(SIZE, (edge,))]), tmp_path / "out", margin=0.5)
    with Image.open(tmp_path / "out/images/red/000-1.jpg") as image:
        assert image.size == (60, 60)


def test_an_attribute_is_learned_in_the_place_of_the_class(tmp_path: Path) -> None:
    project = boxes(tmp_path / "boxes", 2)
    objects = tuple(LabeledObject("cat", Box(4, 4, 30, 30), {"mood": mood} if mood else {})
                    for mood in ("calm", "wild", ""))
    path = project / "annotations/000.xml"
    path.write_bytes(new_voc(Annotation(objects, size=SIZE), image_path=project / "images/000.png"))
    made = make_crops(project, tmp_path / "out", attribute="mood")
    assert (made.counts, made.without) == ({"calm": 1, "wild": 1}, 4)
    with pytest.raises(UsageError, match="no box with the attribute “age”"):
        make_crops(project, tmp_path / "none", attribute="age")
    assert not (tmp_path / "none").exists()


def test_numbers_of_many_digits_are_classes_of_their_own(tmp_path: Path) -> None:
    project = boxes(tmp_path / "boxes", 2)
    for name, number in (("000", 1234567.0), ("001", 1234568.0)):
        path = project / "annotations" / f"{name}.xml"
        path.write_bytes(new_voc(Annotation((LabeledObject("cat", Box(4, 4, 30, 30), {
            "id": number}),), size=SIZE), image_path=project / "images" / f"{name}.png"))
    made = make_crops(project, tmp_path / "out", attribute="id")
    assert made.counts == {"1234567": 1, "1234568": 1}


def test_what_cannot_be_read_is_told_and_the_rest_is_cut(tmp_path: Path) -> None:
    project = boxes(tmp_path / "boxes", 3)
    (project / "images/001.png").write_bytes(b"no picture")
    (project / "annotations/002.xml").write_text("<annotation>", encoding="utf-8")
    made = make_crops(project, tmp_path / "out")
    assert sum(made.counts.values()) == 2
    assert len(made.problems) == 2
    assert made.words().endswith("2 images could not be used.")


def test_crops_do_not_go_among_the_images_of_their_project(tmp_path: Path) -> None:
    project = tmp_path / "p"
    labelled(project, "a.png", ["cat"])
    for place in (project / "crops", project / "x" / ".." / "crops"):
        with pytest.raises(UsageError, match="lies among the images of the project"):
            make_crops(project, place)
    assert sorted(item.name for item in project.iterdir()) == ["a.png", "a.xml"]


def test_the_shell_makes_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    project = boxes(tmp_path / "boxes", 2)
    assert main(["crops", str(project), "--out", str(tmp_path / "out"), "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["crops"], said["classes"]) == (4, {"red": 2, "blue": 2})
    assert main(["crops", str(project), "--out", str(tmp_path / "out")]) == 1  # it is taken
