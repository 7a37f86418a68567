"""The sample project of leaves is one to sort, and the same for one seed."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

from workbench.core.shipped import shipped_folder
from workbench.project.manifest import Manifest
from workbench.project.samples import make_sample_project
from workbench.project.task import decide_task
from workbench.tasks.image_classification.dataset import load_images
from workbench.tasks.image_classification.doctor import examine
from workbench.tasks.image_classification.labels import read_labels


def test_it_is_a_project_with_classes_and_some_to_sort(tmp_path: Path) -> None:
    folder = make_sample_project(tmp_path / "Autumn leaves", "sample_leaves")
    found = read_labels(folder)
    assert (len(found.keys), len(found.labels)) == (84, 60)
    counts = Counter(found.labels.values())
    assert set(counts) == {"Birch", "Ginkgo", "Maple", "Oak"}
    assert min(counts.values()) >= 12
    assert not list(examine(folder))
    data = load_images(folder)
    assert all(len(data.part(part)) >= 8 for part in ("train", "val", "test"))
    assert decide_task(folder, Manifest.load(folder).task, images=84,
                       labelled=0) == "image-classification"
    generator = runpy.run_path(str(shipped_folder("resources") / "sample_leaves.py"))
    generator["make_sample"](tmp_path / "again", images=12)
    drawn = [path / "images" / "leaf-07.jpg" for path in (folder, tmp_path / "again")]
    assert drawn[0].read_bytes() == drawn[1].read_bytes()
