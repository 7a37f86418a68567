"""The step that puts a sample into another part of the split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.formats.atomic import disk_reason
from workbench.project.datasets.splits import PARTS, Split, save_split


class MoveInSplit:
    """Write ``splits/default.json`` with ``key`` in ``part``; undone, the split is as it was.

    Parameters
    ----------
    split
        As it is; what lists or folders say becomes a file by this.
    changed
        Called with the split as it is now.
    """

    def __init__(self, folder: Path, split: Split, key: str, part: str,
                 changed: Callable[[Split], object]) -> None:
        self.key = key
        self.text = tr("put {name} into {part}", name=key.rpartition("/")[2], part=part)
        self._folder, self._changed = folder, changed
        self._before = split
        train, val, test = (
            sorted({*split.members(name), key}) if name == part
            else [item for item in split.members(name) if item != key] for name in PARTS)
        self._after = replace(split, name="default", train=train, val=val, test=test)
        self._path = folder / "splits" / "default.json"
        self._was_there = self._path.is_file()

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
