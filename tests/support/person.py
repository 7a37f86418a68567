"""Somebody at the window: clicks what is shown and presses keys, and knows nothing inside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget
from pytestqt.exceptions import TimeoutError
from pytestqt.qtbot import QtBot

from workbench.gui.app.program import Program
from workbench.gui.label.images.place import ImagesPlace
from workbench.gui.results.place import ResultsPlace
from workbench.gui.train.place import TrainPlace
from workbench.tasks.detection.window.page import DetectionResults

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
TIMEOUT_MS = 120_000
"""Machines that run tests may be busy with something else."""


class Person:
    """Uses one window.

    Parameters
    ----------
    qtbot, program
        The program is shown already.
    """

    def __init__(self, qtbot: QtBot, program: Program) -> None:
        self.qtbot, self.program, self.window = qtbot, program, program.window

    def wait(self, condition: Callable[[], object], seen: Callable[[], object] = str) -> None:
        """Wait until ``condition`` holds; where it never does, tell what ``seen`` gives then."""
        try:
            self.qtbot.waitUntil(lambda: bool(condition()), timeout=TIMEOUT_MS)
        except TimeoutError as error:
            raise AssertionError(f"waited in vain, and saw: {seen()}") from error

    # --- the places -----------------------------------------------------------------------------

    def go(self, place: str) -> None:
        self.click(self.window.rail.button(place))
        assert self.window.place == place

    @property
    def images(self) -> ImagesPlace:
        place = self.window.place_widget("images")
        assert isinstance(place, ImagesPlace)
        return place

    @property
    def train(self) -> TrainPlace:
        place = self.window.place_widget("train")
        assert isinstance(place, TrainPlace)
        return place

    @property
    def results(self) -> DetectionResults:
        place = self.window.place_widget("results")
        assert isinstance(place, ResultsPlace)
        assert isinstance(place.page, DetectionResults)
        return place.page

    # --- hand -----------------------------------------------------------------------------------

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        self.wait(widget.isVisible)
        self.wait(widget.isEnabled)
        QTest.mouseClick(widget, LEFT, NONE, at if at is not None else widget.rect().center())

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)

    def double_click(self, view: QAbstractItemView, row: int) -> None:
        index = view.model().index(row, 0)
        view.scrollTo(index)
        at = view.visualRect(index).center()
        assert view.indexAt(at) == index, (at, view.viewport().size())
        QTest.mouseClick(view.viewport(), LEFT, NONE, at)
        QTest.mouseDClick(view.viewport(), LEFT, NONE, at)

    def on_canvas(self, x: float, y: float) -> QPoint:
        """Where an image point is seen."""
        view = self.images.canvas.viewport.to_view((x, y))
        return QPoint(round(view[0]), round(view[1]))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """From one image point to another on the canvas."""
        canvas = self.images.canvas
        a, b = self.on_canvas(*start), self.on_canvas(*end)
        QTest.mousePress(canvas, LEFT, NONE, a)
        for part in (0.3, 0.7, 1.0):
            at = QPointF(a) + (QPointF(b) - QPointF(a)) * part
            # QTest.mouseMove does not tell which button is held
            QApplication.sendEvent(canvas, QMouseEvent(
                QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT,
                NONE))
        QTest.mouseRelease(canvas, LEFT, NONE, b)

    # --- eye ------------------------------------------------------------------------------------

    def picture_is_there(self) -> None:
        self.wait(lambda: self.images.canvas.scene.picture.complete)

    def saved(self) -> None:
        self.wait(lambda: self.window.status_bar.saved_text() == "Saved")

    def sees(self, box: tuple[float, float, float, float]) -> bool:
        """Whether all of an image's box is in view on the canvas."""
        x0, y0, x1, y1 = box
        shown = QRectF(QPointF(self.on_canvas(x0, y0)), QPointF(self.on_canvas(x1, y1)))
        return QRectF(self.images.canvas.rect()).contains(shown)


def boxes_of(path: Path) -> list[tuple[str, tuple[float, ...]]]:
    """Class and box of each object in a file on the disk, read without the program's help."""
    from xml.etree import ElementTree

    found = []
    for item in ElementTree.parse(path).getroot().findall("object"):
        numbers = tuple(float(item.findtext(f"bndbox/{name}") or "nan")
                        for name in ("xmin", "ymin", "xmax", "ymax"))
        found.append((item.findtext("name") or "", numbers))
    return found
