"""All that was said, and what is wrong with files of the project."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    QUrl,
)
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHeaderView, QPlainTextEdit, QSplitter, QTableView, QWidget

from workbench.core.signal import Connections
from workbench.core.text import count, tr
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext
from workbench.gui.app.message_log import LogEntry, MessageLog
from workbench.gui.app.remember import remember_splitter
from workbench.gui.log.problem_panel import ProblemPanel
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme, fixed_font
from workbench.gui.widgets import (
    ChipGroup,
    EmptyState,
    IconButton,
    SearchField,
    SidePanel,
    column,
    row,
    widget_of,
)
from workbench.gui.widgets.fitting import Stacking
from workbench.gui.widgets.tables import set_up

_COLORS = {"ok": "ok_text", "warn": "warn_text", "bad": "bad_text"}
_ICONS = {"info": ("info", "soft"), "ok": ("ok", "ok"), "warn": ("warning", "warn"),
          "bad": ("bad", "bad")}
_STACKED = 700
"""Width in logical pixels below which the problems lie below the messages."""
_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class LogTable(QAbstractTableModel):
    """The entries of a message log: time, who said it, the sentence."""

    def __init__(self, log: MessageLog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[LogEntry] = list(log.entries)
        self._connections = Connections(log.added.connect(self._added),
                                        log.cleared.connect(self._cleared))

    def close(self) -> None:
        """Listen no more."""
        self._connections.end()

    def entry(self, row: int) -> LogEntry:
        return self._entries[row]

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else 3

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            stamp = time.strftime("%H:%M:%S", time.localtime(entry.when))
            return (stamp, entry.source, entry.text)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.when))
        if role == Qt.ItemDataRole.ForegroundRole:
            tone = _COLORS.get(entry.tone, "ink") if index.column() == 2 else "soft"
            return current_theme().color(tone)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 2:
            return current_theme().icon(*_ICONS.get(entry.tone, _ICONS["info"]))
        return None

    def _added(self, entry: LogEntry) -> None:
        at = len(self._entries)
        self.beginInsertRows(QModelIndex(), at, at)
        self._entries.append(entry)
        self.endInsertRows()

    def _cleared(self) -> None:
        self.beginResetModel()
        self._entries = []
        self.endResetModel()


class _Filter(QSortFilterProxyModel):
    """Lets through what was chosen with the chips and holds the words typed."""

    def __init__(self, table: LogTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._kind = "all"
        self._words: list[str] = []
        self.setSourceModel(table)

    def choose(self, kind: str, words: str) -> None:
        """``kind`` is "all", "problems", "window" or "engine"."""
        self.beginFilterChange()
        self._kind = kind
        self._words = words.casefold().split()
        self.endFilterChange()

    def filterAcceptsRow(self, row: int, _parent: _Index) -> bool:
        entry = self._table.entry(row)
        if self._kind == "problems" and entry.tone not in ("warn", "bad"):
            return False
        if self._kind in ("window", "engine") and entry.source != self._kind:
            return False
        text = entry.text.casefold()
        return all(word in text for word in self._words)

    def chosen(self, rows: Sequence[int]) -> list[LogEntry]:
        """Entries behind rows of this filter."""
        return [self._table.entry(self.mapToSource(self.index(row, 0)).row()) for row in rows]


class LogPlace(PlaceWidget):
    """Messages at the left, problems of the project at the right."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.table = LogTable(context.log, self)
        self.filter = _Filter(self.table, self)
        self.search = SearchField(tr("Filter messages"))
        self.kinds = ChipGroup()
        for id, text in (("all", tr("All")), ("problems", tr("Problems")), ("window", tr("Window")),
                         ("engine", tr("Engine"))):
            self.kinds.add(id, text)
        self.view = self._make_view()
        self.detail = QPlainTextEdit()
        self.detail.setReadOnly(True)
        self.detail.setProperty("flat", "true")
        self.detail.setFont(fixed_font())
        self.detail.setMaximumHeight(220)
        self.detail.setAccessibleName(tr("Details of the chosen message"))
        self.detail.hide()
        self.empty = EmptyState("log", tr("No messages yet"),
                                tr("Messages of the window and the engine are kept here."))
        self.problems = ProblemPanel(context)
        splitter = QSplitter()
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        area = Stacking(splitter, _STACKED)
        self.setLayout(column(area))
        area.hold(self._make_left(), self.problems)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([900, tokens.FORM_PANEL_WIDTH + 40])
        remember_splitter(splitter, context.settings, "log/splitter")
        self._connect()
        self._register()
        self._show_what_there_is()

    def entered(self, target: object = None) -> None:
        self.problems.refresh()
        self.view.scrollToBottom()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def status(self) -> tuple[str, str]:
        total = self.table.rowCount()
        shown = self.filter.rowCount()
        left = count(total, "message")
        return (left if shown == total else tr("{shown:,} of {left}", shown=shown, left=left)), ""

    # Building

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self.filter)
        set_up(view, tr("Messages"), 28)
        view.horizontalHeader().hide()
        view.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        view.setColumnWidth(0, 84)
        view.setColumnWidth(1, 78)
        return view

    def _make_left(self) -> QWidget:
        self.copy_button = IconButton("copy", tr("Copy messages"), bordered=True, run=self.copy)
        self.file_button = IconButton("external", tr("Open the log file"), bordered=True)
        self.file_button.setEnabled(self._context.log.path is not None)
        self.search.setMaximumWidth(260)
        self.kinds.setMinimumWidth(self.kinds.sizeHint().width())  # the bar has one row
        self.search.setMinimumWidth(2 * tokens.CONTROL_HEIGHT)
        bar = SidePanel("bottom")
        bar.setFixedHeight(tokens.ROW_HEIGHT_TALL)
        line = row(self.search, self.kinds, 1, self.copy_button, self.file_button,
                   spacing=tokens.SPACE_M, margins=(tokens.SPACE_M, 0, tokens.SPACE_M, 0))
        line.setAlignment(self.kinds, Qt.AlignmentFlag.AlignVCenter)
        bar.setLayout(line)
        return widget_of(column(bar, (self.view, 1), (self.empty, 1), self.detail, spacing=0))

    def _connect(self) -> None:
        self.search.textChanged.connect(self._choose)
        self.kinds.changed.connect(self._choose)
        self.file_button.clicked.connect(self.open_file)
        self.view.selectionModel().selectionChanged.connect(self._show_detail)
        self.table.rowsAboutToBeInserted.connect(self._before_insert)
        self.table.rowsInserted.connect(self._inserted)
        self.table.modelReset.connect(self._show_what_there_is)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.view, self.copy,
                  context=Qt.ShortcutContext.WidgetShortcut)
        current_theme().changed.connect(self.view.viewport().update)
        self._at_end = True
        self.destroyed.connect(_closer(self.table))

    def _register(self) -> None:
        add = self._context.actions.add
        has_file = self._context.log.path is not None
        add(Action("log.copy", tr("Copy messages"), self.copy, place="log", menu="Log",
                   icon="copy"))
        add(Action("log.open_file", tr("Open the log file"), self.open_file, place="log",
                   menu="Log",
                   icon="external", enabled=lambda: has_file))
        add(Action("log.clear", tr("Empty the list of messages"), self._context.log.clear,
                   place="log", menu="Log", icon="trash"))
        add(Action("log.filter", tr("Filter messages"), self.search.setFocus, keys=("Ctrl+F",),
                   place="log", menu="Log", icon="search"))

    # What is shown

    def copy(self) -> None:
        """Copy the selected messages, or all that are shown, as lines of text."""
        chosen = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        rows = chosen or list(range(self.filter.rowCount()))
        text = "\n".join(entry.line() for entry in self.filter.chosen(rows))
        QGuiApplication.clipboard().setText(text)
        self._context.say("ok", tr("{messages} copied.", messages=count(len(rows), "message")))

    def open_file(self) -> None:
        """Show the log file in the system's text viewer."""
        path = self._context.log.path
        if path is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._context.say("warn", tr("No program here opens text files. The log is {path}",
                                         path=path))

    def _choose(self) -> None:
        self.filter.choose(self.kinds.selected, self.search.text())
        self._context.status_changed.emit()

    def _before_insert(self) -> None:
        bar = self.view.verticalScrollBar()
        self._at_end = bar.value() >= bar.maximum()

    def _inserted(self) -> None:
        self._show_what_there_is()
        if self._at_end:
            self.view.scrollToBottom()
        self._context.status_changed.emit()

    def _show_what_there_is(self) -> None:
        some = self.table.rowCount() > 0
        self.view.setVisible(some)
        self.empty.setVisible(not some)

    def _show_detail(self) -> None:
        rows = self.view.selectionModel().selectedRows()
        chosen = self.filter.chosen([index.row() for index in rows])
        text = "\n".join(entry.line() for entry in chosen)
        self.detail.setPlainText(text)
        self.detail.setVisible(bool(chosen))


def _closer(table: LogTable) -> Callable[[], None]:
    """Disconnects ``table`` without keeping the place alive."""
    return lambda: table.close()
