"""A grid of any number of tiles: what is painted, selected by hand and key, and read aloud."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QModelIndex, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAccessible, QMouseEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)
from pytestqt.qtbot import QtBot

from workbench.gui.results.card_view import ResultListModel
from workbench.gui.widgets.tile_grid import Index, TileGrid

KEY, NONE = Qt.Key, Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
MANY = 60_000


class Numbers(ResultListModel):
    """Rows called by their number; ``asked`` are those that a view wanted to know of."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows

    def number_of_rows(self) -> int:
        return self.rows

    def name(self, row: int) -> str:
        return f"picture {row}"

    def word(self, row: int) -> str:
        return "a word"

    def details(self, row: int) -> str:
        return ""


class Notes(QStyledItemDelegate):
    """Paints nothing, and knows what it should have painted."""

    def __init__(self) -> None:
        super().__init__()
        self.painted: list[int] = []

    def paint(self, _painter: QPainter, _option: QStyleOptionViewItem, index: Index) -> None:
        self.painted.append(index.row())


@pytest.fixture
def grid(qtbot: QtBot) -> TileGrid:
    """Four tiles of 100 × 80 in a row, three rows in view."""
    view = TileGrid()
    qtbot.addWidget(view)
    view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.resize(410, 240)
    view.setGridSize(QSize(100, 80))
    view.numbers = Numbers(MANY)  # type: ignore[attr-defined]  # nothing else keeps it
    view.notes = Notes()  # type: ignore[attr-defined]
    view.setModel(view.numbers)  # type: ignore[attr-defined]
    view.setItemDelegate(view.notes)  # type: ignore[attr-defined]
    view.setSelectionMode(TileGrid.SelectionMode.ExtendedSelection)
    with qtbot.waitExposed(view):
        view.show()
    assert view.columns == 4
    return view


def chosen(grid: TileGrid) -> list[int]:
    return sorted(index.row() for index in grid.selectedIndexes())


def spot(grid: TileGrid, row: int) -> QPoint:
    return grid.visualRect(grid.model().index(row, 0)).center()


def test_only_what_is_in_view_is_painted(grid: TileGrid) -> None:
    notes: Notes = grid.itemDelegate()  # type: ignore[assignment]
    notes.painted.clear()
    grid.viewport().repaint()
    assert notes.painted == list(range(12))
    grid.scrollTo(grid.model().index(MANY - 1, 0))
    notes.painted.clear()
    grid.viewport().repaint()
    assert notes.painted == list(range(MANY - 12, MANY))
    assert list(grid.rows_in_view()) == list(range(MANY - 12, MANY))


def test_tiles_are_where_they_are_painted(grid: TileGrid) -> None:
    grid.verticalScrollBar().setValue(1_000 * 80 + 30)
    for row in (4_001, 4_010, 4_011):
        assert grid.indexAt(spot(grid, row)).row() == row
    assert not grid.indexAt(QPoint(405, 20)).isValid()  # right of the last one
    grid.scrollTo(grid.model().index(4_000, 0))
    assert grid.visualRect(grid.model().index(4_000, 0)).top() == 0
    grid.scrollTo(grid.model().index(30_002, 0), TileGrid.ScrollHint.PositionAtCenter)
    assert abs(spot(grid, 30_002).y() - 120) <= 1


def test_arrow_keys_pages_and_ends(grid: TileGrid) -> None:
    grid.setFocus()
    grid.setCurrentIndex(grid.model().index(1, 0))
    for key, row in ((KEY.Key_Down, 5), (KEY.Key_Right, 6), (KEY.Key_Up, 2), (KEY.Key_Up, 2),
                     (KEY.Key_PageDown, 14), (KEY.Key_PageUp, 2), (KEY.Key_PageUp, 0),
                     (KEY.Key_Left, 0), (KEY.Key_End, MANY - 1), (KEY.Key_Down, MANY - 1),
                     (KEY.Key_Home, 0)):
        QTest.keyClick(grid, key)
        assert grid.currentIndex().row() == row, key
    assert grid.rows_in_view().start == 0


