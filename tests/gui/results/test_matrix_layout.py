"""The confusion matrix stays legible from three classes to hundreds."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRectF
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from workbench.evaluation.box_words import cell_sentence
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.matrix_layout import MatrixLayout, wanted_width
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, column, scrolling

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize("width", [300, 396, 540, 850])
@pytest.mark.parametrize("size", [3, 4, 11, 36, 101, 401])
def test_everything_lies_inside_and_apart(size: int, width: int) -> None:
    layout = MatrixLayout.fitting(width, [20.0 + 3 * (i % 15) for i in range(size)])
    whole = QRectF(0, 0, width, layout.height)
    last = layout.cell((size - 1, size - 1))
    assert whole.contains(layout.cell((0, 0))) and whole.contains(last)
    assert layout.cell((0, 0)).right() < layout.cell((0, 1)).left() + 0.01
    for index in range(size):
        assert layout.cell_at(layout.cell((index, size - 1 - index)).center()) == (
            index, size - 1 - index)
        if layout.label:
            name = layout.row_name(index)
            assert name.left() >= -0.01 and name.right() <= layout.cell((index, 0)).left()
        if layout.names:
            name = layout.column_name(index)
            assert name.top() >= last.bottom() and name.bottom() <= layout.height + 0.01


def test_digits_have_names_on_both_sides_and_grow_with_the_room() -> None:
    lengths = [40.0] * (len(DIGITS) + 1)
    small, large = (MatrixLayout.fitting(width, lengths) for width in (396, 560))
    assert small.label and small.names and small.upright
    assert large.side > small.side >= 28
    assert MatrixLayout.fitting(wanted_width(lengths), lengths).side >= 30
    assert not MatrixLayout.fitting(396, [27.0] * 4).upright, "three classes keep level names"
    named = MatrixLayout.fitting(396, [27.0, 27.0, 62.0])
    assert named.column_name(2).width() >= 62, "where there is room, all of a name"
    assert MatrixLayout.fitting(560, [300.0] * 3).side < 90


def made(qtbot: QtBot, count: int, width: int = 560) -> tuple[ConfusionView, list[str]]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme = Theme("light")
    theme.apply(application)
    view = ConfusionView(theme, cell_sentence)
    qtbot.addWidget(view)
    names = [f"class number {index}" for index in range(count)]
    view.set_classes(names, ["#3b6cf6"] * count)
    view.resize(width, view.heightForWidth(width))
    view.show()
    return view, names


def test_a_name_that_is_cut_short_is_told_in_full(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, *_rest: told.append(text))
    view, names = made(qtbot, 35)
    for point in (view.layout_now.row_name(7).center(), view.layout_now.column_name(21).center()):
        at = QPoint(round(point.x()), round(point.y()))
        QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, at, view.mapToGlobal(at)))
    assert told == [names[7], names[21]]


@pytest.mark.parametrize("count", [3, 10, 35, 120])
def test_names_are_painted_where_there_is_room(qtbot: QtBot, count: int) -> None:
    view, _ = made(qtbot, count)
    layout = view.layout_now
    image = view.grab().toImage()
    ground = QColor(image.pixel(1, image.height() - 2))

    def inked(rect: QRectF) -> bool:
        area = rect.toAlignedRect().intersected(image.rect())
        return any(QColor(image.pixel(x, y)) != ground
                   for x in range(area.left(), area.right())
                   for y in range(area.top(), area.bottom()))

    assert bool(layout.names) == bool(layout.label) == (count <= 35)
    if layout.names:
        assert inked(layout.column_name(1)) and inked(layout.row_name(1))


@pytest.mark.parametrize("classes", [3, 5, 9])
def test_in_a_scrolling_column_the_last_row_has_room(qtbot: QtBot, classes: int) -> None:
    view = ConfusionView(Theme("light"), cell_sentence)
    card = Card("Confusion", "rows: true, columns: recognised")
    card.add(view)
    page = QWidget()
    page.setLayout(column(card, Card("Classes"), 1))
    area = scrolling(page)
    qtbot.addWidget(area)
    area.resize(436, 300)
    with qtbot.waitExposed(area):
        area.show()
    view.set_classes([f"class {number}" for number in range(classes)], ["#3b6cf6"] * classes)
    last = (classes, classes)
    qtbot.waitUntil(lambda: view.cell_rect(last).bottom() <= view.height())
    area.resize(700, 300)
    qtbot.waitUntil(lambda: view.width() > 500)
    qtbot.waitUntil(lambda: view.cell_rect(last).bottom() <= view.height())


def test_a_thousand_classes_are_a_picture_in_which_each_mistake_is_seen_and_found(
        qtbot: QtBot) -> None:
    view, names = made(qtbot, 1000, 400)
    matrix = np.diag(np.full(len(names) + 1, 9))
    matrix[700, 300] = 2
    view.set_matrix(matrix)
    spot = view.cell_rect((700, 300)).center()
    assert view.at(spot) == view.at(view.cell_rect((700, 301)).center()) == (700, 300)
    picture = view.grab().toImage()

    def dots(cell: tuple[int, int]) -> list[QColor]:
        middle = view.cell_rect(cell).center().toPoint()
        return [picture.pixelColor(middle + QPoint(x, y)) for x in (-1, 0, 1) for y in (-1, 0, 1)]

    assert any(dot.red() > dot.blue() + 20 for dot in dots((700, 300)))
    assert any(dot.blue() > dot.red() + 20 for dot in dots((500, 500)))
    assert len({dot.rgb() for dot in dots((300, 700))}) == 1
