"""Which run is drawn at the right: an earlier one, read from the disk, or the one under way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.extension.run_names import title_of_run
from workbench.gui.train.history import RunHistory
from workbench.gui.train.history_loader import HistoryLoader
from workbench.gui.train.run_store import RunStore, with_live

if TYPE_CHECKING:
    from workbench.gui.train.controller import TrainingController
    from workbench.gui.train.live_hint import LiveHint
    from workbench.gui.train.panel import TrainPanel
    from workbench.gui.train.project_files import ProjectFiles
    from workbench.gui.train.run_view import RunView


class ShownRun(QObject):
    """Keeps list, curves, header and the hint about the live run in step."""

    changed = Signal()
    """Another run is drawn."""
    loaded = Signal(str)
    """(name) an earlier run was read."""

    def __init__(self, controller: TrainingController, run_store: RunStore, view: RunView,
                 panel: TrainPanel, hint: LiveHint, files: ProjectFiles,
                 parent: QObject) -> None:
        super().__init__(parent)
        self.name = self._before = ""
        """Of the run that is drawn, "" for none (or one that has no folder yet)."""
        self._controller = controller
        self._run_store = run_store
        self._view = view
        self._panel = panel
        self._hint = hint
        self._files = files
        self._epoch = self._revision = -1
        self._loader = HistoryLoader(self)
        self._loader.loaded.connect(self._loaded)
        hint.clicked.connect(self.show_live)
        controller.progressed.connect(self.progressed)

    def close(self) -> None:
        """Wait for the thread that reads."""
        self._loader.close()

    @property
    def is_live(self) -> bool:
        """Whether the run under way is drawn."""
        live = self._controller.live
        return live is not None and self._view.history is live.history

    def forget(self) -> None:
        """Draw none: another project is open."""
        self.name = self._before = ""
        self._view.history = None
        self._hint.show_live(self.live_title())

    def leave(self) -> None:
        """The drawn run has gone: draw what was drawn before it began, or the newest, if any."""
        newest = next((run.name for run in self._run_store.runs), "")
        name = self._before if self._run_store.info(self._before) is not None else newest
        self.name = self._before = ""
        self.show(name)

    def show(self, name: str) -> None:
        """Draw an earlier run, or the one that is under way."""
        live = self._controller.live_here
        if live is not None and name and name == live.history.run:
            self.show_live()
        elif self._run_store.info(name) is not None:
            self.name = name
            self._panel.runs.select(name)
            self._loader.load(self._run_store.folder_of(name))

    def show_live(self) -> None:
        """Draw the run that is under way."""
        live = self._controller.live
        if live is not None:
            here = live is self._controller.live_here
            name = live.history.run if here else ""
            if self.name != name:
                self._before = self.name
            self.name = name
            self._files.elsewhere = None if here else Path(live.plan.project)
            self._panel.runs.select(self.name)
            self._view.show_history(live.history)
            self._view.notes.show_run("", "")
            self.changed.emit()
            self.progressed()

    def _loaded(self, name: str, history: RunHistory) -> None:
        if name != self.name:
            return
        self._files.elsewhere = None
        self._view.show_history(history)
        info = self._run_store.info(name)
        self._view.notes.show_run(name, info.notes if info is not None else "")
        self.changed.emit()
        self.progressed()
        self.loaded.emit(name)

    def progressed(self) -> None:
        """The live run came further, or there is none any more."""
        live = self._controller.live
        shown, here = self.is_live, self._controller.live_here
        if shown and here is not None and not self.name:  # it has got its folder
            self.name = here.history.run
            self._panel.runs.select(self.name)
        self._hint.show_live("" if live is None or shown else self.live_title())
        if live is not None and live.history.epoch != self._epoch:
            self._epoch = live.history.epoch
            self._run_store.refresh()
        if live is not None and live.history.revision != self._revision:
            self._revision = live.history.revision
            self.list_runs()
        if shown:
            self._view.refresh()
        self.show_header()

    def list_runs(self) -> None:
        """List the runs, the live one with what it has told and not only what it has saved."""
        live = self._controller.live_here
        runs = self._run_store.runs
        self._panel.set_runs(with_live(runs, live.history) if live is not None else runs)
        self._panel.runs.select(self.name)

    def show_header(self) -> None:
        """Say what the drawn run is called and how it stands."""
        live, history = self._controller.live, self._view.history
        if history is None:
            return
        self._files.classes = list(history.config.get("classes", []))
        if live is not None and history is live.history:
            self._view.show_state(self.live_title(), live=True, wish=live.wish)
            return
        info = self._run_store.info(self.name)
        title = info.title if info is not None else title_of_run(history.run, history.config)
        self._view.show_state(title, live=False, notes=info.notes if info is not None else "",
                              resumable=info is not None and info.resumable)

    def live_title(self) -> str:
        """What the run under way is called, "" without one."""
        live = self._controller.live
        return self._controller.title_of(live) if live is not None else ""
