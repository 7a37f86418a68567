"""Labelling a video with mouse and keys: frames, tracks, and what is on the disk in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from tests.support.tiny_video import number_shown, thing_at, write_thing, write_video
from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Box
from workbench.core.tracks import Track, TrackKey, track_of
from workbench.formats.cvat_video import parse
from workbench.formats.track_files import TRACK_FORMATS, TrackFormat
from workbench.gui.app.context import AddTarget, AppContext
from workbench.gui.app.program import Program
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.label.videos.actions import make_place
from workbench.gui.label.videos.place import VideosPlace
from workbench.project.session import Session

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
FRAMES = 60


class Bench:
    """The Videos place with an open project, and hands to use it."""

    def __init__(self, qtbot: QtBot, context: AppContext) -> None:
        self.qtbot, self.context = qtbot, context
        self.place = make_place(context)
        self.said: list[str] = []
        qtbot.addWidget(self.place)
        self.place.resize(1280, 800)
        self.place.show()
        qtbot.waitExposed(self.place)
        context.message.connect(lambda _tone, text: self.said.append(text))
        self.editor, self.viewer = self.place.editor, self.place.viewer

    def open(self, folder: Path) -> None:
        session = self.context.session
        if session is not None:
            session.close(10)
        self.context.session = Session.open(folder, post=GuiThreadCaller(self.context))
        self.context.session_changed.emit()
        self.wait(lambda: self.viewer.frames.complete)
        self.wait(lambda: self.place.canvas.scene.picture.settled)

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    def run(self, name: str) -> None:
        action = self.context.actions[f"videos.{name}"]
        assert action.enabled(), name
        action.run()

    def go_to(self, frame: int) -> None:
        self.viewer.go_to(frame)
        self.wait(lambda: self.editor.frame == frame)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        canvas = self.place.canvas
        a, b = (QPoint(*map(round, canvas.viewport.to_view(point))) for point in (start, end))
        QTest.mousePress(canvas, LEFT, NONE, a)
        for share in (0.4, 1.0):
            at = QPointF(a) + (QPointF(b) - QPointF(a)) * share
            QApplication.sendEvent(canvas, QMouseEvent(
                QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT,
                NONE))
        QTest.mouseRelease(canvas, LEFT, NONE, b)

    def number_seen(self) -> int:
        """What the frame on the canvas says that it is."""
        image = self.place.canvas.scene.picture.levels[1]
        return sum((image.pixelColor(16 * bit + 8, 8).lightness() > 128) << bit
                   for bit in range(8))

    def row_words(self, key: str) -> str:
        """What the list says of a video."""
        model = self.place.videos.view.samples
        return str(model.data(model.index(model.row(key) or 0),
                              Qt.ItemDataRole.AccessibleTextRole)).partition(", ")[2]

    def boxes(self) -> list[tuple[str, Box]]:
        return [(item.label, Box(*item.box)) for item in self.editor.objects]

    def on_disk(self, name: str = "clip.mp4") -> bytes:
        assert self.context.session is not None and self.context.session.saver.flush(60)
        return (self.context.session.folder / f"{name}.tracks.xml").read_bytes()


@pytest.fixture
def bench(qtbot: QtBot, context: AppContext) -> Iterator[Bench]:
    made = Bench(qtbot, context)
    yield made
    made.place.close_down()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a video of 60 frames that say their own number."""
    folder = tmp_path_factory.mktemp("clips")
    write_video(folder / "clip.mp4", FRAMES)
    return folder


@pytest.fixture
def project(clip: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "clip.mp4").write_bytes((clip / "clip.mp4").read_bytes())
    return folder


