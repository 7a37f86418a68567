"""Steps that change the split of a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.text import tr
from workbench.formats.atomic import DiskErrors
from workbench.project.datasets.splits import (
    FROM_FORMAT,
    PARTS,
    Split,
    list_splits,
    load_split,
    save_split,
)
from workbench.project.edits.commands import ClassCommand
from workbench.project.grouping import Grouping
from workbench.project.runs import list_runs
from workbench.project.split_names import unused_name

if TYPE_CHECKING:
    from workbench.project.session import Session


class SplitChanged:
    """Write ``splits/default.json`` as ``after``; undone, the split is as it was ``before``.

    Parameters
    ----------
    before
        As it is; what lists or folders say becomes a file by this.
    text
        What the step is called.
    changed
        Called with the split as it is now.
    """

    key = ""

    def __init__(self, folder: Path, before: Split, after: Split, text: str,
                 changed: Callable[[Split], object] = lambda _split: None) -> None:
        self.text = text
        self._folder, self._changed = folder, changed
        self._before, self._after = before, replace(after, name="default")
        self._path = folder / "splits" / "default.json"
        self._was_there = self._path.is_file()
        if not self._was_there and before.origin == FROM_FORMAT:
            self.text = tr("{step} (kept in splits/default.json; the data set's own lists stay as "
                           "they are)", step=self.text)

    def do(self) -> None:
        save_split(self._folder, self._after)
        self._changed(self._after)

    def undo(self) -> None:
        if self._was_there:
            save_split(self._folder, self._before)
        else:
            with DiskErrors(self._path):
                self._path.unlink(missing_ok=True)
        self._changed(self._before)


class MoveInSplit(SplitChanged):
    """Put the sample ``key`` into ``part``."""

    def __init__(self, folder: Path, split: Split, key: str, part: str,
                 changed: Callable[[Split], object]) -> None:
        train, val, test = (
            sorted({*split.members(name), key}) if name == part
            else [item for item in split.members(name) if item != key] for name in PARTS)
        super().__init__(
            folder, split, replace(split, train=train, val=val, test=test),
            tr("put {name} into {part}", name=key.rpartition("/")[2], part=part), changed)
        self.key = key


class SplitAgain(SplitChanged):
    """Split all samples again, by what is kept together from now on.

    A split that there is stays as ``splits/earlier-1.json``, so that it can be chosen again, and
    runs that were trained with it are still judged by it. That may be another one than was looked
    at: a training, another window or a shell may have written it meanwhile.

    Parameters
    ----------
    before
        What lists or folders say where no file does.
    declare
        Called with the grouping that counts now, to be kept in workbench.toml.
    """

    def __init__(self, folder: Path, before: Split, after: Split,
                 groupings: tuple[Grouping, Grouping],
                 declare: Callable[[Grouping], object],
                 ) -> None:
        super().__init__(folder, before, after, tr("split the samples again"))
        self._groupings, self._declare = groupings, declare
        self.kept = ""
        """What the split is called that there was; "" for none."""
        self.runs: list[Path] = []
        """The folders of the runs that were trained with it."""

    @classmethod
    def to(cls, folder: Path, name: str, grouping: Grouping) -> SplitAgain:
        """Use a split that is kept under another name from now on; that of now is kept, too.

        Raises
        ------
        WorkbenchError
            If there is none of this name, or it cannot be read.
        """
        if name == "default" or name not in list_splits(folder):
            known = [other for other in list_splits(folder) if other != "default"]
            raise UsageError(f"there is no other split “{name}”; there "
                             + (f"are: {', '.join(known)}" if known else "is none"), path=folder)
        step = cls(folder, Split(), load_split(folder, name), (grouping, grouping), lambda _: None)
        step.text = tr("use the split “{name}”", name=name)
        return step

    def do(self) -> None:
        self._was_there, self.kept, self.runs = is_file(self._path), "", []
        if self._was_there:
            self._before = load_split(self._folder)
            self.kept = unused_name(list_splits(self._folder))
            save_split(self._folder, replace(self._before, name=self.kept))
            self.runs = list(_keep_in_runs(self._folder, self.kept))
        super().do()
        self._declare(self._groupings[1])

    def undo(self) -> None:
        now = load_split(self._folder) if is_file(self._path) else self._after
        name = unused_name(list_splits(self._folder))
        trained = list(_keep_in_runs(self._folder, name))
        if trained or not _goes_on(self._after, now):  # trained with, or made, meanwhile
            save_split(self._folder, replace(now, name=name))
        super().undo()
        self._declare(self._groupings[0])
        for folder in (self._folder, *self.runs) if self.kept else ():
            path = folder / "splits" / f"{self.kept}.json"
            with DiskErrors(path):
                path.unlink(missing_ok=True)


def _goes_on(split: Split, now: Split) -> bool:
    """Whether everybody of a split is in the same part now."""
    return all({*split.members(part)} <= {*now.members(part)} for part in PARTS)


def _keep_in_runs(folder: Path, name: str) -> Iterator[Path]:
    """Keep under its new name the split that runs were trained with; gives their folders."""
    for run in list_runs(folder):
        with suppress(WorkbenchError):  # one that cannot be read is judged by nothing
            if run.split == "default":
                save_split(run.path, replace(load_split(run.path), name=name))
                yield run.path


def declare_grouping(session: Session, grouping: Grouping) -> None:
    """Keep this together from now on, as a step of undo; nobody leaves the part that it is in."""
    before = session.manifest.grouping
    if grouping != before:
        session.undo.push(ClassCommand(
            tr("say what is kept together"), lambda: None,
            partial(keep_grouping, session, grouping), partial(keep_grouping, session, before)))


def keep_grouping(session: Session, grouping: Grouping) -> None:
    """Have workbench.toml say what is kept together."""
    session.manifest.grouping = grouping
    session.manifest_changed()
