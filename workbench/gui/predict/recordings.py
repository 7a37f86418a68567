"""Recordings of telephones among the files for a model: FLAC is made of them on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from workbench.core.background import BackgroundThread, Cancelled
from workbench.core.errors import WorkbenchError
from workbench.core.paths import exists
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.background.threads import worker
from workbench.project.imports.files import numbered
from workbench.project.imports.sounds import converted_kinds


class Recordings(QObject):
    """Makes FLAC files beside recordings that are not read as they are.

    Parameters
    ----------
    add
        Called with the FLAC files.
    """

    def __init__(self, context: AppContext, add: Callable[[Sequence[Path]], object],
                 parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._add = context, add
        self._worker = worker(self, "predict-recordings")

    def offer(self, files: Sequence[Path]) -> None:
        """Say that ``files`` are not looked at as they are, and offer what helps."""
        self._context.say(
            "info", tr("{kinds} recordings cannot be looked at as they are. Make FLAC files of "
                       "{sounds} beside them? The recordings stay.",
                       sounds=count(len(files), "sound"), kinds=converted_kinds(files)),
            tr("Make FLAC files"), lambda: self._make(files), stays=True)

    def stop(self) -> None:
        """End what is under way, without a word; nothing half stays."""
        self._worker.cancel(0.0)

    def _make(self, files: Sequence[Path]) -> None:
        self._context.say("info", tr("Making FLAC files of {sounds} …",
                                     sounds=count(len(files), "sound")),
                          tr("Cancel"), self._worker.stop, stays=True)
        self._worker.start(lambda thread: _made(files, thread), lambda done: self._done(*done))

    def _done(self, made: list[Path], failures: list[str], stopped: bool) -> None:
        if made:
            self._add(made)
        if failures:
            more = tr(" (and {failures} more)",
                      failures=len(failures) - 1) if len(failures) > 1 else ""
            self._context.say("bad", failures[0] + more)
        else:
            sounds = count(len(made), "FLAC file is", "FLAC files are")
            self._context.say("info", tr("Stopped: {sounds} there.", sounds=sounds) if stopped
                              else tr("{sounds} there.", sounds=sounds))


def _made(files: Sequence[Path], thread: BackgroundThread) -> tuple[list[Path], list[str], bool]:
    """The FLAC files, why there is none of others, and whether a person ended it."""
    def check() -> None:
        thread.check()
        if thread.stopping:
            raise Cancelled

    made, failures = [], []
    for file in files:
        try:
            made.append(_flac_of(file, check))
        except WorkbenchError as error:
            failures.append(error.sentence())
        except Cancelled:
            thread.check()
            return made, failures, True
    return made, failures, False


def _flac_of(file: Path, check: Callable[[], None]) -> Path:
    """The FLAC file beside a recording, which is made unless it is there."""
    from workbench.media.sounds.conversion import convert, was_made_from

    for name in numbered(f"{file.stem}.flac"):
        target = file.with_name(name)
        if not exists(target):
            check()
            convert(file, target, check)
            return target
        if was_made_from(target, file):
            return target
    raise AssertionError
