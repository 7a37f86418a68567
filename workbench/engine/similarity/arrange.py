"""Puts the samples of a project, or the objects on them, on a map by how much they look alike."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from workbench.core.errors import UsageError
from workbench.engine.devices import choose_device
from workbench.engine.similarity.embedding import embed
from workbench.engine.similarity.layout import nearest_neighbours, reduce_dimensions, umap_layout
from workbench.engine.similarity.sources import SOURCES, MapItem
from workbench.extension.engine_task import Reporter
from workbench.extension.tasks import tasks
from workbench.formats.feature_cache import Features
from workbench.formats.sample_maps import FOLDER, SampleMap, map_path, save_sample_map
from workbench.project.cache import cache_folder
from workbench.project.task import task_of_folder

MOST = 20_000
"""Points of a map; of more as many are drawn at random, the same ones each time."""
_LEAST = 3


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
    task = tasks.get(task_of_folder(project))
    source = SOURCES.get((task.medium, what))
    if source is None:
        raise UsageError(f"there is no map of “{what}” of this project")
    there = chosen = source.find(project, task, report)
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


def _mapped(what: str, seen: list[MapItem], features: Features, report: Reporter) -> SampleMap:
    report("Comparing", 0, len(seen))
    points = reduce_dimensions(torch.from_numpy(features).to(choose_device("auto")))
    found = nearest_neighbours(points, tick=partial(report, "Comparing"))
    places = umap_layout(points, found, tick=partial(report, "Drawing the map"))
    none = (np.nan,) * 4
    return SampleMap(
        what, tuple(item.key for item in seen), tuple(item.label for item in seen), places.numpy(),
        np.array([item.box or none for item in seen], np.float32).reshape(-1, 4),
        found.rows.cpu().numpy().astype(np.int32), found.similarity.cpu().numpy())
