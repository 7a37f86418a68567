"""What lies over the window while a thread of the program works on many files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from workbench.core.background import BackgroundThread, Cancelled
from workbench.core.errors import WorkbenchError, unexpected
from workbench.core.progress import ProgressCallback
from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets import ProgressLine, QuietButton, column, label, row

if TYPE_CHECKING:
    from workbench.gui.shell.overlays import Overlays
    from workbench.gui.shell.sheets import Sheet

T = TypeVar("T")

PATIENCE_MS = 400
"""So long nothing is shown of what may be over in a moment."""


class ProgressSheet(QObject):
    """How far the work is, with Cancel; shown once it takes longer than a moment.

    Parameters
    ----------
    overlays
        Among which it lies.
    cancelled
        Called when a person cancels or closes it, and not by `end`.
    """

    def __init__(self, overlays: Overlays, cancelled: Callable[[], object]) -> None:
        super().__init__(overlays)
        self._overlays, self._cancelled = overlays, cancelled
        self._title = self._words = ""
        self._said: Callable[[int, int], str] = image_words
        self._done: tuple[int, int] | None = None
        self._sheet: Sheet | None = None
        self._page: _Page | None = None
        self._patience = QTimer(self, singleShot=True)
        self._patience.timeout.connect(self._show)

    def begin(self, title: str, words: str, said: Callable[[int, int], str] | None = None) -> None:
        """Show ``words`` under ``title`` if `end` does not come before, and then how much is done
        as ``said`` puts it (images)."""
        self._title, self._words, self._done = title, words, None
        self._said = said or image_words
        self._patience.start(PATIENCE_MS)

    def show_progress(self, done: int, total: int) -> None:
        """So many of all images are done."""
        self._done = (done, total)
        if self._page is not None:
            self._page.show_progress(self._said(done, total), done / max(total, 1))

    def reporting(self, thread: BackgroundThread) -> ProgressCallback:
        """A function for ``thread`` to call after every file; it shows every 200th part."""
        shown = 0

        def progress(done: int, total: int) -> None:
            nonlocal shown
            if done - shown >= total // 200 or done < shown or done == total:
                shown = done
                thread.post(lambda: self.show_progress(done, total))

        return progress

    def end(self) -> None:
        """The work is over."""
        self._patience.stop()
        sheet, self._sheet, self._page = self._sheet, None, None
        if sheet is not None:
            sheet.close_sheet()

    def _show(self) -> None:
        cancel, foot = QuietButton(tr("Cancel")), QWidget()
        foot.setLayout(row(1, cancel))
        self._page = _Page(self._words)
        if self._done is not None:
            self.show_progress(*self._done)
        self._sheet = self._overlays.lay_over(self._title, self._page, foot)
        cancel.clicked.connect(self._sheet.close_sheet)
        self._sheet.closed.connect(self._closed)
        cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def _closed(self) -> None:
        if self._sheet is not None:
            self._sheet = self._page = None
            self._cancelled()


class _Page(QWidget):
    """What is going on, and how far it is."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = label(words, wrap=True)
        self.line = ProgressLine()
        self.line.set_fraction(None)
        self.setLayout(column(self.words, self.line, spacing=tokens.SPACE_S))

    def show_progress(self, words: str, share: float) -> None:
        self.words.setText(words)
        self.line.set_fraction(share)


def image_words(done: int, total: int) -> str:
    """ "12 of 300 images"."""
    return tr("{done:,} of {total:,} images", done=done, total=total)


def or_sentence(work: Callable[[], T], about: str = "") -> T | str:
    """Return what ``work`` returns, or the sentence of its error: a thread never ends without a
    word. ``about`` names the file or folder of an error that does not name it itself."""
    try:
        return work()
    except WorkbenchError as error:
        return error.sentence()
    except Exception as bug:
        return f"{about}: {unexpected(bug)}." if about else f"{unexpected(bug)}."


def unless_stopped(work: Callable[[], T], about: str = "") -> T | str:
    """As :func:`or_sentence`; "" where it was cancelled."""
    def stoppable() -> T | str:
        try:
            return work()
        except Cancelled:
            return ""

    return or_sentence(stoppable, about)
