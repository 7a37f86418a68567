"""Which images are good, which are not, and which of them a training looks at. Imports no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from workbench.core.arrays import FloatArray
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.text import count, listed
from workbench.extension.registry import load
from workbench.extension.tasks import register_bundled, tasks
from workbench.media.images.readable import picture_info
from workbench.project.damage import cut_off_pictures
from workbench.project.datasets.dataset import SplitDataset
from workbench.project.datasets.groups import declared_groups
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import (
    PARTS,
    Split,
    extend_split,
    list_splits,
    load_split,
    make_split,
    split_from_folders,
)
from workbench.project.manifest import Manifest
from workbench.tasks.anomaly.kind import ID

DIFFERS = "differs"
"""What the model calls an image that is not good, whatever its class is."""
GOOD = "good"
"""What it calls the others where they have no class."""
FEW = 10
"""Good images below which it is said that these are few."""
LEAST = 2
"""Good images without which nothing can be learned: one says nothing of how much they differ."""
_GOOD_NAMES = frozenset({"good", "ok", "okay", "normal", "fine", "pass", "passed", "intact",
                         "faultless", "flawless", "nominal", "healthy"})
_BAD_NAMES = frozenset({"bad", "defect", "defects", "defective", "fault", "faulty", "anomaly",
                        "anomalous", "abnormal", "broken", "damaged", "fail", "failed", "ng", "nok",
                        "reject", "odd", "different", DIFFERS})
_RATIOS = (0.8, 0.2, 0.0)
_SPLIT = "good-images"
"""What the split of a run is called. It is never the project's own: a model of classes could not
learn from it, as no faulty image is in its train."""
_NO_BOXES = np.zeros((0, 4), np.float32)


@dataclass(frozen=True, slots=True)
class Part:
    """One image with its class."""

    key: str
    """Posix path relative to the project folder."""
    path: Path
    label: str
    """Its class, "" for none."""
    good: bool
    size: tuple[int, int]
    """(width, height) as displayed, in pixels."""
    window: None = None
    boxes: FloatArray = field(default_factory=lambda: _NO_BOXES)
    hidden: FloatArray = field(default_factory=lambda: _NO_BOXES)
    """It is no tile, and nothing of it is painted over."""


@dataclass(frozen=True, slots=True)
class GoodFacts:
    """What the good images say that are learned from."""

    images: int
    image_sizes: tuple[tuple[int, int], ...]
    """(width, height) of some of them in pixels."""
    good: str = ""
    """The class that they have; "" for images without one."""


@dataclass(slots=True)
class GoodDataset(SplitDataset[Part]):
    """Good and faulty images; ``train`` has good ones only."""

    good: str = ""
    """As in :class:`GoodFacts`."""


def class_of_good(counts: Mapping[str, int], unlabelled: int, wanted: str = "") -> str:
    """The class of the good images, "" where these are the ones without a class.

    Parameters
    ----------
    counts
        How many images have each class.
    unlabelled
        How many have none.
    wanted
        What a person has said; "" where nobody has.

    Raises
    ------
    UsageError
        If no image is of the wanted class.
    """
    if wanted.strip():
        found = [name for name in counts if name.casefold() == wanted.strip().casefold()]
        if not found:
            raise UsageError(f"no image has the class “{wanted.strip()}”, which is to be the good "
                             f"one; there are: {listed(sorted(counts)) or 'none'}")
        return wanted.strip() if wanted.strip() in counts else found[0]
    named = [name for name in counts if name.casefold() in _GOOD_NAMES]
    if named:
        return max(named, key=lambda name: counts[name])
    others = [name for name in counts if name.casefold() not in _BAD_NAMES]
    if not others and unlabelled:
        return ""
    return max(others or counts, key=lambda name: counts[name], default="")


def good_now(was: str, labels: Mapping[str, str], learned: Mapping[str, str]) -> str:
    """The class that good images have now, "" where these are the ones without a class.

    Parameters
    ----------
    was
        What it was when a run learned from them. Where no image has it any more it was renamed,
        merged or taken off, and the images that the run has learned from tell what became of it.
    labels
        The class of each image that has one.
    learned
        The class of each of these that is still there, "" for none.
    """
    if not was or was in labels.values():
        return was
    if learned:
        return Counter(learned.values()).most_common(1)[0][0]
    return class_of_good(Counter(labels.values()), 0)  # a folder has another name, and all its keys


def is_good(label: str, good: str) -> bool:
    """Whether an image of the class ``label`` is good where ``good`` is the class of these. Among
    images without a class some may be called good later."""
    return label == good or (not good and label.casefold() in _GOOD_NAMES)


def labels_of(project: Path) -> dict[str, str]:
    """The class of each image that has one; several tags are one class, a number is none."""
    register_bundled()
    said = load(tasks.get(ID).whole_labels)(project)
    return {key: ", ".join(names) for key, names in said.items()
            if isinstance(names, tuple) and names}


def load_good(
    project: Path, split: str | Split = "default", *, good: str = "", settled: bool = False,
    run: Path | None = None, seed: int = 0, progress: ProgressCallback = lambda _done, _of: None,
) -> GoodDataset:
    """The images of a project with who is learned from.

    Parameters
    ----------
    good
        The class of good images as a person, or with ``settled`` a run, has it.
    run
        Folder of a run that was trained with ``split``, to be judged: the parts are those of then,
        and what came to the project since is for validation.
    progress
        Called with how many images were looked at; may raise to end the work.

    Raises
    ------
    UsageError
        If there is no such folder, split or class.
    """
    if not is_folder(project):
        raise UsageError("there is no such folder", path=project)
    keys = LabelledFolder(project).keys
    labels = labels_of(project)
    labels = {key: labels[key] for key in keys if key in labels}
    counts = Counter(labels.values())
    if not settled:
        good = class_of_good(counts, len(keys) - len(labels), good)
    elif run is not None and isinstance(split, str):
        learned = set(keys).intersection(load_split(run, split).train)
        good = good_now(good, labels, {key: labels.get(key, "") for key in sorted(learned)})
    known = list(labels) if good else keys
    right = [key for key in known if labels.get(key, "") == good]
    chosen = _split(project, split, known, right, run, seed)
    data = GoodDataset(project, [good or GOOD], chosen, good=good,
                       unlabelled=[key for key in keys if key not in labels] if good else [])
    found = _read(data, {key: labels.get(key, "") for key in known}, progress)
    for part in PARTS:
        data.part(part).extend(found[key] for key in chosen.members(part) if key in found)
    return data


def _read(data: GoodDataset, labels: Mapping[str, str], progress: ProgressCallback
          ) -> dict[str, Part]:
    found = {}
    for done, (key, label) in enumerate(labels.items()):
        progress(done, len(labels))
        path = data.folder / key
        try:
            info = picture_info(path)
        except WorkbenchError as error:
            data.problems.append(Problem(str(path), "unreadable-image",
                                         f"{error.sentence()} It is left out."))
            continue
        found[key] = Part(key, path, label, is_good(label, data.good), (info.width, info.height))
    data.problems += cut_off_pictures((item.path for item in found.values()),
                                      lambda: progress(len(labels), len(labels)))
    return found


# --- who is learned from --------------------------------------------------------------------------


def _split(project: Path, split: str | Split, known: Sequence[str], good: Sequence[str],
           run: Path | None, seed: int) -> Split:
    if isinstance(split, Split):
        return split
    if run is not None:
        return _with_new(load_split(run, split), known)
    manifest = Manifest.load(project)
    groups = declared_groups(project, known, manifest.grouping, classes=manifest.classes)
    if split in list_splits(project):
        return judged_by_faulty(extend_split(load_split(project, split), known, groups), good)
    if split != "default":
        raise UsageError(f"there is no split “{split}” in {project.name}")
    said = split_from_folders(known)
    if said is None:
        of_good = make_split(good, groups=groups, ratios=_RATIOS, seed=seed)
        others = sorted(set(known) - set(good))
        said = replace(of_good, val=(of_good.val if not of_good.val_is_train else []) + others,
                       notes=[])
    return judged_by_faulty(said, good)


def judged_by_faulty(split: Split, good: Iterable[str]) -> Split:
    """A split of a run's own with good images alone in train: the others are judged, not learned
    from. Where nothing is left to be judged, the images that are learned from are."""
    right = set(good)
    train = [key for key in split.train if key in right]
    val = split.val if not split.val_is_train else []
    val = [*val, *(key for key in split.train if key not in right and key not in set(val))]
    return replace(split, name=_SPLIT, train=train, val=val or list(train))


def _with_new(split: Split, known: Iterable[str]) -> Split:
    """The split of a run, and for validation what came since: nobody has learned from it."""
    there = {*split.train, *split.val, *split.test, *split.left_out}
    new = sorted(set(known) - there)
    if not new:
        return split
    return replace(split, val=[*(split.val if not split.val_is_train else []), *new])


# --- what is said of them -------------------------------------------------------------------------


def facts_of(train: Sequence[Part], good: str) -> GoodFacts:
    """What a recipe may fit itself to."""
    step = max(1, len(train) // 100)
    return GoodFacts(len(train), tuple(item.size for item in train[::step]), good)


def check_enough(data: GoodDataset) -> None:
    """Raise where nothing can be learned.

    Raises
    ------
    WorkbenchError
        In words that say what to do.
    """
    if len(data.train) >= LEAST:
        return
    of = f" of the class “{data.good}”" if data.good else ""
    if not data.train and not any(item.good for item in (*data.val, *data.test)):
        raise WorkbenchError(f"there are no good images{of} to learn from: it takes about 30 "
                             "images of things that are as they should be")
    raise WorkbenchError(f"there is only {count(len(data.train), 'good image')}{of} to learn from: "
                         f"at least {LEAST} are needed, and about 30 are better")


def good_text(data: GoodDataset) -> str:
    """Which images are taken for good, and what the others are for, as a sentence."""
    if data.good:
        said = f"good are the images of the class “{data.good}”"
    elif any(item.label for item in (*data.val, *data.test)):
        said = "good are the images without a class"
    else:
        said = "no image has a class, so all are taken for good"
    others = Counter(item.label for item in (*data.val, *data.test) if not item.good)
    if not others:
        return f"{said}; with some faulty ones it could be told how many of these are found"
    return (f"{said}; {count(sum(others.values()), 'image')} of {listed(list(others))} "
            f"{'is' if sum(others.values()) == 1 else 'are'} only used to judge it")


def data_warnings(data: GoodDataset) -> list[str]:
    """What a person should know before a training, without a capital and a full stop."""
    said = []
    if len(data.train) < FEW:
        said.append(f"{count(len(data.train), 'good image')} are few: what is all right may look "
                    "different from them, too; about 30 are better")
    if data.split.val_is_train:
        said.append("nothing is held back, so it cannot be told how it does on other images")
    if data.unlabelled:
        many = count(len(data.unlabelled), "image")
        said.append(f"{many} without a class {'is' if len(data.unlabelled) == 1 else 'are'} left "
                    "out")
    unread = [item for item in data.problems if item.kind == "unreadable-image"]
    if unread:
        more = f"; and {len(unread) - 1:,} more like it" if len(unread) > 1 else ""
        said.append(unread[0].reason.rstrip(".") + more)
    return said
