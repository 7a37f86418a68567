"""What is found is kept: as suggestions, tables and drawn videos, or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import soundfile
from PIL import Image
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import (
    BOXES,
    SOUNDS,
    AnsweringEngine,
    ask,
    detections,
    frame,
    look_at_film,
)
from tests.support.tiny_video import number_shown
from workbench.core.background import BackgroundThread, Cancelled
from workbench.core.errors import WorkbenchError
from workbench.core.pixel_size import PixelSize
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.saving import PredictionFiles
from workbench.gui.app.context import ImageTarget, Message
from workbench.gui.label.sounds.place import AudioPlace
from workbench.gui.predict.frames import FINDS, SECOND
from workbench.gui.predict.into_project import suggested
from workbench.gui.predict.place import PredictPlace
from workbench.gui.predict.save_results import (
    SavedPrediction,
    SaveRequest,
    write_files,
    write_labels,
)
from workbench.gui.widgets import LinkButton
from workbench.gui.widgets.menu import Menu
from workbench.media.video.reader import VideoReader
from workbench.project.links import read_marks
from workbench.project.pixel_sizes import set_pixel_sizes
from workbench.project.scale_table import PixelSizes
from workbench.project.suggestions import suggestions_of
from workbench.tasks.detection.saving import SAVING as BOX_SAVING


def test_frames_become_images_of_the_project_with_suggestions(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path
) -> None:
    place = open_place(BOXES)
    session = place._context.session
    assert session is not None
    look_at_film(place, engine, qtbot, film, range(30))
    folder, store = session.folder / session.manifest.layout.images, suggestions_of(session)
    there: set[int] = set()
    for which, numbers in ((SECOND, (0, 10, 20)), (FINDS, range(10, 30))):
        keys = {number: (folder / f"film-{number:06d}.jpg").relative_to(session.folder).as_posix()
                for number in numbers}
        there |= keys.keys()
        for _ in range(2):  # a second time, nothing is doubled
            place.keeping.add_suggestions(which)
            qtbot.waitUntil(lambda keys=keys: not place.keeping.busy and all(
                session.index.row(key) is not None for key in keys.values()), timeout=30_000)
            written = {int(path.stem[-6:]) for path in session.folder.rglob("film-*.jpg")}
            assert written == there
        for number, key in keys.items():
            labels = [item.label for item in store.of(key)]
            assert labels == (["cat", "dog"] if number == 29 else ["cat"] if number >= 10 else [])
            with Image.open(session.folder / key) as picture:
                assert number_shown(np.asarray(picture.convert("RGB"))) == number


def test_images_from_elsewhere_come_once_and_never_beside_others_labels(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    session = place._context.session
    assert session is not None
    folder = session.folder / session.manifest.layout.images
    (folder / "a.xml").write_text("<annotation/>")  # of another image called so
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / name, ("cat", 0.9, (1, 1, 20, 20)))
                   for name in ("a.png", "b.png")])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 2, timeout=30_000)
    keys = [(folder / name).relative_to(session.folder).as_posix()
            for name in ("a-2.png", "b.png")]
    for _ in range(2):
        place.keeping.add_suggestions()
        qtbot.waitUntil(lambda: all(session.index.row(key) is not None for key in keys)
                        and not place.keeping.busy, timeout=30_000)
        assert sorted(path.name for path in folder.glob("*.png")) == ["a-2.png", "b.png"]
    store = suggestions_of(session)
    assert [len(store.of(key)) for key in keys] == [1, 1]
    for _ in range(2):
        qtbot.waitUntil(lambda: session.saver.state == "saved", timeout=20_000)
        session.undo.undo()
    assert not store.images() and not store.was_asked(keys[0])
    assert not list(folder.glob("*.png")), "one step for the files and what is suggested on them"


def test_what_is_labelled_already_is_not_suggested(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path
) -> None:
    place = open_place(BOXES)
    session = place._context.session
    assert session is not None
    folder = session.folder / session.manifest.layout.images
    shutil.copy(night / "a.png", folder / "a.png")
    (folder / "a.xml").write_text(
        "<annotation><object><name>cat</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>20</xmax>"
        "<ymax>20</ymax></bndbox></object></annotation>")
    session.index.refresh()
    qtbot.waitUntil(lambda: session.index.row(
        (folder / "a.png").relative_to(session.folder).as_posix()) is not None, timeout=30_000)
    ask(place, engine, qtbot, night)
    engine.answer([detections(night / "a.png", ("cat", 0.9, (1, 1, 20, 20)))])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 1, timeout=30_000)
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    step = session.undo.undo_step
    place.keeping.add_suggestions()
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert "is nothing to suggest" in said[0] and session.undo.undo_step is step


def test_regions_of_recordings_become_suggestions_in_audio(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = open_place(SOUNDS)
    context, session = place._context, place._context.session
    assert session is not None
    night = tmp_path / "night"
    night.mkdir()
    for name, seconds in (("long.wav", 4.0), ("short.wav", 0.5), ("quiet.wav", 4.0)):
        soundfile.write(night / name, np.zeros(round(8000 * seconds)), 8000)
    ask(place, engine, qtbot, night)
    whole = {"label": "owl", "scores": {"wren": 0.2, "owl": 0.8}}
    engine.answer([
        {"file": str(night / "long.wav"), **whole, "regions": [
            {"label": "owl", "start": 1.0, "end": 1.5, "score": 0.9, "low": 200.0, "high": 900.0},
            {"label": "wren", "start": 3.0, "end": 3.5, "score": 0.7}]},
        {"file": str(night / "short.wav"), **whole},
        {"file": str(night / "quiet.wav"), **whole, "regions": []}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 3, timeout=20_000)
    out = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(out))
    place.keeping.save_files("raven")
    qtbot.waitUntil(lambda: not place.keeping.busy, timeout=20_000)
    assert [line.split("\t")[5:9] for line in (out / "raven" / "all.selections.txt").read_text(
        ).splitlines()[1:3]] == [["200.000", "900.000", "long.wav", str(night / "long.wav")],
                                 ["0.000", "4000.000", "long.wav", str(night / "long.wav")]]
    table = (out / "raven" / "long.Table.1.selections.txt").read_text().splitlines()
    assert table[0].split("\t")[7:] == ["Begin File", "Annotation", "Confidence"]
    assert table[1].split("\t")[7:] == ["long.wav", "owl", "0.9"]
    store = suggestions_of(session, sounds=True)
    said: list[str] = []
    context.message.connect(lambda _tone, text: said.append(text))
    told: list[Message] = []
    context.announced.connect(told.append)
    made = session.folder / "audio" / "long.wav"
    for way in ("Copy 1 sound into", "Leave the sound in place"):
        said.clear()
        next(item for item in place.page.findChildren(LinkButton)
             if item.text() == "Suggest in Audio").click()
        menu = place.page.findChildren(Menu)[-1]
        next(action for action in menu.actions() if action.text().startswith(way)).trigger()
        qtbot.waitUntil(lambda: bool(said), timeout=20_000)
        menu.close()
        assert said == ["2 regions suggested in 1 sound. Accept or reject them in Audio."]
        assert [path.name for path in made.parent.iterdir()] == ["long.wav"]
        assert made.is_symlink() == way.startswith("Leave")
        assert ("audio/long.wav" in read_marks(session.folder)) == made.is_symlink()
        qtbot.waitUntil(lambda: not session.sounds.scanning, timeout=20_000)
        assert list(session.sounds.keys()) == ["audio/long.wav"]
        if way.startswith("Copy"):
            assert told[-1].stays and told[-1].other is not None, "until it is answered"
            told[-1].other()
            assert not store.sums()[0] and not made.exists(), "one step"

    context.go("audio", ImageTarget("audio/long.wav", back="use"))
    audio = cast("AudioPlace", place.window().findChild(AudioPlace))
    qtbot.waitUntil(lambda: len(audio.editor.suggestions.shown) == 2, timeout=20_000)
    assert audio.viewer.toolbar.back.accessibleName() == "Back to Predict"
    assert audio.editor.suggestions.accept_all()
    region = audio.editor.objects[0].region
    assert (region.start, region.end, region.low, region.high) == (1.0, 1.5, 200.0, 900.0)
    audio.undo()
    assert store.sums() == (2, 1) and not audio.editor.objects
    qtbot.waitUntil(lambda: session.saver.state == "saved", timeout=20_000)
    audio.undo()
    assert not store.sums()[0] and not made.is_symlink() and (night / "long.wav").is_file()


def test_a_copied_sound_that_the_project_notices_by_itself_goes_with_its_suggestions(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = open_place(SOUNDS)
    session = place._context.session
    assert session is not None
    soundfile.write(tmp_path / "long.wav", np.zeros(32_000), 8000)
    ask(place, engine, qtbot, tmp_path / "long.wav")
    engine.answer([{"file": str(tmp_path / "long.wav"), "label": "owl",
                    "scores": {"wren": 0.2, "owl": 0.8},
                    "regions": [{"label": "owl", "start": 1.0, "end": 1.5, "score": 0.9}]}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 1, timeout=20_000)

    def noticed(*given: object) -> dict[str, object]:
        # the watcher of the project sees the copy before the suggestions are made
        thread = cast(BackgroundThread, given[4])
        thread.post(lambda: session.sounds.add_keys(["audio/long.wav"]))
        return suggested(*given, sounds=True)  # type: ignore[arg-type]

    monkeypatch.setattr("workbench.gui.predict.result_saver.suggested",
                        lambda *given, **_: noticed(*given))
    place.keeping.add_suggestions()
    made = session.folder / "audio" / "long.wav"
    qtbot.waitUntil(lambda: suggestions_of(session, sounds=True).sums() == (1, 1), timeout=20_000)
    session.undo.undo()
    assert not made.exists() and not suggestions_of(session, sounds=True).sums()[0]
    assert (tmp_path / "long.wav").is_file()


def test_tables_and_a_drawn_video_of_frames(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, film: Path,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = open_place(BOXES)
    look_at_film(place, engine, qtbot, film, range(0, 30, 2))
    monkeypatch.setattr(QFileDialog, "getSaveFileName",
                        lambda *_: (str(tmp_path / "table.csv"), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    place.keeping.save_table(False)
    qtbot.waitUntil((tmp_path / "table.csv").is_file, timeout=30_000)
    lines = (tmp_path / "table.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("file,frame,time,label,score")
    assert lines[1].startswith(f"{film},10,1.0,cat,0.9,")
    qtbot.waitUntil(lambda: not place.keeping.busy, timeout=30_000)
    place.keeping.save_files("draw")
    drawn = tmp_path / "drawn" / "film.mp4"
    qtbot.waitUntil(drawn.is_file, timeout=30_000)
    with VideoReader(drawn) as reader:
        frames = list(reader.frames())
    assert [number_shown(item.pixels) for item in frames] == list(range(0, 30, 2))
    assert reader.rate == pytest.approx(5)
    color = np.array(place.colors.color("cat").getRgb()[:3], float)
    close = np.abs(frames[-1].pixels - color).max(2) < 90
    assert close[66:90, 4:7].mean() > 0.3, "the left edge of the box"
    session = place._context.session
    assert session is not None
    set_pixel_sizes(session, PixelSizes(PixelSize(1, 1, "mm")))
    place.page.scale_bar.trigger()
    drawn.unlink()
    place.keeping.save_files("draw")
    qtbot.waitUntil(lambda: not place.keeping.busy, timeout=30_000)
    with VideoReader(drawn) as reader:
        (barred, *_) = reader.frames()
    other = np.abs(barred.pixels.astype(float) - frames[0].pixels).max(2) > 60
    height, width = other.shape
    assert other[height // 2:, :width // 2].any() and not other[:, width * 2 // 3:].any()


def test_what_was_written_is_counted_and_not_what_was_looked_at(tmp_path: Path) -> None:
    items: list[SavedPrediction] = []
    for name, number in (("a", 2), ("b", 0), ("c", 1)):
        Image.new("RGB", (64, 48)).save(tmp_path / f"{name}.png")
        found = detections(tmp_path / f"{name}.png", *[("cat", 0.9, (5, 5, 30, 30))] * number)
        items.append(SavedPrediction(lambda found=found: found, name))
    thread = BackgroundThread(lambda _thread: None, name="keep", post=lambda _act: None)

    def words(id: str) -> str:
        return write_files(SaveRequest(items, ("cat",), lambda _name: "#ff0000"),
                           BOX_SAVING.files[id], tmp_path, thread, None, lambda _done: None)

    assert words("crops") == f"3 crops written to {tmp_path / 'crops'}."
    assert words("draw") == f"3 images written to {tmp_path / 'drawn'}."


def test_labels_that_are_cancelled_leave_nothing(tmp_path: Path) -> None:
    found = detections(tmp_path / "a.png", ("cat", 0.9, (5, 5, 30, 30)))
    thread = BackgroundThread(lambda _thread: None, name="keep")
    thread.cancel()
    wanted = SaveRequest([SavedPrediction(lambda: found, "a")], ("cat",), str)
    with pytest.raises(Cancelled):
        write_labels(wanted, BOX_SAVING, annotation_formats.get("yolo"), tmp_path / "out", thread,
                     lambda _done: None)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_and_files_that_went_cost_nothing_else(tmp_path: Path) -> None:
    names, film = ("a.png", "gone.png", "c.png", "d.png"), tmp_path / "gone.mp4"
    full: list[str] = []

    def write(answer: Mapping[str, object], folder: Path, name: str, _color: object) -> None:
        if name in full:
            raise WorkbenchError("the disk is full", path=folder / name,
                                 kept="Nothing was written.")
        if name == "gone.png":
            raise WorkbenchError("it is gone", path=Path(str(answer["file"])))

    kind = PredictionFiles("drawn", "Drawn", write, draw=lambda *_: None, noun="image")
    items = [SavedPrediction(lambda name=name: detections(tmp_path / name), name)
             for name in names]
    items.insert(1, SavedPrediction(lambda: frame(film, 0), "gone-0", "gone"))
    wanted = SaveRequest(items, ("cat",), str)
    thread = BackgroundThread(lambda _thread: None, name="keep", post=lambda _act: None)
    words = write_files(wanted, kind, tmp_path, thread, None, lambda _done: None)
    assert words.startswith(
        f"3 images written to {tmp_path / 'drawn'}. 2 files left out: gone.mp4: ")
    full.append("d.png")
    with pytest.raises(WorkbenchError) as raised:
        write_files(wanted, kind, tmp_path, thread, None, lambda _done: None)
    assert raised.value.sentence() == (
        f"d.png: the disk is full. 2 images written to {tmp_path / 'drawn'}.")
