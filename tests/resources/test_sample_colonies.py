"""The sample project of plates is one of dots, and the same for one seed."""

from __future__ import annotations

import runpy
from pathlib import Path

from workbench.core.dots import is_dot
from workbench.core.shipped import shipped_folder
from workbench.formats.voc import read_voc
from workbench.project.manifest import Manifest
from workbench.project.samples import make_sample_project
from workbench.project.task import task_of_folder


def test_it_is_a_project_of_dots_with_some_to_count(tmp_path: Path) -> None:
    folder = make_sample_project(tmp_path / "Plates", "sample_colonies")
    assert task_of_folder(folder) == "detection"
    classes = Manifest.load(folder).classes
    tables = sorted((folder / "annotations").iterdir())
    assert (len(list((folder / "images").iterdir())), len(tables)) == (28, 20)
    counts = []
    for path in tables:
        found = read_voc(path).annotation
        assert all(is_dot(item.shape) and item.label in classes for item in found.objects)
        assert all(0 < value < 480 for item in found.objects for value in item.shape.bounds())
        counts.append(len(found.objects))
    assert min(counts) >= 10 and max(counts) > 2 * min(counts)
    generator = runpy.run_path(str(shipped_folder("resources") / "sample_colonies.py"))
    generator["make_sample"](tmp_path / "again", images=6)
    drawn = [path / "images" / "plate-03.jpg" for path in (folder, tmp_path / "again")]
    assert drawn[0].read_bytes() == drawn[1].read_bytes()
