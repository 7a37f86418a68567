"""Results: what a model gets right and wrong; each task has a page of its own."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from workbench.core.paths import is_folder
from workbench.core.text import tr
from workbench.extension.window import Make, make
from workbench.gui.app.context import AppContext, RunTarget
from workbench.gui.app.task import task_of, window_task
from workbench.gui.results.notice import UpdateNotice
from workbench.gui.shell.places import PlaceWidget, as_place, tell_failure
from workbench.gui.widgets import EmptyState
from workbench.gui.widgets.layout import column
from workbench.project.runs import RunFolder, list_runs


class _NoPage(PlaceWidget):
    """What is shown for a task that brings nothing to the window."""

    def __init__(self) -> None:
        super().__init__()
        QVBoxLayout(self).addWidget(EmptyState(
            "results", tr("These results are shown in a terminal"),
            tr("“workbench evaluate FOLDER” prints them; with “--report FILE.html” it writes "
               "them.")))


class ResultsPlace(PlaceWidget):
    """Shows the page that fits the run one comes for, or else the project.

    Pages are kept by what makes them.
    """

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._pages: dict[Make, PlaceWidget] = {}
        self._stack = QStackedWidget()
        self.setLayout(column(self._stack))
        self._shown: Make = ""
        self._show(self._wanted(None))
        context.session_changed.connect(self._session_changed)

    @property
    def page(self) -> PlaceWidget:
        """The page that is shown."""
        return self._pages[self._shown]

    def _wanted(self, run: RunFolder | None) -> Make:
        """What makes the page of a run, or else of the project; "" where there is none."""
        session = self._context.session
        own = window_task(run.task) if run is not None else None
        task = own or window_task(task_of(session))
        if task is None or session is None or not task.choose_results:
            return task.results if task is not None else ""
        chosen: Make = make(task.choose_results, session, run if own is not None else None)
        return chosen

    def _show(self, wanted: Make) -> None:
        if wanted not in self._pages:
            self._pages[wanted] = self._made(wanted)
            self._stack.addWidget(self._pages[wanted])
        if wanted != self._shown and self._shown in self._pages:
            self.page.left()
        self._shown = wanted
        self._stack.setCurrentWidget(self.page)
        self.setFocusProxy(self.page)

    def _made(self, wanted: Make) -> PlaceWidget:
        if not wanted:
            return _NoPage()
        try:
            return as_place(make(wanted, self._context), wanted)
        except (Exception, SystemExit) as error:  # a plugin's code may raise anything
            if isinstance(wanted, str) and wanted.startswith("workbench."):
                raise
            tell_failure(self._context, tr("Results"), error)
            return _NoPage()

    def _session_changed(self) -> None:
        if self.isVisible() and self._context.session is not None:
            self._show(self._wanted(self._only_others()))

    def _only_others(self) -> RunFolder | None:
        """The newest run that can be shown, where none learned what the project is about."""
        session = self._context.session
        if session is None:
            return None
        own, runs = task_of(session), list_runs(session.folder)
        if any(run.task == own for run in runs):
            return None
        return next((run for run in runs if window_task(run.task) is not None), None)

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        session = self._context.session
        run = None
        if isinstance(target, RunTarget) and session is not None:
            path = session.folder / "runs" / target.run
            run = RunFolder(path) if is_folder(path) else None
        elif target is None:
            run = self._only_others()
        self._show(self._wanted(run))
        self.page.entered(target)

    def left(self) -> None:
        self.page.left()

    def status(self) -> tuple[str, str]:
        return self.page.status()

    def foot_height(self) -> int:
        notice = self.page.findChild(UpdateNotice)
        if notice is None or not notice.isVisible():
            return super().foot_height()
        panel = notice.parentWidget()
        around = panel.layout() if panel is not None else None
        if around is not None:  # it may have been shown just now
            around.activate()
        return self.height() - notice.mapTo(self, QPoint()).y()

    def close_down(self) -> None:
        for page in self._pages.values():
            page.close_down()
