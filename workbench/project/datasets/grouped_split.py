"""What a project's samples would be split into, or are, by what is kept together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.text import capital, count, listed, tr
from workbench.extension.tasks import tasks
from workbench.project.datasets.group_parts import Kinds, only_in_one
from workbench.project.datasets.groups import clear_stations, declared_groups, groups_from_names
from workbench.project.datasets.splits import (
    PARTS,
    Split,
    declared_split,
    load_split,
    make_split,
    own_val_text,
    split_by_class,
)
from workbench.project.grouping import AUTO, NOTHING, Grouping
from workbench.project.library.label_sources import label_source
from workbench.project.manifest import Manifest
from workbench.project.runs import RunFolder
from workbench.project.task import task_of_folder

_FEWEST_TOLD = 5  # speakers or recordings; of fewer, little would be left to learn from
_MOST_DOUBTS = 6


class GroupRow(NamedTuple):
    """A group, how many of its samples are in which parts, and how many samples have each class."""

    name: str
    parts: Mapping[str, int]
    classes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labelled samples of a project."""

    folder: Path
    kinds: Kinds
    """The classes of each, by its key."""
    whole: bool
    """Whether these are images that have them as a whole, as when they are sorted."""
    told: Mapping[str, str]
    """Speaker or recording, of sounds whose labels say it."""
    names: frozenset[str]
    """Of classes: folders that are called so are no places."""
    split: Split | None
    """Into which they are split now; None where nobody has split them."""

    @classmethod
    def read(cls, folder: Path, progress: ProgressCallback = lambda done, total: None) -> Labelled:
        """Those of the project ``folder``; for a thread. Raises as :func:`declared_split`."""
        from workbench.project.statistics.table import read_objects  # needs numpy

        table, manifest = read_objects(folder, progress), Manifest.load(folder)
        kinds: dict[str, set[str]] = {
            key: set() for key, labelled in zip(table.keys, table.labelled.tolist(), strict=True)
            if labelled}
        for sample, label in zip(table.sample.tolist(), table.label.tolist(), strict=True):
            kinds.get(table.keys[sample], set()).add(table.classes[label])
        whole = bool(tasks.get(task_of_folder(folder)).whole_labels)
        said = label_source(folder, table.keys) if table.medium == "sounds" else None
        told = {key: group for key in kinds if (group := said(key).group)} if said else {}
        named = (*manifest.classes, *(table.classes if whole or said else ()))
        return cls(folder, kinds, whole, told, frozenset(named),
                   declared_split(folder, list(kinds)) if kinds else None)

    @property
    def one_class(self) -> bool:
        """Whether each image is of one class."""
        return self.whole and all(len(names) < 2 for names in self.kinds.values())

    def groups(self, wanted: Grouping) -> dict[str, str]:
        """What stays together of them; where dates are asked for, this reads files."""
        if wanted.by == AUTO:
            if self.told:
                return dict(self.told) if len({*self.told.values()}) >= _FEWEST_TOLD else {}
            if self.whole:
                return {}
            counts = {key: dict.fromkeys(names, 1) for key, names in self.kinds.items()}
            return groups_from_names(list(self.kinds), lambda: counts) or {}
        return declared_groups(self.folder, self.kinds, wanted, classes=self.names, told=self.told)


