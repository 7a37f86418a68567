"""Audio as a person uses it: list, labels by key, regions by mouse, undo, playing, adding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPaintDevice, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.gui.audio.conftest import Bench, FakeOutput
from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Region
from workbench.gui.app.context import ClassTarget
from workbench.gui.label.sounds.time_view import clock_words, duration_words

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Words(QPainter):
    """Keeps where words are painted."""

    def __init__(self, device: QPaintDevice) -> None:
        super().__init__(device)
        self.rects: dict[str, QRectF] = {}

    def drawText(self, *words: Any) -> None:  # noqa: N802 - the name is Qt's
        self.rects[words[-1]] = words[0]


def test_the_unit_of_frequencies_lies_over_no_number(bench: Bench, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "call.wav", np.zeros(22050), 22050)
    bench.open_project(tmp_path)
    image = QImage(bench.canvas.size(), QImage.Format.Format_RGB32)
    with Words(image) as painter:
        bench.canvas._paint_frequencies(painter)
    unit = painter.rects.pop("Hz")
    assert "10 k" in painter.rects
    assert not any(unit.intersects(rect) for rect in painter.rects.values())


# --- the list -------------------------------------------------------------------------------------


def test_lists_real_clips_with_class_and_speaker(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    clips = bench.place.clips.view.samples
    assert clips.rowCount() == 24
    assert bench.place.editor.key == "0_jackson_0.wav"
    assert bench.place.status()[0].startswith("24 sounds · 4 speakers or sites")
    assert bench.place.status()[1].endswith("8 kHz · mono · 16 bit")
    assert bench.place.clips.chips["todo"].text() == "Unlabelled 0"
    assert list(bench.session.classes) == ["0", "1", "2"]


def test_waveforms_come_for_the_rows_in_view(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    thumbs = bench.place.clips.view.thumbs
    seen = bench.place.clips.view.seen()
    bench.wait(lambda: all(thumbs.get(key, digits / key) for key in seen[:8]))
    bars = thumbs.get(seen[0], digits / seen[0])
    assert bars is not None and max(bars) == 1.0 and min(bars) < 0.8


@pytest.mark.parametrize(("text", "count"), [
    ("theo", 6), ("group:theo", 6), ("class:2", 8), ("class:2 jackson", 2), ("unlabelled", 0),
    ("labelled", 24), ("nothing", 0),
])
def test_filters(bench: Bench, digits: Path, text: str, count: int) -> None:
    bench.open_project(digits)
    bench.place.clips.set_filter(text)
    assert bench.place.clips.view.samples.rowCount() == count


def test_a_class_is_shown_from_elsewhere(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.place.entered(ClassTarget("1"))
    assert bench.place.clips.view.samples.rowCount() == 8


def test_steps_and_the_next_without_a_label(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.run("next")
    assert bench.place.editor.key == "0_jackson_1.wav"
    bench.run("previous")
    assert bench.place.editor.key == "0_jackson_0.wav"
    bench.session.sounds.set_label(["2_theo_0.wav"], "")
    bench.run("next_todo")
    assert bench.place.editor.key == "2_theo_0.wav"


# --- labels ---------------------------------------------------------------------------------------


def test_a_digit_key_labels_all_selected_clips_at_once(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    view = bench.place.clips.view
    for row in (0, 1, 2):
        view.selectionModel().select(view.samples.index(row),
                                     view.selectionModel().SelectionFlag.Select)
    assert view.selected == ["0_jackson_0.wav", "0_jackson_1.wav", "0_nicolas_0.wav"]
    bench.run("class_2")
    assert bench.said[-1] == ("ok", "3 sounds are “2” now.")
    for key in ("0_jackson_0.wav", "0_jackson_1.wav", "0_nicolas_0.wav"):
        (row,) = bench.table(key)
        assert (row["Begin Time (s)"], "2") == ("0", "2") or float(row["Begin Time (s)"]) == 0
        assert "2" in row.values()
        assert bench.session.sounds.summary(key).label == "2"
    bench.run("undo")
    assert bench.session.sounds.summary("0_jackson_0.wav").label == "0"
    assert bench.session.sounds.summary("0_nicolas_0.wav").label == "0"
    assert not bench.table("0_jackson_0.wav")


def test_the_label_can_be_taken_off_and_the_chip_counts(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.run("unlabel")
    bench.wait(lambda: bench.place.clips.chips["todo"].text() == "Unlabelled 1")
    assert bench.session.sounds.summary("0_jackson_0.wav").label == ""


def test_drawing_a_region_saves_it_beside_the_clip(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.at(0.5), bench.at(1.0))
    (region,) = bench.place.editor.objects
    assert (region.label, region.low, region.high) == ("owl", None, None)
    assert region.start == pytest.approx(0.5, abs=0.01)
    assert region.end == pytest.approx(1.0, abs=0.01)
    (row,) = bench.table()
    assert float(row["Begin Time (s)"]) == pytest.approx(region.start, abs=1e-3)
    assert float(row["High Freq (Hz)"]) == pytest.approx(8000)
    assert bench.place.editor.selection == (0,)
    assert bench.session.sounds.summary("calls.wav").regions == 1
    assert bench.session.sounds.class_counts()["owl"] == 1


def test_with_shift_a_band_is_drawn_the_other_way_round_too(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.at(2.1, 3000), bench.at(1.6, 500), SHIFT)
    (region,) = bench.place.editor.objects
    assert region.low == pytest.approx(500, rel=0.05)
    assert region.high == pytest.approx(3000, rel=0.05)
    assert region.start == pytest.approx(1.6, abs=0.01)
    model = bench.place.regions.model
    assert model.note(region) == "0.5–3.0 kHz"
    assert model.note(LabeledObject("owl", Region(0, 1, 40.2, 880))) == "40–880 Hz"
    assert model.note(LabeledObject("owl", Region(0, 1))) == ""


def test_band_mode_draws_bands_without_shift(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.run("band")
    bench.drag(bench.at(1.0, 400), bench.at(1.5, 2000))
    assert bench.place.editor.objects[0].low is not None


def test_move_resize_relabel_duplicate_delete_and_back(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    editor = bench.place.editor
    bench.drag(bench.at(0.5), bench.at(1.0))
    bench.drag(bench.at(0.75), bench.at(1.75))
    assert editor.objects[0].start == pytest.approx(1.5, abs=0.02)
    bench.drag(bench.at(editor.objects[0].end), bench.at(2.5))
    assert editor.objects[0].end == pytest.approx(2.5, abs=0.02)
    assert editor.objects[0].start == pytest.approx(1.5, abs=0.02)
    bench.run("class_2")
    assert editor.objects[0].label == "frog"
    bench.run("duplicate")
    assert len(editor.objects) == 2 and editor.selection == (1,)
    bench.run("delete")
    bench.run("undo")
    assert len(editor.objects) == 2
    for _ in range(5):
        bench.run("undo")
    assert not editor.objects and not bench.table()
    for _ in range(6):
        bench.run("redo")
    assert len(editor.objects) == 1 and bench.table()[0]["Begin Time (s)"].startswith("1.")


def test_escape_leaves_a_drag_without_an_edit(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    QTest.mousePress(bench.canvas, Qt.MouseButton.LeftButton, pos=bench.at(1.0))
    QTest.mouseMove(bench.canvas, bench.at(1.5))
    QTest.keyClick(bench.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(bench.canvas, Qt.MouseButton.LeftButton, pos=bench.at(1.5))
    assert not bench.place.editor.objects


def test_control_selects_several_and_arrows_move_them(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    editor = bench.place.editor
    bench.drag(bench.at(0.5), bench.at(1.0))
    bench.drag(bench.at(2.0), bench.at(2.5))
    bench.click(bench.at(0.7), CONTROL)
    assert set(editor.selection) == {0, 1}
    before = [item.start for item in editor.objects]
    QTest.keyClick(bench.canvas, Qt.Key.Key_Right, SHIFT)
    moved = [item.start - was for item, was in zip(editor.objects, before, strict=True)]
    assert moved[0] == pytest.approx(moved[1]) and moved[0] > 0


def test_regions_can_be_made_by_keys_alone(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.canvas.set_playhead(0.5)
    bench.run("mark_start")
    bench.canvas.set_playhead(1.0)
    bench.run("mark_end")
    assert bench.place.editor.stretch == pytest.approx((0.5, 1.0))
    bench.run("region")
    assert bench.place.editor.objects[0].end == pytest.approx(1.0)
    assert bench.place.editor.stretch is None


def test_numbers_of_a_region_can_be_typed(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.at(0.5), bench.at(1.0))
    fields = bench.place.regions.fields
    for name, text in (("start", "0,25"), ("low", "400"), ("high", "1500 Hz")):
        fields[name].selectAll()
        QTest.keyClicks(fields[name], text)
        QTest.keyClick(fields[name], Qt.Key.Key_Return)
    region = bench.place.editor.objects[0]
    assert (region.start, region.low, region.high) == (0.25, 400.0, 1500.0)
    fields["start"].selectAll()
    QTest.keyClicks(fields["start"], "3.9")
    QTest.keyClick(fields["start"], Qt.Key.Key_Return)
    assert bench.place.editor.objects[0].start == 0.25
    assert bench.said[-1] == ("warn", "A region must start before it ends.")
    fields["low"].selectAll()
    QTest.keyClicks(fields["low"], "2000")
    QTest.keyClick(fields["low"], Qt.Key.Key_Return)
    assert bench.place.editor.objects[0].low == 400.0
    assert bench.said[-1][0] == "warn" and "lowest frequency" in bench.said[-1][1]


def test_rows_and_regions_are_selected_together(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.at(2.0), bench.at(2.5))
    bench.drag(bench.at(0.5), bench.at(1.0))
    view, model = bench.place.regions.view, bench.place.regions.model
    view.setCurrentIndex(model.index(0))
    assert bench.place.editor.active == 1
    bench.run("next_region")
    assert [index.row() for index in view.selectionModel().selectedRows()] == [1]


def test_classes_are_renamed_in_clips_and_regions(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.at(0.5), bench.at(1.0))
    bench.place.classes.rename("owl", "tawny owl")
    bench.wait(lambda: "tawny owl" in bench.session.classes)
    assert bench.place.editor.objects[0].label == "tawny owl"
    assert list(bench.session.classes) == ["tawny owl", "frog"]


# --- splitting at silence -------------------------------------------------------------------------


def test_splits_at_silence_in_one_step(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bar = bench.place.viewer.segment_bar
    bench.run("split")
    bench.wait(lambda: len(bench.place.editor.ghosts) == 3)
    assert bar.apply.isEnabled()
    bar.threshold.set_value(-5)
    assert bench.place.editor.ghosts == () and not bar.apply.isEnabled()
    bar.threshold.set_value(-30)
    assert len(bench.place.editor.ghosts) == 3
    bar.apply.click()
    starts = [item.start for item in bench.place.editor.objects]
    assert starts == pytest.approx([0.47, 1.57, 2.87], abs=0.03)
    assert len(bench.table()) == 3 and bar.isHidden() and not bench.place.editor.ghosts
    bench.run("undo")
    assert not bench.place.editor.objects


# --- nothing and trouble --------------------------------------------------------------------------


def test_says_what_it_is_for_where_there_is_nothing(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "workbench.toml").write_text('name = "My birds"\n')
    bench.open_project(folder)
    assert bench.place._stack.currentIndex() == 0
    assert "No sounds in “My birds” yet" in bench.place._empty.accessibleName()


def test_without_a_project_the_way_to_one_is_offered(bench: Bench) -> None:
    assert "label sounds" in bench.place._empty.accessibleName()
    bench.place._empty.clicked.emit()
    assert bench.said[-1] == ("info", "open")


def test_a_folder_that_may_not_be_looked_into_is_told(
        bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.project.library import clips as sounds

    def locked(folder: Path, onerror: Callable[[OSError], None]) -> Iterator[object]:
        onerror(PermissionError(13, "Permission denied", str(folder)))
        return iter(())

    monkeypatch.setattr(sounds.os, "walk", locked)
    (tmp_path / "kept").mkdir()
    session = bench.open_project(tmp_path / "kept")
    bench.wait(lambda: not session.index.scanning)
    words = [item.text() for item in bench.place._empty.findChildren(QLabel)]
    assert any("could not be listed" in text for text in words), words


def broken_sounds(folder: Path) -> Path:
    folder.mkdir()
    soundfile.write(folder / "good.wav", np.zeros(8000, np.float32), 8000)
    whole = (folder / "good.wav").read_bytes()
    (folder / "cut.wav").write_bytes(whole[:9000])
    (folder / "head.wav").write_bytes(whole[:20])
    (folder / "text.wav").write_text("this is no sound")
    (folder / "zero.wav").write_bytes(b"")
    soundfile.write(folder / "nothing.wav", np.zeros(0, np.float32), 8000)
    bad = np.sin(np.arange(8000) / 5).astype(np.float32)
    bad[::7] = np.nan
    soundfile.write(folder / "nan.wav", bad, 8000, subtype="FLOAT")
    wide = np.random.default_rng(0).standard_normal((19200, 8)) * 0.1
    soundfile.write(folder / "wide.wav", wide.astype(np.float32), 192_000)
    return folder


@pytest.mark.parametrize("name", ["text", "zero", "nothing", "head"])
def test_a_clip_that_is_none_says_so_in_place(bench: Bench, tmp_path: Path, name: str) -> None:
    bench.open_project(broken_sounds(tmp_path / "broken"))
    bench.place.open(f"{name}.wav")
    assert bench.place.viewer.notice.text
    assert "wav" in bench.place.viewer.notice.text
    bench.run("class_1") if bench.place.editor.class_on_key("1") else None
    bench.open("good.wav")
    assert bench.place.viewer.notice.text == ""


@pytest.mark.parametrize("name", ["cut", "nan", "wide"])
def test_odd_clips_are_shown_and_heard(bench: Bench, tmp_path: Path, name: str) -> None:
    bench.open_project(broken_sounds(tmp_path / "broken"))
    bench.open(f"{name}.wav")
    assert bench.place.viewer.notice.text == ""
    bench.run("play")
    assert FakeOutput.opened and FakeOutput.opened[-1].channels <= 2
    bench.drag(bench.at(0.02), bench.at(0.06))
    assert len(bench.place.editor.objects) == 1


def test_a_clip_that_is_removed_while_open(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    (calls / "calls.wav").unlink()
    bench.run("play")
    assert bench.said[-1][0] == "warn" and "gone" in bench.said[-1][1]
    bench.canvas.show_range(1.0, 1.1)
    bench.place.open("calls.wav")
    bench.wait(lambda: bool(bench.place.viewer.notice.text))


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "words"), [
    (0.434, "0.43 s"), (3.21, "3.2 s"), (125, "2 min 05 s"), (60, "1 min"),
    (180.4, "3 min"), (2460, "41 min"), (3720, "1 h 02 min"),
])
def test_lengths_as_they_are_said(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_times_as_they_are_said() -> None:
    assert clock_words(0.25, 0.05) == "0.25"
    assert clock_words(65, 5) == "1:05"
    assert clock_words(65.5, 0.5) == "1:05.5"
    assert clock_words(3750, 30) == "1:02:30"


def test_every_action_has_words_and_a_way(bench: Bench) -> None:
    ours = [action for action in bench.context.actions if action.id.startswith("audio.")]
    assert len(ours) > 40 and all(action.text for action in ours)
    keys = [key for action in ours for key in action.keys
            if action.id != "audio.accept_suggestion"]  # only where one is pointed at
    assert len(keys) == len(set(keys)), "two actions on one key"


def test_controls_have_names(bench: Bench, calls: Path) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit

    bench.open_project(calls)
    for kind in (QAbstractButton, QComboBox, QLineEdit):
        for widget in bench.place.findChildren(kind):
            name = widget.accessibleName() or (
                widget.text() if isinstance(widget, QAbstractButton) else "")
            inner = isinstance(widget.parent(), QLineEdit) \
                or widget.objectName().startswith("qt_")
            if widget.isVisibleTo(bench.place) and not inner:
                assert name, f"{type(widget).__name__} without a name"
