"""What lies above the layer and changes with every move: selection, hover, guides, messages."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion

from workbench.core.dots import is_dot
from workbench.core.text import tr
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.ghost import ghost_area, paint_flag, paint_ghost
from workbench.gui.label.images.scene import FAR, label_rect
from workbench.gui.label.images.shape_grips import grips_of
from workbench.gui.label.images.suggested import paint_suggested, suggested_region
from workbench.gui.label.images.tool_view import ToolView
from workbench.gui.label.images.tools import (
    DrawBox,
    MoveBoxes,
    PaintsSelected,
    outer,
    paint_active,
    paint_selection,
)
from workbench.gui.style import tokens

_WIDEST_NOTE = "00000 × 00000 · 00,000 × 00,000 µm"
"""What stands beside something that is being drawn, where the scale is known."""


class Overlay:
    """Paints the overlay of one canvas and knows what of it has to be painted again."""

    def __init__(self, canvas: ToolView) -> None:
        self._canvas = canvas
        self._drawn = QRegion()
        self._selected: list[QRectF] | None = None

    def forget(self) -> None:
        """Boxes, selection or view are others: look where the selection lies now."""
        self._selected = None

    def refresh(self) -> None:
        """Have repainted where the overlay was and where it is now."""
        now = self._region()
        both = self._drawn | now
        self._drawn = now
        if not both.isEmpty():
            self._canvas.update(both)

    # --- where it is ----------------------------------------------------------------------------

    def selected(self) -> list[QRectF]:
        """Rectangles of the selected boxes in the view, in the order of the selection."""
        if self._selected is None:
            canvas = self._canvas
            self._selected = [rect for _, rect in canvas.view_rects(canvas.editor.selection)]
        return self._selected

    def _region(self) -> QRegion:
        canvas = self._canvas
        region = QRegion()
        gesture = canvas.active_gesture
        if gesture is not None:
            region |= QRegion(gesture.dirty().toAlignedRect())
        if not isinstance(gesture, MoveBoxes) and not canvas.scene.hidden:
            for rect in _few(self.selected()):
                region |= QRegion(outer(rect).toAlignedRect())
        grips = grips_of(canvas)
        if grips is not None:
            region |= QRegion(grips.area().toAlignedRect())
        if gesture is not None or canvas.editor.selection:
            region |= QRegion(self._labels_reach(region))
        if canvas.unnamed is not None:
            region |= QRegion(outer(canvas.view_rect(canvas.unnamed.bounds())).toAlignedRect())
            region |= QRegion(self._labels_reach(region))
        if canvas.hovered is not None:
            region |= QRegion(self._hover_area().toAlignedRect())
        if canvas.editor.ghost is not None and not canvas.scene.hidden:
            area = ghost_area(canvas, canvas.editor.ghost)
            region |= QRegion(area.intersected(QRectF(canvas.rect())).toAlignedRect())
        if canvas.editor.suggestions.shown and not canvas.scene.hidden:
            region |= suggested_region(canvas)
        marks = canvas.controller.area() if canvas.controller is not None else None
        if marks is not None:
            region |= QRegion(marks.toAlignedRect())
        if (ring := self._ring()) is not None:
            region |= QRegion(outer(ring).toAlignedRect())
        if canvas.guide is not None:
            x, y = int(canvas.guide[0]), int(canvas.guide[1])
            region |= QRegion(x - 1, 0, 3, canvas.height())
            region |= QRegion(0, y - 1, canvas.width(), 3)
        return region & QRegion(canvas.rect())

    def _labels_reach(self, region: QRegion) -> QRegion:
        """Room for labels and notes, which may be wider than their boxes."""
        rect = region.boundingRect()
        reach = int(self._canvas.pens.widest_label) + tokens.CONTROL_HEIGHT * 2
        if self._canvas.editor.scale is not None:
            reach = max(reach, self._canvas.fontMetrics().horizontalAdvance(_WIDEST_NOTE))
        more = max(0, reach - rect.width())
        return QRegion(rect.adjusted(-more, -tokens.CONTROL_HEIGHT, more, tokens.CONTROL_HEIGHT))

    def _hover_area(self) -> QRectF:
        canvas = self._canvas
        assert canvas.hovered is not None
        item = canvas.editor.objects[canvas.hovered]
        area = outer(canvas.view_rect(item.box))
        area.setWidth(max(area.width(), canvas.pens.label_size(item).width()
                          + 2 * tokens.HANDLE))
        return area

    # --- painting -------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """Paint everything that is above the layer."""
        canvas = self._canvas
        gesture, controller = canvas.active_gesture, canvas.controller
        if controller is not None:
            controller.paint_below(painter)
        if not canvas.scene.hidden:
            if canvas.editor.suggestions.shown:
                paint_suggested(painter, canvas)
            if canvas.editor.ghost is not None:
                paint_ghost(painter, canvas, canvas.editor.ghost)
                paint_flag(painter, canvas, canvas.editor.ghost)
            if canvas.hovered is not None:
                self._paint_hovered(painter, canvas.hovered)
            if canvas.editor.selection and not isinstance(gesture, PaintsSelected):
                self._paint_selection(painter)
        if canvas.unnamed is not None:
            box = canvas.unnamed.bounds()
            rect = canvas.view_rect(box)
            paint_active(painter, canvas, rect, "", shape=canvas.unnamed)
            if not is_dot(canvas.unnamed):
                canvas.paint_note(painter, rect, canvas.size_words(box))
        if gesture is not None:
            gesture.paint(painter)
        if (ring := self._ring()) is not None:
            for color, width in ((tokens.ON_IMAGE_DARK, 4.0), (tokens.ON_IMAGE, 2.0)):
                painter.setPen(QPen(QColor(color), width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(ring)
        if canvas.guide is not None and not isinstance(gesture, DrawBox):
            self._paint_guide(painter, canvas.guide)
        if controller is not None:
            controller.paint(painter)
        self._paint_words(painter)
        if canvas.ringed:
            width = float(tokens.FOCUS_WIDTH)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(canvas.theme.color("accent"), width))
            painter.drawRect(QRectF(canvas.rect()).adjusted(width / 2, width / 2, -width / 2,
                                                            -width / 2))

    def _paint_selection(self, painter: QPainter) -> None:
        canvas, editor = self._canvas, self._canvas.editor
        paint_selection(painter, canvas, self.selected(), grips=editor.editable)
        grips = grips_of(canvas)
        if grips is not None:
            grips.paint(painter, editor.selected[0].label)

    def _paint_hovered(self, painter: QPainter, index: int) -> None:
        canvas = self._canvas
        if index in canvas.editor.selection:
            return
        item = canvas.editor.objects[index]
        rect = canvas.view_rect(item.box)
        paint_active(painter, canvas, rect, item.label, hover=True, shape=item.shape)
        label = canvas.pens.label(item)
        spot = label_rect(rect, canvas.pens.label_size(item))
        painter.drawPixmap(spot.topLeft(), label)

    def _ring(self) -> QRectF | None:
        """Around the place to look at, whatever the zoom."""
        canvas = self._canvas
        if canvas.scene.unsure is None:
            return None
        x, y = canvas.viewport.to_view(canvas.scene.unsure)
        reach = float(tokens.CONTROL_HEIGHT)
        return QRectF(x - reach, y - reach, 2 * reach, 2 * reach)

    def _paint_guide(self, painter: QPainter, at: Point) -> None:
        """Two thin lines through the mouse, readable on dark and on light pictures."""
        canvas = self._canvas
        x, y = int(at[0]) + 0.5, int(at[1]) + 0.5
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for color, style in ((tokens.ON_IMAGE_DARK, Qt.PenStyle.SolidLine),
                             (tokens.ON_IMAGE, Qt.PenStyle.DashLine)):
            painter.setPen(QPen(QColor(color), 1.0, style))
            painter.drawLine(QPointF(x, 0.0), QPointF(x, float(canvas.height())))
            painter.drawLine(QPointF(0.0, y), QPointF(float(canvas.width()), y))

    def _paint_words(self, painter: QPainter) -> None:
        canvas = self._canvas
        words = canvas.scene.picture.failure
        if not words and canvas.waiting:
            words = tr("Loading the picture …")
        if not words:
            return
        painter.setPen(canvas.theme.color("soft"))
        painter.setFont(canvas.font())
        room = QRectF(canvas.rect()).adjusted(tokens.SPACE_XL, tokens.SPACE_XL,
                                              -tokens.SPACE_XL, -tokens.SPACE_XL)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)


def _few(rects: list[QRectF]) -> list[QRectF]:
    """``rects``, or the one around all of them where they are many."""
    if len(rects) <= tokens.CONTROL_HEIGHT:
        return rects
    left, top = min(r.left() for r in rects), min(r.top() for r in rects)
    right, bottom = max(r.right() for r in rects), max(r.bottom() for r in rects)
    far = FAR
    left, top, right, bottom = max(left, -far), max(top, -far), min(right, far), min(bottom, far)
    return [QRectF(left, top, right - left, bottom - top)]
