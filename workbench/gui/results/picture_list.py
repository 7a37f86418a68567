"""The pictures behind a number, one of which can be looked at enlarged: what the lists of images of
several tasks share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from PySide6.QtCore import QPoint, QRectF, Qt, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView

from workbench.core.text import several, tr
from workbench.gui.label.images.crops import CropLoader
from workbench.gui.results.card_view import GAP, PAD, CardDelegate, CardView, ResultListModel
from workbench.gui.results.notice import UpdateNotice
from workbench.gui.results.result_list_panel import ResultListPanel
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton

_TILE_WIDTH = 204
"""Least width of a picture with its frame, in logical pixels."""
_CAPTION = 30


class PictureListModel(ResultListModel):
    """The pictures of one snapshot, in its order."""

    @abstractmethod
    def tone(self, row: int) -> str:
        """Colour of the word on a picture, as a token."""


class EnlargingView(CardView):
    """Pictures in rows, of which one is looked at enlarged."""

    least_width = _TILE_WIDTH
    shape: ClassVar[float]
    """Width of a picture by its height."""
    enlarge = Signal(int)
    """(row) the space bar."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)

    def card_height(self, width: int) -> int:
        return round((width - GAP - 2 * PAD) / self.shape) + PAD + _CAPTION + GAP

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.row is not None:
            self.enlarge.emit(self.row)
        else:
            super().keyPressEvent(event)


ModelT = TypeVar("ModelT", bound=PictureListModel)
ViewT = TypeVar("ViewT", bound=EnlargingView)


class PictureDelegate(CardDelegate, Generic[ModelT]):
    """Paints the file and the word below a picture; a subclass paints the picture."""

    def __init__(self, theme: Theme, view: EnlargingView, model: ModelT) -> None:
        super().__init__(theme, view)
        self.model = model

    @abstractmethod
    def paint_picture(self, painter: QPainter, area: QRectF, row: int) -> None:
        """Paint the picture of ``row`` into ``area``, in logical pixels."""

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        area = inside.adjusted(0, 0, 0, PAD - _CAPTION)
        self.paint_picture(painter, area, row)
        painter.setFont(self.view.font())
        self.paint_line(painter, QRectF(area.left(), area.bottom(), area.width(), _CAPTION),
                        self.model.name(row), self.model.word(row), self.theme.color("ink"),
                        self.theme.color(self.model.tone(row)))


class LargePicture(Protocol):
    """A widget in which one picture is looked at enlarged."""

    closed: SignalInstance
    """Back to the list."""
    opened: SignalInstance
    """(row) open the image where it is labelled."""

    def row_changed(self) -> None:
        """Another picture is chosen, or other figures are known of it."""


class PicturePanel(ResultListPanel[ViewT]):
    """A list of pictures, or the chosen one enlarged.

    Parameters
    ----------
    crops
        Reads the pictures.
    noun
        What one of them is called ("picture"); tells where it is opened, too, in ``to_open``.
    """

    large: Any
    """The :class:`LargePicture`."""
    menu_wanted = Signal(QPoint)
    """(point of the screen) the right mouse button on a picture."""

    def __init__(self, view: ViewT, crops: CropLoader, noun: str, to_open: str, nothing: str,
                 orders: Mapping[Any, str]) -> None:
        super().__init__(view, UpdateNotice("image", tr("Evaluate them")), several(noun), nothing,
                         orders)
        self.crops = crops
        crops.setParent(self)
        self.enlarge_button = IconButton("zoom-in", tr("Enlarge the chosen {noun}", noun=noun),
                                         keys="Space", bordered=True)
        self.open_button = IconButton("external", to_open, keys="Enter", bordered=True)
        self.enlarge_button.clicked.connect(lambda: self.show_large(not self.is_large))
        self.open_button.clicked.connect(self.open_chosen)
        view.enlarge.connect(lambda _row: self.show_large(True))
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._ask_for_menu)

    def set_large(self, large: LargePicture) -> None:
        """Look at pictures in this, enlarged."""
        self.large = large
        self.stack.addWidget(self.large)
        large.closed.connect(lambda: self.show_large(False))
        large.opened.connect(self.opened)

    @property
    def is_large(self) -> bool:
        return bool(self.stack.currentWidget() is self.large)

    def show_large(self, large: bool) -> None:
        """Show the chosen picture as large as the list, or the list again."""
        if large == self.is_large:
            return
        if large and self.view.row is None:
            if not self.view.model().rowCount():
                return
            self.view.set_row(0)
        page = self.large if large else self.view
        self.stack.setCurrentWidget(page)
        self.large.row_changed()
        page.setFocus()

    def show_some(self, some: bool) -> None:
        """Show the pictures, or that there are none."""
        if not some:
            self.stack.setCurrentWidget(self.nothing)
        elif self.stack.currentWidget() is self.nothing:
            self.stack.setCurrentWidget(self.view)
        self.large.row_changed()

    def choice_changed(self) -> None:
        self.open_button.setEnabled(self.view.row is not None)
        self.enlarge_button.setEnabled(self.view.model().rowCount() > 0)

    def _ask_for_menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.menu_wanted.emit(self.view.viewport().mapToGlobal(at))
