"""Which images lie in the folder of another class than theirs, and where they belong."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import folded
from workbench.core.text import count, listed, tr
from workbench.extension.saving import folder_of
from workbench.formats.image_sets import ImageNames, all_image_sets, line_after
from workbench.formats.label_table import LabelTable
from workbench.formats.regular_file import read_file
from workbench.formats.scratch import scratch_folder
from workbench.formats.yolo import lists_of
from workbench.formats.yolo_parts import list_lines
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.project.datasets.splits import PARTS, list_splits, load_split
from workbench.project.imports.label_source import FolderSource
from workbench.project.layout import Placement
from workbench.project.library.scan import is_outside
from workbench.project.manifest import Manifest
from workbench.project.stores.chosen import store_of
from workbench.tasks.image_classification.labels import (
    ImageLabels,
    Names,
    is_class_folder,
    labels_in,
    new_table,
    part_of,
    read_labels,
)
from workbench.tasks.image_classification.moving import Moves, labels_by_file

_OWN = frozenset({"runs", "splits"})  # folders of a project in which nobody looks for images
_NO_FOLDERS = IMAGE_SUFFIXES | {".xml", ".txt", ".json"}  # names of files, for whoever looks there


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What is to be done so that each image lies in the folder of its class."""

    moves: Moves
    counts: Counter[str]
    """Images that come into the folder of each class."""
    renamed: int
    """How many get another name, since another image in that folder has theirs."""
    left: dict[str, list[str]]
    """Images that stay though they have another class, by why."""

    def words(self) -> str:
        """What is asked before it is done."""
        stay = [tr("{images} will not move: {why}.", images=count(len(keys), "image"), why=why)
                for why, keys in self.left.items()]
        if not self.moves.images:
            return " ".join(stay or [tr("Every image lies in the folder of its class.")])
        said = [tr("Move {images} into the {folders}: {names}?",
                   images=count(len(self.moves.images), "image"),
                   folders=tr("folder of its class") if len(self.moves.images) == 1 else
                   tr("folders of their classes"),
                   names=listed([f"{name} ({number:,})" for name, number
                                 in self.counts.most_common()], 5))]
        if self.renamed:
            said.append(tr("{images} will get a new name, as theirs is taken there.",
                           images=count(self.renamed, "image")))
        return " ".join([*said, *stay])


def plan_moves(project: Path) -> MovePlan:
    """Say which images would move; nothing is changed.

    Raises
    ------
    UsageError
        If images have tags or numbers, or labels are kept where names of images cannot follow.
    WorkbenchError
        If the table cannot be read.
    """
    manifest = Manifest.load(project)
    found = read_labels(project)
    if found.kind != "class":
        raise UsageError("only images that have one class each can lie in folders of classes")
    broken = next((item for item in found.problems if item.kind == "unreadable-labels"), None)
    if broken is not None:
        raise WorkbenchError(broken.reason, kept="Nothing was moved.")
    if manifest.layout.apart:
        raise UsageError("the labels of this project are in a COCO file that names the images "
                         "where they are")
    places = _Places(project, found, Placement(project, manifest.layout))
    for key, label in found.labels.items():
        places.look(key, label)
    moves = _with_table(found, places.moves)
    if manifest.format == "yolo":
        moves = replace(moves, lists=_in_lists(project, manifest, moves.images))
    elif moves.images:
        moves = _with_image_sets(project, found.keys, moves)
    return MovePlan(moves, places.counts, places.renamed, dict(places.left))


