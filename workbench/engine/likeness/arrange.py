"""Puts the images of a project, or the objects on them, on a map by how much they look alike."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from workbench.core.cropping import around
from workbench.core.errors import Problem, UsageError
from workbench.engine.devices import choose_device
from workbench.engine.likeness.features import Seen, look_at
from workbench.engine.likeness.layout import laid_out, nearest, reduced
from workbench.extension.engine_task import Reporter
from workbench.formats.sample_maps import (
    FOLDER,
    OBJECTS,
    SAMPLES,
    SampleMap,
    map_path,
    save_sample_map,
)
from workbench.project.cache import cache_folder
from workbench.project.datasets.images import read_record
from workbench.project.datasets.labelled import LabelledFolder

MOST = 20_000
"""Points of a map; of more images or objects as many are drawn at random."""
_LEAST = 3


def arrange(project: Path, what: str, report: Reporter) -> dict[str, Any]:
    """Make a map and keep it in the project's cache.

    Parameters
    ----------
    what
        :data:`SAMPLES` or :data:`OBJECTS`.

    Returns
    -------
    dict
        "map": the file, "unreadable": keys of the images that could not be read, "left_out": how
        many images or objects are not on it because there are more than :data:`MOST`.

    Raises
    ------
    UsageError
        If there are fewer than three to be put on it.
    WorkbenchError
        If the network's weights are not installed, or there is no place for a cache.
    """
    if what not in (SAMPLES, OBJECTS):
        raise UsageError(f"there is no map of “{what}”")
    there = _objects(project, report) if what == OBJECTS else _images(project)
    chosen = there
    if len(there) > MOST:
        rows = sorted(random.Random(0).sample(range(len(there)), MOST))  # the same ones next time
        chosen = [there[row] for row in rows]
    cache = cache_folder(project)
    looked = look_at(project, chosen, cache / FOLDER, report)
    if len(looked.rows) < _LEAST:
        noun = "labelled objects" if what == OBJECTS else "images"
        raise UsageError(f"a map needs at least {_LEAST} {noun} that can be read")
    path = map_path(cache, what)
    save_sample_map(path, _mapped(what, [chosen[row] for row in looked.rows], looked.features,
                                  report))
    return {"map": str(path), "unreadable": looked.unreadable,
            "left_out": len(there) - len(chosen)}


def _mapped(what: str, seen: list[Seen], features: np.ndarray[Any, np.dtype[np.float32]],
            report: Reporter) -> SampleMap:
    report("Comparing", 0, len(seen))
    points = reduced(torch.from_numpy(features).to(choose_device("auto")))
    found = nearest(points, tick=partial(report, "Comparing"))
    places = laid_out(points, found, tick=partial(report, "Drawing the map"))
    none = (np.nan,) * 4
    return SampleMap(
        what, tuple(item.key for item in seen), tuple(item.label for item in seen), places.numpy(),
        np.array([item.box or none for item in seen], np.float32).reshape(-1, 4),
        found.rows.cpu().numpy().astype(np.int32), found.likeness.cpu().numpy())


def _images(project: Path) -> list[Seen]:
    return [Seen(key) for key in LabelledFolder(project).keys]


def _objects(project: Path, report: Reporter) -> list[Seen]:
    folder = LabelledFolder(project)
    problems: list[Problem] = []
    found: list[Seen] = []
    for number, key in enumerate(folder.labelled):
        report("Reading labels", number, len(folder.labelled))
        record = read_record(folder, key, problems)
        for item in record.objects if record is not None else ():
            box = item.shape.bounds()
            window = around(box, record.size) if record is not None else None
            if window is not None:  # else it is too small to be seen
                found.append(Seen(key, window, box, item.label))
    return found
