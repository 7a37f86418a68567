"""Recognising by their names images that belong together: frames of a clip, copies of a photo."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

_FRAME = re.compile(r"(?P<clip>.+?)[ _.-]+(?:frame|f)?[ _.-]?(?P<number>[0-9]{3,})", re.IGNORECASE)
_COPY = re.compile(r"(?P<photo>.+)\.rf\.[0-9a-zA-Z]{8,}")
_FEWEST_CLIPS = 6
_FEWEST_FRAMES = 3

Classes = Mapping[str, Mapping[str, int]]


def groups_from_names(
    keys: Sequence[str], classes: Callable[[], Classes] = dict
) -> dict[str, str] | None:
    """Group by key where the file names make it clear, else None.

    Clear are augmented copies (``NAME.rf.HASH.jpg``) and frames (``CLIP_0001.jpg``) of at least
    six clips with three frames each, none of which is half of everything. Names that number the
    images of each class look the same: ``classes`` is asked for the number of objects by class
    name of each key, and where classes go with groups, these are no clips.
    """
    return _copies(keys) or _clips(keys, classes)


def _stem(key: str) -> str:
    return key[: key.rfind(".")] if "." in key.rpartition("/")[2] else key


def _copies(keys: Sequence[str]) -> dict[str, str] | None:
    found = {key: _COPY.fullmatch(_stem(key)) for key in keys}
    groups = {key: match["photo"] for key, match in found.items() if match}
    if len(groups) * 2 < len(keys) or len(set(groups.values())) < 2:
        return None
    return groups


def _clips(keys: Sequence[str], classes: Callable[[], Classes]) -> dict[str, str] | None:
    groups: dict[str, str] = {}
    for key in keys:
        match = _FRAME.fullmatch(_stem(key))
        if match is None or match["clip"].endswith("/"):
            return None
        groups[key] = match["clip"]
    sizes = Counter(groups.values())
    if len(sizes) < _FEWEST_CLIPS or len(keys) < _FEWEST_FRAMES * len(sizes):
        return None
    if max(sizes.values()) * 2 > len(keys):
        return None
    return None if _are_classes(groups, classes()) else groups


def _are_classes(groups: Mapping[str, str], classes: Classes) -> bool:
    """Whether most classes occur in one group only."""
    where: dict[str, Counter[str]] = defaultdict(Counter)
    for key, counts in classes.items():
        for name in counts:
            where[name][groups[key]] += 1
    if len(where) < 2:
        return False
    alone = sum(max(found.values()) >= 0.9 * found.total() for found in where.values())
    return alone * 2 > len(where)