@dataclass(frozen=True, slots=True)
class GroupedSplit:
    """Samples in parts, and the groups that they are in."""

    split: Split
    grouping: Grouping
    groups: Mapping[str, str]
    kinds: Kinds

    @property
    def rows(self) -> list[GroupRow]:
        """Every group, that with most samples first."""
        part_of = {key: part for part in reversed(PARTS) for key in self.split.members(part)}
        parts: dict[str, Counter[str]] = {}
        classes: dict[str, Counter[str]] = {}
        for key, names in self.kinds.items():
            if (group := self.groups.get(key)) is not None and key in part_of:
                parts.setdefault(group, Counter())[part_of[key]] += 1
                classes.setdefault(group, Counter()).update(names)
        order = sorted(parts, key=lambda name: (-parts[name].total(), name))
        return [GroupRow(name, {part: parts[name][part] for part in PARTS if parts[name][part]},
                         classes[name]) for name in order]

    @property
    def in_parts(self) -> dict[str, int]:
        """How many groups are in each part; those in several count in each."""
        rows = self.rows
        return {part: sum(part in row.parts for row in rows) for part in PARTS}

    @property
    def mixed(self) -> list[str]:
        """The groups that are in several parts."""
        return [row.name for row in self.rows if len(row.parts) > 1]

    @property
    def loose(self) -> int:
        """Samples in no group."""
        return len(self.kinds) - sum(key in self.groups for key in self.kinds)

    def doubts(self) -> list[str]:
        """What a person should know of it, as sentences."""
        own_val = [f"{capital(own_val_text('sample'))}."] if self.split.val_is_train else []
        return own_val + self._doubts_of_groups()

    @property
    def samples(self) -> dict[str, int]:
        """How many samples are in each part; those that are learned from are not held back."""
        counts = self.split.counts()
        return {**counts, "val": 0} if self.split.val_is_train else counts

    def _doubts_of_groups(self) -> list[str]:
        noun, plural = self.grouping.noun, self.grouping.plural
        if not self.groups:
            return [tr("No sample has a {noun}: each goes into a part by itself.", noun=noun)] \
                if self.grouping.by not in (AUTO, NOTHING) else []
        rows, mixed = self.rows, self.mixed
        if len(rows) == 1 and not self.loose:
            return [tr("All samples are of one {noun}, so nothing can be held back by it.",
                       noun=noun)]
        said = [tr("{mixed} of {groups} are in several parts: scores are too good for new ones.",
                   mixed=len(mixed), groups=count(len(rows), noun, plural))] if mixed else []
        said += [tr("“{name}” is only in {group}: it cannot be both learned and judged.",
                    name=name, group=group)
                 for name, group in sorted(only_in_one(self.groups, self.kinds).items())]
        said += [tr("Nothing of {names} is in {part}.", names=listed(names), part=part)
                 for part, names in self._lacking().items()]
        if len(said) > _MOST_DOUBTS:
            said[_MOST_DOUBTS - 1:] = [tr("… and {more} more such doubts.",
                                          more=len(said) - _MOST_DOUBTS + 1)]
        if self.loose:
            said.append(tr("Without a {noun}, and so put into parts one by one: {samples}.",
                           noun=noun, samples=count(self.loose, "sample")))
        return said

    def _lacking(self) -> dict[str, list[str]]:
        """The classes of several groups that a part has nothing of."""
        alone = only_in_one(self.groups, self.kinds)
        every = sorted({name for names in self.kinds.values() for name in names} - alone.keys())
        found = {}
        for part in PARTS:
            members = self.split.members(part)
            there = {name for key in members for name in self.kinds.get(key, ())}
            if members and (names := [name for name in every if name not in there]):
                found[part] = names
        return found

    def words(self) -> str:
        """ "20 stations: 14 train, 3 val, 3 test. 1,400 samples: 980 train, 210 val, 210 test." """
        rows = self.rows
        groups = f"{count(len(rows), self.grouping.noun, self.grouping.plural)}: " \
            f"{_numbers(self.in_parts)}. " if rows else ""
        return f"{groups}{count(len(self.kinds), 'sample')}: {_numbers(self.samples)}."

    def to_json(self) -> dict[str, Any]:
        return {**self.grouping.values(), "groups": {
            row.name: {"parts": dict(row.parts), "classes": dict(row.classes)}
            for row in self.rows}, "samples": self.samples, "without_group": self.loose,
            "in_several_parts": self.mixed, "only_in_one": only_in_one(self.groups, self.kinds)
            if self.groups else {}, "origin": self.split.origin, "doubts": self.doubts()}


def _numbers(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {part}" for part, number in parts.items())


def new_split(found: Labelled, wanted: Grouping, seed: int = 0) -> GroupedSplit:
    """As the samples would be split now.

    Raises
    ------
    UsageError
        If there are none.
    """
    if not found.kinds:
        raise UsageError("nothing is labelled yet, so there is nothing to split",
                         path=found.folder)
    groups = found.groups(wanted)
    split = split_by_class({key: next(iter(names), "") for key, names in found.kinds.items()},
                           seed) if found.one_class and not groups else make_split(
        found.kinds, groups=groups, seed=seed, kinds=found.kinds)
    return GroupedSplit(split, wanted, groups, found.kinds)


def current_split(found: Labelled, wanted: Grouping) -> GroupedSplit | None:
    """As they are split, seen by groups; None where nobody has split them."""
    if found.split is None:
        return None
    return GroupedSplit(found.split, wanted, found.groups(wanted), found.kinds)


def mixed_stations(folder: Path, split: Split, classes: Sequence[str]) -> str:
    """That a split learns and judges at the same stations, where these are clear and nobody has
    said what is kept together; else "". No full stop."""
    if Manifest.load(folder).grouping.declared:
        return ""
    keys = {key for part in PARTS for key in split.members(part)}
    groups = clear_stations(keys, classes)
    learned = {groups[key] for key in split.train if key in groups}
    judged = {groups[key] for key in (*split.val, *split.test) if key in groups}
    both = learned & judged
    if 2 * len(both) < len(judged) or not both:
        return ""
    names = listed(sorted(both))
    return (f"the split mixes stations: {len(both)} of {len(learned | judged)} ({names}) are both "
            "learned from and judged by, so scores are too good for new places")


def held_back_but_learned(folder: Path, model: Path, split: Split) -> str:
    """That a model of one of the project's runs, or one that it started from itself, has learned
    from what a split holds back, as after samples were split again; else "". No full stop."""
    held = {*split.val, *split.test} - {*split.train}
    learned: set[str] = set()
    runs: list[Path] = []
    while model.parent not in runs and model.parent.parent == (folder / "runs").resolve():
        runs.append(model.parent)
        try:
            learned.update(load_split(runs[-1]).train)
            start = RunFolder(runs[-1]).config.get("start_from")
        except WorkbenchError:  # a damaged one says nothing
            break
        path = start.get("path") if isinstance(start, Mapping) else None
        model = Path(path).resolve() if isinstance(path, str) and path else Path()
    seen = len(held & learned)
    return tr("the model that it starts from has learned from {seen} of {samples} that are held "
              "back now, so scores are too good: start from something else", seen=seen,
              samples=count(len(held), "sample")) if seen else ""
