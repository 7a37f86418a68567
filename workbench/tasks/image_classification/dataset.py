"""A project's labelled pictures as training and evaluation see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.text import count
from workbench.media.images.header import read_image_info
from workbench.project.class_levels import doubt_text
from workbench.project.datasets.dataset import SplitDataset, in_order_of, split_warnings
from workbench.project.datasets.groups import declared_groups
from workbench.project.datasets.splits import (
    FROM_FOLDERS,
    FROM_FORMAT,
    PARTS,
    Split,
    extend_split,
    list_splits,
    load_split,
    make_split,
    split_by_class,
)
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.labels import (
    Kind,
    number_of,
    part_of,
    read_labels,
    tags_of,
)
from workbench.tasks.image_classification.moving import are_moving, finish_moves

VALUE = "number"
"""What the one output of a model of numbers is called."""
NOTE_OWN_VAL = "There is no val in the folders; a part of train became val."
_NOTE_FORMAT = "The data set has nothing for validation; a part of train became val."
_KINDS = {"class": "one class each", "tags": "tags", "number": "numbers"}
_LOOKED_AT = 64  # pictures whose headers say what all are like
_UNEVEN = 10  # times as many pictures of one class as of another is worth saying


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One picture with its class; ``key`` is its path relative to the project."""

    key: str
    path: Path
    label: str

    @property
    def score_key(self) -> tuple[str, float, float]:
        """Its row among stored scores; the times are those of sounds."""
        return self.key, 0.0, 0.0


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the training pictures say."""

    images: int
    """How many there are."""
    class_counts: tuple[int, ...]
    """Pictures of each class, in class order."""
    side: int
    """Shorter side of a typical picture in pixels."""
    grey: bool
    """Whether all are grey."""
    kind: Kind = "class"
    """Of the labels."""
    mean: float = 0.0
    deviation: float = 1.0
    """Of the numbers, where labels are numbers."""


@dataclass(slots=True)
class ImageDataset(SplitDataset[LabelledImage]):
    """Labelled pictures; ``unlabelled`` are those without a class."""

    kind: Kind = "class"
    doubt: str = ""
    """That other folders could be the classes."""


def load_images(
    folder: Path, split: str | Split = "default", *, seed: int = 0, run: Path | None = None,
    progress: ProgressCallback = lambda done, total: None,
) -> ImageDataset:
    """Read the labelled pictures of a project, split into train, val and test.

    Parameters
    ----------
    split
        A saved split's name, or a split itself. "default" follows folders called train, val and
        test; where there are none it is random, with each class in every part.
    run
        Folder of a run that was trained with ``split``, to be judged: the parts are those of then,
        and to the project's own split what was labelled since is added.

    Raises
    ------
    UsageError
        If there is no such folder or split.
    """
    if not is_folder(folder):
        raise UsageError("there is no such folder", path=folder)
    progress(0, 0)
    if are_moving(folder):
        raise WorkbenchError("its images are being moved into class folders: try again when this "
                             "is done", path=folder)
    finish_moves(folder)
    found, manifest = read_labels(folder), Manifest.load(folder)
    labels = found.labels
    classes = in_order_of(manifest.classes, found.classes)
    groups = declared_groups(folder, labels, manifest.grouping, classes=classes)
    if found.kind == "number":
        classes = [VALUE]
    chosen = _split(folder, split, _Grouped(labels, found.kind, groups), seed, run)
    data = ImageDataset(folder, classes, chosen, problems=list(found.problems),
                        unlabelled=[key for key in found.keys if key not in labels],
                        kind=found.kind, doubt=doubt_text(*found.levels.doubted)
                        if found.levels.doubted is not None else "")
    for part in PARTS:
        data.part(part).extend(LabelledImage(key, folder / key, labels[key])
                               for key in chosen.members(part) if key in labels)
    return data


@dataclass(frozen=True, slots=True)
class _Grouped:
    """The pictures that are split, with their labels and what stays together of them."""

    labels: dict[str, str]
    kind: Kind
    groups: dict[str, str]

    def anew(self, seed: int) -> Split:
        if not self.groups:
            return split_by_class(self.in_classes, seed)
        kinds = {key: tags_of(label) if self.kind == "tags" else (label,)
                 for key, label in self.labels.items()} if self.kind != "number" else {}
        return make_split(self.labels, groups=self.groups, seed=seed, kinds=kinds)

    @property
    def in_classes(self) -> dict[str, str]:
        """The one class of each; all in the same where they have none, or several, so that the
        parts are drawn from all."""
        return self.labels if self.kind == "class" else dict.fromkeys(self.labels, "")


def _split(folder: Path, split: str | Split, grouped: _Grouped, seed: int,
           run: Path | None) -> Split:
    if isinstance(split, Split):
        return split
    saved = split in list_splits(folder)
    if run is not None and not (saved and split == "default"):
        return load_split(run, split)
    if saved:
        found = extend_split(load_split(folder, split), grouped.labels, grouped.groups)
        own = found.origin == FROM_FORMAT and run is None
        return _with_own_val(found, grouped.in_classes, seed) if own else found
    if split != "default":
        raise UsageError(f"there is no split “{split}” in {folder.name}")
    return _by_folders(grouped.in_classes, seed) or grouped.anew(seed)


def _by_folders(labels: dict[str, str], seed: int) -> Split | None:
    """What folders called train, val and test say, wherever in the path they are."""
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for key in labels:
        part = part_of(key)
        if not part:
            return None
        parts[part].append(key)
    if not parts["train"] or not (parts["val"] or parts["test"]):
        return None
    split = Split("default", seed, parts["train"], parts["val"], parts["test"], origin=FROM_FOLDERS)
    return _with_own_val(split, labels, seed)


def _with_own_val(split: Split, labels: dict[str, str], seed: int) -> Split:
    """A split whose data set holds nothing back to watch a training with: a part of train does."""
    if split.val or not split.train:
        return split
    own = split_by_class({key: labels.get(key, "") for key in split.train}, seed,
                         (0.85, 0.15, 0.0))
    return replace(split, train=own.train, val=own.val, notes=own.notes or [
        _NOTE_FORMAT if split.origin == FROM_FORMAT else NOTE_OWN_VAL])


def by_chance(split: Split) -> bool:
    """Whether nobody chose which pictures are for validation."""
    return bool(split.val) and not split.val_is_train and (
        split.origin.startswith("random") or not {NOTE_OWN_VAL, _NOTE_FORMAT}.isdisjoint(
            split.notes))


def facts_of(
    train: Sequence[LabelledImage], classes: Sequence[str], kind: Kind = "class"
) -> ImageFacts:
    """What a training's pictures say; a few of their headers are read."""
    sides, grey = [], True
    step = max(1, len(train) // _LOOKED_AT)
    for item in train[::step]:
        try:
            info = read_image_info(item.path)
        except WorkbenchError:
            continue  # reported when it is read
        sides.append(min(info.width, info.height))
        grey &= info.depth == 1
    sides.sort()
    targets = targets_of(train, classes, kind)
    numbers = targets[:, 0] if kind == "number" and len(train) else np.zeros(1, np.float32)
    return ImageFacts(len(train), tuple((targets > 0).sum(0).tolist()),
                      sides[len(sides) // 2] if sides else 0, grey and bool(sides), kind,
                      float(numbers.mean()), float(numbers.std()))


def names_of(item: LabelledImage, kind: Kind) -> tuple[str, ...]:
    """The classes of a picture: its tags where there are tags, none of a number."""
    return tags_of(item.label) if kind == "tags" else (item.label,) if kind == "class" else ()


def targets_of(
    samples: Sequence[LabelledImage], classes: Sequence[str], kind: Kind
) -> NDArray[np.float32]:
    """float32 (N, C), 1 for each class of a picture; of numbers (N, 1), the numbers themselves."""
    if kind == "number":
        return np.asarray([[number_of(item.label) or 0.0] for item in samples],
                          np.float32).reshape(-1, 1)
    position = {name: place for place, name in enumerate(classes)}
    found = np.zeros((len(samples), len(classes)), np.float32)
    for row, item in enumerate(samples):
        for name in names_of(item, kind):
            if name in position:
                found[row, position[name]] = 1.0
    return found


def check_kind(learned: str, now: Kind) -> None:
    """Raise where labels are of another kind than those that a run learned.

    Raises
    ------
    WorkbenchError
        With both, and the way back.
    """
    if learned != now:
        had = _KINDS.get(learned, learned)
        raise WorkbenchError(
            f"this run learned {had}, and the images have {_KINDS[now]} now: its figures would "
            f"mean nothing. Nothing is lost: once images have {had} again (“Each image has” in "
            f"Images, or kind = \"{learned}\" in workbench.toml), it is as before")


def check_enough(data: ImageDataset) -> None:
    """Raise where a training has nothing to tell apart.

    Raises
    ------
    WorkbenchError
        In words that say what to do.
    """
    if not data.train:
        damaged = [item for item in data.problems if item.kind == "unreadable-labels"]
        if damaged:
            raise WorkbenchError(damaged[0].reason.rstrip("."), path=data.folder)
        raise WorkbenchError(
            "there is no labelled picture to learn from: sort pictures into a folder for each "
            "class, or name them in labels.csv (file,label)")
    if data.kind != "tags" and len({item.label for item in data.train}) < 2:
        if data.kind == "number":
            raise WorkbenchError(f"all pictures have the number {data.train[0].label}: give some "
                                 "another one too")
        raise WorkbenchError(
            f"all pictures are of one class, “{data.train[0].label}”: label some of "
            "another class too, or choose to learn what differs from good images")


def data_warnings(data: ImageDataset) -> list[str]:
    """What a person should know before a training, without a capital and a full stop."""
    said = [note[:1].lower() + note[1:].rstrip(".") for note in data.split.notes]
    said += split_warnings(data, "picture")
    if data.doubt:
        said.append(f"{data.doubt[:1].lower()}{data.doubt[1:]}: “Where labels come from…” in "
                    "Images says which, or class_folder in workbench.toml")
    counts = Counter(name for item in data.train for name in names_of(item, data.kind))
    said += [] if data.kind == "number" else [f"{words} {_some(names)}" for words, names in (
        ("only one picture of", [name for name in data.classes if counts[name] == 1]),
        ("no training picture of", [name for name in data.classes if not counts[name]]),
    ) if names]
    most, least = max(counts.values(), default=0), min(counts.values(), default=0)
    if data.kind == "class" and least and most >= _UNEVEN * least:
        names = {counts[name]: name for name in counts}
        said.append(f"there are {most:,} pictures of “{names[most]}” and only "
                    f"{count(least, 'picture')} of “{names[least]}”: rare classes are easily "
                    "missed; instant can balance them, other recipes show them more often")
    if data.unlabelled:
        many = "picture has" if len(data.unlabelled) == 1 else "pictures have"
        what = {"tags": "tag"}.get(data.kind, data.kind)
        said.append(f"{len(data.unlabelled):,} {many} no {what} and {_is(data.unlabelled)} not "
                    "learned from")
    kinds: dict[str, list[Problem]] = {}
    for problem in data.problems:
        kinds.setdefault(problem.kind, []).append(problem)
    for first, *others in kinds.values():
        more = f"; and {len(others):,} more like it" if others else ""
        said.append(first.reason.rstrip(".") + more)
    return said


def _is(items: Sequence[Any]) -> str:
    return "is" if len(items) == 1 else "are"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
