"""Lines and zones are drawn on the frames of a video, in place of boxes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.videos.test_videos_place import Bench
from tests.support.track_films import ants
from workbench.evaluation.counting import CountingLine, CountingZone
from workbench.gui.app.context import AppContext
from workbench.gui.label.videos.counting import CountingCard
from workbench.project.counting import read_places, remember_places

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def bench(qtbot: QtBot, context: AppContext, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(qtbot, context)
    made.open(ants(tmp_path / "ants"))
    yield made
    made.place.close_down()


def card_of(bench: Bench) -> CountingCard:
    bench.run("count")
    card = bench.place.counting.card
    assert card is not None and card.isVisible()
    return card


def drag(bench: Bench, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From pixel to pixel of the video, with the mouse over the window."""
    window, canvas = bench.place.window().windowHandle(), bench.place.canvas
    one, middle, other = (canvas.mapTo(bench.place.window(), QPointF(
        *canvas.viewport.to_view(point)).toPoint()) for point in (
            start, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2), end))
    QTest.mousePress(window, LEFT, NONE, one)
    for at in (middle, other):
        QTest.mouseMove(window, at)
    QTest.mouseRelease(window, LEFT, NONE, other)


def test_a_line_is_drawn_moved_by_keys_and_taken_back(bench: Bench) -> None:
    card, canvas = card_of(bench), bench.place.canvas
    before = canvas.viewport.x, len(bench.editor.tracks)
    drag(bench, (110, 70), (120, 80))
    assert (canvas.viewport.x, len(bench.editor.tracks)) == before, "no box, and no other view"
    QTest.mouseClick(card.named.tools.line, LEFT)
    drag(bench, (100, 60), (100, 90))
    [line] = card.places.places
    assert isinstance(line, CountingLine)
    assert [(round(x), round(y)) for x, y in line.points] == [(100, 60), (100, 90)]
    frame = bench.editor.frame
    QTest.keyClick(card.overlay, Qt.Key.Key_Left)
    assert round(card.places.places[0].points[0][0]) == 99 and bench.viewer.wanted == frame
    session = bench.context.session
    assert session is not None
    path = str(session.videos.path("a.mp4"))
    bench.wait(lambda: read_places(session.folder).get(path) == card.places.places)
    undo = bench.viewer.toolbar.undo
    assert undo.isEnabled() and undo.toolTip().startswith("Undo lines and zones")
    bench.run("undo")
    bench.run("undo")
    assert not undo.isEnabled()
    assert card.places.places == () and not bench.context.actions["videos.undo"].enabled()
    bench.run("redo")
    assert len(card.places.places) == 1
    QTest.keyClick(card.overlay, Qt.Key.Key_Escape)
    assert card.places.chosen == "" and card.isVisible(), "first the line is let go"
    QTest.keyClick(card.overlay, Qt.Key.Key_Escape)
    assert not card.isVisible() and not card.overlay.isVisible()
    bench.run("count")
    assert card.isVisible()
    bench.run("count")
    assert not card.isVisible() and not card.overlay.isVisible()


def test_they_lie_where_the_picture_is_and_are_those_of_the_video(bench: Bench) -> None:
    card, canvas = card_of(bench), bench.place.canvas
    QTest.mouseClick(card.named.tools.zone, LEFT)
    QTest.keyClick(card.overlay, Qt.Key.Key_Return)
    [zone] = card.places.places
    assert isinstance(zone, CountingZone)
    canvas.zoom_in()
    spot = QPoint(*map(round, canvas.viewport.to_view(zone.points[0])))
    QTest.mouseClick(card.overlay, LEFT, NONE, QPoint(3, card.overlay.height() - 3))
    assert card.places.chosen == ""
    QTest.mouseClick(card.overlay, LEFT, NONE, spot)
    assert card.places.chosen == "Zone 1" and card.named.name.text() == "Zone 1"
    bench.run("next_video")
    bench.wait(lambda: bench.editor.key == "b.mp4")
    assert card.places.places == () and card.isVisible()
    asked: list[str] = []
    bench.context.place_requested.connect(lambda place, target: asked.append(
        f"{place} {target.page} {target.tracks} {target.crossings}"))
    card._show_counted()
    assert asked == ["data measurements True True"]


def test_what_another_window_draws_meanwhile_appears_and_stays(bench: Bench) -> None:
    card, session = card_of(bench), bench.context.session
    assert session is not None
    video = str(session.videos.path("a.mp4"))
    QTest.mouseClick(card.named.tools.zone, LEFT)
    with bench.qtbot.waitSignal(bench.context.drawn.saved):
        QTest.keyClick(card.overlay, Qt.Key.Key_Return)
    other = CountingLine("theirs", ((10.0, 10.0), (10.0, 60.0)))
    remember_places(session.folder, video, [*read_places(session.folder)[video], other])
    bench.run("count")
    bench.run("count")
    bench.wait(lambda: other in card.places.places)
    with bench.qtbot.waitSignal(bench.context.drawn.saved):
        bench.run("undo")
    assert card.places.places == (other,) == read_places(session.folder)[video]
    card.places.remove("theirs")
    bench.wait(lambda: video not in read_places(session.folder))


def test_a_line_says_what_crossed_it_until_the_frame_that_is_shown(bench: Bench) -> None:
    card, frames = card_of(bench), bench.viewer.frames
    bench.wait(lambda: frames.complete)
    card.places.add(CountingLine, [(40.0, 90.0), (40.0, 5.0)])  # who goes to the right goes in
    words = card.overlay.words

    def said() -> str:
        return words(card.places.places[0])

    bench.wait(lambda: said() == "Line 1  0 in, 0 out")
    bench.viewer.go_to(frames.last)
    bench.wait(lambda: said() == "Line 1  2 in, 0 out")
    card.places.turn("Line 1")
    bench.wait(lambda: said() == "Line 1  0 in, 2 out")
    bench.editor.choose([1])
    bench.run("delete")
    bench.wait(lambda: said() == "Line 1  0 in, 1 out")
    bench.run("undo")
    bench.wait(lambda: said() == "Line 1  0 in, 2 out")
