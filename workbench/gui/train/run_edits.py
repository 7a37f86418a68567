"""What a person does with runs of the past: delete, bring back, rename, annotate."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.errors import WorkbenchError
from workbench.core.text import capital, tr
from workbench.gui.app.context import AppContext
from workbench.gui.train.controller import TrainingController
from workbench.gui.train.run_store import RunStore
from workbench.project.runs import RunFolder


class RunEdits(QObject):
    """Changes the shelf and says what became of it; nothing is lost without a way back."""

    gone = Signal(str)
    """(name) a run was moved to the trash."""
    appeared = Signal(str, str)
    """(name, name before or "") a run came back, or has another name now."""

    def __init__(self, context: AppContext, run_store: RunStore, controller: TrainingController,
                 parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._run_store = run_store
        self._controller = controller

    def delete(self, name: str, said: str = "", project: Path | None = None) -> None:
        """Move a run to the trash; the message, which begins with ``said``, brings it back.
        ``project`` is the folder where it is not the open one's."""
        project = project or self._run_store.folder
        if project is None:
            return
        here = project == self._run_store.folder
        info = self._run_store.info(name) if here else None
        try:
            trashed = RunFolder.find(project, name).delete()
        except WorkbenchError as error:
            self._context.say("bad", capital(error.sentence()))
            return
        self._controller.run_gone(str(project), name)
        self._run_store.refresh()
        if here:
            self.gone.emit(name)
        title = info.title if info is not None else name
        words = tr("{said} It is in the trash.",
                   said=said) if said else tr("{title} is in the trash.", title=title)
        self._context.say("info", words, tr("Undo"), lambda: self._bring_back(project, trashed),
                          stays=bool(said))

    def _bring_back(self, project: Path, trashed: Path) -> None:
        try:
            name = self._run_store.restore(project, trashed)
        except WorkbenchError as error:
            self._context.say("bad", capital(error.sentence()))
        else:
            if project == self._run_store.folder:
                self.appeared.emit(name, "")

    def rename(self, name: str, title: str) -> None:
        """Give a run the name ``title``, if that can be."""
        try:
            renamed = self._run_store.rename(name, title)
        except WorkbenchError as error:
            self._context.say("warn", capital(error.sentence()))
        else:
            info = self._run_store.info(renamed)
            self._controller.run_renamed(str(self._run_store.folder), name, renamed,
                                         info.title if info is not None else renamed)
            self.appeared.emit(renamed, name)

    def write_notes(self, name: str, notes: str) -> None:
        """Keep a few words with a run."""
        try:
            self._run_store.set_notes(name, notes)
        except (WorkbenchError, OSError) as error:
            self._context.say("bad", tr("The notes could not be saved: {error}", error=error))
