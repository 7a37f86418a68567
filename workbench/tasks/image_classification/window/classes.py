"""Classes as whole images use them: counted in images, given by key, by typing or by dragging."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from workbench.core import signal
from workbench.core.text import count
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets.class_model import ClassUse, Disconnect
from workbench.gui.widgets.class_panel import ClassPanel
from workbench.project.session import Session
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.window.grid_view import DRAGGED


def _listen(session: Session, later: Callable[[], object]) -> list[Disconnect]:
    return [labels_of(session).changed.connect(lambda _keys: later())]


WHOLE_IMAGES = ClassUse(
    counts=lambda session: labels_of(session).counts(), listen=_listen,
    words=lambda number: count(number, "label"),
    rename=lambda session, old, new: labels_of(session).rename_class(old, new),
    remove=lambda session, name: labels_of(session).remove_class(name),
    show="Show its images",
    hint="Add a class, then select images and press its key.",
    tip="Double click: give it to the selected images\nOr drop images on it",
)


class ClassChoice:
    """What the list of classes needs: which class is current, and what giving one does.

    Parameters
    ----------
    give
        Called with a class that the selected images are to have.
    """

    def __init__(self, give: Callable[[str], object]) -> None:
        self.current_class = ""
        self.class_changed: signal.Signal[()] = signal.Signal()
        self._give = give

    def choose_class(self, name: str) -> None:
        self.set_current_class(name)
        self._give(name)

    def set_current_class(self, name: str) -> None:
        if name != self.current_class:
            self.current_class = name
            self.class_changed.emit()


class _DropMark(QWidget):
    """A frame around the class that images would be dropped on."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.color("accent"), tokens.FOCUS_WIDTH))
            painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), tokens.RADIUS_CONTROL,
                                    tokens.RADIUS_CONTROL)


class ClassDrops(QObject):
    """Lets images be dropped on the classes of a panel."""

    dropped = Signal(str)
    """(class) the images that are dragged are to have it."""

    def __init__(self, panel: ClassPanel, theme: Theme) -> None:
        super().__init__(panel)
        self._panel = panel
        viewport = panel.view.viewport()
        self._mark = _DropMark(theme, viewport)
        panel.view.setAcceptDrops(True)
        viewport.setAcceptDrops(True)
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind is QEvent.Type.DragLeave:
            self._mark.hide()
        elif kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop) \
                and isinstance(event, QDropEvent) and event.mimeData().hasFormat(DRAGGED):
            self._over(event, dropped=kind is QEvent.Type.Drop)
            return True
        return super().eventFilter(watched, event)

    def _over(self, event: QDropEvent, *, dropped: bool) -> None:
        view = self._panel.view
        index = view.indexAt(event.position().toPoint())
        self._mark.setVisible(index.isValid() and not dropped)
        # over no class the drag goes on, since one may still be met
        if index.isValid():
            rect: QRect = view.visualRect(index)
            self._mark.setGeometry(rect.adjusted(4, 0, -4, 0))
            self._mark.raise_()
            event.acceptProposedAction()
            if dropped:
                self.dropped.emit(self._panel.model.name(index.row()))
        elif isinstance(event, QDragMoveEvent):
            event.ignore()
            if event.type() is QEvent.Type.DragEnter:
                event.accept()
