"""Noting events in a video with keys and mouse, and what is on the disk in the end."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.videos.test_videos_place import LEFT, NONE, Bench, bench, clip, project
from workbench.core.events import Span, span_of, subject_of
from workbench.gui.label.videos.event_lanes import EventLanes
from workbench.gui.label.videos.event_panel import EventPanel
from workbench.gui.widgets.row_view import KEY_ROLE, MARKS_ROLE, NOTE_ROLE
from workbench.project.library.events import events_path, read_event_classes, read_events_beside

__all__ = ["bench", "clip", "project"]  # fixtures


def begin(bench: Bench, folder: Path) -> tuple[EventPanel, EventLanes]:
    """Open a project and show its events."""
    bench.open(folder)
    bench.run("events")
    panel, lanes = bench.place.events.panel, bench.place.events.lanes
    assert panel is not None and lanes is not None
    return panel, lanes


def kept(bench: Bench, folder: Path) -> list[tuple[str, Span]]:
    session = bench.context.session
    assert session is not None and session.saver.flush(60)
    return [(item.label, span_of(item)) for item in read_events_beside(folder / "clip.mp4")]


def press(bench: Bench, digit: str, frame: int) -> None:
    bench.go_to(frame)
    bench.run(f"event_{digit}")


def drag(lanes: EventLanes, start: QPointF, end: QPointF) -> None:
    QTest.mousePress(lanes, LEFT, NONE, start.toPoint())
    for share in (0.5, 1.0):
        at = start + (end - start) * share
        QApplication.sendEvent(lanes, QMouseEvent(
            QEvent.Type.MouseMove, at, lanes.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT, NONE))
    QTest.mouseRelease(lanes, LEFT, NONE, end.toPoint())


def test_digits_begin_and_end_events_which_are_saved_and_taken_back(
        bench: Bench, project: Path) -> None:
    panel, _ = begin(bench, project)
    session = bench.context.session
    assert session is not None
    session.add_class("mouse")  # a box's class: its digit is an event's here
    panel.begin_adding()
    for name in ("grooming", "peck"):
        QTest.keyClicks(panel.field, name)
        QTest.keyClick(panel.field, Qt.Key.Key_Return)
    assert [panel.model.cell(row, KEY_ROLE) for row in (0, 1)] == ["1", "2"]
    assert panel.model.cell(1, MARKS_ROLE)[0].tip == "Make its events moments, without a duration"
    panel.view.mark_clicked.emit(1, "moment")
    QTest.keyClicks(panel.subject, "2")
    press(bench, "1", 10)
    press(bench, "2", 12)
    assert panel.model.cell(0, NOTE_ROLE) == "running"
    press(bench, "1", 30)
    assert kept(bench, project) == [("grooming", Span(0.4, 1.2, False, 10, 30)),
                                    ("peck", Span(0.48, 0.48, True, 12, 12))]
    assert {subject_of(item) for item in bench.place.events.editor.objects} == {"2"}
    assert panel.list.model.cell(0, Qt.ItemDataRole.DisplayRole) == "2 · grooming"
    for subject in ("", "2"):
        bench.run("next_subject")
        assert bench.place.events.editor.subject == panel.subject.text() == subject
    bench.run("event_subject")
    assert panel.subject.hasSelectedText()
    assert bench.row_words("clip.mp4").startswith("2 events")
    assert list(session.classes) == ["mouse"]
    assert read_event_classes(project).moments == {"peck"}
    bench.go_to(50)
    bench.run("undo")
    bench.wait(lambda: bench.editor.frame == 10)  # where it begins
    assert kept(bench, project)[0] == ("grooming", Span(0.4, None, False, 10))
    bench.run("redo")
    bench.go_to(0)
    bench.run("next_event")
    bench.wait(lambda: bench.editor.frame == 10)
    bench.run("delete_events")
    assert [label for label, _ in kept(bench, project)] == ["peck"]
    bench.run("events")
    assert not panel.isVisible() and bench.place.classes.isVisible()
    assert not bench.context.actions["videos.event_1"].enabled()
    assert bench.context.actions["videos.class_1"].enabled()


def test_ends_and_the_whole_are_dragged_on_the_lane(bench: Bench, project: Path) -> None:
    events_path(project / "clip.mp4").write_text("start,stop,class\n0.4,1.2,grooming\n")
    panel, lanes = begin(bench, project)
    x = bench.viewer.timeline.x_of
    y = lanes.rect_of(0).center().y()
    drag(lanes, QPointF(x(30), y), QPointF(x(40), y))
    assert kept(bench, project) == [("grooming", Span(0.4, 1.6, False, None, 40))]
    bench.wait(lambda: bench.editor.frame == 40)  # the end is seen while it is dragged
    drag(lanes, QPointF(x(20), y), QPointF(x(15), y))
    assert kept(bench, project) == [("grooming", Span(0.2, 1.4, False, 5, 35))]
    drag(lanes, QPointF(x(5), y), QPointF(x(50), y))
    assert kept(bench, project)[0][1].start == 1.36, "it starts before it ends"
    bench.run("undo")
    bench.run("undo")  # when the frame is there that was gone to
    bench.wait(lambda: kept(bench, project) == [("grooming", Span(0.4, 1.6, False, None, 40))])
    bench.wait(lambda: bench.viewer.wanted == bench.editor.frame)
    QTest.mouseClick(lanes, LEFT, NONE, QPoint(round(x(20)), round(y)))
    assert bench.place.events.editor.selection == (0,) and panel.selected.isVisible()
    bench.wait(lambda: bench.editor.frame == 20)
    panel.selected.comment.setText("left paw")
    panel.selected.comment.editingFinished.emit()
    bench.run("event_start")
    session = bench.context.session
    assert session is not None and session.saver.flush(60)
    assert events_path(project / "clip.mp4").read_text().splitlines()[1] == (
        "0.8,1.6,grooming,left paw,span,20,40")


def test_classes_are_renamed_and_removed_in_all_videos(bench: Bench, project: Path) -> None:
    for name in ("clip.mp4", "b.mp4"):
        (project / name).write_bytes((project / "clip.mp4").read_bytes())
        events_path(project / name).write_text("start,stop,class\n0.4,1.2,rest\n0.8,,peck\n")
    panel, _ = begin(bench, project)
    panel.model.renamed.emit("rest", "sleep")
    panel.model.renamed.emit("peck", "sleep")
    kept(bench, project)
    for name in ("clip.mp4", "b.mp4"):
        assert [item.label for item in read_events_beside(project / name)] == ["sleep", "sleep"]
    bench.place.events.editor.remove_class("sleep")
    assert "the event sleep" in bench.said[-1], "it is said, with a way back"
    kept(bench, project)
    assert not read_events_beside(project / "b.mp4") and not panel.model.names
    bench.run("undo")
    assert [label for label, _ in kept(bench, project)] == ["sleep", "sleep"]


def test_a_damaged_table_is_told_and_not_written(bench: Bench, project: Path) -> None:
    file = events_path(project / "clip.mp4")
    file.write_text("start,class\nsoon,rest\n")
    panel, _ = begin(bench, project)
    assert "line 2" in panel.why.text() and panel.why.isVisible()
    bench.place.events.editor.add_class("rest")
    bench.run("event_1")
    assert "no start in seconds" in bench.said[-1]
    assert file.read_text() == "start,class\nsoon,rest\n"


def test_events_of_other_programs_are_read_and_written(bench: Bench, project: Path,
                                                       tmp_path: Path) -> None:
    begin(bench, project)
    table = tmp_path / "boris.csv"
    table.write_text("Behavior,Time,Behavior type\nrest,0.4,START\nrest,0.8,STOP\n")
    bench.place.jobs.read_events(table)
    bench.wait(lambda: any("1 event read" in said for said in bench.said))
    assert kept(bench, project) == [("rest", Span(0.4, 0.8, False, 10, 20))]
    bench.place.jobs.read_events(table)
    bench.wait(lambda: any("1 event was there already" in said for said in bench.said))
    assert len(kept(bench, project)) == 1, "a file that is read twice doubles nothing"
    from workbench.formats.event_files import EVENT_FORMATS

    bench.place.jobs.save_events(EVENT_FORMATS[3], tmp_path / "out")
    bench.wait(lambda: (tmp_path / "out" / "clip.eaf").exists())


def test_the_video_plays_slower_and_faster(bench: Bench, project: Path) -> None:
    bench.open(project)
    bench.run("slower")
    assert bench.viewer.speed == 0.5 and bench.viewer.speed_button.text() == "0.5×"
    for _ in range(9):
        bench.run("faster")
    assert bench.viewer.speed == 4
