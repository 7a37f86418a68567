"""One field for everything: actions, images and classes, by a few letters (Ctrl+K)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QCursor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from workbench.core.text import tr
from workbench.extension.window import Place, SearchEntry
from workbench.gui.app.actions import reason
from workbench.gui.app.context import AppContext, ClassTarget, ImageTarget
from workbench.gui.shell.fuzzy import NameSearch, score
from workbench.gui.style import tokens
from workbench.gui.style.painting import MIDDLE, paint_ground, small, write
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.labels import key_text, label
from workbench.gui.widgets.surfaces import Popup

IMAGES = 40
"""Images shown at most."""
SLICE_SECONDS = 0.004
"""Longest search between two looks at the keyboard."""
WIDTH, ROWS = 620, 11
_AROUND = tokens.CONTROL_HEIGHT + 6 * tokens.SPACE_S
"""Height around the rows: the field, the margins and what is free below."""
_WAIT_MS, _WAITS = 100, 50
"""What was found in another place is run when it can be, within so many looks."""

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the palette; ``run`` is what Enter does."""

    text: str
    detail: str
    run: Callable[[], object] = field(compare=False)
    keys: str = ""
    icon: str = ""
    color: str = ""
    enabled: bool = True


class EntryList(QAbstractListModel):
    """The lines that are shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def replace(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def append(self, entries: list[Entry]) -> None:
        if entries:
            first = len(self.entries)
            self.beginInsertRows(QModelIndex(), first, first + len(entries) - 1)
            self.entries.extend(entries)
            self.endInsertRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.text}, {entry.detail}"
        return entry if role == Qt.ItemDataRole.UserRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Also asked for a line that a click has just taken away."""
        flags = super().flags(index)
        enabled = not index.isValid() or self.entries[index.row()].enabled
        return flags if enabled else flags & ~Qt.ItemFlag.ItemIsEnabled


