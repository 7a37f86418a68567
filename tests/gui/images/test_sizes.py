"""Images on small screens: all that can be pressed is in view, whole, and stays where it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QWidget

from workbench.gui.style import tokens
from workbench.gui.widgets import IconButton

if TYPE_CHECKING:
    from conftest import Bench

SCREENS = [(1920, 1080), (1280, 800), (1000, 650), (960, 540), (853, 533)]
"""The wanted sizes, and those of usual screens at 150 and 200 %, in logical pixels."""


def lies(widget: QWidget, place: QWidget) -> QRect:
    return QRect(widget.mapTo(place, QPoint(0, 0)), widget.size())


def settle() -> None:
    """Let layouts of layouts come to rest."""
    for _ in range(5):
        QApplication.processEvents()


@pytest.mark.parametrize("screen", SCREENS)
def test_everything_is_in_view_and_whole(
        bench: Bench, squares: Path, screen: tuple[int, int]) -> None:
    place = bench.place
    place.setMinimumSize(0, 0)
    bench.open_project(squares)
    place.resize(screen[0] - tokens.RAIL_WIDTH,
                 screen[1] - tokens.TOP_BAR_HEIGHT - tokens.STATUS_HEIGHT - 40)
    place.editor.select((1,))
    panels, viewer = place.panels.contents, place.viewer
    stops = [*place.media.stops, *viewer.toolbar.stops, *viewer.zoom_bar.stops, *panels.stops]

    def is_whole(stop: QWidget) -> bool:
        around = stop.parentWidget()
        while around is not None and around is not place.parentWidget():
            if not around.rect().contains(lies(stop, around)):
                return False
            around = around.parentWidget()
        return stop.width() >= min(stop.minimumSizeHint().width(), stop.maximumWidth()) \
            or isinstance(stop, IconButton)

    def cut() -> list[str]:
        return [f"{type(stop).__name__} {stop.accessibleName()} {stop.size().toTuple()}"
                for stop in stops if stop.isVisible() and not is_whole(stop)]

    bench.wait(lambda: not cut())  # layouts settle in a few rounds


def test_nothing_moves_when_a_notice_or_a_way_back_comes_and_goes(
        bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    place, viewer = bench.place, bench.place.viewer
    fixed = [viewer.canvas, viewer.toolbar.box, viewer.toolbar.undo, viewer.toolbar.verify,
             *viewer.zoom_bar.stops, place.media.field, place.media.view]

    def where() -> list[QRect]:
        return [lies(widget, place) for widget in fixed]

    for width in (1920, 1280, 1000 - tokens.RAIL_WIDTH):
        place.resize(width, 700)
        settle()
        before, picture = where(), bench.at(100, 50)
        bench.run("hide_boxes")
        assert viewer.notice.isVisible()
        assert not any(lies(viewer.notice, place).intersects(lies(button, place))
                       for button in viewer.zoom_bar.stops), "the zoom buttons stay free"
        viewer.toolbar.show_back("results")
        settle()
        assert (where(), bench.at(100, 50)) == (before, picture)
        viewer.toolbar.show_back("")
        bench.run("hide_boxes")
        settle()
        assert (where(), bench.at(100, 50)) == (before, picture)
    assert not viewer.canvas.geometry().intersects(viewer.zoom_bar.geometry()), "no corner covered"


def test_no_words_are_covered_while_there_is_a_way_back(bench: Bench, squares: Path) -> None:
    bench.open_project(squares)
    toolbar = bench.place.viewer.toolbar
    bench.place.setMinimumSize(0, 0)
    for width in range(1000, 1360, 24):  # 1280 - the rail lies among them
        toolbar.show_back("")
        bench.place.resize(width, 700)
        settle()
        toolbar.show_back("data")
        settle()
        for button in (toolbar.back, toolbar.verify):
            assert button.width() >= button.sizeHint().width(), (width, button.accessibleName())
