"""A window's worth of context around the Images place, on copies of real data."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import workbench.gui  # noqa: F401  keeps PySide6 alive on Python 3.11 before anything else
from workbench.core.shapes import Bounds
from workbench.gui.app.context import AppContext, Message
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.label.images.actions import make_place
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.place import ImagesPlace
from workbench.project.session import Session

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Bench:
    """The Images place with an open project, and hands to use it."""

    def __init__(self, qtbot: QtBot, context: AppContext, place: ImagesPlace) -> None:
        self.qtbot = qtbot
        self.context = context
        self.place = place
        self.said: list[tuple[str, str]] = []
        self.went: list[tuple[str, object]] = []
        context.message.connect(lambda tone, text: self.said.append((tone, text)))
        self.offers: list[Message] = []
        context.announced.connect(
            lambda message: self.offers.append(message) if message.action_text else None)
        context.place_requested.connect(lambda name, target: self.went.append((name, target)))

    @property
    def canvas(self) -> Canvas:
        return self.place.canvas

    @property
    def session(self) -> Session:
        assert self.context.session is not None
        return self.context.session

    def open_project(self, folder: Path) -> Session:
        """Open ``folder`` and wait until the first picture is on the canvas."""
        poster = GuiThreadCaller(self.context)
        session = Session.open(folder, post=poster)
        self.context.session = session
        self.context.session_changed.emit()
        self.wait(lambda: not session.index.summarizing and not session.index.scanning)
        if len(session.index):
            self.wait_for_picture()
        return session

    def wait(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=30_000)

    def wait_for_picture(self) -> None:
        self.wait(lambda: self.canvas.scene.picture.complete)

    def open(self, key: str) -> None:
        self.place.open(key)
        self.wait_for_picture()

    def run(self, name: str) -> None:
        """What a key or a menu does, if it may."""
        action = self.context.actions[f"images.{name}"]
        assert action.enabled(), name
        action.run()

    def saved(self) -> None:
        assert self.session.saver.flush(60)

    def labels(self, key: str | None = None) -> str:
        """The annotation file as it is on the disk now."""
        self.saved()
        return self.session.index.annotation_path(key or self.place.editor.key).read_text("utf-8")

    # --- the mouse, in image pixels -------------------------------------------------------------

    def at(self, x: float, y: float) -> QPoint:
        """Where an image point is on the canvas."""
        view = self.canvas.viewport.to_view((x, y))
        return QPoint(round(view[0]), round(view[1]))

    def click(self, x: float, y: float, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.canvas, LEFT, modifiers, self.at(x, y))

    def hover(self, x: float, y: float) -> None:
        QTest.mouseMove(self.canvas, self.at(x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float],
             modifiers: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        """Press at ``start``, go to ``end`` in three moves, let go."""
        QTest.mousePress(self.canvas, button, modifiers, self.at(*start))
        for part in (0.4, 0.8, 1.0):
            point = self.at(start[0] + (end[0] - start[0]) * part,
                            start[1] + (end[1] - start[1]) * part)
            self._move(point, button, modifiers)
        QTest.mouseRelease(self.canvas, button, modifiers, self.at(*end))

    def _move(self, point: QPoint, button: Qt.MouseButton,
              modifiers: Qt.KeyboardModifier) -> None:
        # QTest.mouseMove knows neither buttons nor modifiers.
        from PySide6.QtCore import QEvent
        from PySide6.QtGui import QMouseEvent

        event = QMouseEvent(QEvent.Type.MouseMove, QPointF(point),
                            QPointF(self.canvas.mapToGlobal(point)), Qt.MouseButton.NoButton,
                            button, modifiers)
        QApplication.sendEvent(self.canvas, event)

    def press_key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.canvas, key, modifiers)

    def wheel(self, x: float, y: float, angle: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
        point = self.at(x, y)
        event = QWheelEvent(QPointF(point), QPointF(self.canvas.mapToGlobal(point)), QPoint(),
                            QPoint(0, angle), Qt.MouseButton.NoButton, modifiers,
                            Qt.ScrollPhase.NoScrollPhase, False)
        QApplication.sendEvent(self.canvas, event)


@pytest.fixture
def bench(qtbot: QtBot, context: AppContext) -> Iterator[Bench]:
    """The place in a window of usual size, without a project."""
    place = make_place(context)
    qtbot.addWidget(place)
    place.resize(1280, 800)
    place.show()
    qtbot.waitExposed(place)
    made = Bench(qtbot, context, place)
    yield made
    place.close_down()


def _first_eight(source: Path, folder: Path, images: str, labels: str) -> Path:
    for part, suffix in ((images, ".jpg"), (labels, ".xml")):
        (folder / part).mkdir(parents=True)
        for path in sorted((source / part).glob(f"*{suffix}"))[:8]:
            shutil.copyfile(path, folder / part / path.name)
    return folder


@pytest.fixture
def photos(tmp_path: Path, data_set: Callable[[str], Path]) -> Path:
    """A copy of some real photos with their labels, in the layout of Pascal VOC."""
    return _first_eight(data_set("kangaroo"), tmp_path / "photos", "images", "annotations")


@pytest.fixture
def cells(tmp_path: Path, data_set: Callable[[str], Path]) -> Path:
    """A copy of some real blood-cell images: three classes, many boxes."""
    return _first_eight(data_set("bccd"), tmp_path / "cells", "JPEGImages", "Annotations")


def write_image(path: Path, width: int, height: int) -> Path:
    """A picture whose every pixel tells where it is: red by x, green by y."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_encoded(width, height, path.suffix))
    return path


