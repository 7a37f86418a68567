"""Emptying the trash of the open project, after a question that says what would go."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from workbench.core.errors import WorkbenchError
from workbench.gui.background.post import Poster
from workbench.gui.train.words import megabytes
from workbench.gui.widgets import QuietButton, label, row
from workbench.project.trash import TrashSize, empty_trash, trash_size

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.shell.main_window import MainWindow


class TrashDesk(QObject):
    """Counts, asks and deletes; the disk is used by a thread.

    Parameters
    ----------
    window
        Over which the question lies.
    """

    def __init__(self, window: MainWindow, context: AppContext) -> None:
        super().__init__(window)
        self._window, self._context = window, context
        self._post = Poster(self)

    def ask(self) -> None:
        """Say how much there is in the trash of the open project, and offer to delete it."""
        session = self._context.session
        if session is not None:
            threading.Thread(target=self._count, args=(session.folder,), name="count-trash",
                             daemon=True).start()

    def _count(self, project: Path) -> None:
        size = trash_size(project)
        self._post(lambda: self._counted(project, size))

    def _counted(self, project: Path, size: TrashSize) -> None:
        session = self._context.session
        if session is None or session.folder != project:
            return  # another project was opened meanwhile
        if not size.files:
            self._context.say("info", f"The trash of “{session.manifest.name}” is empty.")
            return
        words = label(f"{size_words(size)} that you deleted from “{session.manifest.name}” will be "
                      "deleted for good. This cannot be undone.", wrap=True)
        no, yes = QuietButton("Cancel"), QuietButton("Empty trash", "trash", danger=True)
        foot = QWidget()
        foot.setLayout(row(1, no, yes))
        sheet = self._window.lay_over("Empty the trash?", words, foot)
        no.clicked.connect(sheet.close_sheet)
        yes.clicked.connect(sheet.close_sheet)
        yes.clicked.connect(lambda: self._empty(project, size))
        no.setFocus(Qt.FocusReason.OtherFocusReason)

    def _empty(self, project: Path, size: TrashSize) -> None:
        def work() -> None:
            problem = ""
            try:
                empty_trash(project)
            except WorkbenchError as error:
                problem = error.sentence()
            self._post(lambda: self._emptied(project, size, problem))

        threading.Thread(target=work, name="empty-trash", daemon=True).start()

    def _emptied(self, project: Path, size: TrashSize, problem: str) -> None:
        session = self._context.session
        if session is not None and session.folder == project:
            session.undo.drop_lost()
        if problem:
            self._context.say("bad", problem)
        else:
            self._context.say("ok", f"The trash is empty: {size_words(size)} deleted.")


def size_words(size: TrashSize) -> str:
    """ "1 file (less than 1 MB)", "1,200 files (34 MB)"."""
    files = "1 file" if size.files == 1 else f"{size.files:,} files"
    return f"{files} ({megabytes(size.bytes) if size.bytes >= 2**20 else 'less than 1 MB'})"
