"""The suggestions of one class as crops, of which a person marks the wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.shapes import Bounds
from workbench.core.text import tr
from workbench.gui.background.cache import BackgroundCache
from workbench.gui.label.images.crops import CropLoader, crop_for, fitted, part_around
from workbench.gui.label.images.decoding import DecodeFailure, read_header
from workbench.gui.label.images.geometry import Size, area
from workbench.gui.label.images.ghost import DASH, score_text
from workbench.gui.label.images.outlines import SkeletonOf, no_skeleton, path_of, rings_of
from workbench.gui.results.card_view import PAD, CardDelegate, CardView
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.key_words import with_keys
from workbench.gui.widgets.point_painting import paint_keypoints
from workbench.project.suggestions import Suggested, Suggestion

Index = QModelIndex | QPersistentModelIndex
Order = Literal["least", "most", "largest", "image"]
Item = tuple[str, Suggestion]
"""An image and what is suggested on it."""

TILE_WIDTH = 148
"""Least width of a tile with its gap, in logical pixels."""
_CAPTION = 24
_SIZES_KEPT, _SIZES_WAITING = 20_000, 200
_VEIL_ALPHA = 150
_UNKNOWN: Size = (0, 0)
_RADIUS = 2.5  # logical pixels, of key points
_OF_BOX = 5  # elements of its path


class ReviewModel(QAbstractListModel):
    """The suggestions of one class in an order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: list[Item] = []
        self.wrong: set[Item] = set()
        """Those that a person marked."""

    def show(self, shown: Mapping[str, Suggested], label: str, order: Order) -> None:
        """Show those of class ``label``; of those that are shown still, the marks stay."""
        items = [(key, item) for key, found in shown.items() for item in found
                 if item.label == label]
        by: dict[Order, Callable[[Item], float]] = {
            "least": lambda entry: entry[1].score, "most": lambda entry: -entry[1].score,
            "largest": lambda entry: -area(entry[1].box)}
        items.sort(key=by.get(order, lambda _entry: 0.0))
        if items == self.items:
            return
        self.beginResetModel()
        self.items = items
        self.wrong &= set(items)
        self.endResetModel()

    def mark(self, rows: Iterable[int], wrong: bool | None = None) -> None:
        """Mark rows as wrong or as right; for None as wrong, or as right where all are wrong."""
        chosen = [self.items[row] for row in rows]
        if wrong is None:
            wrong = not self.wrong.issuperset(chosen)
        self.wrong = self.wrong.union(chosen) if wrong else self.wrong.difference(chosen)
        if self.items:
            self.dataChanged.emit(self.index(0), self.index(len(self.items) - 1))

    def judged(self) -> tuple[dict[str, Suggested], dict[str, Suggested]]:
        """Those that are right, and those that are wrong, by image."""
        parts: tuple[dict[str, Suggested], dict[str, Suggested]] = ({}, {})
        for key, item in self.items:
            part = parts[(key, item) in self.wrong]
            part[key] = (*part.get(key, ()), item)
        return parts

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  as Qt declares it
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if not 0 <= index.row() < len(self.items):
            return None
        key, item = self.items[index.row()]
        words = f"{Path(key).name}, {item.label} {score_text(item.score)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{words}\n" + with_keys(
                tr("Click: wrong, or right again. <review.open> opens the image."))
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return tr("{words}, wrong", words=words) if (key, item) in self.wrong else words
        return None


