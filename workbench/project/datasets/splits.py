"""Which images a model learns from, is watched on and is judged by."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.plain import fitted, parse_json
from workbench.core.text import count, several
from workbench.formats.atomic import write_atomic
from workbench.formats.image_sets import ImageNames, find_image_sets, read_image_set
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.datasets.group_parts import (
    Kinds,
    clusters_of,
    fill_part,
    neediest_part,
    split_groups_by_class,
    wanted_sizes,
)
from workbench.project.datasets.groups import declared_groups, groups_from_names
from workbench.project.datasets.held_out import Stretches
from workbench.project.datasets.labelled import find_labelled, found_classes
from workbench.project.edits.saver import read_or_none
from workbench.project.manifest import Manifest
from workbench.project.stores.chosen import store_of

if TYPE_CHECKING:
    from workbench.project.session import Session

PARTS = ("train", "val", "test")
PART_WORDS = {"train": "training", "val": "validation", "test": "test"}
"""What the window calls them."""
RATIOS = (0.7, 0.15, 0.15)
FROM_IMAGE_SETS = "ImageSets/Main"
FROM_FOLDERS = "the folders"
FROM_FORMAT = "the data set's own lists"
_PUBLISHED = (FROM_IMAGE_SETS, FROM_FOLDERS, FROM_FORMAT)
_FEWEST_TO_SPLIT = 7
"""Images of train of which some can become val."""
_VERSION = 1
_ASCII_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. ")


@dataclass(frozen=True, slots=True)
class Split:
    """Members of the parts, as image keys."""

    name: str = "default"
    """File name under ``splits/`` without suffix."""
    seed: int = 0
    """What the random order was made with."""
    train: list[str] = field(default_factory=list)
    val: list[str] = field(default_factory=list)
    test: list[str] = field(default_factory=list)
    """Disjoint, but where there is too little to hold anything back: then ``val`` is ``train`` and
    ``notes`` say so."""
    origin: str = ""
    """Where it comes from, in a few words ("random, seed 0", "ImageSets/Main")."""
    notes: list[str] = field(default_factory=list)
    """What a person should know about it, one sentence each."""
    ratios: tuple[float, float, float] = RATIOS
    """Wanted shares of train, val and test."""
    left_out: list[str] = field(default_factory=list)
    """Images that were there and are deliberately in no part."""
    stretches: Stretches = field(default_factory=dict)
    """What is held out within sound recordings; such a key is in train and also in each part that
    has some of its time."""

    def members(self, part: str) -> list[str]:
        """Keys of ``part``; raises :class:`UsageError` for an unknown one."""
        if part not in PARTS:
            raise UsageError(f"there is no split “{part}”; there are: {', '.join(PARTS)}")
        members: list[str] = getattr(self, part)
        return members

    def counts(self) -> dict[str, int]:
        return {part: len(self.members(part)) for part in PARTS}

    @property
    def val_is_train(self) -> bool:
        """Whether nothing could be held back to watch the training with."""
        return bool(self.train) and self.val == self.train and not self.stretches


def own_val_text(noun: str) -> str:
    """That nothing could be held back; ``noun`` is what samples are called. No full stop."""
    return f"validation uses the training {several(noun)}: its numbers are too good"


def make_split(
    keys: Iterable[str], *, groups: Mapping[str, str] | None = None,
    ratios: tuple[float, float, float] = RATIOS, seed: int = 0, name: str = "default",
    kinds: Kinds | None = None,
) -> Split:
    """Split ``keys`` at random, the same way for the same seed.

    Parameters
    ----------
    keys
        Images; their order does not matter.
    groups
        Group by key; members of one group stay together (frames of one clip). A key without a
        group is one of its own.
    ratios
        Shares of train, val and test. They are kept as well as whole groups allow; train is
        never empty.
    kinds
        The classes of each key. Groups are not split by chance then, but so that each class is
        in every part, as far as they allow that.
    """
    clusters = clusters_of(sorted(set(keys)), groups or {}, seed)
    if groups and kinds is not None and len(clusters) > 1:
        found = split_groups_by_class(clusters, kinds, dict(zip(PARTS, ratios, strict=True)))
        return _with_fallback(Split(
            name, seed, sorted(found["train"]), sorted(found["val"]), sorted(found["test"]),
            f"by group, each class in every part where that can be, seed {seed}", ratios=ratios))
    wanted = wanted_sizes(sum(map(len, clusters)), ratios)
    parts: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    # Something is left for train in any case, and for test where there is enough.
    for_others = 2 if wanted["test"] and len(clusters) > 2 else 1
    clusters = fill_part(parts["val"], clusters, wanted["val"], for_others)
    clusters = fill_part(parts["test"], clusters, wanted["test"], 1)
    parts["train"] = [key for cluster in clusters for key in cluster]
    how = "random by group" if groups else "random"
    split = Split(name, seed, sorted(parts["train"]), sorted(parts["val"]), sorted(parts["test"]),
                  origin=f"{how}, seed {seed}", ratios=ratios)
    return _with_fallback(split)


def extend_split(
    split: Split, keys: Iterable[str], groups: Mapping[str, str] | None = None
) -> Split:
    """Add the ``keys`` that ``split`` does not know; nobody who is in it changes the part.

    A key whose group is in one part joins it. To the lists of a published data set images are only
    added for training, so that its val and test stay comparable.
    """
    known = {*split.train, *split.val, *split.test, *split.left_out}
    new = sorted(set(keys) - known)
    if not new:
        return split
    val = [] if split.val_is_train else split.val
    parts = {"train": list(split.train), "val": list(val), "test": list(split.test)}
    groups = groups or {}
    homes: dict[str, set[str]] = {}
    for part, members in parts.items():
        for key in members:
            homes.setdefault(groups.get(key, ""), set()).add(part)
    wanted = wanted_sizes(sum(map(len, parts.values())) + len(new), split.ratios)
    for cluster in clusters_of(new, groups, split.seed):
        home = homes.get(groups.get(cluster[0], ""), set()) if cluster[0] in groups else set()
        part = next(iter(home)) if len(home) == 1 else (
            "train" if split.origin in _PUBLISHED else neediest_part(parts, wanted))
        parts[part].extend(cluster)
    notes = [note for note in split.notes if note != NOTE_NO_VAL]
    grown = replace(split, notes=notes, train=sorted(parts["train"]), val=sorted(parts["val"]),
                    test=sorted(parts["test"]))
    return _with_fallback(grown)


def default_split(project: Path | Session, name: str = "default") -> Split:
    """The split that training uses, without writing it.

    It is ``splits/default.json`` with the images that were labelled since; else what
    the labels' own lists (``data.yaml``) or ``ImageSets/Main`` say; else a random one, by groups
    where file names make them clear. Only labelled images are members.

    Raises
    ------
    FormatError
        If an existing file of either kind cannot be read.
    """
    folder = project if isinstance(project, Path) else project.folder
    keys, manifest = find_labelled(folder), Manifest.load(folder)
    declared = manifest.grouping.declared
    groups = declared_groups(folder, keys, manifest.grouping, classes=manifest.classes) \
        if declared else groups_from_names(keys, lambda: found_classes(folder, keys))
    if is_file(_path(folder, name)):
        return extend_split(load_split(folder, name), keys, groups)
    if name != "default":
        raise UsageError(f"there is no split “{name}” in {folder.name}")
    found = split_from_store(folder, keys) or split_from_image_sets(folder, keys)
    if found is not None:
        return found
    split = split_from_folders(keys, manifest.images) or make_split(
        keys, groups=groups, kinds=found_classes(folder, keys) if declared and groups else None)
    doubt = image_sets_doubt(folder) if keys else ""
    return replace(split, notes=[*split.notes, doubt]) if doubt else split


def declared_split(folder: Path, keys: Sequence[str]) -> Split | None:
    """The split that ``splits/default.json``, lists of the data set or folders say; None where it
    would be a random one. Raises as :func:`load_split`."""
    if is_file(_path(folder, "default")):
        return load_split(folder)
    return (split_from_store(folder, keys) or split_from_image_sets(folder, keys)
            or split_from_folders(keys, Manifest.load(folder).images))


def split_by_class(
    labels: Mapping[str, str], seed: int = 0, ratios: tuple[float, float, float] = RATIOS
) -> Split:
    """A random split of samples with one label each, in which every class is in every part, as far
    as it has samples enough."""
    members: dict[str, list[str]] = {}
    for key, label in labels.items():
        members.setdefault(label, []).append(key)
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for keys in members.values():
        own = make_split(keys, seed=seed, ratios=ratios)
        for part in PARTS if not own.val_is_train else PARTS[:1]:
            parts[part] += own.members(part)
    train, val, test = (sorted(parts[part]) for part in PARTS)
    split = Split("default", seed, train, val, test,
                  origin=f"random within each class, seed {seed}")
    if split.train and not split.val:
        return replace(split, val=list(split.train), notes=[NOTE_NO_VAL])
    return split


# Files


def load_split(folder: Path, name: str = "default") -> Split:
    """Read ``splits/NAME.json``.

    Raises
    ------
    UsageError
        If there is none.
    FormatError
        If it is not a split.
    """
    path = _path(folder, name)
    data = read_or_none(path)
    if data is None:
        raise UsageError(f"there is no split “{name}” in {folder.name}")
    try:
        return _from_json(name, fitted(parse_json(data), _SplitData))
    except ValueError as error:
        raise FormatError(f"it is not a split ({error})", path=path,
                          kept="The file was left as it is.") from error


def save_split(folder: Path, split: Split) -> Path:
    """Write ``splits/NAME.json`` and return its path; an equal file is not touched."""
    path = _path(folder, split.name)
    data = {
        "version": _VERSION, "seed": split.seed, "origin": split.origin,
        "ratios": list(split.ratios), "notes": split.notes,
        **{part: split.members(part) for part in PARTS}, "left_out": split.left_out,
        **({"stretches": split.stretches} if split.stretches else {}),
    }
    text = (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")
    if read_or_none(path) != text:
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise WorkbenchError(f"the folder cannot be made ({error.strerror})",
                                 path=path.parent) from error
        write_atomic(path, text)
    return path


def joined_split(old: Split, new: Split) -> Split:
    """``old`` with the members of ``new`` that it does not know, each in the part of that name."""
    known = {*old.train, *old.val, *old.test, *old.left_out}
    return replace(old, **{name: getattr(old, name) + [
        key for key in getattr(new, name) if key not in known] for name in (*PARTS, "left_out")})


def separate_members(split: Split, keys: Collection[str]) -> tuple[Split, Split]:
    """``split`` without the members ``keys``, and with them alone."""
    wanted = set(keys)

    def only(with_them: bool) -> Split:
        members: dict[str, Any] = {
            name: [key for key in getattr(split, name) if (key in wanted) == with_them]
            for name in (*PARTS, "left_out")}
        return replace(split, **members)

    return only(False), only(True)


def list_splits(folder: Path) -> list[str]:
    """Names of the saved splits; none where one may not look."""
    try:
        return sorted(path.stem for path in (folder / "splits").glob("*.json"))
    except OSError:
        return []


def _path(folder: Path, name: str) -> Path:
    if not name or not set(name) <= _ASCII_SAFE or name.startswith("."):
        raise UsageError(f"“{name}” cannot be the name of a split")
    return folder / "splits" / f"{name}.json"


class _SplitData(TypedDict):
    train: list[str]
    val: list[str]
    test: list[str]
    seed: NotRequired[int]
    origin: NotRequired[str]
    notes: NotRequired[list[str]]
    ratios: NotRequired[tuple[float, float, float]]
    left_out: NotRequired[list[str]]
    stretches: NotRequired[dict[str, dict[str, tuple[float, float]]]]


def _from_json(name: str, data: _SplitData) -> Split:
    ratios = data.get("ratios", RATIOS)
    if not all(0 <= ratio <= 1 for ratio in ratios):
        raise ValueError("ratios are not shares")
    return Split(
        name, data.get("seed", 0), data["train"], data["val"], data["test"],
        origin=data.get("origin", ""), notes=data.get("notes", []), ratios=ratios,
        left_out=data.get("left_out", []), stretches=data.get("stretches", {}),
    )


# The lists of other formats, where a project keeps one


def split_from_store(folder: Path, keys: Sequence[str]) -> Split | None:
    """What the files of labels themselves say of ``keys`` (``data.yaml``), or None where they say
    nothing or hold nothing back."""
    said = store_of(folder, Manifest.load(folder)).parts(keys)
    parts = {part: [key for key in keys if said.get(key) == part] for part in PARTS}
    if not parts["train"] or not (parts["val"] or parts["test"]):
        return None
    split = Split(train=parts["train"], val=parts["val"], test=parts["test"], origin=FROM_FORMAT,
                  left_out=[key for key in keys if key not in said])
    return _with_fallback(split if split.val else with_val_from_train(split, FROM_FORMAT))


# ImageSets/Main


def split_from_image_sets(folder: Path, keys: Sequence[str]) -> Split | None:
    """What ``ImageSets/Main`` says about ``keys``, or None where it says nothing.

    train, val and test keep their names. trainval counts only where train or val is missing; then
    it is split at random. Images that are in no list are left out. Where no listed name is one
    of ``keys`` nothing is said, see :func:`image_sets_doubt`.
    """
    files, others = find_image_sets(folder)
    names = ImageNames(keys, IMAGE_SUFFIXES)
    parts: dict[str, list[str]] = {}
    missing: dict[str, None] = {}
    unclear: dict[str, None] = {}
    for part, name in ((part, name) for part, paths in files.items() for path in paths
                       for name in read_image_set(path)):
        found = names.find(name)
        if len(found) == 1:
            parts.setdefault(part, []).append(found[0])
        else:
            (unclear if found else missing)[name] = None
    if not parts:
        return None
    split = _disjoint(_with_trainval(
        {part: list(dict.fromkeys(members)) for part, members in parts.items()}))
    members = {*split.train, *split.val, *split.test}
    left_out = [key for key in keys if key not in members]
    notes = list(split.notes)
    if not split.test:
        notes.append("ImageSets/Main has no test list, so there is no test split.")
    if missing:
        verbs = ("is", "has") if len(missing) == 1 else ("are", "have")
        notes.append(f"{len(missing)} of the images that ImageSets/Main lists {verbs[0]} not here "
                     f"or {verbs[1]} no annotation: {_some(missing)}.")
    if unclear:
        notes.append(f"{count(len(unclear), 'name')} in ImageSets/Main "
                     f"may mean several images and {_was(unclear)} not used: {_some(unclear)}.")
    notes += [f"{path.name} of ImageSets/Main does not say train, val or test and was not used."
              for path in others]
    if left_out:
        images = "labelled image is" if len(left_out) == 1 else "labelled images are"
        left = "is" if len(left_out) == 1 else "are"
        notes.append(f"{len(left_out)} {images} in no list of ImageSets/Main and {left} left out.")
    return _with_fallback(replace(split, notes=notes, left_out=left_out))


def image_sets_doubt(folder: Path) -> str:
    """What to say where there are lists and :func:`split_from_image_sets` found nothing in them."""
    files, others = find_image_sets(folder)
    paths = [*(path for found in files.values() for path in found), *others]
    if not paths:
        return ""
    names = ", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else "")
    return (f"ImageSets/Main ({names}) gives none of the labelled images a part, so it is not "
            "used.")


def _some(names: Iterable[str]) -> str:
    first = list(names)
    return ", ".join(first[:3]) + (" …" if len(first) > 3 else "")


def _was(names: Mapping[str, None]) -> str:
    return "was" if len(names) == 1 else "were"


_FOLDERS = {"train": "train", "training": "train", "val": "val", "valid": "val",
            "validation": "val", "test": "test", "testing": "test"}


def split_from_folders(keys: Sequence[str], images: str = "") -> Split | None:
    """What the subfolders train, val (or valid) and test of the images say, or None.

    ``images`` is the folder that all keys lie in. Every key must be in one of the subfolders, and
    train must be among them with another.
    """
    start = len(images) + bool(images)
    parts: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    for key in keys:
        parent, slash, _ = key[start:].partition("/")
        part = _FOLDERS.get(parent.lower()) if slash else None
        if part is None:
            return None
        parts[part].append(key)
    if not parts["train"] or not (parts["val"] or parts["test"]):
        return None
    split = Split(train=parts["train"], val=parts["val"], test=parts["test"], origin=FROM_FOLDERS)
    return _with_fallback(split if split.val else with_val_from_train(split, FROM_FOLDERS))


def with_val_from_train(split: Split, where: str) -> Split:
    """The split with a part of train as val, which ``where`` does not say; as it is where train is
    too small."""
    halves = make_split(split.train, ratios=(0.85, 0.15, 0.0))
    if halves.val_is_train:
        return split
    note = f"There is no val in {where}; a part of train became val."
    return replace(split, train=halves.train, val=halves.val, notes=[*split.notes, note])


def without_val(split: Split) -> bool:
    """Whether there is no val, though some images of train could be that."""
    return len(split.train) >= _FEWEST_TO_SPLIT and not split.val and not split.stretches


def _with_trainval(parts: dict[str, list[str]]) -> Split:
    train, val = parts.get("train", []), parts.get("val", [])
    test, both = parts.get("test", []), parts.get("trainval", [])
    notes: list[str] = []
    if both and not (train and val):
        rest = [key for key in both if key not in {*train, *val}]
        if train or val:
            train, val = (train, rest) if train else (rest, val)
        else:
            halves = make_split(rest, ratios=(0.8, 0.2, 0.0))
            train, val = halves.train, halves.val
            notes.append("ImageSets/Main has only a trainval list; a fifth of it became val.")
    split = Split(train=train, val=val, test=test, origin=FROM_IMAGE_SETS, notes=notes)
    return with_val_from_train(split, FROM_IMAGE_SETS) if train and not val else split


def _disjoint(split: Split) -> Split:
    """An image that several lists name is judged by, not learned from."""
    test = list(dict.fromkeys(split.test))
    val = [key for key in dict.fromkeys(split.val) if key not in set(test)]
    held = {*test, *val}
    train = [key for key in dict.fromkeys(split.train) if key not in held]
    notes = list(split.notes)
    twice = len(split.train) + len(split.val) + len(split.test) - len(train) - len(val) - len(test)
    if twice:
        notes.append(f"{twice} entries of ImageSets/Main are in more than one list; those images "
                     "are kept out of training.")
    return replace(split, train=train, val=val, test=test, notes=notes)


# Arithmetic

NOTE_NO_VAL = "There is too little to hold any back: val is the same as train."


def _with_fallback(split: Split) -> Split:
    if not split.train and (split.val or split.test):
        return replace(split, notes=[*split.notes, "There is nothing to train on."])
    if split.val or not split.train:
        return split
    return replace(split, val=list(split.train), notes=[*split.notes, NOTE_NO_VAL])
