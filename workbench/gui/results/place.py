"""Results: what a model gets right and wrong; each task has a page of its own."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.extension.window import make
from workbench.gui.app.context import AppContext, RunTarget
from workbench.gui.app.task import task_of, window_task
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.widgets import EmptyState
from workbench.project.runs import RunFolder


class _NoPage(PlaceWidget):
    """What is shown for a task that brings nothing to the window."""

    def __init__(self) -> None:
        super().__init__()
        QVBoxLayout(self).addWidget(EmptyState(
            "results", tr("These results are shown in a terminal"),
            tr("“workbench evaluate FOLDER” prints them; with “--report FILE.html” it writes "
               "them.")))


class ResultsPlace(PlaceWidget):
    """Shows the page that fits the run one comes for, or else the project."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._pages: dict[str, PlaceWidget] = {}
        self._stack = QStackedWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self._task = task_of(context.session)
        self._show(self._task)
        context.session_changed.connect(self._session_changed)

    @property
    def page(self) -> PlaceWidget:
        """The page that is shown."""
        return self._pages[self._task]

    def _show(self, task: str) -> None:
        if task not in self._pages:
            self._pages[task] = self._made(task)
            self._stack.addWidget(self._pages[task])
        if task != self._task:
            self.page.left()
        self._task = task
        self._stack.setCurrentWidget(self.page)
        self.setFocusProxy(self.page)

    def _made(self, task: str) -> PlaceWidget:
        found = window_task(task)
        if found is None or not found.results:
            return _NoPage()
        page = make(found.results, self._context)
        if not isinstance(page, PlaceWidget):
            raise WorkbenchError(f"{found.results} gives no page for results")
        return page

    def _session_changed(self) -> None:
        if self.isVisible() and self._context.session is not None:
            self._show(task_of(self._context.session))

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        session = self._context.session
        task = ""
        if isinstance(target, RunTarget) and session is not None:
            path = session.folder / "runs" / target.run
            task = RunFolder(path).task if path.is_dir() else ""
        self._show(task if window_task(task) is not None else task_of(session))
        self.page.entered(target)

    def left(self) -> None:
        self.page.left()

    def status(self) -> tuple[str, str]:
        return self.page.status()

    def close_down(self) -> None:
        for page in self._pages.values():
            page.close_down()
