"""Puts the samples of a project, or the objects on them, on a map by how much they look alike."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.devices import choose_device
from workbench.engine.similarity.embedding import embed
from workbench.engine.similarity.layout import (
    NEIGHBOURS,
    nearest_neighbours,
    reduce_dimensions,
    umap_layout,
)
from workbench.engine.similarity.sources import SOURCES, MapItem, PointSource
from workbench.extension.engine_task import Reporter
from workbench.extension.tasks import tasks
from workbench.formats.feature_cache import Features
from workbench.formats.sample_maps import (
    FOLDER,
    MOST,
    SampleMap,
    load_sample_map,
    map_path,
    save_sample_map,
)
from workbench.project.cache import cache_folder
from workbench.project.sample_places import box_name
from workbench.project.task import task_of_folder

_LEAST = 3
_NONE = (np.nan,) * 4


def arrange(project: Path, what: str, report: Reporter) -> dict[str, Any]:
    """Make a map and keep it in the project's cache.

    Parameters
    ----------
    what
        :data:`~workbench.formats.sample_maps.SAMPLES` or
        :data:`~workbench.formats.sample_maps.OBJECTS`.

    Returns
    -------
    dict
        "map": the file, "unreadable": keys of the files that could not be read, "left_out": how
        many are not on it because there are more than :data:`MOST`.

    Raises
    ------
    UsageError
        If there are fewer than three to be put on it.
    WorkbenchError
        If the network's weights are not installed, or there is no place for a cache.
    """
    source, there = _items(project, what, report)
    chosen = there
    if len(there) > MOST:
        rows = sorted(random.Random(0).sample(range(len(there)), MOST))
        chosen = [there[row] for row in rows]
    cache = cache_folder(project)
    embeddings = embed(project, source, chosen, cache / FOLDER, report)
    if len(embeddings.rows) < _LEAST:
        raise UsageError(f"a map needs at least {_LEAST} {source.noun} that can be read")
    path = map_path(cache_folder(project), what)  # meanwhile it may have become a project
    items = [chosen[row] for row in embeddings.rows]
    save_sample_map(path, _mapped(what, items, embeddings.features, report))
    return {"map": str(path), "unreadable": embeddings.unreadable,
            "left_out": len(there) - len(chosen)}


def _items(project: Path, what: str, report: Reporter) -> tuple[PointSource, list[MapItem]]:
    """All that could be on a map."""
    task = tasks.get(task_of_folder(project))
    source = SOURCES.get((task.medium, what))
    if source is None:
        raise UsageError(f"there is no map of “{what}” of this project")
    return source, source.find(project, task, report)


def find_alike(project: Path, what: str, key: str, box: Sequence[float] | None,
               report: Reporter) -> dict[str, Any]:
    """What of a map is most like one sample, or one object, that is not on it.

    Parameters
    ----------
    box
        Of the object, as in the project's labels; None for a sample.

    Returns
    -------
    dict
        "rows" of the map and "similarity", the most alike first.

    Raises
    ------
    UsageError
        If the project has no such sample or object.
    WorkbenchError
        If it, or the map, cannot be read.
    """
    cache = cache_folder(project)
    found = load_sample_map(map_path(cache, what))
    source, there = _items(project, what, report)
    sought = _sought(there, key, box)
    named = zip(found.keys, map(_name, found.boxes.tolist()), strict=True)
    row_of = {name: row for row, name in enumerate(named)}
    placed = {row: item for item in there
              if (row := row_of.get((item.key, _name(item.box or _NONE)))) is not None}
    embeddings = embed(project, source, [sought, *placed.values()], cache / FOLDER, report)
    if embeddings.rows[:1] != [0]:
        raise WorkbenchError("it cannot be read", path=project / key)
    points = reduce_dimensions(torch.from_numpy(embeddings.features).to(choose_device("auto")))
    best = (points[1:] @ points[0]).topk(min(NEIGHBOURS, len(points) - 1))
    rows = list(placed)
    return {"rows": [rows[embeddings.rows[1 + at] - 1] for at in best.indices.tolist()],
            "similarity": best.values.clamp(-1.0, 1.0).tolist()}


def _sought(there: list[MapItem], key: str, box: Sequence[float] | None) -> MapItem:
    """The sample, or the object of it that is nearest to ``box``."""
    found = [item for item in there if item.key == key and (box is None or item.box is not None)]
    if not found:
        raise UsageError(f"the project has no “{key}” that could be looked at")
    if box is None:
        return found[0]
    return min(found, key=lambda item: sum(
        abs(own - side) for own, side in zip(item.box or box, box, strict=True)
        if math.isfinite(side)))


def _name(box: Sequence[float]) -> tuple[int, ...]:
    """By which a box is found again; of a whole sample that it has none."""
    return () if math.isnan(box[0]) else box_name(box)


def _mapped(what: str, seen: list[MapItem], features: Features, report: Reporter) -> SampleMap:
    report("Comparing", 0, len(seen))
    points = reduce_dimensions(torch.from_numpy(features).to(choose_device("auto")))
    found = nearest_neighbours(points, tick=partial(report, "Comparing"))
    places = umap_layout(points, found, tick=partial(report, "Drawing the map"))
    return SampleMap(
        what, tuple(item.key for item in seen), tuple(item.label for item in seen), places.numpy(),
        np.array([item.box or _NONE for item in seen], np.float32).reshape(-1, 4),
        found.rows.cpu().numpy().astype(np.int32), found.similarity.cpu().numpy())