class ReviewView(CardView):
    """A grid of them: a click or a key marks, a drag selects several for the keys."""

    least_width = TILE_WIDTH

    def __init__(self, theme: Theme, colors: ClassColors, path_of: Callable[[str], Path],
                 skeleton: SkeletonOf = no_skeleton) -> None:
        super().__init__(theme)
        self.skeleton = skeleton
        self.crops = CropLoader(self)
        self.sizes: BackgroundCache[str, Size] = BackgroundCache(
            self, _size_of, lambda _path: self.viewport().update(), name="crop-sizes",
            most=_SIZES_KEPT, waiting=_SIZES_WAITING)
        self.review = ReviewModel(self)
        self.setModel(self.review)
        self.setItemDelegate(_ReviewDelegate(theme, colors, path_of, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAccessibleName(tr("Suggestions of one class"))
        self.crops.ready.connect(self.viewport().update)
        self.review.dataChanged.connect(lambda *_: self.viewport().update())
        self._pressed: int | None = None

    def chosen(self) -> list[int]:
        """The rows that keys are about."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return rows or ([self.row] if self.row is not None else [])

    def card_height(self, width: int) -> int:
        return width + _CAPTION - PAD

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        index = self.indexAt(event.position().toPoint())
        left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = index.row() if left and plain and index.isValid() else None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # two clicks: wrong, and right again

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        row, self._pressed = self._pressed, None
        if row is not None and self.indexAt(event.position().toPoint()).row() == row:
            self.review.mark([row])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.chosen():
            self.review.mark(self.chosen())
        else:
            super().keyPressEvent(event)


def _size_of(path: str) -> Size:
    """Of an image as it is displayed; for any thread."""
    try:
        return read_header(Path(path)).size
    except DecodeFailure:
        return _UNKNOWN


class _ReviewDelegate(CardDelegate):
    """Paints a crop with its box and its score, veiled where it is marked as wrong."""

    def __init__(self, theme: Theme, colors: ClassColors, path_of: Callable[[str], Path],
                 view: ReviewView) -> None:
        super().__init__(theme, view)
        self._colors, self._path_of, self._review = colors, path_of, view

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        key, item = self._review.review.items[row]
        wrong = (key, item) in self._review.review.wrong
        picture = inside.adjusted(0, 0, 0, PAD - _CAPTION)
        painter.fillRect(picture, self.theme.color("canvas"))
        self._paint_crop(painter, picture, self._path_of(key), item)
        if wrong:
            self._paint_wrong(painter, picture)
        painter.setFont(small(self.view.font()))
        line = QRectF(inside.left(), picture.bottom(), inside.width(), _CAPTION)
        self.paint_line(painter, line, Path(key).stem,
                        tr("wrong") if wrong else score_text(item.score), self.theme.color("soft"),
                        self.theme.color("bad_text" if wrong else "ink"))

    def _paint_crop(self, painter: QPainter, room: QRectF, path: Path, item: Suggestion) -> None:
        view = self._review
        size = view.sizes.get(str(path))
        if size is None:
            return
        failure = view.crops.failure(str(path))
        if failure or size == _UNKNOWN:
            self.paint_sentence(painter, room, tr("This image cannot be shown"))
            return
        part = part_around(item.box, size, room.width() / room.height())
        ratio = view.devicePixelRatioF()
        target = fitted(part, room, ratio)
        crop = view.crops.get(crop_for(path, part, target, ratio))
        if crop is not None:
            painter.drawPixmap(target.topLeft(), crop)
            self._paint_lines(painter, _lines(item, part, target), item.label)
            if isinstance(item.shape, Keypoints):
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                paint_keypoints(painter, item.shape, partial(_spot, part, target),
                                view.skeleton(item.label),
                                QPen(self._colors.color(item.label), 1.0), _RADIUS)

    def _paint_lines(self, painter: QPainter, lines: QPainterPath, label: str) -> None:
        """Of a box, sharp, or of an outline."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, lines.elementCount() > _OF_BOX)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.ON_IMAGE), tokens.WIDTH_BOX))
        painter.drawPath(lines)
        pen = QPen(self._colors.color(label), tokens.WIDTH_BOX)
        pen.setDashPattern(DASH)
        painter.setPen(pen)
        painter.drawPath(lines)

    def _paint_wrong(self, painter: QPainter, room: QRectF) -> None:
        veil = QColor(self.theme.color("panel"))
        veil.setAlpha(_VEIL_ALPHA)
        painter.fillRect(room, veil)
        side, middle = tokens.ICON_HERO, room.center().toPoint()
        self.theme.icon("close", "bad").paint(painter, middle.x() - side // 2,
                                              middle.y() - side // 2, side, side)


def _spot(part: Bounds, target: QRectF, x: float, y: float) -> QPointF:
    """Where a point of the image lies in ``target``, which shows ``part`` of it."""
    scale = target.width() / max(part[2] - part[0], 1e-6)
    return QPointF(target.left() + (x - part[0]) * scale, target.top() + (y - part[1]) * scale)


def _lines(item: Suggestion, part: Bounds, target: QRectF) -> QPainterPath:
    """Its outline, or its box, in ``target``, which shows ``part`` of the image."""
    if isinstance(item.shape, Polygon | RotatedBox):
        return path_of(QPolygonF([_spot(part, target, x, y) for x, y in ring])
                       for ring in rings_of(item.shape))
    path = QPainterPath()
    path.addRect(QRectF(_spot(part, target, *item.box[:2]), _spot(part, target, *item.box[2:])))
    return path
