"""The trash of the open project: bringing back what lies in it, and emptying it after a question
that says what would go."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from workbench.core.errors import WorkbenchError
from workbench.core.text import count, megabytes, tr
from workbench.gui.background.threads import worker
from workbench.gui.widgets import ElidedLabel, QuietButton, column, label, row, widget_of
from workbench.project.trash import (
    TRASH,
    PutAway,
    TrashSize,
    bring_back,
    deleted,
    empty_trash,
    trash_size,
)

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.shell.overlays import Overlays
    from workbench.gui.shell.sheets import Sheet

_MOST = 30  # things that are listed; all of a month may be hundreds
_LABELS = (".txt", ".csv", ".xml")


class TrashController(QObject):
    """Counts, asks and deletes; the disk is used by a thread.

    Parameters
    ----------
    overlays
        In which the question lies.
    """

    def __init__(self, overlays: Overlays, context: AppContext) -> None:
        super().__init__(overlays)
        self._overlays, self._context = overlays, context
        self._worker = worker(self, "trash")
        self._sheet: Sheet | None = None

    def ask(self) -> None:
        """Say how much there is in the trash of the open project, and offer to delete it."""
        session = self._context.session
        if session is not None and not self._worker.busy:
            project = session.folder
            self._worker.start(lambda _thread: trash_size(project),
                               lambda size: self._counted(project, size))

    def _counted(self, project: Path, size: TrashSize) -> None:
        session = self._context.session
        if session is None or session.folder != project:
            return  # another project was opened meanwhile
        if not size.files:
            self._context.say("info", tr("The trash of “{name}” is empty.",
                                         name=session.manifest.name))
            return
        words = label(tr("{size_words} that you deleted from “{name}” will be "
                         "deleted for good. This cannot be undone.",
                         size_words=size_words(size), name=session.manifest.name), wrap=True)
        no, yes = QuietButton(tr("Cancel")), QuietButton(tr("Empty trash"), "trash", danger=True)
        foot = widget_of(row(1, no, yes))
        sheet = self._overlays.lay_over(tr("Empty the trash?"), words, foot)
        no.clicked.connect(sheet.close_sheet)
        yes.clicked.connect(sheet.close_sheet)
        yes.clicked.connect(lambda: self._empty(project, size))
        no.setFocus(Qt.FocusReason.OtherFocusReason)

    def offer(self) -> None:
        """List what was deleted from the open project, each with a way back."""
        session = self._context.session
        if session is not None and not self._worker.busy:
            folder = session.folder
            self._worker.start(lambda _thread: deleted(folder),
                               lambda found: self._offered(folder, found))

    def _offered(self, project: Path, found: list[PutAway]) -> None:
        session = self._context.session
        if session is None or session.folder != project:
            return  # another project was opened meanwhile
        if not found:
            self._context.say("info", tr("The trash of “{name}” is empty.",
                                         name=session.manifest.name))
            return
        lines = []
        for away in found[:_MOST]:
            button = QuietButton(tr("Restore"), "undo")
            button.setAccessibleName(tr("Restore {away_words}", away_words=away_words(away)))
            button.clicked.connect(lambda _checked=False, away=away: self._restore(project, away))
            first, more = _first_and_more(away)
            text = ElidedLabel(_capital(first), Qt.TextElideMode.ElideMiddle)
            text.setMaximumWidth(text.sizeHint().width())
            inside = row(text, label(more.strip()), 1, label(_when(away.folder), "caption"), button)
            inside.setStretch(0, 100)  # before the gap
            line = widget_of(inside)
            lines.append(line)
        if len(found) > _MOST:
            lines.append(label(tr("{found:,} more lie in {trash} in the project’s folder.",
                                  found=len(found) - _MOST, trash=TRASH), "caption", wrap=True))
        content = widget_of(column(*lines))
        self._sheet = self._overlays.lay_over(tr("Deleted from this project"), content)

    def _restore(self, project: Path, away: PutAway) -> None:
        if self._sheet is not None:
            self._sheet.close_sheet()
        try:
            bring_back(project, away)
        except WorkbenchError as error:
            self._context.say("bad", str(error))
            return
        session = self._context.session
        if session is not None and session.folder == project:
            session.undo.drop_lost()
            session.index.refresh()
            if session.sounds_if_read is not None:
                session.sounds_if_read.changes.check()
        words = _capital(away_words(away))
        self._context.say("ok", tr("{words} {value} back.",
                                   words=words, value="is" if len(away.files) == 1 else "are"))
        if _is_run(away.files[0]):
            self._context.go("train")

    def _empty(self, project: Path, size: TrashSize) -> None:
        self._worker.start(lambda _thread: empty_trash(project),
                           lambda _: self._emptied(project, size, ""),
                           lambda problem: self._emptied(project, size, problem))

    def _emptied(self, project: Path, size: TrashSize, problem: str) -> None:
        session = self._context.session
        if session is not None and session.folder == project:
            session.undo.drop_lost()
        if problem:
            self._context.say("bad", problem)
        else:
            self._context.say("ok", tr("The trash is empty: {size_words} deleted.",
                                       size_words=size_words(size)))


def away_words(away: PutAway) -> str:
    """ "the run 2026-11-28-compact-n", "dog.wav", "dog.wav and 3 more files"."""
    return "".join(_first_and_more(away))


def _first_and_more(away: PutAway) -> tuple[str, str]:
    first = min(away.files, key=lambda name: (name.endswith(_LABELS), name))  # the clip itself
    first = tr("the run {removeprefix}",
               removeprefix=first.removeprefix("runs/")) if _is_run(first) else first
    more = len(away.files) - 1
    return first, tr(" and {mores}", mores=count(more, "more file")) if more else ""


def _capital(words: str) -> str:
    return f"T{words[1:]}" if words.startswith("the run ") else words


def _when(folder: Path) -> str:
    """When something was deleted, "2026-11-28 10:42"; "" where that cannot be told."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(folder.stat().st_mtime))
    except (OSError, ValueError, OverflowError):
        return ""


def _is_run(name: str) -> bool:
    return name.startswith("runs/") and name.count("/") == 1


def size_words(size: TrashSize) -> str:
    """ "1 file (less than 1 MB)", "1,200 files (34 MB)"."""
    files = count(size.files, "file")
    return f"{files} ({megabytes(size.bytes) if size.bytes >= 2**20 else tr('less than 1 MB')})"
