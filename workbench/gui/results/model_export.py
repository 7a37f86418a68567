"""Taking the model of a run elsewhere: asked for here, written and checked by the engine."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from workbench.core.text import tr
from workbench.extension.exports import ExportFormat, export_formats
from workbench.gui.app.context import AppContext
from workbench.gui.app.saved import say_saved
from workbench.gui.results.runs import ResultRun
from workbench.gui.style import tokens
from workbench.gui.widgets import ElidedLabel, ProgressLine, QuietButton, SidePanel, row
from workbench.jobs.commands import Control, Export
from workbench.jobs.events import Event, Failed, Finished, Progress
from workbench.jobs.message import is_about

_LINE_WIDTH = 180


class ModelExport(SidePanel):
    """A strip that shows how far an export is; hidden while there is none.

    What came of it is told through the one message channel, wherever the person is by then.
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__("bottom")
        self._context = context
        self._job = ""
        self.text = ElidedLabel("")
        self.progress = ProgressLine()
        self.progress.setFixedWidth(_LINE_WIDTH)
        self.cancel_button = QuietButton(tr("Cancel"), run=self.cancel)
        line = row(self.text, self.progress, self.cancel_button)
        line.setContentsMargins(tokens.SPACE_L, tokens.SPACE_XS, tokens.SPACE_L, tokens.SPACE_XS)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.hide()
        context.engine.event.connect(self._engine_said)

    @property
    def running(self) -> bool:
        """Whether a model is being written."""
        return bool(self._job)

    def ask(self, run: ResultRun, score_thresh: float, nms_thresh: float) -> None:
        """Ask for a file and have the engine write the model of ``run`` into it."""
        session = self._context.session
        if session is None or self._job:
            return
        kinds = [item for item in export_formats if not item.tasks or run.task in item.tasks]
        start = run.folder.path / f"{session.folder.name}-{run.name}{kinds[0].suffix}"
        filters = [f"{item.title} (*{item.suffix})" for item in kinds]
        chosen, filter_ = QFileDialog.getSaveFileName(
            self.window(), tr("Export the model"), str(start), ";;".join(filters))
        if not chosen:
            return
        kind = kinds[filters.index(filter_)] if filter_ in filters else kinds[0]
        file = _named(Path(chosen), kind)
        self._job = self._context.engine.new_job()
        busy = self._context.engine.state == "busy"
        self._show(tr("The model is exported as soon as the engine is free") if busy
                   else tr("Exporting the model"), None)
        self._context.engine.send(Export(self._job, str(session.folder), run.name, str(file),
                                         kind.id, score_thresh, nms_thresh))

    def cancel(self) -> None:
        """Stop the export; nothing is written."""
        if self._job:
            self._context.engine.send(Control(self._job, "cancel"))

    def _show(self, text: str, fraction: float | None) -> None:
        self.text.setText(text)
        self.progress.set_fraction(fraction)
        self.show()

    def _engine_said(self, event: Event) -> None:
        if not is_about(event, self._job):
            return
        if isinstance(event, Progress):
            self._show(event.text, event.done / event.total if event.total else None)
        elif isinstance(event, Failed):
            self._end()
            self._context.say("bad", event.message)
        elif isinstance(event, Finished):
            self._end()
            if event.state == "finished":
                say_saved(self._context, event.result["words"], Path(event.result["file"]))

    def _end(self) -> None:
        self._job = ""
        self.hide()


def _named(file: Path, kind: ExportFormat) -> Path:
    """``file`` with the format's ending, which a dialog does not always add."""
    return file if file.suffix.lower() == kind.suffix else file.with_name(file.name + kind.suffix)