def test_a_box_on_two_frames_is_there_in_between_and_after_the_next_start(
        bench: Bench, project: Path) -> None:
    bench.open(project)
    assert bench.viewer.frames.last == FRAMES - 1
    session = bench.editor.session
    assert session is not None
    session.add_class("car")
    bench.editor.set_current_class("car")
    assert bench.place.status()[0].endswith("Drag a box around a thing to follow")
    bench.drag((10, 30), (30, 60))
    assert "Track (F) follows the box" in bench.place.status()[0]
    first, = bench.boxes()
    assert first == ("car", Box(10, 30, 30, 60))
    bench.go_to(50)
    assert bench.number_seen() == 50
    assert bench.boxes() == [first]
    bench.drag((20, 45), (80, 55))  # the box is taken along
    assert bench.boxes() == [("car", Box(70, 40, 90, 70))]
    assert bench.place.status()[0].endswith("1 track"), "it is known by now"
    bench.go_to(0)
    bench.run("undo")  # goes to where it is seen
    bench.wait(lambda: bench.editor.frame == 50)
    assert bench.boxes() == [first]
    bench.run("redo")
    bench.go_to(25)
    assert bench.number_seen() == 25
    assert bench.boxes() == [("car", Box(40, 35, 60, 65))]

    bench.open(project)  # as after a new start: from the disk
    assert bench.editor.frame == 25
    assert bench.boxes() == [("car", Box(40, 35, 60, 65))]
    item, = parse(bench.on_disk()).annotation.objects
    assert [(key.frame, key.box) for key in track_of(item).keys] == [
        (0, Box(10, 30, 30, 60)), (50, Box(70, 40, 90, 70))]


def test_the_scale_of_a_video_is_set_and_frames_are_measured(bench: Bench, project: Path) -> None:
    bench.open(project)
    bench.run("set_scale")
    card = bench.place.scale_card
    bench.drag((10, 20), (60, 20))
    QTest.keyClicks(card.length, "5 mm")
    card.scope.setCurrentText("This video")
    card.set_button.click()
    known = bench.editor.scale
    assert known is not None and known.origin == "image"
    assert known.size.x == pytest.approx(0.1, rel=0.05) and known.size.unit == "mm"
    bench.go_to(7)
    bench.run("measure")
    bench.drag((10, 20), (60, 20))
    assert bench.place.canvas.controller is not None
    assert bench.place.canvas.controller.status().startswith("5 mm · ")
    assert not bench.editor.objects and bench.editor.frame == 7


def test_frames_become_images_with_the_boxes_between_key_frames(
        bench: Bench, project: Path) -> None:
    bench.open(project)
    session = bench.editor.session
    assert session is not None
    session.add_class("car")
    bench.editor.set_current_class("car")
    bench.go_to(10)
    bench.drag((10, 30), (30, 60))
    bench.go_to(30)
    bench.drag((20, 45), (81, 45))
    bench.go_to(44)
    for name in ("next", "end", "next"):  # quicker than a frame is decoded
        bench.run(name)
    bench.wait(lambda: bench.editor.frame == 46)
    assert bench.boxes() == []
    assert track_of(bench.editor.tracks[0]).spans(59) == [(10, 44)]

    bench.run("frames")
    popup = bench.place.frames_popup
    assert popup is not None
    popup.number.setValue(5)
    assert popup.words.text() == "7 images."
    went: list[str] = []
    bench.context.place_requested.connect(lambda name, _target: went.append(name))
    popup.train.click()
    bench.wait(lambda: any(text.startswith("Wrote") for text in bench.said))
    assert bench.said[-1] == "Wrote 7 images with 7 boxes."
    assert went == ["train"], "which is one click away"
    bench.wait(lambda: len(session.index) == 7)
    bench.run("frames")
    QTest.keyClick(popup.number, Qt.Key.Key_Return)
    bench.wait(lambda: bench.said[-1].endswith("7 images had labels already, which stay."))
    assert went == ["train"]
    key = "clip.mp4-000015.jpg"
    item, = session.document(key).annotation.objects
    assert (item.label, item.box, item.attributes["track"]) == ("car", (25, 30, 45, 60), 1.0)
    with Image.open(project / key) as image:
        assert number_shown(np.asarray(image.convert("RGB"))) == 15


