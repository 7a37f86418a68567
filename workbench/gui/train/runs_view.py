"""The list of earlier runs: what they reached, when, and what one can do with them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from workbench.core.text import count, tr
from workbench.gui.style import tokens
from workbench.gui.style.painting import paint_ground, small, write_pair
from workbench.gui.style.theme import Theme
from workbench.gui.train.run_store import RunSummary
from workbench.gui.train.texts import STATE_TONES, STATE_WORDS, clock, metric_name, score, when
from workbench.gui.widgets.labels import key_text
from workbench.gui.widgets.menu import Menu
from workbench.gui.widgets.system_keys import deletes, system_keys
from workbench.project.runs import ALIVE

RUN_ROLE = int(Qt.ItemDataRole.UserRole)
DOT_RADIUS = 4.0

Index = QModelIndex | QPersistentModelIndex


class RunListModel(QAbstractListModel):
    """Rows of :class:`RunSummary`, newest first."""

    renamed = Signal(str, str)
    """(name, title) a title was edited in place."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunSummary] = []

    def set_runs(self, runs: list[RunSummary]) -> None:
        """Show these runs; where only figures changed, only those rows are painted again."""
        if [run.name for run in runs] != [run.name for run in self._runs]:
            self.beginResetModel()
            self._runs = list(runs)
            self.endResetModel()
            return
        for at, run in enumerate(runs):
            if run != self._runs[at]:
                self._runs[at] = run
                self.dataChanged.emit(self.index(at), self.index(at))

    def run(self, row: int) -> RunSummary:
        return self._runs[row]

    def row_of(self, name: str) -> int:
        """Row of the run called ``name``, or -1."""
        return next((at for at, run in enumerate(self._runs) if run.name == name), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._runs)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def setData(
        self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        title, run = str(value).strip(), self._runs[index.row()]
        if not title or title == run.title:
            return False
        self.renamed.emit(run.name, title)
        return True

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        run = self._runs[index.row()]
        if role == RUN_ROLE:
            return run
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return run.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{run.title}, {STATE_WORDS[run.state]}, {value_words(run)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            about = [f"runs/{run.name}", f"{run.recipe_title}, {STATE_WORDS[run.state]}"]
            if run.origin:
                about.append(tr("brought from “{project}”", project=run.origin))
            return "\n".join([*about, run.message, run.notes]).strip()
        return None


def value_words(run: RunSummary) -> str:
    """The figure at the right of a run ("0.81")."""
    return score(run.value) if run.value is not None else "–"


def detail_words(run: RunSummary) -> str:
    """The small line below the run's title."""
    state = "" if run.state == "finished" else STATE_WORDS[run.state]
    # of a run that is under way the last change is always just now
    ended = run.state not in ALIVE
    parts = [when(run.when) if run.when is not None and ended else "",
             tr("from “{project}”", project=run.origin) if run.origin else "", state]
    if run.epochs:
        took = tr(" in {clock}", clock=clock(run.seconds)) if run.seconds and ended else ""
        parts.append(f"{count(run.epochs, 'epoch')}{took}")
    return " · ".join(part for part in parts if part)


class _RunDelegate(QStyledItemDelegate):
    """Dot, title and detail at the left, the figure at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, tokens.ROW_HEIGHT_TALL - 4)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        run: RunSummary = index.data(RUN_ROLE)
        theme = self._theme
        area = QRectF(option.rect).adjusted(0, 1, 0, -1)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, area, theme, marked=bool(state & QStyle.StateFlag.State_Selected),
                     hovered=bool(state & QStyle.StateFlag.State_MouseOver),
                     focused=bool(state & QStyle.StateFlag.State_HasFocus))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(STATE_TONES[run.state]))
        left = area.left() + tokens.SPACE_M
        painter.drawEllipse(QPointF(left, area.top() + area.height() * 0.34), DOT_RADIUS,
                            DOT_RADIUS)
        self._paint_words(painter, run, area.adjusted(tokens.SPACE_XL, 0, -tokens.SPACE_S, 0))
        painter.restore()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        area = option.rect
        top = area.top() + (area.height() - tokens.CONTROL_HEIGHT) // 2
        editor.setGeometry(area.left() + tokens.SPACE_L, top, area.width() - tokens.SPACE_L,
                           tokens.CONTROL_HEIGHT)

    def _paint_words(self, painter: QPainter, run: RunSummary, area: QRectF) -> None:
        upper = QRectF(area.left(), area.top(), area.width(), area.height() * 0.62)
        lower = QRectF(area.left(), area.top() + area.height() * 0.48, area.width(),
                       area.height() * 0.48)
        ink, soft = self._theme.color("ink"), self._theme.color("soft")
        write_pair(painter, upper, run.title, value_words(run), ink, ink)
        painter.setFont(small(painter.font()))
        metric = metric_name(run.metric) if run.value is not None else ""
        write_pair(painter, lower, detail_words(run), metric, soft, soft,
                   Qt.TextElideMode.ElideRight)


class RunListView(QListView):
    """The runs with their keys: Enter opens the results, F2 renames, Del deletes."""

    picked = Signal(str)
    """(name) a run was chosen to be shown; "" for none."""
    opened = Signal(str)
    resumed = Signal(str)
    deleted = Signal(str)
    notes_wanted = Signal(str)
    """(name) what the person asked for."""
    renamed = Signal(str, str)
    """(name, title)"""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._runs = RunListModel()
        self.setModel(self._runs)
        self._runs.renamed.connect(self.renamed)
        self.setItemDelegate(_RunDelegate(theme, self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setAccessibleName(tr("Earlier runs"))
        self.selectionModel().currentChanged.connect(self._current_changed)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.data(RUN_ROLE).name))
        theme.changed.connect(self.viewport().update)

    def set_runs(self, runs: list[RunSummary]) -> None:
        """Show these; what was selected stays selected."""
        name = self.current_name()
        blocked = self.selectionModel().blockSignals(True)
        self._runs.set_runs(runs)
        self.select(name)
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    def select(self, name: str) -> None:
        """Select the run ``name`` without announcing it; an unknown one selects nothing."""
        blocked = self.selectionModel().blockSignals(True)
        at = self._runs.row_of(name)
        self.setCurrentIndex(self._runs.index(at) if at >= 0 else QModelIndex())
        if at < 0:
            self.clearSelection()
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    def current(self) -> RunSummary | None:
        index = self.currentIndex()
        return self._runs.run(index.row()) if index.isValid() else None

    def current_name(self) -> str:
        run = self.current()
        return run.name if run is not None else ""

    def _current_changed(self, current: QModelIndex) -> None:
        self.picked.emit(current.data(RUN_ROLE).name if current.isValid() else "")

    # --- what one can do ------------------------------------------------------------------------

    def actions_for(self, run: RunSummary) -> list[tuple[str, str, Callable[[], object]]]:
        """``(text, keys, what it does)`` of the context menu."""
        offered: list[tuple[str, str, Callable[[], object]]] = []
        if run.has_model:
            offered.append((tr("See results"), "Return", lambda: self.opened.emit(run.name)))
        if run.resumable:
            offered.append((tr("Resume"), "R", lambda: self.resumed.emit(run.name)))
        offered.append((tr("Rename"), "F2", lambda: self.edit(self.currentIndex())))
        offered.append((tr("Notes"), "N", lambda: self.notes_wanted.emit(run.name)))
        if not run.is_running:
            offered.append((tr("Delete"), "Del", lambda: self.deleted.emit(run.name)))
        return offered

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if not index.isValid():
            return
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, keys, act in self.actions_for(self._runs.run(index.row())):
            action = QAction(f"{text}\t{key_text(system_keys((keys,))[0])}", menu)
            action.triggered.connect(lambda _=False, act=act: act())
            menu.addAction(action)
        menu.popup(event.globalPos())

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and self._action_for_key(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = self._action_for_key(event)
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def _action_for_key(self, event: QKeyEvent) -> Callable[[], object] | None:
        keys = {Qt.Key.Key_Return: "Return", Qt.Key.Key_Enter: "Return", Qt.Key.Key_F2: "F2",
                Qt.Key.Key_R: "R", Qt.Key.Key_N: "N"}
        run = self.current()
        pressed = "Del" if deletes(event.key()) else keys.get(Qt.Key(event.key()))
        extra = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if run is None or pressed is None or extra:
            return None
        return next((act for _, key, act in self.actions_for(run) if key == pressed), None)
