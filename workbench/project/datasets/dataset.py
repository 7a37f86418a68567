"""What a training reads of a project of any medium: records, divided into train, val and test."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from workbench.core.errors import Problem
from workbench.project.datasets.splits import Split

R = TypeVar("R")


@dataclass(slots=True)
class SplitDataset(Generic[R]):
    """All that a training reads of a project.

    Parameters
    ----------
    classes
        In the manifest's order, then those that only files name, in natural order: as in the
        window.
    split
        Who belongs where; the record lists are its members that could be read.
    problems
        Files that were left out and objects that were, with the reason.
    unlabelled
        Keys of the samples without labels.
    """

    folder: Path
    classes: list[str]
    split: Split
    train: list[R] = field(default_factory=list)
    val: list[R] = field(default_factory=list)
    test: list[R] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)

    def part(self, name: str) -> list[R]:
        """Records of "train", "val" or "test"; raises :class:`UsageError` for another name."""
        self.split.members(name)
        records: list[R] = getattr(self, name)
        return records
