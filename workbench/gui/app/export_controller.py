"""Exporting the open project's labels: look, ask, write, tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.core.text import tr
from workbench.extension.annotation_formats import AnnotationFormat
from workbench.gui.app.export_page import ExportFoot, ExportPage
from workbench.gui.app.progress_sheet import unless_stopped
from workbench.gui.app.saved import say_saved
from workbench.gui.app.sheet_work import SheetWork
from workbench.gui.app.task import medium_of
from workbench.project.label_export import (
    ExportRequest,
    LabelExport,
    export_labels,
    formats_to_write,
    gentlest_format,
    plan_export,
)

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.projects import Projects
    from workbench.gui.shell.overlays import Overlays
    from workbench.gui.shell.sheets import Sheet

_FORMAT = "export/labels-format"


class ExportController(SheetWork):
    """Writes labels in other formats; a thread reads and writes."""

    def __init__(self, overlays: Overlays, context: AppContext, projects: Projects) -> None:
        super().__init__(overlays, context, projects, "export-labels")
        self._page: ExportPage | None = None

    def offer(self) -> None:
        """Ask what is to be written in which format."""
        session = self._ready(tr("Nothing was exported"))
        if session is None:
            return
        medium = medium_of(session)
        kinds = formats_to_write(medium)
        before = str(self._context.settings.value(_FORMAT, ""))
        page, foot = ExportPage(kinds, list(session.classes), before), ExportFoot()
        title = tr("Export the labels of “{name}”", name=session.manifest.name)
        project = session.folder
        sheet = self._lay_over(title, page, foot,
                               lambda sheet: self._choose(project, page.request, sheet))
        self._page = page
        sheet.closed.connect(self._closed)
        page.changed.connect(lambda: self._plan(project, page, foot))
        if before in {kind.id for kind in kinds}:
            self._plan(project, page, foot)
        else:
            self._begin(project, page, foot, kinds)

    def _closed(self) -> None:
        self._page = None
        self._looker.cancel(0.0)

    def _begin(self, project: Path, page: ExportPage, foot: ExportFoot,
               kinds: Sequence[AnnotationFormat]) -> None:
        """With the format that loses least, where none was chosen before."""
        def take(format: str) -> None:
            if self._page is page:
                page.formats.mark(format or kinds[0].id)
                self._plan(project, page, foot)

        page.show_looking()
        foot.go.setEnabled(False)
        self._looker.start(
            lambda thread: gentlest_format(project, kinds, lambda: thread.stopping), take,
            lambda _sentence: take(""))

    def _plan(self, project: Path, page: ExportPage, foot: ExportFoot) -> None:
        request = page.request
        page.show_looking()
        foot.go.setEnabled(True)
        self._looker.start(
            lambda thread: unless_stopped(
                lambda: plan_export(project, request, cancelled=lambda: thread.stopping)),
            lambda plan: self._planned(plan, page, foot))

    def _planned(self, plan: LabelExport | str, page: ExportPage, foot: ExportFoot) -> None:
        if self._page is page:
            page.show_plan(plan)
            foot.go.setEnabled(isinstance(plan, str) or not plan.refused)

    # Writing

    def _choose(self, project: Path, request: ExportRequest, sheet: Sheet) -> None:
        """Ask for the new folder, and write."""
        self._context.settings.setValue(_FORMAT, request.format)
        out = ask_new_folder(self._overlays.over, self._context, project.parent,
                             f"{project.name}-{request.format}")
        if out is None:
            return
        sheet.close_sheet()
        self._work(
            tr("Exporting labels"), tr("Writing …"),
            lambda progress, stopped: export_labels(project, request, out, progress, stopped),
            lambda found: say_exported(self._context, found), about=out.name,
            cancelled=tr("The export was cancelled; nothing was written."))


def say_exported(context: AppContext, found: LabelExport) -> None:
    """Say what was written; the Log has what was lost."""
    lines = [*found.lost(), *(problem.reason for problem in found.problems)]
    context.log.add("info", tr("Exported to {folder}: {words}", folder=found.folder,
                               words=found.words()))
    more = tr(" The Log has the details.") if lines else ""
    say_saved(context, found.words() + more, found.folder, "warn" if found.problems else "ok",
              "\n".join(lines))


def ask_new_folder(parent: QWidget, context: AppContext, beside: Path, name: str) -> Path | None:
    """Let a person name a new folder for labels, ``name`` where labels went before, or
    ``beside``."""
    settings = context.settings
    before = Path(str(settings.value("export/folder", str(beside))))
    chosen, _ = QFileDialog.getSaveFileName(
        parent, tr("Name a new folder for the labels"), str(before / name), "",
        options=QFileDialog.Option.DontConfirmOverwrite)
    if not chosen:
        return None
    settings.setValue("export/folder", str(Path(chosen).parent))
    return Path(chosen)
