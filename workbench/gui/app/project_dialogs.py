"""Questions about folders: which one to open, record into, import, or take from the trash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.context import AppContext, RecordTarget
from workbench.gui.app.task import medium_of, place_for
from workbench.gui.background.threads import worker

if TYPE_CHECKING:
    from workbench.gui.app.attribute_desk import AttributeDesk
    from workbench.gui.app.export_desk import ExportDesk
    from workbench.gui.app.import_desk import ImportDesk
    from workbench.gui.app.projects import Projects
    from workbench.gui.app.trash_desk import TrashDesk
    from workbench.gui.shell.main_window import MainWindow


class ProjectDialogs(QObject):
    """Asks over the window; dialogs and what works behind them are made when first needed."""

    def __init__(self, window: MainWindow, context: AppContext, projects: Projects) -> None:
        super().__init__(window)
        self._window, self._context, self._projects = window, context, projects
        self._looker = worker(self, "look-for-labels")
        self._forget: Callable[[], None] = lambda: None
        self._offered = False
        context.session_changed.connect(self._opened)

    def _opened(self) -> None:
        """Look for labels of other programs in a folder that was opened as it is."""
        self._forget()
        self._looker.cancel(0.0)
        if self._offered:
            self._offered = False
            self._window.overlays.dismiss_message()
        session = self._context.session
        if session is not None and not session.manifest.exists:
            self._forget = session.index.finished.connect(lambda: self._look(session.folder))

    def _look(self, folder: Path) -> None:
        self._forget()

        def work(_thread: BackgroundThread) -> str:
            from workbench.project.imports.formats import foreign_labels

            try:
                found = foreign_labels(folder)
            except (OSError, WorkbenchError):
                return ""
            return found.title if found is not None else ""

        self._looker.start(work, lambda title: self._offer(folder, title))

    def _offer(self, folder: Path, title: str) -> None:
        if title:
            self._offered = True
            self._context.say(
                "info", tr("“{name}” holds labels in another format ({format}). They are "
                           "shown once they are imported.", name=folder.name, format=title),
                tr("Import into a new project"), lambda: self.importing.into_new(folder),
                stays=True)

    @cached_property
    def importing(self) -> ImportDesk:
        """What brings folders into the open project."""
        from workbench.gui.app.import_desk import ImportDesk

        return ImportDesk(self._window, self._context, self._projects)

    @cached_property
    def exporting(self) -> ExportDesk:
        """What writes the open project's labels in other formats."""
        from workbench.gui.app.export_desk import ExportDesk

        return ExportDesk(self._window, self._context, self._projects)

    @cached_property
    def attributes(self) -> AttributeDesk:
        """Changes what the open project asks of its objects."""
        from workbench.gui.app.attribute_desk import AttributeDesk

        return AttributeDesk(self._window, self._context)

    @cached_property
    def trash(self) -> TrashDesk:
        """Brings back what was deleted from the open project, or deletes it for good."""
        from workbench.gui.app.trash_desk import TrashDesk

        return TrashDesk(self._window, self._context)

    def import_folders(self, paths: Sequence[Path]) -> None:
        """Bring folders into the open project."""
        self.importing.bring(paths)

    def choose_folder(self) -> None:
        """Ask for a folder and open it."""
        from PySide6.QtWidgets import QFileDialog

        folder = QFileDialog.getExistingDirectory(self._window, tr("Open a folder"),
                                                  str(self._folder()))
        if folder:
            self._remember(Path(folder))
            self._projects.open(Path(folder))

    def new_recording(self) -> None:
        """Record in the open project where it is about sounds, else in a folder that is named."""
        session = self._context.session
        if session is not None and medium_of(session) == "sounds":
            self._context.go(place_for("sounds"), RecordTarget())
            return
        from PySide6.QtWidgets import QFileDialog

        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("New recording: name a folder for the clips"),
            str(self._folder() / "recordings"), "", options=QFileDialog.Option.DontConfirmOverwrite)
        if name:
            self._remember(Path(name))
            self._projects.record_into(Path(name))

    def stop(self) -> None:
        """The program ends."""
        self._looker.cancel(0.0)
        if "importing" in self.__dict__:
            self.importing.stop()
        if "exporting" in self.__dict__:
            self.exporting.stop()

    def _folder(self) -> Path:
        return Path(str(self._context.settings.value("open/folder", str(Path.home()))))

    def _remember(self, chosen: Path) -> None:
        self._context.settings.setValue("open/folder", str(chosen.parent))
