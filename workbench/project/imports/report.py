"""What an import did, or would do."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from workbench.core.errors import Problem, Severity
from workbench.core.text import count
from workbench.project.imports.skipped_files import SkippedFiles


@dataclass(slots=True)
class ImportReport:
    """What an import did."""

    project: Path
    images: int = 0
    annotations: int = 0
    sounds: int = 0
    """Number of files that were copied; of sounds ``annotations`` are tables."""
    labels: int = 0
    """Number of images that got a label of the whole image."""
    linked: int = 0
    """How many of the images were not copied: the project refers to them where they are."""
    already: int = 0
    """Number of files that were in the project before, the same byte for byte."""
    unlabelled: int = 0
    """Number of images without annotation."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Key in the project by key in the source, where another image had the name already."""
    classes: list[str] = field(default_factory=list)
    """All classes of the project now."""
    split: dict[str, int] = field(default_factory=dict)
    """Number of members by part, where the source has lists; else empty."""
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """Files that cannot be used, or that were left out."""
    made: list[str] = field(default_factory=list)
    """Files that are new in the project, as posix paths in it; of images only."""
    left: list[SkippedFiles] = field(default_factory=list)
    """Every other file of the source that was not taken, with the reason."""
    cancelled: bool = False
    reason: str = ""
    """Whether it was stopped, and why where no person did it; doing it again goes on from there."""
    of_sounds: bool = False
    planned: bool = False
    """Whether it is about sounds; whether nothing was done and this is what would be."""

    def add_sample(self) -> None:
        """An image or a sound was copied."""
        if self.of_sounds:
            self.sounds += 1
        else:
            self.images += 1

    def add_problem(self, kind: str, path: str | Path, reason: str, severity: Severity = "error",
                    line: int | None = None) -> None:
        """Tell about a file that cannot be used, or that was left out."""
        self.problems.append(Problem(str(path), kind, reason, severity, line))

    def words(self) -> str:
        """One sentence for people."""
        if self.sounds or self.of_sounds:
            parts = [count(self.sounds, "sound")]
            parts += [count(self.annotations, "table")] if self.annotations else []
        else:
            copied = self.images - self.linked
            parts = [count(copied, "image")] if copied or not self.linked else []
            if self.annotations or not self.labels:
                parts.append(count(self.annotations, "annotation"))
            if self.labels:
                parts.append(count(self.labels, "label"))
        number = self.images - self.linked + self.annotations + self.sounds
        verb = "was" if number == 1 and len(parts) == 1 else "were"
        verb = "would be" if self.planned else verb
        text = f"{' and '.join(parts)} {verb} copied"
        if self.linked:
            text += f"; {count(self.linked, 'image')} {_were(self.linked)} left in place"
        if self.already:
            text += f", {count(self.already, 'file')} {_were(self.already)} there already"
        if self.problems:
            text += f"; {count(len(self.problems), 'thing')} should be looked at"
        if self.reason:
            text += f"; then the import stopped: {self.reason}"
        return text + "."

    def to_json(self) -> dict[str, Any]:
        return {
            "project": str(self.project), "images": self.images, "annotations": self.annotations,
            "sounds": self.sounds, "labels": self.labels, "linked": self.linked,
            "already": self.already,
            "unlabelled": self.unlabelled, "renamed": self.renamed,
            "classes": self.classes, "split": self.split, "notes": self.notes,
            "cancelled": self.cancelled, "reason": self.reason, "planned": self.planned,
            "left_behind": [
                {"path": item.path, "kind": item.kind, "reason": item.reason} for item in self.left
            ],
            "problems": [asdict(problem) for problem in self.problems],
        }


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
