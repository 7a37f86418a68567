"""What else the samples of a project could be labelled for, offered while nothing is labelled."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.extension.registry import load
from workbench.extension.window import LabelSummary
from workbench.gui.app.context import AppContext
from workbench.gui.app.task import other_tasks, task_of, turn_to, window_task
from workbench.gui.style import tokens
from workbench.gui.widgets import LinkButton, label


class TaskLinks(QWidget):
    """A link for each other task; all of it goes with the first label."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._connections = Connections()
        self.links: list[LinkButton] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(tokens.SPACE_L, 0, tokens.SPACE_S, 0)
        self._layout.setSpacing(tokens.SPACE_XS)
        self._layout.addWidget(label(tr("Something else to do with these?"), "caption", wrap=True))
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    def _session_changed(self) -> None:
        self._connections.end()
        for link in self.links:
            link.deleteLater()
        self.links.clear()
        session = self._context.session
        for task in other_tasks(session):
            link = LinkButton(tr(task.begin), "arrow-right")
            link.clicked.connect(partial(turn_to, self._context, task.id))
            self._layout.addWidget(link)
            self.links.append(link)
        data = self._data()
        if session is not None and data is not None:
            self._connections.add(*data.watch(session, self._look),
                                session.index.summarized.connect(self._look),
                                session.undo.changed.connect(self._look))
        self._look()

    def _data(self) -> LabelSummary | None:
        found = window_task(task_of(self._context.session))
        data: LabelSummary | None = load(found.data) if found is not None and found.data else None
        return data

    def _look(self) -> None:
        session, data = self._context.session, self._data()
        self.setVisible(session is not None and data is not None and bool(self.links)
                        and bool(len(session.index)) and data.is_unlabelled(session))