@cache
def _encoded(width: int, height: int, suffix: str) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    painter = QPainter(image)
    for x in range(0, width, 20):
        painter.fillRect(x, 0, 10, height, QColor(255 * x // max(1, width), 60, 90))
    for y in range(0, height, 20):
        painter.fillRect(0, y, width, 4, QColor(40, 255 * y // max(1, height), 90))
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, suffix[1:], 95)
    return data.data()


@pytest.fixture(name="write_image")
def image_writer() -> Callable[[Path, int, int], Path]:
    """Give a test :func:`write_image`."""
    return write_image


@pytest.fixture(name="voc")
def voc_writer() -> Callable[[str, tuple[int, int], list[tuple[str, Bounds]]], str]:
    """Give a test :func:`voc`."""
    return voc


def voc(name: str, size: tuple[int, int], boxes: list[tuple[str, Bounds]]) -> str:
    """A Pascal VOC file as labelImg writes it."""
    objects = "".join(
        f"\t<object>\n\t\t<name>{label}</name>\n\t\t<pose>Unspecified</pose>\n"
        f"\t\t<truncated>0</truncated>\n\t\t<difficult>0</difficult>\n\t\t<bndbox>\n"
        f"\t\t\t<xmin>{int(box[0])}</xmin>\n\t\t\t<ymin>{int(box[1])}</ymin>\n"
        f"\t\t\t<xmax>{int(box[2])}</xmax>\n\t\t\t<ymax>{int(box[3])}</ymax>\n"
        f"\t\t</bndbox>\n\t</object>\n"
        for label, box in boxes
    )
    return (
        f"<annotation>\n\t<folder>images</folder>\n\t<filename>{name}</filename>\n"
        f"\t<path>/elsewhere/{name}</path>\n\t<source>\n\t\t<database>Unknown</database>\n"
        f"\t</source>\n\t<size>\n\t\t<width>{size[0]}</width>\n\t\t<height>{size[1]}</height>\n"
        f"\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n{objects}</annotation>\n"
    )


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    """Three drawn images of 400 × 300; the first has two boxes, one inside the other."""
    folder = tmp_path / "squares"
    for name in ("a", "b", "c"):
        write_image(folder / f"{name}.png", 400, 300)
    (folder / "a.xml").write_text(voc("a.png", (400, 300), [
        ("big", (100, 50, 300, 250)), ("small", (150, 100, 200, 150)),
    ]), "utf-8")
    return folder


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """One image of 2000 × 1500 with 5,000 boxes of three classes."""
    folder = tmp_path / "crowd"
    write_image(folder / "many.jpg", 2000, 1500)
    boxes = []
    for number in range(5000):
        x, y = (number % 100) * 19 + 5, (number // 100) * 29 + 5
        boxes.append((f"class{number % 3}", (x, y, x + 16 + number % 7, y + 20 + number % 5)))
    (folder / "many.xml").write_text(voc("many.jpg", (2000, 1500), boxes), "utf-8")
    return folder


@pytest.fixture
def two(bench: Bench, squares: Path) -> Bench:
    """``big`` (100, 50, 300, 250) with ``small`` (150, 100, 200, 150) inside it."""
    bench.open_project(squares)
    assert bench.place.editor.key == "a.png"
    return bench
