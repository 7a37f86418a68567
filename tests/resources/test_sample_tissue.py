"""The sample project of tissue is one of areas, and the same for one seed."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np

from workbench.core.shipped import shipped_folder
from workbench.project.manifest import Manifest
from workbench.project.samples import make_sample_project
from workbench.project.task import task_of_folder
from workbench.tasks.segmentation.advice import check_enough, data_warnings
from workbench.tasks.segmentation.samples import AreaSample, load_areas


def test_it_is_a_project_of_areas_with_some_to_label(tmp_path: Path) -> None:
    folder = make_sample_project(tmp_path / "Tissue", "sample_tissue")
    assert Manifest.load(folder).task == task_of_folder(folder) == "semantic-segmentation"
    data = load_areas(folder)
    check_enough(data)
    said = data_warnings(data, data.classes, "background")
    assert all("only" in words for words in said), "little to learn from, and nothing else"
    records = [record for part in data.parts().values() for record in part]
    assert (len(records), len(data.unlabelled)) == (16, 8)
    assert data.classes == ["nucleus", "wall", "gap", "cell"]
    shares = np.zeros(5)
    for record in records:
        areas = AreaSample.of(record).areas(record.size, data.classes, "background")
        shares += np.bincount(areas.ravel(), minlength=5) / areas.size / len(records)
    assert shares[0] == 0 and shares[1:].min() > 0.04, "each pixel has a class"
    generator = runpy.run_path(str(shipped_folder("resources") / "sample_tissue.py"))
    generator["make_sample"](tmp_path / "again", images=6)
    drawn = [path / "images" / "section-04.jpg" for path in (folder, tmp_path / "again")]
    assert drawn[0].read_bytes() == drawn[1].read_bytes()
