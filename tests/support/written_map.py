"""A map of a project, as the engine would make it, with places that a test chooses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from workbench.core.shapes import Region
from workbench.formats.sample_maps import OBJECTS, SampleMap, map_path, save_sample_map
from workbench.project.cache import cache_folder
from workbench.project.statistics.table import ObjectTable, read_objects


def write_map(folder: Path, what: str, places: Sequence[tuple[float, float]]) -> Path:
    """Put the samples, or the objects in their order, at ``places``; what is near is alike."""
    table = read_objects(folder)
    objects = [(table.keys[at], table.classes[label], _four_sides(box, float(table.sizes[at, 1])))
               for at, label, box in zip(table.sample, table.label, table.bounds.tolist(),
                                         strict=True) if not _is_all_of_a_sound(table, at, box)]
    rows = objects if what == OBJECTS else [(key, "", (np.nan,) * 4) for key in table.keys]
    rows = rows[:len(places)]
    points = np.array(places[:len(rows)], np.float32)
    away = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(away, np.inf)
    order = np.argsort(away, axis=1, kind="stable")[:, :min(3, len(rows) - 1)]
    path = map_path(cache_folder(folder), what)
    save_sample_map(path, SampleMap(
        what, tuple(key for key, _, _ in rows), tuple(label for _, label, _ in rows), points,
        np.array([box for _, _, box in rows], np.float32), order.astype(np.int32),
        (1 - np.take_along_axis(away, order, 1)).astype(np.float32)))
    return path


def _is_all_of_a_sound(table: ObjectTable, sample: int, box: Sequence[float]) -> bool:
    return table.medium == "sounds" and Region(box[0], box[2]).is_whole(
        float(table.sizes[sample, 0])) and bool(np.isnan(box[1]))


def _four_sides(box: Sequence[float], height: float) -> tuple[float, ...]:
    """Of a region also where it has all frequencies."""
    return box[0], np.nan_to_num(box[1]), box[2], np.nan_to_num(box[3], nan=height)