class _Places:
    """Finds the place of one image after the other."""

    def __init__(self, project: Path, found: ImageLabels, placement: Placement) -> None:
        self.moves = Moves({})
        self.counts: Counter[str] = Counter()
        self.renamed = 0
        self.left: defaultdict[str, list[str]] = defaultdict(list)
        self._project, self._placement = project, placement
        self._levels = found.levels
        self._start = _common(found.keys, set(found.labels.values()))
        self._real = os.path.realpath(project)
        self._taken = {key.casefold() for key in found.keys} | _in_splits(project)
        self._given: set[str] = set()  # names of images and of labels, in small letters
        self._alike = _one_folder(project, found)
        self._numbers: Counter[str] = Counter()  # the last that was given to images of a name
        self._sharing = Counter(placement.annotation(key) for key in found.keys)

    def look(self, key: str, label: str) -> None:
        """Note where an image goes, or why it stays."""
        wanted = self._wanted(key, label)
        if wanted == key:
            return
        why = self._why_not(key, label, wanted)
        if why:
            self.left[why].append(key)
            return
        labelled = os.path.lexists(self._placement.annotation_path(key))
        old_labels = self._placement.annotation(key)
        new = self._free(key, wanted, old_labels, labelled)
        new_labels = self._new_labels(new)
        if labelled and new_labels != old_labels:
            self.moves.beside[old_labels] = new_labels
            self._given.add(new_labels.casefold())
        self._sharing[new_labels] += 1
        self.moves.images[key] = new
        self._given.add(new.casefold())
        self.counts[label] += 1
        self.renamed += new != wanted

    def _wanted(self, key: str, label: str) -> str:
        """Where an image of a class lies: in a folder of its own, below those of the parts and of
        the places that are above the classes."""
        parts, own = key.split("/"), self._levels.place(key)
        if own is not None:
            parts[own] = label
            return "/".join(parts)
        at = self._levels.place_for_class(key) if self._levels.level else self._start
        while at < len(parts) - 1 and part_of("/".join((parts[at], ""))):
            at += 1
        return "/".join(parts if parts[at] == label and at < len(parts) - 1 else
                        [*parts[:at], label, *parts[at:]])

    def _why_not(self, key: str, label: str, wanted: str) -> str:
        if folder_of(label) != label or not is_class_folder(label) \
                or wanted.split("/")[0] in _OWN or Path(label).suffix.lower() in _NO_FOLDERS:
            return tr("no folder for a class can be called “{name}”", name=label)
        if label in self._alike:
            return tr("the folder of another class has this name, as the disk sees it")
        path = self._project / key
        if path.is_symlink() and not path.readlink().is_absolute():
            return tr("a link that is relative to its folder")
        if any(is_outside((self._project / name).parent, self._real) for name in (key, wanted)):
            return tr("a link leads from its folder, or the new one, out of the project")
        if self._sharing[self._placement.annotation(key)] > 1 \
                and self._placement.annotation_path(key).exists():
            return tr("several images share one file of labels")
        return ""

    def _new_labels(self, key: str) -> str:
        """Where the labels of an image that moves to ``key`` will lie."""
        return Placement(self._project, self._placement.layout).annotation(key)

    def _free(self, key: str, wanted: str, labels: str, labelled: bool) -> str:
        stem, dot, suffix = wanted.rpartition(".")
        name, number = "", self._numbers[wanted]
        while not name or not self._fits(name, key, labels, labelled):
            number += 1
            name = f"{stem}-{number}{dot}{suffix}" if number > 1 else wanted
        self._numbers[wanted] = number
        return name

    def _fits(self, name: str, key: str, labels: str, labelled: bool) -> bool:
        """Whether an image can be called so: there is none of this name, and neither gets the
        labels of the other."""
        small = name.casefold()
        if small in self._given or (small in self._taken and small != key.casefold()) \
                or os.path.lexists(self._project / name):
            return False
        new = self._new_labels(name)
        return new == labels or not (
            new.casefold() in self._given or (labelled and self._sharing[new]) or os.path.lexists(
                Placement(self._project, self._placement.layout).annotation_path(name)))


def _one_folder(project: Path, found: ImageLabels) -> set[str]:
    """Classes like “Cat” and “cat” whose folders are one, on a disk to which that is the same, as
    those of Windows and macOS."""
    if not found.keys or not os.path.lexists(project / found.keys[0].swapcase()):
        return set()
    labels = set(found.labels.values())
    times = Counter(map(folded, labels))
    return {label for label in labels if times[folded(label)] > 1}