def test_down_from_a_full_line_reaches_a_short_last_line(grid: TileGrid) -> None:
    numbers: Numbers = grid.model()  # type: ignore[assignment]
    numbers.beginResetModel()
    numbers.rows = 6
    numbers.endResetModel()
    grid.setCurrentIndex(grid.model().index(3, 0))
    QTest.keyClick(grid, KEY.Key_Down)
    assert grid.currentIndex().row() == 5


def test_several_are_selected_with_shift_and_ctrl(grid: TileGrid) -> None:
    view = grid.viewport()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, NONE, spot(grid, 6))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, SHIFT, spot(grid, 1))
    assert chosen(grid) == [1, 2, 3, 4, 5, 6]  # in reading order, from the second click back
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, CTRL, spot(grid, 3))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, CTRL, spot(grid, 10))
    assert chosen(grid) == [1, 2, 4, 5, 6, 10]
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, NONE, spot(grid, 2))
    for _ in range(4):
        QTest.keyClick(grid, KEY.Key_Down, SHIFT)  # scrolls on the way
    assert chosen(grid) == list(range(2, 19))
    grid.selectAll()
    assert len(grid.selectionModel().selection()) == 1


def drag(grid: TileGrid, start: QPoint, end: QPoint) -> None:
    view, left = grid.viewport(), Qt.MouseButton.LeftButton
    QTest.mousePress(view, left, NONE, start)
    for at in (QPointF(start + end) / 2, QPointF(end)):
        QApplication.sendEvent(view, QMouseEvent(
            QEvent.Type.MouseMove, at, view.mapToGlobal(at), Qt.MouseButton.NoButton, left, NONE))


def test_a_rubber_band_selects_what_it_touches(grid: TileGrid) -> None:
    drag(grid, QPoint(150, 40), QPoint(250, 130))
    assert chosen(grid) == [1, 2, 5, 6]
    QTest.mouseRelease(grid.viewport(), Qt.MouseButton.LeftButton, NONE, QPoint(250, 130))
    drag(grid, QPoint(406, 200), QPoint(10, 90))  # from beside the tiles, backwards
    assert chosen(grid) == [4, 5, 6, 7, 8, 9, 10, 11]
    QTest.mouseRelease(grid.viewport(), Qt.MouseButton.LeftButton, NONE, QPoint(10, 90))


def test_what_was_at_the_top_stays_there_in_another_width(grid: TileGrid) -> None:
    grid.verticalScrollBar().setValue(500 * 80)
    assert grid.rows_in_view().start == 2_000
    grid.resize(610, 240)
    assert grid.columns == 6
    assert grid.rows_in_view().start in range(1_995, 2_001)
    grid.setGridSize(QSize(200, 160))
    assert 2_000 - 6 <= grid.rows_in_view().start <= 2_000


def test_a_view_that_was_higher_or_wider_for_a_moment_shows_what_it_showed(grid: TileGrid) -> None:
    bar = grid.verticalScrollBar()
    bar.setValue(bar.maximum() - 30)
    there = bar.value()
    for size in ((410, 600), (950, 240), (410, 240)):
        grid.resize(*size)
        QApplication.processEvents()
    assert bar.value() == there


def test_tiles_have_names_for_screen_readers(grid: TileGrid) -> None:
    found = QAccessible.queryAccessibleInterface(grid)
    assert found is not None
    assert found.childCount() >= MANY
    assert found.child(7).text(QAccessible.Text.Name) == "picture 7, a word"


def test_nothing_is_shown_of_no_rows(grid: TileGrid) -> None:
    numbers: Numbers = grid.model()  # type: ignore[assignment]
    numbers.beginResetModel()
    numbers.rows = 0
    numbers.endResetModel()
    grid.viewport().repaint()
    assert not grid.indexAt(QPoint(5, 5)).isValid()
    QTest.keyClick(grid, KEY.Key_Down)
    assert grid.currentIndex() == QModelIndex()
    assert grid.verticalScrollBar().maximum() == 0