def test_tracks_are_split_joined_held_and_deleted_each_as_one_step(
        bench: Bench, project: Path) -> None:
    bench.open(project)
    session = bench.editor.session
    assert session is not None
    session.add_class("car")
    bench.editor.set_current_class("car")
    bench.drag((10, 30), (30, 60))
    bench.go_to(20)
    bench.run("split")
    assert [track_of(item).spans(59) for item in bench.editor.tracks] == [[(0, 19)], [(20, 59)]]
    bench.run("make_key")
    bench.editor.hold(10)
    assert [key.frame for key in track_of(bench.editor.tracks[1]).keys] == [20, 30]
    bench.run("next_key")
    bench.wait(lambda: bench.editor.frame == 30)
    bench.run("delete_key")
    bench.editor.choose((1, 2))
    bench.run("join")
    assert [track_of(item).spans(59) for item in bench.editor.tracks] == [[(0, 59)]]
    bench.run("delete")
    assert bench.editor.tracks == () and bench.said[-1] == "Deleted car 1 on all frames."
    for _ in range(5):
        bench.run("undo")
    assert [track_of(item).spans(59) for item in bench.editor.tracks] == [[(0, 59)]]
    assert len(track_of(bench.editor.tracks[0]).keys) == 1
    bench.run("relabel")
    session.rename_class("car", "bus")
    assert [item.label for item in bench.editor.tracks] == ["bus"]
    bench.wait(lambda: b'label="bus"' in bench.on_disk())


