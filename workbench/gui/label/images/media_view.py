"""The list of images: rows with thumbnails, painted only where they are seen."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
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
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPainterPath, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.label.images.media_filter import MediaFilter, summary_words
from workbench.gui.label.images.media_model import MediaModel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.list_table import ListTable

THUMB = QSize(52, 36)
"""Logical pixels of a thumbnail in the list."""
_CUT_LIMIT = 400
_SETTLE_MS = 60
_MARGIN = tokens.SPACE_S - 2


class MediaDelegate(QStyledItemDelegate):
    """Paints one image: thumbnail, name, "14 boxes · 3 classes", and a mark."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loader: ThumbnailLoader | None = None
        self._theme = theme
        self._cut: OrderedDict[str, QPixmap] = OrderedDict()

    def forget(self, path: str | None = None) -> None:
        """Cut a thumbnail anew, or all."""
        if path is None:
            self._cut.clear()
        else:
            self._cut.pop(path, None)

    def sizeHint(self, option: QStyleOptionViewItem,
                 index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(tokens.LIST_PANEL_WIDTH // 2, tokens.ROW_HEIGHT_TALL)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem,
              index: QModelIndex | QPersistentModelIndex) -> None:
        model = index.model()
        assert isinstance(model, MediaModel)
        rect = option.rect
        state = option.state
        key = model.key(index.row())
        painter.save()
        self._paint_ground(painter, rect, state)
        left = rect.left() + _MARGIN + tokens.SPACE_XS
        thumb = QRect(left, rect.center().y() - THUMB.height() // 2 + 1,
                      THUMB.width(), THUMB.height())
        self._paint_thumb(painter, thumb, model.path(key))
        summary = model.summary(key)
        right = rect.right() - _MARGIN - tokens.SPACE_XS
        mark = None
        if summary is not None and summary.problem is not None:
            mark = self._theme.icon("warning", "warn")
        elif summary is not None and summary.verified:
            mark = self._theme.icon("check", "ok")
        if mark is not None:
            side = tokens.ICON_SMALL
            mark.paint(painter, right - side + 2, rect.center().y() - side // 2, side, side)
            right -= side + tokens.SPACE_XS
        gap = tokens.SPACE_S + 2
        text = QRect(thumb.right() + gap, rect.top(),
                     right - thumb.right() - gap, rect.height())
        self._paint_words(painter, text, key.rpartition("/")[2], summary_words(summary), option)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if selected or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent_wash" if selected else "hover"))
            painter.drawRoundedRect(rect.adjusted(_MARGIN, 1, -_MARGIN, -1),
                                    tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)
        if selected and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(_MARGIN + .5, 1.5, -_MARGIN - .5, -1.5),
                                    tokens.RADIUS_CONTROL, tokens.RADIUS_CONTROL)

    def _paint_thumb(self, painter: QPainter, rect: QRect, path: str) -> None:
        pixmap = self._thumb(path, painter.device().devicePixelRatioF())
        if pixmap is not None:
            painter.drawPixmap(rect.topLeft(), pixmap)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("line"))
        painter.drawRoundedRect(rect, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
        if self.loader is not None and self.loader.failed(path):
            side = tokens.ICON_SMALL
            self._theme.icon("warning", "warn").paint(
                painter, rect.center().x() - side // 2, rect.center().y() - side // 2, side, side)

    def _thumb(self, path: str, ratio: float) -> QPixmap | None:
        """The thumbnail, cut to its frame with round corners; kept, because lists scroll."""
        found = self._cut.get(path)
        if found is not None and found.devicePixelRatio() == ratio:
            self._cut.move_to_end(path)
            return found
        if self.loader is None:
            return None
        size = THUMB * ratio
        # Four to three pictures are cut above and below: ask for a little more than the width.
        picture = self.loader.get(path, round(size.width() * 1.4))
        if picture is None:
            return None
        cut = QPixmap(size)
        cut.fill(Qt.GlobalColor.transparent)
        painter = QPainter(cut)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing
                               | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QPainterPath()
        radius = tokens.RADIUS_MARK * ratio
        frame.addRoundedRect(QRectF(0, 0, size.width(), size.height()), radius, radius)
        painter.setClipPath(frame)
        covering = picture.size().scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        painter.drawPixmap(QRect(QPoint((size.width() - covering.width()) // 2,
                                        (size.height() - covering.height()) // 2), covering),
                           picture)
        painter.end()
        cut.setDevicePixelRatio(ratio)
        self._cut[path] = cut
        if len(self._cut) > _CUT_LIMIT:
            self._cut.popitem(last=False)
        return cut

    def _paint_words(self, painter: QPainter, rect: QRect, name: str, words: str,
                     option: QStyleOptionViewItem) -> None:
        font = QFont(option.font)
        painter.setFont(font)
        painter.setPen(self._theme.color("ink"))
        metrics = painter.fontMetrics()
        middle = rect.center().y() + 1
        above = QRect(rect.left(), middle - metrics.height() - 1, rect.width(), metrics.height())
        # Names of one camera differ at their end: what is cut out is the middle.
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                         metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, rect.width()))
        font.setPixelSize(int(tokens.FONT_SMALL))
        painter.setFont(font)
        painter.setPen(self._theme.color("soft"))
        metrics = painter.fontMetrics()
        below = QRect(rect.left(), middle + 2, rect.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                         metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width()))


class MediaView(ListTable):
    """Lists a :class:`MediaModel`.

    Signals
    -------
    chosen
        (key) a person went to this image.
    accepted
        Enter was pressed: the hand wants to go on with the canvas.
    seen_changed
        Other rows are in view.
    """

    chosen = Signal(str)
    accepted = Signal()
    seen_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        media = MediaModel()
        super().__init__(media, tokens.ROW_HEIGHT_TALL, "Images", parent)
        media.setParent(self)
        self.media = media
        self.delegate = MediaDelegate(theme, self)
        self._current = ""
        self._offset: int | None = None
        self._top = ("", 0)
        self._filtering = False
        self._quiet = False
        self._waits_for_room = False
        self.setItemDelegate(self.delegate)
        self.setAutoScroll(False)
        self.verticalScrollBar().setSingleStep(tokens.ROW_HEIGHT_TALL)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.seen_changed)
        self.verticalScrollBar().valueChanged.connect(lambda: self._scrolled())
        self.media.modelAboutToBeReset.connect(self._before_reset)
        self.media.modelReset.connect(self._after_reset)
        self.media.rowsInserted.connect(lambda: self._settle.start())
        self.selectionModel().currentChanged.connect(self._current_changed)
        theme.changed.connect(self.viewport().update)

    def set_current(self, key: str) -> None:
        """Mark the shown image and bring it into view; no signal."""
        self._current = key
        self._select(scroll=True)

    def set_filter(self, filter: MediaFilter) -> None:
        """Show other images: from the beginning, or around the shown one if it is among them."""
        self._filtering = True
        self.media.set_filter(filter)
        self._filtering = False

    def seen(self) -> list[str]:
        """Keys of the rows in view."""
        first = self.indexAt(QPoint(1, 1)).row()
        if first < 0:
            return []
        count = self.viewport().height() // tokens.ROW_HEIGHT_TALL + 2
        return [self.media.key(row)
                for row in range(first, min(first + count, self.media.rowCount()))]

    def repaint_image(self, path: str) -> None:
        """The thumbnail of an image has come."""
        self.delegate.forget(path)
        first = self.indexAt(QPoint(1, 1)).row()
        for row, key in enumerate(self.seen(), max(first, 0)):
            if self.media.path(key) == path:
                self.update(self.media.index(row))

    def step(self, by: int) -> str:
        """Key of the image ``by`` rows from the current one, "" at the ends."""
        row = self.media.row(self._current)
        row = (0 if by > 0 else -1) if row is None else row + by
        return self.media.key(row) if 0 <= row < self.media.rowCount() else ""

    def _select(self, *, scroll: bool) -> None:
        row = self.media.row(self._current)
        self._quiet = True
        try:
            if row is None:
                self.selectionModel().clear()
                return
            index = self.media.index(row)
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            bar = self.verticalScrollBar()
            before = bar.value()
            self.selectionModel().setCurrentIndex(index, flag)
            if scroll:
                self._bring_into_view(index)
            else:
                bar.setValue(before)
        finally:
            self._quiet = False

    def _bring_into_view(self, index: QModelIndex) -> None:
        """Scroll only when the row gets out of view, and then so far that it lasts a while."""
        self._waits_for_room = self.viewport().height() < 2 * tokens.ROW_HEIGHT_TALL
        if self._waits_for_room:
            return  # not laid out yet: nobody knows what will be in view
        rect = self.visualRect(index)
        if rect.top() < 0 or rect.bottom() > self.viewport().height():
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _current_changed(self, index: QModelIndex) -> None:
        if self._quiet or not index.isValid():
            return
        key = self.media.key(index.row())
        self._bring_into_view(index)
        if key != self._current:
            self._current = key
            self.chosen.emit(key)

    def _scrolled(self) -> None:
        """Remember which image is at the top: when rows are others it cannot be asked any more."""
        self._settle.start()
        if not self._quiet:
            row = self.indexAt(QPoint(1, 1)).row()
            if 0 <= row < self.media.rowCount():
                value = self.verticalScrollBar().value()
                self._top = (self.media.key(row), value % tokens.ROW_HEIGHT_TALL)

    def _before_reset(self) -> None:
        """Remember how far down the current row stands."""
        self._quiet = True
        row = self.currentIndex().row()  # as it is shown: the model may know the new rows already
        self._offset = None
        if self._current and row >= 0:
            self._offset = row * tokens.ROW_HEIGHT_TALL - self.verticalScrollBar().value()

    def _after_reset(self) -> None:
        """Rows are others: what was in view stays where it was, as far as it is still there."""
        self._quiet = False
        self.doItemsLayout()
        row, top = self.media.row(self._current), self.media.row(self._top[0])
        seen = self._offset is not None \
            and -tokens.ROW_HEIGHT_TALL < self._offset < self.viewport().height()
        goes_there = row is not None and not seen and (self._filtering or top is None)
        self._select(scroll=goes_there)
        bar = self.verticalScrollBar()
        if row is not None and seen and self._offset is not None:
            bar.setValue(row * tokens.ROW_HEIGHT_TALL - self._offset)
        elif not goes_there:
            bar.setValue(0 if top is None or self._filtering
                         else top * tokens.ROW_HEIGHT_TALL + self._top[1])
        self._settle.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.accepted.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle.start()
        if self._waits_for_room and self.currentIndex().isValid():
            self._bring_into_view(self.currentIndex())

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self.delegate.forget()
        return super().viewportEvent(event)
