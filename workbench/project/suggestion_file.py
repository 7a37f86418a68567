"""The file that keeps suggestions, and what was rejected of them, from one start to the next."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Polygon, RotatedBox
from workbench.core.plain import fitted, parse_json
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
    suggested = {key: [make(label, (x0, y0, x1, y1), score, FOLLOWED, _shape(rings, rotated))
                       for label, x0, y0, x1, y1, score, rings, rotated in rows]
                 for key, rows in followed.items()}
    for key, (run, rows) in images.items():
        suggested.setdefault(key, []).extend(
            make(label, (x0, y0, x1, y1), score, run) for label, x0, y0, x1, y1, score in rows)
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


def _numbers(shape: Polygon | RotatedBox | None,
             ) -> tuple[list[list[tuple[float, float]]], list[float]]:
    if isinstance(shape, RotatedBox):
        return [], [*shape.center, shape.width, shape.height, shape.angle]
    return [list(ring) for ring in shape.rings] if shape is not None else [], []


def _shape(rings: list[list[tuple[float, float]]],
           rotated: list[float]) -> Polygon | RotatedBox | None:
    if rotated:
        x, y, width, height, angle = rotated
        return RotatedBox((x, y), width, height, angle)
    return Polygon(tuple(map(tuple, rings))) if rings else None


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
    followed: dict[str, list[_FollowedRow]] = {}
    for key, item in ((key, item) for key, found in kept.suggested.items() for item in found):
        row = (item.label, *item.box, item.score)
        if item.run == FOLLOWED:
            followed.setdefault(key, []).append((*row, *_numbers(item.shape)))
        else:
            images.setdefault(key, (item.run, []))[1].append(row)
    rejected = {key: [(item.run, item.label, *item.box, item.score) for item in found]
                for key, found in kept.rejected.items()}
    asked: dict[str, list[str]] = {}
    for key, run in kept.asked.items():
        asked.setdefault(run, []).append(key)
    data = {"version": 1, "threshold": kept.threshold, "limits": dict(kept.limits),
            "origin": kept.origin, "images": images, "followed": followed, "rejected": rejected,
            "judged": sorted(kept.judged), "asked": asked, "differ": dict(kept.differ)}
    path = cache_folder(folder) / (SOUNDS_FILE if sounds else FILE)
    write_atomic(path, json.dumps(data).encode("ascii"))
    return kept._replace(stamp=_stamp(path))