def test_a_box_is_tracked_as_far_as_it_is_sure_in_one_step(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    write_thing(folder / "clip.mp4", 36, gone=30)
    bench.open(folder)
    assert bench.editor.session is not None
    bench.editor.session.add_class("thing")
    bench.editor.set_current_class("thing")
    bench.drag(*(tuple(map(round, corner)) for corner in (thing_at(0)[:2], thing_at(0)[2:])))
    bench.run("follow")
    bench.wait(lambda: bench.said and "no longer sure" in bench.said[-1])
    bench.wait(lambda: bench.editor.frame >= 29)
    bench.go_to(20)
    (name, box), = bench.boxes()
    assert name == "thing" and box == pytest.approx(thing_at(20), abs=4)
    assert len(track_of(bench.editor.tracks[0]).keys) < 15  # few that a person has to look at
    bench.run("undo")
    assert len(track_of(bench.editor.tracks[0]).keys) == 1


@pytest.mark.parametrize("format", TRACK_FORMATS, ids=lambda format: format.id)
def test_a_new_folder_for_tracks_is_made_where_they_can_be_saved(
        bench: Bench, project: Path, tmp_path: Path, format: TrackFormat) -> None:
    bench.open(project)
    nameless = LabeledObject("", Track(1, (TrackKey(0, Box(10, 30, 30, 60)),)))
    assert bench.editor.session is not None
    bench.editor.session.videos.edit(bench.editor.key, (nameless,), "draw")
    bench.place.jobs.save_tracks(format, tmp_path / "new" / "out")
    bench.wait(lambda: not bench.place.jobs.busy)
    saved = format.id == "cvat"  # the others have no place for a track without a class
    assert (tmp_path / "new").exists() == saved
    assert ("Tracks saved as" if saved else "1 track without a class") in bench.said[-1]


def test_tracks_go_out_and_come_back_in(bench: Bench, project: Path, tmp_path: Path,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    bench.open(project)
    assert bench.editor.session is not None
    bench.editor.session.add_class("car")
    bench.editor.set_current_class("car")
    bench.drag((10, 30), (30, 60))
    out = tmp_path / "out"
    asked: list[str] = []

    def name_folder(_parent: object, _title: str, path: str, *_: object,
                    **__: object) -> tuple[str, str]:
        asked.append(Path(path).name)
        return str(out), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", name_folder)
    offered: list[str] = []
    bench.context.announced.connect(lambda message: offered.append(message.action_text))
    bench.place._save_tracks(TRACK_FORMATS[1])
    bench.wait(lambda: not bench.place.jobs.busy)
    assert asked == ["clip-mot"] and "Tracks saved as" in bench.said[-1]
    assert offered[-1] == "Show in folder"
    monkeypatch.setattr(QFileDialog, "getOpenFileName",
                        lambda *_: (str(out / "clip" / "gt" / "gt.txt"), ""))
    bench.run("read_tracks")
    bench.wait(lambda: bench.place.read_popup and bench.place.read_popup.isVisible())
    popup = bench.place.read_popup
    assert popup is not None and popup.from_zero.isHidden() and len(bench.editor.tracks) == 1
    assert popup.words.text() == "gt.txt: 1 track (car) in frames 0–59"
    popup.add.click()
    assert len(bench.editor.tracks) == 2 and bench.said[-1] == "1 track read from gt.txt."
    first, second = bench.editor.tracks
    assert (track_of(first).id, track_of(second).id) == (1, 2)
    assert track_of(second).at(33) == TrackKey(33, Box(10, 30, 30, 60))
    (out / "frame_5.txt").write_text("0 0.5 0.5 0.25 0.25")
    bench.place.jobs.read_tracks(out)
    bench.wait(popup.isVisible)
    assert popup.words.text() == "out: 1 track (0) in frames 4–4"
    popup.from_zero.click()
    bench.wait(lambda: popup.isVisible() and "frames 5–5" in popup.words.text())
    popup.close()
    assert len(bench.editor.tracks) == 2


def test_tracks_that_another_program_wrote_are_shown_and_kept(
        bench: Bench, project: Path) -> None:
    path = project / "clip.mp4.tracks.xml"
    bench.open(project)
    assert bench.boxes() == [] and bench.editor.session is not None
    path.write_text('<annotations><mine/><track id="5" label="cat"><box frame="0" xtl="1" ytl="2" '
                    'xbr="30" ybr="40"/></track></annotations>')
    bench.editor.session.videos.look_again()
    assert bench.boxes() == [("cat", Box(1, 2, 30, 40))]
    bench.editor.select((0,))
    bench.run("occluded")
    assert b"<mine/>" in bench.on_disk() and b'occluded="1"' in bench.on_disk()
    path.write_text("<annotations></annotations>")  # and at the same time here, too
    bench.run("occluded")
    assert bench.editor.session.saver.flush(60) is False
    bench.wait(lambda: bench.viewer.notice.isVisible())
    assert path.read_text() == "<annotations></annotations>"
    bench.viewer.reload()
    assert bench.boxes() == []


def test_a_video_that_is_cut_off_or_none_is_told(bench: Bench, project: Path) -> None:
    whole = (project / "clip.mp4").read_bytes()
    (project / "a.mp4").write_bytes(b"no video at all")
    (project / "b.mp4").write_bytes(whole[:2000])
    (project / "b.mp4.tracks.xml").write_text("<annotations><track>")
    bench.open(project)
    assert bench.place.videos.view.samples.rowCount() == 3
    assert "this is no video" in bench.viewer.failure
    assert "this is no video" in bench.viewer.notice.text
    assert "this is no video" not in bench.place.canvas.scene.picture.failure, "said once"
    toolbar = bench.viewer.toolbar
    assert not toolbar.box.isEnabled() and not toolbar.frames.isEnabled()
    assert not bench.context.actions["videos.draw"].enabled()
    assert bench.place.status()[0].endswith("0 tracks"), "nothing can be drawn"
    bench.wait(lambda: bench.row_words("a.mp4").startswith("cannot be shown, This is no video"))
    assert bench.place.videos.counts() == {"all": 3, "todo": 1}
    bench.place.open("b.mp4")
    bench.wait(lambda: bench.viewer.frames.complete)
    assert "cut off" in bench.viewer.failure
    assert "b.mp4.tracks.xml" in bench.editor.readonly_reason
    assert not bench.editor.editable
    bench.place.open("clip.mp4")
    bench.wait(lambda: bench.place.canvas.scene.picture.settled)
    assert bench.viewer.failure == "" and toolbar.box.isEnabled()
    assert bench.row_words("clip.mp4") == "no tracks"
    (project / "a.mp4").write_bytes(whole)
    bench.place.reload()
    bench.wait(lambda: bench.place.videos.counts() == {"all": 3, "todo": 2})


def test_a_video_is_copied_in_with_its_tracks(bench: Bench, clip: Path, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "empty", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    path = elsewhere / "a film.mp4"
    path.write_bytes((clip / "clip.mp4").read_bytes())
    path.with_name("a film.mp4.tracks.xml").write_text(
        '<annotations><track id="5" label="cat"><box frame="3" xtl="1" ytl="2" xbr="30" ybr="40"/>'
        '</track></annotations>')
    bench.context.session = Session.open(folder, post=GuiThreadCaller(bench.context))
    bench.context.session_changed.emit()
    for words in ("1 video added.", "This video is in the project already."):
        bench.place.entered(AddTarget((path,)))
        bench.wait(lambda: bench.said)
        assert bench.said.pop() == words
    bench.wait(lambda: bench.viewer.frames.complete)
    assert bench.editor.key == "videos/a film.mp4"
    bench.go_to(3)
    assert bench.boxes() == [("cat", Box(1, 2, 30, 40))]
    assert [item.name for item in sorted((folder / "videos").iterdir())] == [
        "a film.mp4", "a film.mp4.tracks.xml"]
    session = bench.context.session
    bench.wait(lambda: list(session.classes) == ["cat"])
    bench.run("undo")  # of adding it: there is one step, not two
    assert list((folder / "videos").iterdir()) == [] and list(session.classes) == []
    assert bench.editor.key == "" and session.undo.undo_text is None
    bench.run("redo")
    bench.wait(lambda: bench.editor.key and list(session.classes) == ["cat"])
    assert len(list((folder / "videos").iterdir())) == 2 and path.exists()
    bench.wait(lambda: bench.place.canvas.scene.picture.settled)
    bench.place.entered(AddTarget((path.rename(elsewhere / "b.mp4"), elsewhere / "none.mp4")))
    bench.wait(lambda: len(session.videos) == 2)
    assert "none.mp4" in bench.said[-1] and session.undo.undo_text == "add 1 video"
    bench.wait(lambda: bench.editor.key == "videos/b.mp4" and bench.viewer.frames.complete)
    session.close(10)


def test_a_folder_of_videos_opens_in_videos_and_a_class_is_renamed_in_them_unseen(
        program: Program, qtbot: QtBot, project: Path, photos: Path) -> None:
    window, rail = program.window, program.window.rail
    program.projects.open(photos)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.scanning)
    assert rail.button("videos").isHidden()
    tracks = photos / "clip.mp4.tracks.xml"
    (photos / "clip.mp4").write_bytes((project / "clip.mp4").read_bytes())
    tracks.write_text('<annotations><track id="1" label="cat"><box frame="0" xtl="1" ytl="2" '
                      'xbr="9" ybr="9"/></track></annotations>')
    program.projects.open(photos)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: session.videos_if_read is not None
                    and not session.videos_if_read.scanning)
    assert window.place == "images" and not rail.button("videos").isHidden()
    session.rename_class("cat", "lynx")
    qtbot.waitUntil(lambda: session.saver.flush(60) and b'label="lynx"' in tracks.read_bytes())

    program.projects.open_paths([project / "clip.mp4"])
    assert window.place == "videos"
    place = window.place_widget("videos")
    assert isinstance(place, VideosPlace)
    qtbot.waitUntil(lambda: place.viewer.frames.complete, timeout=30_000)
    window.resize(900, 600)
    program.context.say("info", "Nothing of the time line is covered.")
    bar = window.overlays.message_bar
    qtbot.waitUntil(lambda: bar.mapToGlobal(bar.rect().bottomLeft()).y()
                    < place.viewer.play.mapToGlobal(QPoint()).y())


def test_a_video_that_another_program_replaces_is_shown_as_it_is_now(bench: Bench,
                                                                     project: Path) -> None:
    bench.open(project)
    bench.go_to(30)
    session = bench.context.session
    assert session is not None
    write_video(project / "clip.mp4", 12)
    session.videos.look_again()
    bench.wait(lambda: bench.viewer.frames.complete and len(bench.viewer.frames.times) == 12)
    bench.wait(lambda: bench.place.canvas.scene.picture.settled)
    assert bench.editor.frame == bench.number_seen() == 11
    assert any("another video" in words for words in bench.said)
