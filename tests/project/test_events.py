"""The events of videos in an open project: saved at once, taken back, and kept with the video."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.project.helpers import Owner
from tests.support.tiny_video import write_video
from workbench.cli import main
from workbench.core.errors import WorkbenchError
from workbench.core.events import (
    EventClasses,
    Span,
    event,
    nearest,
    span_of,
    toggled,
    with_frames,
)
from workbench.project.doctor import doctor
from workbench.project.edits.file_steps import VideoFiles
from workbench.project.handover.packing import plan_handover
from workbench.project.imports.videos import copy_videos
from workbench.project.library.events import EventLibrary, events_path, read_events_beside
from workbench.project.manifest import Manifest
from workbench.project.mending import MENDINGS, TITLES
from workbench.project.session import Session

VIDEO = "clip.mp4"
GROOM = event("grooming", Span(0.2, 0.6, False, 5, 15), "2")


class Watched:
    def __init__(self, folder: Path) -> None:
        self.owner = Owner()
        self.session = Session.open(folder, post=self.owner.post)
        self.events: EventLibrary = self.session.events
        self.owner.until(lambda: not self.session.videos.scanning)

    def kept(self) -> list[str]:
        self.owner.settled(self.session)
        return [item.label for item in read_events_beside(self.session.folder / VIDEO)]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    write_video(tmp_path / VIDEO, 20)
    made = Watched(tmp_path)
    yield made
    made.session.close(5)


def test_a_key_begins_an_event_and_ends_it() -> None:
    events = toggled((), "rest", False, 1.0, 25, "2")
    events = toggled(events, "rest", False, 1.5, 38, "3")
    events = toggled(events, "peck", True, 1.6, 40)
    events = toggled(events, "rest", False, 2.0, 50, "2")
    assert [span_of(item) for item in events] == [
        Span(1.0, 2.0, False, 25, 50), Span(1.5, None, False, 38), Span(1.6, 1.6, True, 40, 40)]
    assert span_of(toggled(events, "rest", False, 1.2, 30, "3")[-1]) == Span(1.2, None, False, 30)
    assert len(toggled(events, "rest", False, 1.5, 38, "3")) == 2, "pressed twice on one frame"
    became_moments = toggled(events, "rest", True, 2.5, 63, "3")
    assert span_of(became_moments[1]) == Span(1.5, 2.5, False, 38, 63), "what runs can be ended"
    assert span_of(toggled(became_moments, "rest", True, 3, 75, "3")[-1]).moment
    assert [span_of(events[0]).is_on(time) for time in (0.9, 1.0, 1.9, 2.0)] == [
        False, True, True, False]
    times = [0.0, 0.4, 1.1]
    assert [nearest(times, time) for time in (-1, 0.3, 0.7, 0.8, 9)] == [0, 1, 1, 2, 2]
    assert span_of(with_frames([event("a", Span(0.3, 1.0))], times)[0]).last == 2


def test_each_edit_is_saved_and_taken_back_and_classes_are_their_own(watched: Watched) -> None:
    events, session = watched.events, watched.session
    session.add_class("mouse")
    key = events.key_of(VIDEO)
    assert events.shown(VIDEO).annotation.objects == ()
    events.change(key, (GROOM,), "begin", EventClasses().with_class("grooming"))
    assert watched.kept() == ["grooming"]
    assert list(session.classes) == ["mouse"], "boxes have classes of their own"
    assert Manifest.load(session.folder).settings["events"] == {
        "classes": ["grooming"], "moments": []}
    session.undo.undo()
    watched.owner.settled(session)
    assert not events_path(session.folder / VIDEO).exists()
    assert events.classes == EventClasses()
    session.undo.redo()
    assert watched.kept() == ["grooming"]
    session.rename_class("mouse", "grooming")
    watched.owner.settled(session)
    assert watched.kept() == ["grooming"] and not session.problems


def test_classes_that_the_shell_adds_are_taken_in(watched: Watched, tmp_path: Path) -> None:
    events, session, told = watched.events, watched.session, []
    events.classes_changed.connect(lambda: told.append(events.classes.names))
    events.add_class("rest")
    watched.owner.settled(session)
    more = tmp_path / "more.csv"
    more.write_text("start,stop,class\n0.1,0.2,peck\n")
    assert main(["events", str(tmp_path / VIDEO), "--read", str(more)]) == 0
    told.clear()
    session.outside.look()
    watched.owner.until(lambda: bool(told))
    assert told[-1] == ("rest", "peck")


def test_a_damaged_file_is_never_overwritten(watched: Watched) -> None:
    events, session, file = watched.events, watched.session, watched.session.folder / (
        f"{VIDEO}.events.csv")
    file.write_text("start,class\nsoon,rest\n")
    document = events.shown(VIDEO)
    assert "line 2" in (document.readonly_reason or "")
    assert [item.kind for item in session.problems] == ["unreadable-events"]
    with pytest.raises(WorkbenchError, match="no start in seconds"):
        events.edit(document.key, (GROOM,), "begin")
    assert file.read_text() == "start,class\nsoon,rest\n"
    file.write_text("start,class\n1,rest\n")
    assert events.shown(VIDEO).readonly_reason is None and not session.problems
    events.edit(document.key, (*document.annotation.objects, GROOM), "begin")
    assert watched.kept() == ["rest", "grooming"]


def test_what_another_program_wrote_meanwhile_is_a_conflict_and_both_are_kept(
        watched: Watched) -> None:
    events, session = watched.events, watched.session
    key, told = events.key_of(VIDEO), []
    session.conflict.connect(lambda of, _error: told.append(of))
    events.edit(key, (GROOM,), "begin")
    watched.kept()
    events_path(session.folder / VIDEO).write_text("start,stop,class\n0.1,0.3,rest\n")
    events.edit(key, (replace(GROOM, label="eating"),), "another class")
    watched.owner.until(lambda: bool(told))
    assert told == [key] and session.may_keep_both(key)
    session.keep_both(key)
    assert sorted(watched.kept()) == ["eating", "rest"]


def test_events_go_with_the_video(watched: Watched,
                                  tmp_path_factory: pytest.TempPathFactory) -> None:
    session = watched.session
    video = write_video(tmp_path_factory.mktemp("elsewhere") / "other.mp4", 5)
    events_path(video).write_text("start,class\n0,rest\n")
    keys = copy_videos(session.folder, [video], lambda _done: None)
    assert keys == ["videos/other.mp4"]
    assert read_events_beside(session.folder / keys[0])[0].label == "rest"
    session.undo.push(VideoFiles(session, keys))
    session.undo.undo()
    assert not events_path(session.folder / keys[0]).exists()
    session.undo.redo()
    assert events_path(session.folder / keys[0]).exists()
    packed = plan_handover(session.folder)
    assert "videos/other.mp4.events.csv" in [item.name for item in packed.labels]


def test_the_doctor_looks_at_events(tmp_path: Path) -> None:
    for name, text in {"bad": "start\n", "late": "start,stop,class\n0,99,rest\n",
                       "gone": "start,class\n", "good": "start,class\n0,rest\n"}.items():
        (tmp_path / f"{name}.mp4.events.csv").write_text(text)
        if name != "gone":
            write_video(tmp_path / f"{name}.mp4", 5)
    problems = {item.kind: Path(item.path).name for item in doctor(tmp_path)}
    assert problems == {"unreadable-events": "bad.mp4.events.csv",
                        "events-beyond-end": "late.mp4.events.csv",
                        "events-without-video": "gone.mp4.events.csv"}
    assert set(problems) <= set(TITLES)
    assert {"unreadable-events", "events-without-video"} <= set(MENDINGS)
