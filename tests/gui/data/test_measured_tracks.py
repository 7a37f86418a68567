"""Data: tracks of videos, measured, and their trajectories over a frame."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.data.test_measurements import choose, click_row, opened, shown
from tests.project.helpers import box
from tests.project.test_measurements import label
from tests.support.tiny_video import SIZE
from tests.support.track_films import ants
from workbench.core.pixel_size import PixelSize
from workbench.evaluation.counting import CountingLine, CountingZone
from workbench.gui.app.context import DataTarget
from workbench.gui.app.program import Program
from workbench.gui.data.measured_lists import CLASSES, CROSSINGS, OBJECTS, SAMPLES
from workbench.gui.data.measurements_page import TRACKS, MeasurementsPage
from workbench.gui.label.videos.place import VideosPlace
from workbench.project.counting import remember_places
from workbench.project.measurements.tracks import TrackTable
from workbench.project.pixel_sizes import set_pixel_sizes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return ants(tmp_path / "ants")


def tracks_of(program: Program, folder: Path, qtbot: QtBot) -> MeasurementsPage:
    """The page, with tracks measured and drawn."""
    page = opened(program, folder, qtbot)
    qtbot.waitUntil(lambda: page.kinds.isVisible())
    page.kinds.select(TRACKS)
    wait_for_paths(page, 3, qtbot)
    return page


def wait_for_paths(page: MeasurementsPage, number: int, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: isinstance(page.table, TrackTable)
                    and len(page.side.trajectories.view.trajectories) == number)


def test_tracks_are_listed_by_themselves_by_class_and_by_video(
    program: Program, folder: Path, qtbot: QtBot
) -> None:
    page = opened(program, folder, qtbot)
    wait_for_paths(page, 3, qtbot)  # there is nothing else
    assert page.title.full_text() == "4 tracks in 2 videos" and page.side.isVisible()
    page.side.rules.smooth.set_value(0)
    qtbot.waitUntil(lambda: shown(page.lists[OBJECTS], "Path (px)")[0] == "100")
    assert shown(page.lists[OBJECTS], "Mean speed (px/s)")[:2] == ["50.00", "75.00"]
    assert shown(page.lists[OBJECTS], "Gaps") == ["0", "1", "0", "0"]
    assert page.views[OBJECTS].text() == "Tracks" and page.views[SAMPLES].text() == "By video"
    assert shown(page.lists[CLASSES], "Tracks") == ["3", "1"]
    assert shown(page.lists[SAMPLES], "Length of all paths (px)") == ["160", "120"]
    assert page.how_note.full_text().startswith("Positions are not smoothed")
    assert not page.columns_button.isVisible() and page.how_note.isVisible()


def test_a_row_shows_its_way_and_leads_to_its_first_frame(program: Program, folder: Path,
                                                          qtbot: QtBot) -> None:
    label(folder, "a.png", box("leaf", 1, 2, 5, 8))
    page = tracks_of(program, folder, qtbot)
    trajectories, view = page.side.trajectories, page.lists[OBJECTS]
    click_row(view, 2, qtbot)
    assert trajectories.view.current == 2
    assert trajectories.view.accessibleDescription() == "beetle 3"
    click_row(view, 3, qtbot)
    wait_for_paths(page, 1, qtbot)
    assert trajectories.view.current == 0
    page.views.select(SAMPLES)
    click_row(page.lists[SAMPLES], 0, qtbot)
    wait_for_paths(page, 3, qtbot)
    assert trajectories.view.current is None
    spot = on_the_picture(page, 100, 30)
    qtbot.mouseClick(trajectories.view, Qt.MouseButton.LeftButton, pos=spot.toPoint())
    assert page.views.selected == OBJECTS and view.chosen() == [2]
    qtbot.mouseClick(trajectories.go, Qt.MouseButton.LeftButton)
    videos = program.window.place_widget("videos")
    assert isinstance(videos, VideosPlace) and program.window.place == "videos"
    qtbot.waitUntil(lambda: videos.editor.key == "a.mp4" and videos.editor.frame == 5)
    assert videos.editor.chosen == (3,)
    program.window.go_back()
    assert program.window.place == "data" and page.isVisible() and view.chosen() == [2]


def on_the_picture(page: MeasurementsPage, x: float, y: float) -> QPointF:
    """Where a pixel of the video is in the picture of its trajectories."""
    view = page.side.trajectories.view
    scale = min(view.width() / SIZE[0], view.height() / SIZE[1])
    return QPointF((view.width() - SIZE[0] * scale) / 2 + x * scale,
                   (view.height() - SIZE[1] * scale) / 2 + y * scale)


def test_units_classes_and_rules_are_chosen(program: Program, folder: Path, qtbot: QtBot) -> None:
    page = opened(program, folder, qtbot)
    wait_for_paths(page, 3, qtbot)
    session = program.context.session
    assert session is not None and "in pixels" in page.note.text()
    page.side.rules.smooth.set_value(0)
    set_pixel_sizes(session, session.manifest.pixel_sizes.with_image(
        "a.mp4", PixelSize(0.5, 0.5, "mm")))
    qtbot.waitUntil(lambda: page.unit == "mm")
    assert shown(page.lists[OBJECTS], "Path (mm)") == ["50", "30", "0", ""]
    assert page.scale_link.isVisible() and "1 video has no known" in page.note.text()
    field = page.side.rules.moving.field
    field.clear()
    qtbot.keyClicks(field, "fast")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.property("invalid") == "true"
    field.clear()
    qtbot.keyClicks(field, "29 mm/s")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(page.lists[OBJECTS], "Time moving")[1] == "0.5000")
    assert field.property("invalid") == "false"
    page.classes.setCurrentIndex(page.classes.findData("beetle"))
    page.classes.activated.emit(page.classes.currentIndex())
    wait_for_paths(page, 1, qtbot)
    assert page.side.trajectories.view.trajectories[0].name == "beetle 3"


def test_of_a_time_lapse_a_person_says_how_far_apart_frames_are(
    program: Program, folder: Path, qtbot: QtBot
) -> None:
    page = opened(program, folder, qtbot)
    wait_for_paths(page, 3, qtbot)
    page.side.rules.smooth.set_value(0)
    field = page.side.rules.frame.field
    qtbot.keyClicks(field, "5 min")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(page.lists[OBJECTS], "Duration (s)")[0] == "15,000")
    assert "a frame every 5 min" in page.how_note.full_text()
    session = program.context.session
    assert session is not None and session.manifest.pixel_sizes.frame == 300
    session.undo.undo()
    qtbot.waitUntil(lambda: shown(page.lists[OBJECTS], "Duration (s)")[0] == "2.000")
    assert field.text() == ""
    scope = page.side.rules.scope
    assert [scope.itemText(at) for at in range(scope.count())] == [
        "This video", "The whole project"]
    click_row(page.lists[OBJECTS], 3, qtbot)
    wait_for_paths(page, 1, qtbot)
    scope.setCurrentIndex(0)
    qtbot.keyClicks(field, "1 min")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown(page.lists[OBJECTS], "Duration (s)")[0::3] == ["2.000", "3,000"])
    assert session.manifest.pixel_sizes.frames == {"b.mp4": 60} and scope.currentIndex() == 0
    click_row(page.lists[OBJECTS], 0, qtbot)
    wait_for_paths(page, 3, qtbot)
    assert field.text() == "" and scope.currentText() == "The whole project"


def test_zones_are_columns_as_soon_as_they_are_drawn(program: Program, folder: Path,
                                                     qtbot: QtBot) -> None:
    page = opened(program, folder, qtbot)
    wait_for_paths(page, 3, qtbot)
    assert "Entries to nest" not in page.lists[OBJECTS].titles()
    remember_places(folder, str(folder / "a.mp4"), [CountingZone("nest", (
        (60, 0), (200, 0), (200, 96), (60, 96)))])
    program.context.go("log")
    program.context.actions["file.measure"].run()
    qtbot.waitUntil(lambda: "Entries to nest" in page.lists[OBJECTS].titles())
    assert shown(page.lists[OBJECTS], "Entries to nest") == ["1", "0", "0", ""]


def drag(page: MeasurementsPage, start: tuple[float, float], end: tuple[float, float],
         qtbot: QtBot) -> None:
    """From pixel to pixel of the video, over the picture of its trajectories."""
    over = page.side.trajectories.lines.overlay
    one, other = (on_the_picture(page, *spot).toPoint() for spot in (start, end))
    qtbot.mousePress(over, Qt.MouseButton.LeftButton, pos=one)
    qtbot.mouseMove(over, other)
    qtbot.mouseRelease(over, Qt.MouseButton.LeftButton, pos=other)


def test_a_line_is_drawn_over_the_paths_counts_is_named_and_taken_back(
    program: Program, folder: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(program, folder, qtbot)
    wait_for_paths(page, 3, qtbot)
    lines, crossings = page.side.trajectories.lines, page.lists[CROSSINGS]
    assert not page.views[CROSSINGS].isVisible() and not lines.named.name.isEnabled()
    qtbot.mouseClick(lines.named.tools.line, Qt.MouseButton.LeftButton)
    drag(page, (40, 5), (40, 90), qtbot)  # who goes to the left goes in
    qtbot.waitUntil(lambda: page.views[CROSSINGS].isVisible())
    [line] = lines.places.places
    assert lines.words_of(line) == "Line 1  0 in, 2 out"
    assert shown(page.lists[OBJECTS], "Line 1 out") == ["1", "1", "0", ""]
    lines.named.name.selectAll()
    qtbot.keyClicks(lines.named.name, "nest")
    qtbot.keyClick(lines.named.name, Qt.Key.Key_Return)
    qtbot.mouseClick(lines.named.tools.turn, Qt.MouseButton.LeftButton)
    program.context.go("data", DataTarget("measurements", tracks=True, crossings=True))
    assert page.views.selected == CROSSINGS
    qtbot.waitUntil(lambda: shown(crossings, "In") == ["2", "0"])
    assert shown(crossings, "Line") == ["nest", "nest"]
    assert shown(crossings, "Class") == ["ant", "beetle"]
    page.tables.every.setCurrentIndex(page.tables.every.findText("1 min"))
    page.tables.every.activated.emit(page.tables.every.currentIndex())
    assert shown(crossings, "From") == ["0:00.00"] * 2
    out = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    for text, number in (("Crossings of lines…", 2), ("Crossings by class and time…", 2)):
        with qtbot.waitSignal(program.context.message):
            choose(page.save_button.menu(), text)
        with out.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert [row["line"] for row in rows] == ["nest"] * number
    for _ in range(3):
        program.context.actions["data.undo"].run()
    qtbot.waitUntil(lambda: not page.views[CROSSINGS].isVisible())
    assert page.views.selected == OBJECTS and lines.places.places == ()
    program.context.actions["data.redo"].run()
    qtbot.waitUntil(lambda: page.views.selected == CROSSINGS)


def test_beside_lines_a_click_still_means_a_path(program: Program, folder: Path,
                                                 qtbot: QtBot) -> None:
    remember_places(folder, str(folder / "a.mp4"), [CountingLine("nest", ((90, 5), (90, 90)))])
    page = opened(program, folder, qtbot)
    wait_for_paths(page, 3, qtbot)
    lines = page.side.trajectories.lines
    qtbot.waitUntil(lambda: len(lines.places.places) == 1)
    qtbot.mouseClick(lines.overlay, Qt.MouseButton.LeftButton,
                     pos=on_the_picture(page, 90, 20).toPoint())
    assert lines.places.chosen == "nest" and page.side.trajectories.current is None
    from PySide6.QtTest import QTest

    spot = page.side.trajectories.view.mapTo(program.window, on_the_picture(page, 60, 50).toPoint())
    QTest.mouseClick(program.window.windowHandle(), Qt.MouseButton.LeftButton, pos=spot)
    assert page.side.trajectories.current == 0 and lines.places.chosen == ""


def test_tables_and_the_picture_are_saved(program: Program, folder: Path, qtbot: QtBot,
                                          tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(program, folder, qtbot)
    wait_for_paths(page, 3, qtbot)
    out, picture = tmp_path / "out.csv", tmp_path / "trajectories.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    for text, first, rows in (("All that is listed…", "video", 4),
                              ("Positions of the tracks…", "file", 170),
                              ("Summary by image, sound or video…", "video", 2)):
        with qtbot.waitSignal(program.context.message):
            choose(page.save_button.menu(), text)
        with out.open(encoding="utf-8-sig", newline="") as stream:
            found = list(csv.reader(stream))
        assert (found[0][0], len(found) - 1) == (first, rows)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(picture), ""))
    with qtbot.waitSignal(program.context.message):
        page.side.trajectories.save_picture()
    image = QImage(str(picture))
    assert (image.width(), image.height()) == SIZE
    assert image.pixelColor(60, 50) != image.pixelColor(60, 80), "a trajectory is drawn there"


def test_of_objects_and_videos_without_tracks_nothing_is_said_of_ways(
    program: Program, folder: Path, qtbot: QtBot
) -> None:
    label(folder, "a.png", box("leaf", 1, 2, 5, 8))
    page = opened(program, folder, qtbot)
    assert page.title.full_text() == "1 object in 1 image" and not page.side.isVisible()
    for path in folder.glob("*.tracks.xml"):
        path.unlink()
    qtbot.waitUntil(lambda: page.kinds.isVisible())
    page.kinds.select(TRACKS)
    qtbot.waitUntil(lambda: page.table is not None and page.empty.isVisible())
    assert not page.side.isVisible() and not page.save_button.isVisible()
