"""Files that a step across the project changes past the open documents, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import Problem, WorkbenchError, unexpected
from workbench.project.edits.saver import replace_files, unchanged
from workbench.project.open_project import StepOutcome

if TYPE_CHECKING:
    from workbench.project.library.base import Library

KIND = "left-out-of-step"


@dataclass(frozen=True, slots=True, eq=False)
class FileChange:
    """What a step makes of the file at ``path``; None where there is none."""

    library: Library[Any]
    key: str
    name: str
    """As the journal calls it."""
    path: Path
    before: bytes | None
    after: bytes | None
    summary: Callable[[], object]
    """What the list shows of it then."""


@contextmanager
def reported(path: Path, report: StepOutcome) -> Iterator[None]:
    """What fails in this block costs the file at ``path`` only, and is told."""
    try:
        yield
    except WorkbenchError as error:
        report.problems.append(Problem(
            str(path), KIND, f"{error.sentence()} “{report.text}” left it out.", line=error.line))
    except Exception as bug:
        report.problems.append(Problem(
            str(path), KIND, f"{path.name}: {unexpected(bug)}. “{report.text}” left it out."))


def noted(changes: list[FileChange], report: StepOutcome,
          note: Callable[[], None]) -> list[FileChange]:
    """``changes``, of which ``note`` tells the journal; none where it refuses, and each is told."""
    try:
        if changes:
            note()
    except WorkbenchError as error:
        for item in changes:
            with reported(item.path, report):
                raise error
        return []
    return changes


def replaced(changes: list[FileChange], report: StepOutcome) -> list[FileChange]:
    """Write the files, unless another program changed one meanwhile; returns what is done."""
    due = [item for item in changes if item.before != item.after]
    errors = dict(zip(due, replace_files(
        (item.path, item.after, unchanged(item.path, item.before)) for item in due), strict=True))
    done = []
    for item in changes:
        with reported(item.path, report):
            if (error := errors.get(item)) is not None:
                raise error
            done.append(item)
    return done
