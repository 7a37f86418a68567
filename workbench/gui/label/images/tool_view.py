"""The canvas as gestures, tools and the overlay see it: what is under the hand, what it asks."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from workbench.core.outlines import Mask
from workbench.core.shapes import Bounds, Box, Shape
from workbench.extension.window import Gesture, LabellingTool, ToolController
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.geometry import Point
from workbench.gui.label.images.picture_view import PictureView
from workbench.gui.label.images.real_sizes import sides_words
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_colors import ClassColors

ShapeT = TypeVar("ShapeT")
_NOTE_GAP = float(tokens.SPACE_S)


class ToolView(PictureView):
    """A picture whose objects an :class:`Editor` changes."""

    new_class_wanted = Signal(QRect, object)
    """(rectangle, shape) it was drawn while there is no class yet."""

    def __init__(self, editor: Editor, theme: Theme, colors: ClassColors,
                 parent: QWidget | None = None) -> None:
        super().__init__(theme, colors, parent)
        self.editor = editor
        self.hovered: int | None = None
        """Position of the box that a press would take."""
        self.unnamed: Shape | None = None
        """What was drawn and has no class yet; shown while that is asked for."""

    # --- mouse and keys -------------------------------------------------------------------------

    @property
    def tool(self) -> LabellingTool | None:
        """What the left button draws with, if that was chosen."""
        raise NotImplementedError

    @property
    def controller(self) -> ToolController | None:
        """What else that tool does."""
        raise NotImplementedError

    @property
    def active_gesture(self) -> Gesture | None:
        """What the hand is doing, if it changes boxes or the selection."""
        raise NotImplementedError

    @property
    def waiting(self) -> bool:
        """Whether the picture takes so long that it should be said."""
        raise NotImplementedError

    def settle(self) -> None:
        """Finish what the hand is still doing, so that another command finds a clean state."""
        raise NotImplementedError

    def show_gesture(self) -> None:
        """The gesture looks different now."""
        raise NotImplementedError

    def boxes_at(self, point: Point) -> list[int]:
        """Boxes under ``point`` that can be taken, the smallest first."""
        raise NotImplementedError

    def shapes_at(self, point: Point) -> list[int]:
        """What is shown under ``point``, locked or not, the smallest first."""
        raise NotImplementedError

    @property
    def guide(self) -> Point | None:
        """Where the guide lines cross, or None outside draw mode."""
        return self.mouse if self.editor.drawing and self.mouse is not None else None

    def chosen_shape(self, kind: type[ShapeT]) -> ShapeT | None:
        """The shape of the only selected object, if it is of this ``kind`` and can be changed."""
        editor = self.editor
        if len(editor.selection) != 1 or self.scene.hidden or not editor.editable:
            return None
        shape = editor.selected[0].shape
        return shape if isinstance(shape, kind) else None

    # --- what was drawn -------------------------------------------------------------------------

    def box_drawn(self, box: Bounds) -> None:
        """A box was dragged: add it, or ask for its class where there is none yet."""
        editor = self.editor
        if self.shape_drawn(Box(*box)) and editor.keep_drawing:
            editor.select(())
        if not editor.keep_drawing:
            editor.set_drawing(False)

    def shape_drawn(self, shape: Shape) -> bool:
        """As :meth:`box_drawn` of any shape; whether it was added."""
        if self.editor.settled_class():
            if isinstance(shape, Mask) and self.editor.one_class:
                return self.editor.paint_area(None, shape, "")
            return self.editor.add_shape(shape)
        self.new_class_wanted.emit(self.view_rect(shape.bounds()).toAlignedRect(), shape)
        self.show_unnamed(shape)
        return False

    def show_unnamed(self, shape: Shape | None) -> None:
        """Show what has no class yet, or show it no more."""
        self.unnamed = shape
        self.show_gesture()

    def size_words(self, box: Bounds) -> str:
        """ "41 × 87", in the units of the world, too, where the scale is known."""
        known = self.editor.scale
        return sides_words(box[2] - box[0], box[3] - box[1],
                           known.size if known is not None else None)

    def paint_note(self, painter: QPainter, rect: QRectF, words: str) -> None:
        """A short text beside the lower right corner of what is being handled ("41 × 87")."""
        metrics = painter.fontMetrics()
        width = float(metrics.horizontalAdvance(words)) + 2 * tokens.SPACE_S
        height = float(metrics.height()) + tokens.SPACE_XS
        left = min(max(rect.right() - width, 0.0), max(0.0, self.width() - width))
        top = min(rect.bottom() + _NOTE_GAP, max(0.0, self.height() - height))
        room = QRectF(left, top, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.ON_IMAGE_DARK))
        painter.drawRoundedRect(room, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(tokens.ON_IMAGE))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)
