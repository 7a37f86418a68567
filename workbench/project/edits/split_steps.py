"""Steps that change the split of a project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.formats.atomic import disk_reason
from workbench.project.datasets.splits import FROM_FORMAT, PARTS, Split, save_split


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
            try:
                self._path.unlink(missing_ok=True)
            except OSError as error:
                raise WorkbenchError(disk_reason(error), path=self._path) from error
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
