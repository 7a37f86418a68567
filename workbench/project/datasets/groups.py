"""Which samples belong together: as a person has said, or as names make clear (frames of a clip,
copies of a photo)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from workbench.core.video import VIDEO_SUFFIXES
from workbench.media.images.stack_kinds import STACK_SUFFIXES, UNSHOWN_SUFFIXES
from workbench.media.recording_place import PARTS, Stations
from workbench.media.recording_time import is_recorders, recorded_at
from workbench.project import grouping
from workbench.project.grouping_schema import group_pattern

_FRAME = re.compile(r"(?P<clip>.+?)[ _.-]+(?:frame|f)?[ _.-]?(?P<number>[0-9]{3,})", re.IGNORECASE)
_PAGE = re.compile(rf"(?P<stack>.+({'|'.join(map(re.escape, STACK_SUFFIXES))})(?:-[\w. ]+)??)"
                   r"-(?:(?:max|mean|c\d+)-)*(?P<number>\d{6,})(?:-\d+)?", re.IGNORECASE)
"""What :mod:`workbench.project.stack_images` calls images, without their suffix; of a file of
several images the name of one is there, too."""
_COPY = re.compile(r"(?P<photo>.+)\.rf\.[0-9a-zA-Z]{8,}")
_CUT_OUT = re.compile(r"_\d{3}$")
_FEWEST_CLIPS = 6
_FEWEST_FRAMES = 3
_STRETCHES = 10
"""Of a video, at least, whose frames stay together."""

Classes = Mapping[str, Mapping[str, int]]


_NO_GROUPS: Mapping[str, str] = {}


def declared_groups(
    folder: Path, keys: Collection[str], declared: grouping.Grouping, *,
    classes: Collection[str] = (), told: Mapping[str, str] = _NO_GROUPS,
) -> dict[str, str]:
    """Group by key, as a person has said; what has none goes into a part by itself.

    Parameters
    ----------
    folder
        That of the project. Where days or nights are kept together, files are looked into.
    classes
        Names of classes: folders called so say what is in the files, and not where they are from.
    told
        The speaker or recording that labels say of a key.
    """
    if declared.by in (grouping.STATION, grouping.DAY, grouping.NIGHT):
        found = stations(keys, classes)
        if declared.by != grouping.STATION:
            night = declared.by == grouping.NIGHT
            found = {key: f"{place} {_date(folder / key, night=night)}".strip()
                     for key, place in found.items()}
    elif declared.by == grouping.FOLDER:
        found = {key: "/".join(_folders(key, classes)) for key in keys}
    elif declared.by == grouping.RECORDING:
        stacks = _stacks(keys)
        found = {key: told.get(key) or (stacks[key][0] if key in stacks else _recording(
            "/".join([*_folders(key, classes), key.rpartition("/")[2]]))) for key in keys}
    elif declared.by == grouping.NAME:
        found = named_groups(keys, declared.pattern)
    else:
        found = {}
    return {key: name for key, name in found.items() if name}


def stations(keys: Collection[str], classes: Collection[str] = ()) -> dict[str, str]:
    """Where each of the files was made; "" for those of which nothing says it."""
    paths = {key: "/".join(["", *_folders(key, classes), key.rpartition("/")[2]]) for key in keys}
    place = Stations(paths.values())
    return {key: place(path) for key, path in paths.items()}


def clear_stations(keys: Collection[str], classes: Collection[str] = ()) -> dict[str, str]:
    """As :func:`stations` where it is clear that these are some: there are six or more, none with
    half of all files; else none."""
    found = {key: name for key, name in stations(keys, classes).items() if name}
    sizes = Counter(found.values())
    clear = len(sizes) >= _FEWEST_CLIPS and len(found) > 0.9 * len(keys) \
        and max(sizes.values()) * 2 < len(keys) and len(keys) >= _FEWEST_FRAMES * len(sizes)
    return found if clear else {}


def named_groups(keys: Collection[str], pattern: str) -> dict[str, str]:
    """What a pattern finds in the names; "" where it does not fit."""
    made, whole = group_pattern(pattern), "/" in pattern
    found = {}
    for key in keys:
        groups = made.groups(_stem(key) if whole else _stem(key).rpartition("/")[2])
        found[key] = " ".join(groups or ())
    return found


def _folders(key: str, classes: Collection[str]) -> list[str]:
    """The folders that a file lies in, but for those that are classes or parts of a split."""
    return [name for name in key.split("/")[:-1]
            if name not in classes and name.lower() not in PARTS]


def _date(path: Path, *, night: bool) -> str:
    moment = recorded_at(path)
    return "" if moment is None else moment.evening if night else moment.words[:10]


def _recording(key: str) -> str:
    """The clip or recording that a file was taken from, as its name says."""
    stem = _stem(key)
    if is_recorders(key):
        return _CUT_OUT.sub("", stem)
    match = _FRAME.fullmatch(stem)
    return match["clip"] if match is not None else stem


def groups_from_names(
    keys: Sequence[str], classes: Callable[[], Classes] = dict
) -> dict[str, str] | None:
    """Group by key where the file names make it clear, else None.

    Clear are augmented copies (``NAME.rf.HASH.jpg``) and frames (``CLIP_0001.jpg``) of at least
    six clips with three frames each, none of which is half of everything; and frames that this
    program wrote, of however many videos or stacks, stretch by stretch. Names that number the
    images of each class look the same: ``classes`` is asked for the number of objects by class
    name of each key, and where classes go with groups, these are no clips.
    """
    return _copies(keys) or _clips(keys, classes) or _frames_of_videos(keys)


def _frames_of_videos(keys: Sequence[str]) -> dict[str, str] | None:
    """Of images that this program wrote as frames of videos ("garden.mp4-000012.jpg") or made of
    the pages of stacks ("cells.tif-000012.tif"): those that lie close to each other, which look
    nearly the same, stay together; of many videos or stacks all of each."""
    numbers: dict[str, dict[str, int]] = defaultdict(dict)
    for key in keys:
        match = _FRAME.fullmatch(_stem(key))
        if match is not None and match["clip"].lower().endswith(tuple(VIDEO_SUFFIXES)):
            numbers[match["clip"]][key] = int(match["number"])
    for key, (stack, number) in _stacks(keys).items():
        numbers[stack][key] = number
    whole = len(numbers) >= _FEWEST_CLIPS
    groups: dict[str, str] = {}
    for clip, found in numbers.items():
        span = max(found.values()) - min(found.values()) + 1
        step = 1 << max(0, (span // _STRETCHES).bit_length() - 1)  # the same when some are added
        groups.update({key: clip if whole else f"{clip} {number // step}"
                       for key, number in found.items()})
    return groups or None


def _stacks(keys: Collection[str]) -> dict[str, tuple[str, int]]:
    """The stack that images were made of, and their numbers in it, by their keys; the stack itself,
    of which the first page is shown, is one of them."""
    found: dict[str, tuple[str, int]] = {}
    for key in keys:
        folder, slash, name = _stem(key).rpartition("/")
        match = _PAGE.fullmatch(name)
        if match is not None:  # of files that are not shown, images are made beside them
            beside = folder + slash if match[2].lower() in UNSHOWN_SUFFIXES else ""
            found[key] = beside + match["stack"], int(match["number"])
    names = {stack for stack, _ in found.values()}
    found.update({key: (name, 1) for key in keys if (name := key.replace("/", "_")) in names})
    return found


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
