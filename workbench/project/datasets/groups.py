"""Recognising by their names images that belong together: frames of a clip, copies of a photo."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from workbench.core.video import VIDEO_SUFFIXES

_FRAME = re.compile(r"(?P<clip>.+?)[ _.-]+(?:frame|f)?[ _.-]?(?P<number>[0-9]{3,})", re.IGNORECASE)
_COPY = re.compile(r"(?P<photo>.+)\.rf\.[0-9a-zA-Z]{8,}")
_FEWEST_CLIPS = 6
_FEWEST_FRAMES = 3
_STRETCHES = 10
"""Of a video, at least, whose frames stay together."""

Classes = Mapping[str, Mapping[str, int]]


def groups_from_names(
    keys: Sequence[str], classes: Callable[[], Classes] = dict
) -> dict[str, str] | None:
    """Group by key where the file names make it clear, else None.

    Clear are augmented copies (``NAME.rf.HASH.jpg``) and frames (``CLIP_0001.jpg``) of at least
    six clips with three frames each, none of which is half of everything; and frames that this
    program wrote, of however many videos, stretch by stretch. Names that number the
    images of each class look the same: ``classes`` is asked for the number of objects by class
    name of each key, and where classes go with groups, these are no clips.
    """
    return _copies(keys) or _clips(keys, classes) or _frames_of_videos(keys)


def _frames_of_videos(keys: Sequence[str]) -> dict[str, str] | None:
    """Of images that this program wrote as frames of videos ("garden.mp4-000012.jpg"): frames that
    lie close to each other, which look nearly the same, stay together; of many videos all frames
    of each."""
    numbers: dict[str, dict[str, int]] = defaultdict(dict)
    for key in keys:
        match = _FRAME.fullmatch(_stem(key))
        if match is not None and match["clip"].lower().endswith(tuple(VIDEO_SUFFIXES)):
            numbers[match["clip"]][key] = int(match["number"])
    whole = len(numbers) >= _FEWEST_CLIPS
    groups: dict[str, str] = {}
    for clip, found in numbers.items():
        span = max(found.values()) - min(found.values()) + 1
        step = 1 << max(0, (span // _STRETCHES).bit_length() - 1)  # the same when some are added
        groups.update({key: clip if whole else f"{clip} {number // step}"
                       for key, number in found.items()})
    return groups or None


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
