"""Tab goes through the whole place in reading order, and every stop can be seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from conftest import Bench


def test_tab_reaches_everything_and_every_stop_shows_it(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    place, editor = bench.place, bench.place.editor
    bench.drag((310, 20), (350, 90))  # something to undo, and it is selected
    panels, viewer = place.panels.contents, place.viewer
    place.media.field.setFocus(Qt.FocusReason.TabFocusReason)
    stops: list[QWidget] = []
    while True:
        stop = QApplication.focusWidget()
        if stop is None or stop in stops:
            break
        stops.append(stop)
        with_focus = stop.grab().toImage()
        stop.clearFocus()
        assert stop.grab().toImage() != with_focus, stop.accessibleName()
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        if stop is place.canvas:
            editor.select((len(editor.objects) - 1,))  # behind the last box it goes on
        QTest.keyClick(stop, Qt.Key.Key_Tab)
    expected = [*place.media.stops, *viewer.toolbar.stops, place.canvas, *viewer.zoom_bar.stops,
                *panels.stops]
    assert stops == [stop for stop in expected if stop.isVisible() and stop.isEnabled()]
    assert {viewer.toolbar.undo, viewer.toolbar.box, place.canvas} <= set(stops)


def test_the_ring_goes_when_the_mouse_takes_over(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    bench.canvas.clearFocus()
    bench.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    assert bench.canvas.ringed
    bench.click(20, 20)
    assert not bench.canvas.ringed and bench.canvas.hasFocus()
