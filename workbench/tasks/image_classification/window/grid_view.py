"""The grid for sorting: large thumbnails with the class of each, any number of them selected."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QDrag, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from workbench.core.text import tr
from workbench.gui.background.cropped_thumbnails import CroppedThumbnails
from workbench.gui.results.card_view import CardView
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.row_selection import select_rows, selected_count, selected_rows
from workbench.tasks.image_classification.window.chips import paint_tags
from workbench.tasks.image_classification.window.grid_model import GridModel
from workbench.tasks.image_classification.window.kinds import begins_label

Index = QModelIndex | QPersistentModelIndex

DRAGGED = "application/x-workbench-images"
"""What is dragged: the images that are selected in the grid."""
LEAST_WIDTH = 158
"""Of a tile with its gap, in logical pixels."""
GAP = 10
_SHAPE = 0.8
"""Height of a picture for its width."""
_SETTLE_MS = 60
_KEPT = 240


class TileDelegate(QStyledItemDelegate):
    """Paints a picture, its class, and a ring where it is selected."""

    def __init__(self, theme: Theme, colors: ClassColors, view: GridView) -> None:
        super().__init__(view)
        self.covers = CroppedThumbnails(tokens.RADIUS_CONTROL, _KEPT)
        self._theme, self._colors, self._view = theme, colors, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = self._view.images
        if index.row() >= model.rowCount():
            return
        key = model.key(index.row())
        frame = QRect(option.rect.topLeft() + QPoint(GAP // 2, GAP // 2),
                      self._view.gridSize() - QSize(GAP, GAP))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.covers.paint(painter, frame, str(model.path(key)), self._theme, tokens.ICON_LARGE)
        painter.setFont(small(self._view.font(), 1))
        paint_tags(painter, QRectF(frame), model, key, self._colors, self._theme)
        loader, path = self.covers.loader, str(model.path(key))
        if loader is not None and loader.trouble(path) and not loader.failed(path):
            side = tokens.ICON_LARGE  # of what could not be read at all the cover is the sign
            self._theme.icon("warning", "warn").paint(
                painter, QRect(frame.topRight() - QPoint(side + GAP // 2, -GAP // 2),
                               QSize(side, side)))
        self._paint_ring(painter, frame, option.state)
        painter.restore()

    def _paint_ring(self, painter: QPainter, frame: QRect, state: QStyle.StateFlag) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        current = bool(state & QStyle.StateFlag.State_HasFocus)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if not (selected or current or hovered):
            return
        color = self._theme.color("accent" if selected or current else "line_strong")
        width = tokens.FOCUS_WIDTH + 1 if selected else 1
        painter.setPen(QPen(QColor(color), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        out = 1.0 + width / 2
        painter.drawRoundedRect(QRectF(frame).adjusted(-out, -out, out, out),
                                tokens.RADIUS_CONTROL + out, tokens.RADIUS_CONTROL + out)


class GridView(CardView):
    """Shows a :class:`GridModel`."""

    least_width = LEAST_WIDTH
    typed = Signal(str)
    """(letters) somebody begins to type the name of a class."""
    seen_changed = Signal()
    """Other images are in view."""
    confirmed = Signal()
    """Enter."""

    def __init__(self, theme: Theme, colors: ClassColors) -> None:
        super().__init__(theme)
        self.images = GridModel(self)
        self.setModel(self.images)
        self.delegate = TileDelegate(theme, colors, self)
        self.setItemDelegate(self.delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setAccessibleName(tr("Images"))
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.seen_changed)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self._settle.start())
        self.images.modelReset.connect(self._settle.start)
        self.images.rowsInserted.connect(lambda: self._settle.start())
        colors.changed.connect(self.viewport().update)

    # --- what is chosen -------------------------------------------------------------------------

    @property
    def key(self) -> str:
        """The current image, or ""."""
        row = self.row
        return self.images.key(row) if row is not None and row < self.images.rowCount() else ""

    def chosen(self) -> list[str]:
        """The selected images in their order."""
        return [self.images.key(row) for row in selected_rows(self)]

    def chosen_count(self) -> int:
        """How many are selected; quick also for a hundred thousand."""
        return selected_count(self)

    def go_to(self, row: int) -> None:
        """Select one image, and bring it into view."""
        if 0 <= row < self.images.rowCount():
            self.set_row(row)
            self.scrollTo(self.images.index(row))

    def keep_choice(self, change: Callable[[], object]) -> None:
        """Show other rows by ``change``; what is selected and still there stays so."""
        chosen, current = self.chosen(), self.key
        change()
        rows = [row for key in chosen if (row := self.images.row(key)) is not None]
        if not rows:
            self.scrollToTop()
            return
        at = self.images.row(current)
        self.selectionModel().setCurrentIndex(
            self.images.index(at if at is not None else rows[0]),
            QItemSelectionModel.SelectionFlag.NoUpdate)
        select_rows(self, rows)
        self.scrollTo(self.currentIndex())

    # --- what is in view ------------------------------------------------------------------------

    def seen(self) -> list[str]:
        """Keys of the images in view."""
        return [self.images.key(row) for row in self.rows_in_view()]

    def repaint_image(self, path: str) -> None:
        """The thumbnail of an image has come."""
        self.delegate.covers.forget(path)
        for row in self.rows_in_view():
            key = self.images.key(row)  # most names differ, which is told sooner than paths
            if path.endswith(key.rpartition("/")[2]) and str(self.images.path(key)) == path:
                self.update(self.images.index(row))

    def card_height(self, width: int) -> int:
        return round((width - GAP) * _SHAPE) + GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()

    # --- mouse and keys -------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier
                                         | Qt.KeyboardModifier.AltModifier
                                         | Qt.KeyboardModifier.MetaModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.row is not None:
            self.confirmed.emit()
        elif plain and text and begins_label(text, self.images.kind):
            self.typed.emit(text)
        elif plain and text and text.isprintable() and text != " ":
            event.ignore()  # digits are keys of the place
        else:
            super().keyPressEvent(event)

    def startDrag(self, _actions: Qt.DropAction) -> None:
        chosen = self.chosen()
        if not chosen:
            return
        data = QMimeData()
        data.setData(DRAGGED, b"selected")
        drag = QDrag(self)
        drag.setMimeData(data)
        picture = self.delegate.covers.get(
            str(self.images.path(chosen[0])), self.gridSize() - QSize(GAP, GAP),
            self.devicePixelRatioF())
        if picture is not None:
            shown = picture.scaledToWidth(round(LEAST_WIDTH / 2 * picture.devicePixelRatio()),
                                          Qt.TransformationMode.SmoothTransformation)
            drag.setPixmap(shown)
        drag.exec(Qt.DropAction.CopyAction)
