"""Tables and reports that leave Results, written by the page's worker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.core.background import WorkQueue
from workbench.core.text import tr
from workbench.formats.atomic import write_atomic
from workbench.gui.app.context import AppContext
from workbench.gui.app.saved import say_saved, show_in_folder


def save_table(context: AppContext, worker: WorkQueue[str], parent: QWidget, start: Path,
               make: Callable[[], bytes]) -> None:
    """Ask for a file, ``start`` at first, and write into it what ``make`` gives."""
    chosen, _ = QFileDialog.getSaveFileName(parent, tr("Save as a table"), str(start),
                                            tr("CSV (*.csv)"))
    if chosen:
        path = Path(chosen)
        worker.ask("export", lambda: write_atomic(path, make()),
                   lambda _none: say_saved(context, tr("Saved {name}.", name=path.name), path),
                   partial(context.say, "bad"))


def write_report(context: AppContext, worker: WorkQueue[str], write: Callable[[], Path]) -> None:
    """Have a report written, and open it."""

    def written(path: Path) -> None:
        url = QUrl.fromLocalFile(str(path))
        QDesktopServices.openUrl(url)
        context.say("ok", tr("Report written: {file}", file=f"{path.parent.name}/{path.name}"),
                    tr("Open"), partial(QDesktopServices.openUrl, url),
                    other_text=tr("Show in folder"),
                    other=partial(show_in_folder, context, path))

    worker.ask("export", write, written, partial(context.say, "bad"))