def _common(keys: Sequence[str], labels: set[str]) -> int:
    """How many folders all images lie in that are none of a class."""
    folders = [key.split("/")[:-1] for key in keys]
    depth = 0
    while folders and all(len(parts) > depth for parts in folders):
        name = folders[0][depth]
        if name in labels or part_of(f"{name}/") or any(
                parts[depth] != name for parts in folders):
            break
        depth += 1
    return depth


def _in_splits(project: Path) -> set[str]:
    """Names that a split gives a part, also of images that are gone."""
    return {key.casefold() for name in list_splits(project) for part in PARTS
            for key in load_split(project, name).members(part)}


def _in_lists(project: Path, manifest: Manifest, moved: Collection[str]
              ) -> dict[str, dict[str, str]]:
    """The lines that name these images in the lists of YOLO's split, by list."""
    numbers = store_of(project, manifest).numbers
    if numbers is None or not moved:
        return {}
    found: dict[str, dict[str, str]] = {}
    with scratch_folder("workbench-look-") as scratch:
        source = FolderSource(project, scratch, follow=True)
        for path in lists_of(source, numbers.path):
            name = source.key(path)
            images = ((line, source.find(line, path.parent)) for line in list_lines(
                read_file(path)))
            lines = {line: key for line, image in images
                     if image is not None and (key := source.key(image) or "") in moved}
            if name is not None and lines:
                found[name] = lines
    return found


def _with_image_sets(project: Path, keys: Sequence[str], moves: Moves) -> Moves:
    """The lists of ``ImageSets/Main`` name images that move as they are called then."""
    names = ImageNames(keys, IMAGE_SUFFIXES)
    lists: dict[str, dict[str, str]] = {}
    for path in all_image_sets(project):
        meant = {line: names.find(line) for line in list_lines(read_file(path))}
        lines = {line: found[0] for line, found in meant.items()
                 if len(found) == 1 and found[0] in moves.images}
        if lines:
            lists[path.relative_to(project).as_posix()] = lines
    return replace(moves, lists=lists, sets={
        name: {line: line_after(line, key, moves.images[key]) for line, key in lines.items()}
        for name, lines in lists.items()})


def _with_table(found: ImageLabels, moves: Moves) -> Moves:
    """What the table has to say so that every image has the label that it had."""
    if not moves.images:
        return moves
    table = found.rows or new_table("class")  # not what the file holds by now: plan of one reading
    find = Names(found.keys)
    moves = replace(moves, names={
        row.file: moves.images[key] for row in table.rows
        if (key := find.key_of(row.file)) is not None and key in moves.images})
    wanted = {moves.images.get(key, key): label for key, label in found.labels.items()}
    keys = [moves.images.get(key, key) for key in found.keys]
    rows: dict[str, str] = {}
    while True:
        after = labels_in(
            ImageLabels(keys, table=found.table or Path(), levels=found.levels.of(keys)),
            LabelTable.parse(table.render(rows, moves.names), there=keys), "class").labels
        missing = _missing(wanted, after, keys)
        if not missing.keys() - rows.keys():
            return replace(moves, rows=rows, instead=_instead(found, table, moves, rows))
        rows |= missing


def _instead(found: ImageLabels, table: LabelTable, moves: Moves, rows: Collection[str]
             ) -> dict[str, dict[str, list[str]]]:
    """What the table says of these images while it is planned; see :attr:`.Moves.instead`."""
    said = labels_by_file(table, moves.names)
    files = {moves.images.get(key, key): moves.names.get(file, file)
             for key, file in found.names.items()}
    return {name: {file: said.get(file, []) for file in (name, files.get(name, name))}
            for name in rows}


def _missing(wanted: Mapping[str, str], after: Mapping[str, str], keys: Sequence[str]
             ) -> dict[str, str]:
    return {key: wanted.get(key, "") for key in keys if wanted.get(key, "") != after.get(key, "")}
