"""Runs of a model of areas that never learned: its maps are the labels, and what a test changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from workbench.core.class_maps import LEVELS, Areas, ClassMap
from workbench.engine.models.card import KEY, ModelCard
from workbench.formats.class_maps import ClassMapSet, save_class_maps
from workbench.project.runs import RunFolder
from workbench.tasks.segmentation.samples import AreaSample, load_areas

SURE = 18
"""Level of all that is found where a test says nothing else."""
Change = Callable[[Areas, "np.ndarray"], object]
"""Is given the areas of an image, uint8 (h, w), and their levels, to be changed in place."""


def add_area_run(
    project: Path, part: str = "test", change: dict[str, Change] | None = None, *,
    name: str = "run", classes: Sequence[str] | None = None, without: Sequence[str] = (),
    unlabelled: str = "background", scale: int = 1,
) -> RunFolder:
    """A finished run that found what is labelled.

    Parameters
    ----------
    change
        By the name of an image without suffix.
    classes
        The run's; those of the project where none are given.
    without
        Names of images that it could not read.
    scale
        How many times as large as its map an image is.
    """
    data = load_areas(project)
    names = list(data.classes if classes is None else classes)
    run = RunFolder.create(project, name, {
        "recipe": "areas-n", "task": "semantic-segmentation", "classes": names, "epochs": 3,
        "split": {"name": "default", "train": len(data.train)}, "unlabelled": unlabelled})
    card = ModelCard("today", "areas-n", tuple(names), {}, {}, (96, 64)).to_json()
    header = json.dumps({"__metadata__": {KEY: json.dumps(card)}}).encode()
    run.best_path.write_bytes(len(header).to_bytes(8, "little") + header)
    run.write_state(state="finished", pid=0)
    records = [record for record in data.part(part) if Path(record.key).stem not in without]
    maps = []
    for record in records:
        shape = record.size[0] // scale, record.size[1] // scale
        areas = AreaSample.of(record).areas(shape, data.classes, unlabelled)
        areas[areas > len(names)] = 0
        levels = np.where(areas > 0, SURE, 0).astype(np.uint8)
        (change or {}).get(Path(record.key).stem, lambda *_: None)(areas, levels)
        maps.append(ClassMap(np.maximum(areas, 1) - 1, np.minimum(levels, LEVELS)))
    save_class_maps(run.predictions_path(part), ClassMapSet.of(
        [record.key for record in records], [record.size for record in records], maps, names,
        {"model": "today", "split": part, "unreadable": [
            record.key for record in data.part(part) if record not in records]}))
    return run
