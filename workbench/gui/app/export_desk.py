"""Exporting the open project's labels: look, ask, write, tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from workbench.core.text import tr
from workbench.gui.app.export_page import ExportFoot, ExportPage
from workbench.gui.app.progress_sheet import ProgressSheet, or_sentence
from workbench.gui.app.task import medium_of
from workbench.gui.background.threads import worker
from workbench.project.label_export import (
    ExportWishes,
    LabelExport,
    Stopped,
    export_labels,
    formats_to_write,
    plan_export,
)

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.projects import Projects
    from workbench.gui.shell.main_window import MainWindow
    from workbench.gui.shell.sheets import Sheet

_FORMAT = "export/labels-format"


class ExportDesk(QObject):
    """Writes labels in other formats; a thread reads and writes.

    Parameters
    ----------
    window
        Over which the questions lie.
    """

    def __init__(self, window: MainWindow, context: AppContext, projects: Projects) -> None:
        super().__init__(window)
        self._window, self._context, self._projects = window, context, projects
        self._looker = worker(self, "look-at-export")
        self._writer = worker(self, "export-labels")
        self._page: ExportPage | None = None
        self._progress = ProgressSheet(window, self._writer.stop)

    def stop(self) -> None:
        """The program ends: write no more."""
        self._looker.cancel(0.0)
        self._writer.cancel(None)  # of what is written nothing half stays

    def offer(self) -> None:
        """Ask what is to be written in which format."""
        session = self._context.session
        if session is None or self._writer.busy:
            return
        if reason := self._projects.flush():
            self._context.say("bad", tr("Nothing was exported: {reason}", reason=reason))
            return
        medium = medium_of(session)
        before = str(self._context.settings.value(_FORMAT, "yolo"))
        page, foot = ExportPage(formats_to_write(medium), list(session.classes), before), \
            ExportFoot()
        title = tr("Export the labels of “{name}”", name=session.manifest.name)
        sheet = self._window.overlays.lay_over(title, page, foot)
        self._page = page
        project = session.folder
        sheet.closed.connect(self._closed)
        page.changed.connect(lambda: self._plan(project, page))
        foot.cancel.clicked.connect(sheet.close_sheet)
        foot.go.clicked.connect(lambda: self._choose(project, page.wishes, sheet))
        foot.go.setFocus(Qt.FocusReason.OtherFocusReason)
        self._plan(project, page)

    def _closed(self) -> None:
        self._page = None
        self._looker.cancel(0.0)

    def _plan(self, project: Path, page: ExportPage) -> None:
        wishes = page.wishes
        page.show_looking()
        self._looker.start(
            lambda thread: _unless_stopped(
                lambda: plan_export(project, wishes, cancelled=lambda: thread.stopping)),
            self._planned)

    def _planned(self, plan: LabelExport | str) -> None:
        if self._page is not None:
            self._page.show_plan(plan)

    # Writing

    def _choose(self, project: Path, wishes: ExportWishes, sheet: Sheet) -> None:
        """Ask for the new folder, and write."""
        settings = self._context.settings
        settings.setValue(_FORMAT, wishes.format)
        before = Path(str(settings.value("export/folder", str(project.parent))))
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Name a new folder for the labels"),
            str(before / f"{project.name}-{wishes.format}"), "",
            options=QFileDialog.Option.DontConfirmOverwrite)
        if not name:
            return
        settings.setValue("export/folder", str(Path(name).parent))
        sheet.close_sheet()
        self._progress.begin(tr("Exporting labels"), tr("Writing …"))
        self._writer.start(
            lambda thread: _unless_stopped(
                lambda: export_labels(project, wishes, Path(name), self._progress.reporting(thread),
                                      lambda: thread.stopping), Path(name).name),
            self._written)

    def _written(self, found: LabelExport | str) -> None:
        self._progress.end()
        if isinstance(found, str):
            self._context.say("bad" if found else "info",
                              found or tr("The export was cancelled; nothing was written."))
            return
        lines = [*found.lost(), *(problem.reason for problem in found.problems)]
        self._context.log.add("info", tr("Exported to {folder}: {words}", folder=found.folder,
                                         words=found.words()), detail="\n".join(lines))
        more = tr(" The Log has the details.") if lines else ""
        self._context.say("warn" if found.problems else "ok", found.words() + more,
                          tr("Show folder"), lambda: self._show(found.folder))

    def _show(self, folder: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._context.say("info", tr("The labels are in {folder}.", folder=folder))


def _unless_stopped(work: Callable[[], LabelExport], about: str = "") -> LabelExport | str:
    """What ``work`` finds, the sentence of its error, or "" where it was stopped."""
    def stoppable() -> LabelExport | str:
        try:
            return work()
        except Stopped:
            return ""

    return or_sentence(stoppable, about)
