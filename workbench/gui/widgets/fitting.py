"""Where room is short: pages scroll, panels fold away, what lay side by side is stacked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QScrollArea, QSplitter, QWidget

from workbench.gui.style import tokens

if TYPE_CHECKING:
    from workbench.gui.app.remember import PlaceMemory

LIST, SIDE = "list", "side"
MIDDLE_LEAST = 320
"""Width in logical pixels that the middle keeps: panels that would take of it fold away."""
MIDDLE = 1000
"""First width of the middle, which takes what is left in any case."""


class Fitting(QScrollArea):
    """A page that fills its room, and scrolls both ways where it needs more than there is."""

    def __init__(self, page: QWidget | None = None) -> None:
        super().__init__()
        # One without a ground of its own, as pages paint themselves. Asking for the viewport that
        # is there would make PySide6 load all classes of widgets, before the first paint.
        self.setViewport(QWidget())
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        if page is not None:
            self.hold(page)

    def hold(self, page: QWidget) -> None:
        """Show a page."""
        self.setWidget(page)
        page.setAutoFillBackground(False)  # the area sets it

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class Stacking(QScrollArea):
    """Two parts side by side; below a width one above the other, and all of it scrolls.

    Parameters
    ----------
    parts
        Will hold the two: :meth:`hold`.
    width
        In logical pixels, from which on they lie side by side.
    """

    turned = Signal(bool)
    """(whether they are stacked) they lie otherwise from now on."""

    def __init__(self, parts: QSplitter, width: int) -> None:
        super().__init__()
        self._parts, self._width = parts, width
        self._sizes: list[int] = []
        self._least = parts.minimumSize()
        self.stacked = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setWidget(parts)

    def hold(self, first: QWidget, second: QWidget) -> None:
        """Show the two, once the area is where it stays: what gets a parent is styled anew with
        all that is in it."""
        self._both = (first, second)
        for part in self._both:
            self._parts.addWidget(part)
            _content(part).installEventFilter(self)

    def show_part(self, at: int) -> None:
        """Scroll to a part, where they are stacked."""
        if self.stacked:
            self._share_height()
            self.verticalScrollBar().setValue(self._both[at].y())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        stacked = self.width() < self._width
        if stacked != self.stacked:
            self._turn(stacked)
        self._share_height()
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.stacked and event.type() == QEvent.Type.LayoutRequest:
            self._share_height()
        return super().eventFilter(watched, event)

    def _turn(self, stacked: bool) -> None:
        if stacked:
            self._sizes = self._parts.sizes()
        self.stacked = stacked
        self._parts.setOrientation(Qt.Orientation.Vertical if stacked
                                   else Qt.Orientation.Horizontal)
        self._parts.handle(1).setEnabled(not stacked)
        if not stacked:
            self._parts.setMinimumHeight(self._least.height())
            self._parts.setSizes(self._sizes)
        self.turned.emit(stacked)

    def _share_height(self) -> None:
        """Give the first part what it asks for and the second all that one sees at once."""
        if not self.stacked:
            return
        first, second = self._both
        heights = [_height_for(first, self.viewport().width()),
                   max(self.viewport().height(), second.minimumSizeHint().height())]
        whole = sum(heights) + self._parts.handleWidth()
        if self._parts.minimumHeight() != whole or self._parts.sizes() != heights:
            bar = self.verticalScrollBar()
            inside = bar.value() - second.y()
            self._parts.setMinimumHeight(whole)
            self._parts.resize(self._parts.width(), whole)  # so that all can be scrolled to at once
            self._parts.setSizes(heights)
            if inside >= 0 and bar.value():  # what is looked at stays when the first part grows
                bar.setValue(second.y() + inside)


def _height_for(part: QWidget, width: int) -> int:
    """What ``part`` needs to be seen whole; of an area that scrolls, what lies in it."""
    content = _content(part)
    height = content.heightForWidth(width) if content.hasHeightForWidth() else -1
    return max(height, content.sizeHint().height(), part.minimumSizeHint().height())


def _content(part: QWidget) -> QWidget:
    """``part``, or what lies in it where it is an area that scrolls."""
    content = part.widget() if isinstance(part, QScrollArea) else None
    return content if content is not None else part


class FoldingPanels(QSplitter):
    """A middle between two panels that fold: by hand, which is remembered, or for lack of room.

    Where there is no room for both, the one at the right stays, or else the one that a person
    opened last.

    Parameters
    ----------
    memory
        Where widths and folds are kept.
    parent
        Of the splitter.
    """

    def __init__(self, memory: PlaceMemory, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self._memory = memory
        self._wanted = {name: not memory.folded(name) for name in (SIDE, LIST)}
        self._opened = ""
        self._room: int | None = None
        self._toggles: Mapping[str, QAbstractButton] = {}

    def set_toggles(self, toggles: Mapping[str, QAbstractButton]) -> None:
        """Begin, once all three parts are there, with the buttons that fold the panels."""
        self._toggles = toggles
        self.setStretchFactor(1, 1)
        self.setSizes([self._memory.width(LIST, tokens.LIST_PANEL_WIDTH), MIDDLE,
                       self._memory.width(SIDE, tokens.SIDE_PANEL_WIDTH)])
        self.splitterMoved.connect(lambda _pos, _index: self._remember_widths())
        self._show_panels()

    def panel(self, name: str) -> QWidget:
        """The panel at the left ("list") or at the right ("side")."""
        panel = self.widget(0 if name == LIST else 2)
        assert panel is not None
        return panel

    def toggle(self, name: str) -> None:
        """Fold a panel away, or bring it back."""
        self.fold(name, folded=not self.panel(name).isHidden())

    def fold(self, name: str, *, folded: bool) -> None:
        """Hide or show a panel, and remember it."""
        in_passing = folded and name not in self._fitting()  # it has no room here, but elsewhere
        self._opened = "" if folded else name
        if not in_passing:
            self._wanted[name] = not folded
            self._memory.set_folded(name, folded)
        self._show_panels()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.width() != self._room:
            self._room = self.width()
            self._show_panels()

    def _fitting(self, first: str = "") -> set[str]:
        """Panels that are wanted and find room, and ``first`` in any case."""
        wanted = sorted((name for name, on in self._wanted.items() if on),
                        key=lambda name: name != first)
        if self._room is None:
            return set(wanted)
        fitting, left = set(), self._room - MIDDLE_LEAST
        for name in wanted:
            left -= self.panel(name).minimumWidth()
            if left >= 0 or name == first:
                fitting.add(name)
        return fitting

    def _show_panels(self) -> None:
        shown = self._fitting(self._opened)
        for name, toggle in self._toggles.items():
            if self.panel(name).isHidden() == (name in shown):
                self.panel(name).setHidden(name not in shown)
            toggle.setChecked(name in shown)

    def _remember_widths(self) -> None:
        for name in self._wanted:
            if not self.panel(name).isHidden():
                self._memory.set_width(name, self.panel(name).width())