class _EntryPainter(QStyledItemDelegate):
    """Icon or colour, text, and at the right what it is and its key."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, tokens.ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry = index.data(Qt.ItemDataRole.UserRole)
        rect, state = option.rect, option.state
        colors = current_theme().colors
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, QRectF(rect), current_theme(),
                     marked=bool(state & QStyle.StateFlag.State_Selected))
        inner = rect.adjusted(tokens.SPACE_M, 0, -tokens.SPACE_M, 0)
        self._paint_mark(painter, entry, inner)
        right = self._paint_right(painter, entry, inner)
        text = QRect(inner.left() + tokens.ICON + tokens.SPACE_S + 2, inner.top(),
                     right - inner.left() - tokens.ICON - 2 * tokens.SPACE_M, inner.height())
        write(painter, text, entry.text, QColor(colors.ink if entry.enabled else colors.faint),
              cut=MIDDLE)
        painter.restore()

    def _paint_mark(self, painter: QPainter, entry: Entry, inner: QRect) -> None:
        side = tokens.ICON - 2
        place = QRect(inner.left(), inner.center().y() - side // 2, side, side)
        if entry.color:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(entry.color))
            painter.drawRoundedRect(place.adjusted(2, 2, -2, -2), 3, 3)
        elif entry.icon:
            current_theme().icon(entry.icon).paint(painter, place)

    def _paint_right(self, painter: QPainter, entry: Entry, inner: QRect) -> int:
        """Return the left end of what stands at the right."""
        colors = current_theme().colors
        font = painter.font()
        painter.setFont(small(font))
        painter.setPen(QColor(colors.soft))
        metrics = painter.fontMetrics()
        right = inner.right()
        if entry.keys:
            width = metrics.horizontalAdvance(entry.keys) + 2 * tokens.SPACE_XS + 2
            height = metrics.height() + 2
            frame = QRect(right - width, inner.center().y() - height // 2, width, height)
            painter.setBrush(QColor(colors.panel))
            painter.setPen(QColor(colors.line_strong))
            painter.drawRoundedRect(frame, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            painter.setPen(QColor(colors.soft))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, entry.keys)
            right = frame.left() - tokens.SPACE_S
        width = metrics.horizontalAdvance(entry.detail)
        painter.drawText(QRect(right - width, inner.top(), width + 1, inner.height()),
                         Qt.AlignmentFlag.AlignVCenter, entry.detail)
        painter.setFont(font)
        return right - width


class CommandPalette(QWidget):
    """Lies over the window while it is open; a click beside it or Escape closes it."""

    opened = Signal()
    closed = Signal()
    """The window switches its keys off and on."""

    def __init__(self, context: AppContext, place: Callable[[], str], parent: QWidget,
                 places: Iterable[Place] = ()) -> None:
        super().__init__(parent)
        self._parent = parent
        self._places = places
        self._context = context
        self._place = place
        self._used: list[str] = []
        self._search: Iterator[int | None] = iter(())
        self._names: NameSearch | None = None
        self._focus_before: QWidget | None = None
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Search actions, images, classes"))
        self.field.setAccessibleName(tr("Search actions, images, classes"))
        self.model = EntryList(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(_EntryPainter(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName(tr("Found"))
        self._nothing = label("", tone="soft")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._box = Popup(self)
        layout = QVBoxLayout(self._box)
        layout.setContentsMargins(*[tokens.SPACE_S] * 4)
        layout.setSpacing(tokens.SPACE_S)
        for item in (self.field, self.list, self._nothing):
            layout.addWidget(item)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)
        self.field.textChanged.connect(self._query)
        self.field.installEventFilter(self)
        self.list.clicked.connect(self._run)
        self.list.entered.connect(self._hovered)
        self._pointer = QCursor.pos()
        self.hide()

    def open(self, text: str = "") -> None:
        """Show it with ``text`` in the field."""
        self._focus_before = self.window().focusWidget()
        self._pointer = QCursor.pos()
        session = self._context.session
        self._names = NameSearch(session.index.keys()) if session is not None else None
        self.setGeometry(self._parent.rect())
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.setText(text)
        self._query(text)
        self.opened.emit()

    def close_palette(self) -> None:
        """Take it away and give the keyboard back."""
        if self.isHidden():
            return
        self._timer.stop()
        self._names = None
        self.hide()
        self.model.replace([])
        before, self._focus_before = self._focus_before, None
        if before is not None and isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def searching(self) -> bool:
        """Whether images are still being looked for."""
        return self._timer.isActive()

    # What is found

    def _query(self, text: str) -> None:
        text = text.strip()
        found = [*self._actions(text), *self._elsewhere(text), *self._classes(text)]
        found.sort(key=lambda item: -item[0])
        self.model.replace([entry for _, entry in found])
        self._select_first()
        if text and self._names is not None:
            self._search = self._names.find(text, IMAGES)
            self._timer.start(0)
            self._go_on()
        else:
            self._timer.stop()
        self._arrange()

    def _actions(self, text: str) -> list[tuple[float, Entry]]:
        place = self._place()
        found: list[tuple[float, Entry]] = []
        for number, action in enumerate(self._context.actions):
            if action.place and action.place != place:
                continue
            fits = score(text, f"{action.text} {action.words} {action.menu}") if text else 0.0
            if fits is None:
                continue
            recent = 30.0 if action.id in self._used else 0.0
            here = 5.0 if action.place else 0.0
            enabled = action.enabled()
            entry = Entry(action.text, action.menu if enabled else reason(action) or action.menu,
                          partial(self._use, action.id),
                          key_text(action.keys[0]) if action.keys else "",
                          action.icon or "command", enabled=enabled)
            off = 0.0 if entry.enabled else 1000.0  # what cannot run stands last
            found.append((fits + recent + here - number / 1000 - off, entry))
        return found

    def _elsewhere(self, text: str) -> list[tuple[float, Entry]]:
        """What other places offer: choosing it goes there, and does it where that only opens
        something."""
        found: list[tuple[float, Entry]] = []
        for place in self._places:
            if not text or place.id == self._place():
                continue
            there = not place.needs_project or self._context.session is not None
            offers = [(find.text, f"{find.text} {find.words}", "", find.icon,
                       partial(self._reach, place.id, find)) for find in place.finds]
            covered = {find.action for find in place.finds if find.action}
            offers += [
                (action.text, action.text, key_text(action.keys[0]) if action.keys else "",
                 action.icon, partial(self._context.go, place.id))
                for action in self._context.actions
                if action.place == place.id and action.id.rpartition(".")[2] not in covered]
            for number, (title, words, keys, icon, run) in enumerate(offers):
                fits = score(text, words)
                if fits is not None:
                    off = 0.0 if there else 1000.0
                    after = 0.0 if number < len(place.finds) else 20.0
                    found.append((fits - off - after, Entry(
                        title, tr("in {title}",
                                  title=place.title), run, keys, icon or "command", enabled=there)))
        return found

    def _reach(self, place: str, find: SearchEntry) -> None:
        """Go to a place, and do there what was found as soon as that is possible."""
        self._context.go(place)
        if find.action:
            self._try(place, find.action, _WAITS)

    def _try(self, place: str, name: str, looks: int) -> None:
        if self._place() != place or not looks:
            return
        action = next((action for action in self._context.actions if action.place == place
                       and action.id.rpartition(".")[2] == name and action.enabled()), None)
        if action is not None:
            action.run()
        else:
            QTimer.singleShot(_WAIT_MS, self, partial(self._try, place, name, looks - 1))

    def _use(self, id: str) -> None:
        self._used = [id, *(item for item in self._used if item != id)][:5]
        self._context.actions[id].run()

    def _classes(self, text: str) -> list[tuple[float, Entry]]:
        session = self._context.session
        if session is None or not text:
            return []
        counts = session.index.class_counts()
        found: list[tuple[float, Entry]] = []
        for number, name in enumerate(session.classes.names):
            fits = score(text, name)
            if fits is not None:
                color = session.classes.shown_color(name, number)
                found.append((fits, Entry(
                    name, tr("class · {counts:,} boxes", counts=counts[name]), color=color,
                    run=partial(self._context.go, "images", ClassTarget(name)))))
        return sorted(found, key=lambda item: -item[0])[:10]

    def _go_on(self) -> None:
        """Look at images for a few milliseconds."""
        session = self._context.session
        if session is None:
            self._timer.stop()
            return
        until = time.perf_counter() + SLICE_SECONDS
        fresh: list[Entry] = []
        while time.perf_counter() < until:
            row = next(self._search, -1)
            if row == -1:
                self._timer.stop()
                break
            if row is not None and row < len(session.index):
                key = session.index.key(row)
                run = partial(self._context.go, "images", ImageTarget(key))
                fresh.append(Entry(key, "image", run, icon="images"))
        self.model.append(fresh)
        if not self.list.currentIndex().isValid():
            self._select_first()
        if fresh or not self._timer.isActive():
            self._arrange()

    # Moving and running

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) \
                and event.type() == QEvent.Type.KeyPress:
            return self._key(event.key())
        return False

    def _key(self, key: int) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1,
                 Qt.Key.Key_PageDown: ROWS - 1, Qt.Key.Key_PageUp: 1 - ROWS,
                 Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}
        if key in steps:
            self._step(steps[Qt.Key(key)])
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentIndex())
            return True
        if key == Qt.Key.Key_Escape:
            self.close_palette()
            return True
        return False

    def _step(self, by: int) -> None:
        """Choose another line among those that can run; single steps go round."""
        rows = [row for row, entry in enumerate(self.model.entries) if entry.enabled]
        if not rows:
            return
        now = self.list.currentIndex().row()
        at = (rows.index(now) if now in rows else -1) + by
        self._select(rows[at % len(rows) if abs(by) == 1 else max(0, min(len(rows) - 1, at))])

    def _select_first(self) -> None:
        """Choose the first line that can run."""
        rows = (row for row, entry in enumerate(self.model.entries) if entry.enabled)
        self._select(next(rows, -1))

    def _hovered(self, index: QModelIndex) -> None:
        """Choose the line under the pointer, if it was the pointer that moved: lines that scroll
        or appear under a resting one must not take the choice from the keys."""
        where = QCursor.pos()
        if where != self._pointer:
            self._pointer = where
            self.list.setCurrentIndex(index)

    def _select(self, row: int) -> None:
        self.list.setCurrentIndex(self.model.index(row))

    def _run(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        entry = self.model.entries[index.row()]
        if entry.enabled:
            self.close_palette()
            entry.run()

    # Looks

    def resize_to_parent(self) -> None:
        """The window has another size."""
        self.setGeometry(self._parent.rect())
        self._arrange()

    def _arrange(self) -> None:
        count = len(self.model.entries)
        self.list.setVisible(count > 0)
        self._nothing.setVisible(count == 0)
        self._nothing.setText(tr("Looking…") if self.searching() else tr("No matches"))
        room = (self.height() - tokens.TOP_BAR_HEIGHT - _AROUND) // tokens.ROW_HEIGHT
        rows = max(1, min(count, ROWS, room))
        self.list.setFixedHeight(rows * tokens.ROW_HEIGHT + 2)
        width = min(WIDTH, self.width() - 2 * tokens.SPACE_L)
        layout = self._box.layout()
        assert layout is not None
        layout.activate()
        self._box.setFixedWidth(width)
        self._box.adjustSize()
        self._box.move((self.width() - width) // 2, tokens.TOP_BAR_HEIGHT + tokens.SPACE_S)

    def mousePressEvent(self, _event: object) -> None:
        self.close_palette()
