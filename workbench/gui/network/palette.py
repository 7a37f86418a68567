"""The kinds of layers: a click adds one, a drag puts it where it is let go."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from workbench.core.text import tr
from workbench.gui.network.layer_list import LayerList
from workbench.gui.style import tokens
from workbench.gui.widgets import QuietButton, SectionTitle, SidePanel, column, label, scrolling
from workbench.gui.widgets.layout import widget_of
from workbench.project.networks.layers import KINDS, LayerKind


class _KindButton(QuietButton):
    """A kind of layer; while it is dragged, the list shows where it would come."""

    dropped = Signal(int)
    """(before) it was let go over the list."""

    def __init__(self, kind: LayerKind, target: LayerList) -> None:
        super().__init__(tr(kind.title), "plus")
        self.kind = kind
        self._target = target
        self._pressed: QPoint | None = None
        self._dragging = False
        self.setToolTip(tr("{help}\nA click adds it below the chosen layer; a drag puts it "
                           "anywhere.", help=tr(kind.help)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._pressed is None:
            return
        moved = (event.position().toPoint() - self._pressed).manhattanLength()
        self._dragging = self._dragging or moved >= QApplication.startDragDistance()
        if self._dragging:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._target.show_gap(self._gap(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gap = self._gap(event) if self._dragging else -1
        if self._dragging:
            self.setDown(False)  # it is no click
        self._pressed, self._dragging = None, False
        self.unsetCursor()
        self._target.show_gap(-1)
        super().mouseReleaseEvent(event)
        if gap >= 0:
            self.dropped.emit(gap)

    def _gap(self, event: QMouseEvent) -> int:
        point = self._target.viewport().mapFromGlobal(event.globalPosition().toPoint())
        return self._target.gap_at(point)


class LayerPalette(SidePanel):
    """All kinds."""

    added = Signal(str, int)
    """(kind, before) a layer is wanted; -1 for below the chosen one."""

    def __init__(self, target: LayerList) -> None:
        super().__init__("right")
        self.setFixedWidth(tokens.SIDE_PANEL_WIDTH - tokens.SPACE_XL)
        self.buttons: dict[str, _KindButton] = {}
        for kind in KINDS.values():
            self.buttons[kind.id] = button = _KindButton(kind, target)
            button.clicked.connect(lambda _=False, id=kind.id: self.added.emit(id, -1))
            button.dropped.connect(lambda gap, id=kind.id: self.added.emit(id, gap))
        rows = widget_of(column(*self.buttons.values(), 1, spacing=tokens.SPACE_XS + 2))
        edge = tokens.SPACE_M
        self.setLayout(column(
            SectionTitle(tr("Add a layer")),
            label(tr("Click, or drag to its place."), "caption", wrap=True),
            scrolling(rows), margins=(edge, edge, edge, edge)))
