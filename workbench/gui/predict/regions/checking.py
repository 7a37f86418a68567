"""Saying of regions that a model found whether they are right."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.background import WorkQueue
from workbench.core.errors import WorkbenchError
from workbench.extension.predictions import RegionInSound
from workbench.gui.app.csv_table import write_rows
from workbench.gui.background.threads import work_queue
from workbench.project.checked_regions import (
    CheckedRegion,
    RegionVerdict,
    Verdicts,
    change_checked,
    changed,
    checked_path,
    read_checked,
)

_TITLES = ("file", "label", "start", "end", "score", "right")


class Checking(QObject):
    """The verdicts on what one model found; they are on the disk soon after each."""

    changed = Signal()
    failed = Signal(str)
    """(sentence) they cannot be read or kept."""
    saved = Signal(str, object)
    """(sentence, path) a table of them was written."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._verdicts: Verdicts = {}
        self._said: dict[CheckedRegion, RegionVerdict | None] = {}  # here, since it was opened
        self._path: Path | None = None
        self._queue: WorkQueue[Path] = work_queue(self, "predict-checked")

    def open(self, project: Path | None, run: str) -> None:
        """Another model is in use, or none of any project."""
        path = None if project is None else checked_path(project, run)
        if path == self._path:
            return
        self._path, self._verdicts, self._said = path, {}, {}
        if path is not None:
            self._queue.ask(path, partial(read_checked, path), partial(self._read, path),
                            self.failed.emit)
        self.changed.emit()

    def _read(self, path: Path, found: Verdicts) -> None:
        if path == self._path:
            self._verdicts = changed(found, self._said)
            self.changed.emit()

    def of(self, file: str, region: RegionInSound) -> bool | None:
        """Whether it is right; None where nobody said."""
        verdict = self._verdicts.get(checked_region(file, region))
        return None if verdict is None else verdict.right

    def judge(self, file: str, region: RegionInSound, right: bool) -> bool:
        """Say whether it is right; the same once more takes that back. Whether it is said now."""
        key = checked_region(file, region)
        taken_back = self.of(file, region) == right
        self._said[key] = None if taken_back else RegionVerdict(right, round(region.score, 5))
        self._verdicts = changed(self._verdicts, {key: self._said[key]})
        self._keep()
        self.changed.emit()
        return not taken_back

    def verdicts(self, regions: Container[CheckedRegion]) -> Mapping[CheckedRegion, RegionVerdict]:
        """Those on some regions; of files that changed others were found meanwhile."""
        return {region: verdict for region, verdict in self._verdicts.items() if region in regions}

    def save_table(self, path: Path, regions: Container[CheckedRegion]) -> None:
        """Write those as CSV."""
        rows = [_TITLES, *((*region, verdict.score, "yes" if verdict.right else "no")
                           for region, verdict in sorted(self.verdicts(regions).items()))]
        self._queue.ask(path, partial(write_rows, path, rows),
                        lambda words: self.saved.emit(words, path), self.failed.emit)

    def _keep(self) -> None:
        path = self._path
        if path is not None:
            self._queue.ask(path, partial(change_checked, path, dict(self._said)),
                            lambda _none: None, self.failed.emit)

    @property
    def idle(self) -> bool:
        """Whether all is on the disk."""
        return self._queue.is_idle

    def close(self) -> None:
        """Write what waits, and end the thread."""
        path = self._path
        if path is not None and self._said and not self._queue.is_idle:
            self._queue.close()
            try:
                change_checked(path, self._said)
            except WorkbenchError as error:
                self.failed.emit(error.sentence())
        self._queue.close()


def checked_region(file: str, region: RegionInSound) -> CheckedRegion:
    """As what a region is known when it is checked."""
    return CheckedRegion(file, region.label, round(region.start, 3), round(region.end, 3))
