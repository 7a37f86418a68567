"""The sample project of washers is one of good images and faults, and the same for one seed."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from workbench.core.shipped import shipped_folder
from workbench.project.samples import make_sample_project
from workbench.project.task import task_of_folder
from workbench.tasks.anomaly.samples import load_good


def test_it_is_a_project_of_good_washers_and_some_with_a_fault(tmp_path: Path) -> None:
    folder = make_sample_project(tmp_path / "Washers", "sample_washers")
    assert task_of_folder(folder) == "anomaly-detection"
    data = load_good(folder)
    parts = data.parts()
    assert data.good == "good" and all(item.good for item in (*parts["train"], *parts["val"]))
    assert Counter(item.label for item in parts["test"]) == {
        "good": 10, "scratch": 6, "stain": 6, "chip": 6}
    for item in parts["test"]:
        if not item.good:
            mask = folder / "ground_truth" / item.label / f"{item.path.stem}_mask.png"
            assert 0 < np.mean(np.asarray(Image.open(mask)) > 0) < 0.03
    generator = runpy.run_path(str(shipped_folder("resources") / "sample_washers.py"))
    generator["make_sample"](tmp_path / "again", good=6, each=1)
    drawn = [path / "test" / "chip" / "000.jpg" for path in (folder, tmp_path / "again")]
    assert drawn[0].read_bytes() == drawn[1].read_bytes()
