"""What a training reads of a project of any medium: records, split into train, val and test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from workbench.core.errors import Problem
from workbench.core.text import count, several
from workbench.project.datasets.splits import PARTS, Split, own_val_text


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


R = TypeVar("R", bound=_Keyed)


@dataclass(slots=True)
class SplitDataset(Generic[R]):
    """All that a training reads of a project."""

    folder: Path
    classes: list[str]
    """In the manifest's order, then those that only files name, in natural order: as in the
    window."""
    split: Split
    """Who belongs where; the record lists are its members that could be read."""
    train: list[R] = field(default_factory=list)
    val: list[R] = field(default_factory=list)
    test: list[R] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """Files that were left out and objects that were, with the reason."""
    unlabelled: list[str] = field(default_factory=list)
    """Keys of the samples without labels."""

    def part(self, name: str) -> list[R]:
        """Records of "train", "val" or "test"; raises :class:`UsageError` for another name."""
        self.split.members(name)
        records: list[R] = getattr(self, name)
        return records

    def parts(self) -> dict[str, list[R]]:
        """The records of all parts, by their names."""
        return {part: self.part(part) for part in PARTS}

    def unread(self, part: str) -> list[str]:
        """Samples of a part of the split whose files cannot be read, so that no figure holds
        them."""
        failed = {problem.path for problem in self.problems
                  if problem.kind in {"unreadable-image", "unreadable-sound"}}
        return sorted(key for key in {*self.split.members(part)}
                      if str(self.folder / key) in failed)

    def gone_text(self, part: str, noun: str) -> str:
        """How many samples of a part of the split no figure holds, as they are gone or have no
        labels; "" where none are. ``noun`` is what one is called."""
        members = {*self.split.members(part)}
        known = {record.key for records in self.parts().values() for record in records}
        gone = len(members.difference(known, self.unread(part)))
        return "" if not gone else (
            f"{gone:,} of the {count(len(members), noun)} of “{part}” "
            f"{'is' if gone == 1 else 'are'} gone or without labels, and left out.")


def no_samples_text(parts: Mapping[str, Sequence[object]], part: str, noun: str) -> str:
    """That a part has no labelled samples, and which parts have some; ``noun`` is what several are
    called."""
    there = ", ".join(name for name in PARTS if parts.get(name))
    return f"there are no labelled {noun} in “{part}”" + (
        f"; there are some in: {there}" if there else ", and in no other part")


def in_order_of(known: Iterable[str], names: Iterable[str]) -> list[str]:
    """The class ``names``, those that are ``known`` first and in that order."""
    found = dict.fromkeys(names)
    return list(dict.fromkeys([*(name for name in known if name in found), *found]))


def split_warnings(data: SplitDataset[Any], noun: str) -> list[str]:
    """What little can be said where nothing is held back; ``noun`` is what samples are called."""
    said = []
    if data.split.val_is_train:
        said.append(own_val_text(noun))
    elif not data.val:
        said.append(f"no validation {several(noun)}: nobody can tell which epoch is best")
    if not data.test:
        said.append(f"no {several(noun)} are held back for a final test")
    return said


def left_out_text(problems: Sequence[Problem]) -> str:
    """Why the first of some files is not learned from, and how many others are not."""
    first = problems[0].reason.rstrip(".")
    others = f"; {count(len(problems) - 1, 'other file')} too" if len(problems) > 1 else ""
    return (first if "left out" in first else f"left out: {first}") + others
