"""The file that keeps suggestions, and what was rejected of them, from one start to the next."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from workbench.core.dots import is_dot
from workbench.core.errors import WorkbenchError
from workbench.core.flat_rings import polygon_of_rings
from workbench.core.outlines import Keypoints, Mask, Outline, Polygon, RotatedBox
from workbench.core.plain import fitted, parse_json
from workbench.core.shapes import Bounds, Box
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import MB, read_regular
from workbench.project.cache import cache_folder
from workbench.project.suggestion import (
    FOLLOWED,
    USUAL,
    Suggested,
    SuggestedRegion,
    Suggestion,
)

T = TypeVar("T")

FILE = "suggestions.json"
SOUNDS_FILE = "suggested-regions.json"
_LIMIT = 500 * MB


class StoredSuggestions(NamedTuple):
    """What the file holds: the least score, that of classes that have their own, the run whose
    validation said so; by image what is suggested and what was rejected; the images on which
    something was judged, the run that was asked last about each, and how far the last two differ.
    """

    threshold: float = USUAL
    limits: Mapping[str, float] = {}
    origin: str = ""
    suggested: Mapping[str, Suggested] = {}
    rejected: Mapping[str, Suggested] = {}
    judged: Collection[str] = ()
    asked: Mapping[str, str] = {}
    differ: Mapping[str, tuple[int, int]] = {}
    stamp: tuple[int, ...] = ()
    """Of the file as it was then, by which a change is noticed; empty where there is none."""


_Row = tuple[str, float, float, float, float, float]
_FollowedRow = tuple[str, float, float, float, float, float, list[list[tuple[float, float]]],
                     list[float]]
"""With the rings of a polygon, or the middle, sides and angle of a rotated box."""
_PointsRow = tuple[str, float, float, float, float, float, list[tuple[float, float, int]],
                   list[float]]
"""With key points as x, y and visibility, and the box around them where there is one."""
_MaskRow = tuple[str, float, float, float, float, float, tuple[int, int, int, int], list[int]]
"""With the window of a mask, and its runs."""
_FoundRow = tuple[str, float, float, float, float, float, str]
"""With what a model found, of an outline the rings as "x y x y …;x y …", of a rotated box middle,
sides and angle, of key points "x y visibility;…": numbers of their own would hold the whole program
while thousands are written."""
_RejectedRow = tuple[str, str, float, float, float, float, float]


def read_kept(folder: Path, sounds: bool = False) -> StoredSuggestions:
    """What the file says; where it cannot be read it is put aside, and nothing is known."""
    try:
        path = cache_folder(folder) / (SOUNDS_FILE if sounds else FILE)
    except WorkbenchError:
        return StoredSuggestions()
    try:
        stamp = _stamp(path)
        data = parse_json(read_regular(path, _LIMIT))
        return _parsed(data, SuggestedRegion if sounds else Suggestion)._replace(stamp=stamp)
    except FileNotFoundError:
        return StoredSuggestions()
    except (WorkbenchError, OSError, ValueError, KeyError, TypeError):
        from workbench.project.imports.files import put_aside

        with suppress(WorkbenchError):
            put_aside(path)
        return StoredSuggestions()


def _parsed(data: Any, make: type[Suggestion]) -> StoredSuggestions:
    images = fitted(data["images"], dict[str, tuple[str, list[_Row]]])
    followed = fitted(data.get("followed", {}), dict[str, list[_FollowedRow]])
    rejected = fitted(data.get("rejected", {}), dict[str, list[_RejectedRow]])
    shaped: list[tuple[Mapping[str, list[Any]], Callable[..., Outline | None]]] = [
        (followed, _shape),
        (fitted(data.get("points", {}), dict[str, list[_PointsRow]]), _keypoints),
        (fitted(data.get("masks", {}), dict[str, list[_MaskRow]]), _mask)]
    suggested: dict[str, list[Suggestion]] = {}
    for found, shape in shaped:
        for key, rows in found.items():
            suggested.setdefault(key, []).extend(
                make(label, (x0, y0, x1, y1), score, FOLLOWED, shape(*rest))
                for label, x0, y0, x1, y1, score, *rest in rows)
    for key, (run, rows) in images.items():
        suggested.setdefault(key, []).extend(
            make(label, (x0, y0, x1, y1), score, run) for label, x0, y0, x1, y1, score in rows)
    for name, _, _, read in _FOUND:
        items = fitted(data.get(name, {}), dict[str, tuple[str, list[_FoundRow]]])
        for key, (run, found) in items.items():
            there = suggested.setdefault(key, [])
            there.extend(make(label, box := (x0, y0, x1, y1), score, run, read(text, box))
                         for label, x0, y0, x1, y1, score, text in found)
            there.sort(key=lambda item: -item.score)
    return StoredSuggestions(
        fitted(data["threshold"], float), fitted(data.get("limits", {}), dict[str, float]),
        fitted(data.get("origin", ""), str),
        {key: tuple(found) for key, found in suggested.items() if found},
        {key: tuple(make(label, (x0, y0, x1, y1), score, run)
                    for run, label, x0, y0, x1, y1, score in found)
         for key, found in rejected.items() if found},
        fitted(data.get("judged", []), list[str]),
        {key: run for run, keys in fitted(data.get("asked", {}), dict[str, list[str]]).items()
         for key in keys},
        fitted(data.get("differ", {}), dict[str, tuple[int, int]]))


def _shape(rings: list[list[tuple[float, float]]],
           rotated: list[float]) -> Polygon | RotatedBox | None:
    if rotated:
        x, y, width, height, angle = rotated
        return RotatedBox((x, y), width, height, angle)
    return Polygon(tuple(map(tuple, rings))) if rings else None


def _numbers(text: str) -> list[list[float]]:
    parts = [[*map(float, part.split())] for part in text.split(";")]
    if not all(map(math.isfinite, (value for part in parts for value in part))):
        raise ValueError("a shape that lies nowhere")
    return parts


def _polygon(text: str, _box: Bounds) -> Polygon | None:
    return polygon_of_rings(_numbers(text))


def _polygon_text(shape: Polygon) -> str:
    return ";".join(" ".join([f"{x} {y}" for x, y in ring]) for ring in shape.rings)


def _rotated(text: str, _box: Bounds) -> RotatedBox:
    ((x, y, width, height, angle),) = _numbers(text)
    return RotatedBox((x, y), width, height, angle)


def _rotated_text(shape: RotatedBox) -> str:
    return " ".join(map(str, (*shape.center, shape.width, shape.height, shape.angle)))


def _found_points(text: str, box: Bounds) -> Keypoints | None:
    return _keypoints([(x, y, int(seen)) for x, y, seen in _numbers(text)], list(box))


def _points_text(shape: Keypoints) -> str:
    return ";".join([f"{x} {y} {seen}" for (x, y), seen in zip(shape.points, shape.visibility,
                                                              strict=True)])


def _dot(text: str, _box: Bounds) -> Keypoints | None:
    return _keypoints([(x, y, int(seen)) for x, y, seen in _numbers(text)], [])


def _is(kind: type[Outline]) -> Callable[[object], bool]:
    return lambda shape: isinstance(shape, kind)


_FOUND: tuple[tuple[str, Callable[[object], bool], Callable[[Any], str],
                    Callable[[str, Bounds], Outline | None]], ...] = (
    ("outlines", _is(Polygon), _polygon_text, _polygon),
    ("rotated", _is(RotatedBox), _rotated_text, _rotated),
    ("dots", is_dot, _points_text, _dot),
    ("keypoints", _is(Keypoints), _points_text, _found_points))
"""Under which name what a model found is kept, and how its rows are written and read."""


def _keypoints(points: list[tuple[float, float, int]], box: list[float]) -> Keypoints | None:
    if not any(seen for _, _, seen in points):
        return None
    return Keypoints(tuple((x, y) for x, y, _ in points), tuple(seen for _, _, seen in points),
                     Box(*box) if box else None)


def _mask(window: tuple[int, int, int, int], runs: list[int]) -> Mask:
    if min(*window[2:], *runs, 0) < 0 or sum(runs) != window[2] * window[3]:
        raise ValueError("runs of a mask do not fill its window")
    return Mask(*window, tuple(runs))


def _followed(item: Suggestion) -> tuple[str, tuple[Any, ...]]:
    """Under which name what was followed is kept, and as which row."""
    row, shape = (item.label, *item.box, item.score), item.shape
    if isinstance(shape, Keypoints):
        points = [(*point, seen)
                  for point, seen in zip(shape.points, shape.visibility, strict=True)]
        return "points", (*row, points, list(shape.box or ()))
    if isinstance(shape, Mask):
        return "masks", (*row, (shape.x, shape.y, shape.width, shape.height), shape.runs)
    if isinstance(shape, RotatedBox):
        return "followed", (*row, [], [*shape.center, shape.width, shape.height, shape.angle])
    return "followed", (*row, shape.rings if shape is not None else [], [])


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        state = path.stat()
    except OSError:
        return ()
    return state.st_mtime_ns, state.st_size, state.st_ino


def written_since(folder: Path, known: StoredSuggestions,
                  sounds: bool = False) -> StoredSuggestions | None:
    """What another window wrote since the file was ``known``; None where it did not."""
    if _stamp(cache_folder(folder) / (SOUNDS_FILE if sounds else FILE)) in (known.stamp, ()):
        return None
    theirs = read_kept(folder, sounds)
    return theirs if theirs.stamp else None


def joined(kept: StoredSuggestions, known: StoredSuggestions, theirs: StoredSuggestions,
           own: Collection[str]) -> StoredSuggestions:
    """``kept`` of the images ``own``, which were judged or asked about here, and ``theirs`` of all
    others; ``known`` is what both began with. A class that was renamed in the other window, and not
    here, is so everywhere."""
    def both(ours: Mapping[str, T], others: Mapping[str, T]) -> dict[str, T]:
        return {**{key: value for key, value in others.items() if key not in own},
                **{key: value for key, value in ours.items() if key in own}}

    def named(name: str) -> dict[str, Suggested]:
        ours, before, now = (getattr(one, name) for one in (kept, known, theirs))
        return both({key: _renamed(found, before.get(key, ()), now.get(key, ()))
                     for key, found in ours.items()}, now)

    return kept._replace(
        suggested=named("suggested"), rejected=named("rejected"),
        judged=(set(theirs.judged) - set(own)) | (set(kept.judged) & set(own)),
        asked=both(kept.asked, theirs.asked), differ=both(kept.differ, theirs.differ))


def _renamed(ours: Suggested, before: Suggested, theirs: Suggested) -> Suggested:
    """``ours``, with the class that ``theirs`` have now where it was not changed here."""
    was, now = ({item._replace(label=""): item.label for item in found}
                for found in (before, theirs))

    def label(item: Suggestion) -> str:
        bare = item._replace(label="")
        return now.get(bare, item.label) if was.get(bare) == item.label else item.label

    return tuple(item._replace(label=label(item)) for item in ours)


def save_kept(folder: Path, kept: StoredSuggestions, sounds: bool = False) -> StoredSuggestions:
    """Write the file, and return what it holds now; raises ``WorkbenchError`` where the disk
    refuses."""
    images: dict[str, tuple[str, list[_Row]]] = {}
    found_shapes: dict[str, dict[str, tuple[str, list[_FoundRow]]]] = {}
    shaped: dict[str, dict[str, list[tuple[Any, ...]]]] = {}
    for key, item in ((key, item) for key, found in kept.suggested.items() for item in found):
        if item.run == FOLLOWED:
            kind, row = _followed(item)
            shaped.setdefault(kind, {}).setdefault(key, []).append(row)
        elif known := next((row for row in _FOUND if row[1](item.shape)), None):
            name, _, text, _ = known
            found_shapes.setdefault(name, {}).setdefault(key, (item.run, []))[1].append(
                (item.label, *item.box, item.score, text(item.shape)))
        else:
            images.setdefault(key, (item.run, []))[1].append((item.label, *item.box, item.score))
    rejected = {key: [(item.run, item.label, *item.box, item.score) for item in found]
                for key, found in kept.rejected.items()}
    asked: dict[str, list[str]] = {}
    for key, run in kept.asked.items():
        asked.setdefault(run, []).append(key)
    data = {"version": 1, "threshold": kept.threshold, "limits": dict(kept.limits),
            "origin": kept.origin, "images": images, **found_shapes, **shaped,
            "rejected": rejected, "judged": sorted(kept.judged), "asked": asked,
            "differ": dict(kept.differ)}
    path = cache_folder(folder) / (SOUNDS_FILE if sounds else FILE)
    write_atomic(path, json.dumps(data).encode("ascii"))
    return kept._replace(stamp=_stamp(path))
