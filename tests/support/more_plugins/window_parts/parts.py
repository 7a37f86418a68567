"""What the plugin draws: Qt, and of the program what is for plugins."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.extension.window import SizeRange, ToolController


class TallyPlace(QWidget):
    """How many labels there are."""

    def __init__(self, context: Any) -> None:
        super().__init__()
        self._context = context
        self.told: list[str] = []
        self.text = QLabel("")
        QVBoxLayout(self).addWidget(self.text)

    def entered(self, target: object = None) -> None:
        self.told.append("entered")
        counts = self._context.session.index.class_counts()
        self.text.setText(f"{sum(counts.values())} labels")

    def left(self) -> None:
        self.told.append("left")

    def close_down(self) -> None:
        self.told.append("closed")


class ClipName(QLabel):
    """The name of the clip that is shown in Audio."""

    def __init__(self, context: Any, place: Any) -> None:
        super().__init__("no clip")
        self._editor = place.editor
        self._editor.sample_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self.setText(self._editor.key or "no clip")


class StampController(ToolController):
    """The side of the box, which is shown at the mouse."""

    size_range = SizeRange("Side", 4.0, 40.0)
    size = 10.0

    def resize(self, steps: int) -> None:
        self.size += steps

    def status(self) -> str:
        return f"{self.size:.0f} px"

    def area(self) -> QRectF:
        side = self.size * self.canvas.viewport.scale
        return QRectF(*self.canvas.mouse, side, side) if self.canvas.mouse else QRectF()

    def paint(self, painter: Any) -> None:
        painter.drawRect(self.area())


class Stamp:
    """A click makes a box of as many pixels there."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Any, start: tuple[float, float]) -> None:
        self._canvas, self._at = canvas, start

    def move(self, point: tuple[float, float], modifiers: Any) -> None:
        self._at = point

    def finish(self) -> None:
        x, y = self._canvas.viewport.to_image(self._at)
        side = self._canvas.controller.size
        self._canvas.box_drawn((x, y, x + side, y + side))

    def cancel(self) -> None:
        pass

    def dirty(self) -> QRectF:
        return QRectF()

    def paint(self, painter: Any) -> None:
        pass


def broken(context: Any) -> QWidget:
    raise SystemExit("no such widget")


def tally(context: Any) -> None:
    context.say("ok", "Tallied.")


def fail(context: Any) -> None:
    raise RuntimeError("it was meant to")
