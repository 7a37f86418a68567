"""Labelled frames of DeepLabCut, as it writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.label_sets import image, read_set
from workbench.core.outlines import Keypoints
from workbench.core.skeletons import Skeleton
from workbench.project.imports.formats import foreign_labels
from workbench.project.imports.images import import_dataset
from workbench.project.manifest import Manifest

ONE = """scorer,Ana,Ana,Ana,Ana
bodyparts,snout,snout,tail base,tail base
coords,x,y,x,y
labeled-data/m4s1/img000.png,21.521,265.42800000000003,33.8,265.9
labeled-data/m4s1/img001.png,,,87.11,152.7
labeled-data/m4s1/img002.png,,,,
"""
SEVERAL = """scorer,,,Ana,Ana,Ana,Ana,Ana,Ana
individuals,,,mouse1,mouse1,mouse2,mouse2,single,single
bodyparts,,,snout,snout,snout,snout,corner,corner
coords,,,x,y,x,y,x,y
labeled-data,m4s1,img000.png,1,2,3,4,5,6
labeled-data,m4s1,img001.png,,,30.5,40,,
"""


def project(folder: Path, text: str, frames: int = 3) -> Path:
    for number in range(frames):
        image(folder / "labeled-data" / "m4s1" / f"img{number:03}.png")
    (folder / "labeled-data" / "m4s1" / "CollectedData_Ana.csv").write_text(text)
    return folder


def points(shape: object) -> list[tuple[float, float] | None]:
    assert isinstance(shape, Keypoints)
    return [point if seen else None
            for point, seen in zip(shape.points, shape.visibility, strict=True)]


def test_one_animal(tmp_path: Path) -> None:
    project(tmp_path, ONE)
    assert (kind := foreign_labels(tmp_path)) is not None and kind.id == "deeplabcut"
    found = read_set(tmp_path, "deeplabcut")
    assert not found.problems
    (label, shape), = found.objects("img000.png")
    assert label == "animal" and points(shape) == [(21.521, 265.428), (33.8, 265.9)]
    assert points(found.objects("img001.png")[0][1]) == [None, (87.11, 152.7)]
    assert found.objects("img002.png") == []


def test_several_animals_and_points_of_the_scene(tmp_path: Path) -> None:
    found = read_set(project(tmp_path, SEVERAL), "deeplabcut")
    objects = found.annotations["img000.png"].objects
    assert [(item.label, points(item.shape), dict(item.attributes)) for item in objects] == [
        ("animal", [(1, 2)], {"individual": "mouse1"}),
        ("animal", [(3, 4)], {"individual": "mouse2"}), ("single", [(5, 6)], {})]
    assert [item.attributes["individual"] for item in found.annotations["img001.png"].objects
            ] == ["mouse2"]


@pytest.mark.parametrize("place", ["", "labeled-data/m4s1"])
def test_names_and_lines_of_points_become_the_project_s(tmp_path: Path, place: str) -> None:
    project(tmp_path / "in", ONE)
    (tmp_path / "in" / "config.yaml").write_text(
        "Task: openfield\nskeleton:\n- [snout, tail base]\n- [snout, nobody]\n- 5\n")
    (tmp_path / "in" / "labeled-data" / "m4s1" / "clip.mp4").write_bytes(b"")
    report = import_dataset(tmp_path / "in" / place, tmp_path / "out")
    assert [item.reason for item in report.left if item.kind == "video"] == [
        "a video: add it in Videos"]
    assert Manifest.load(tmp_path / "out").skeletons == {
        "animal": Skeleton(("snout", "tail base"), ((0, 1),))}


def test_results_of_a_video_are_no_labelled_frames(tmp_path: Path) -> None:
    project(tmp_path, """scorer,DLC_resnet50,DLC_resnet50,DLC_resnet50
bodyparts,snout,snout,snout
coords,x,y,likelihood
0,21.5,265.4,0.99
1,22.5,265.4,0.98
""")
    assert foreign_labels(tmp_path) is None


def test_what_is_wrong_costs_itself(tmp_path: Path) -> None:
    found = read_set(project(tmp_path, ONE.replace("87.11", "east").replace("img002", "gone")
                             + "labeled-data/m4s1/img002.png,700,30\n"), "deeplabcut")
    assert sorted(found.kinds()) == ["box-out-of-bounds", "missing-image", "no-number",
                                     "zero-size-box"]
    assert [problem.line for problem in found.problems] == [5, 6, 7, 7]
    assert found.objects("img001.png") == []
    cut = project(tmp_path / "cut", "scorer,Ana\nbodyparts,snout\ncoords")
    assert read_set(cut / "labeled-data/m4s1/CollectedData_Ana.csv", "deeplabcut").kinds() == []
    (cut / "labeled-data/m4s1/CollectedData_Ana.csv").write_bytes(b"scorer,\xff\x00,\n\n")
    assert read_set(cut / "labeled-data/m4s1/CollectedData_Ana.csv", "deeplabcut").kinds() == [
        "unreadable-labels"]
