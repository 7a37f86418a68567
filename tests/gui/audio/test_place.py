"""Audio as a person uses it: list, labels by key, regions by mouse, undo, playing, adding."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from tests.gui.audio.conftest import Bench, FakeOutput
from workbench.core.errors import WorkbenchError
from workbench.formats.atomic import write_atomic
from workbench.gui.audio.time_view import clock_words, duration_words
from workbench.gui.context import ClassTarget, ImageTarget, Message

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


# --- the list -------------------------------------------------------------------------------------


def test_lists_real_clips_with_class_and_speaker(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    clips = bench.place.clips.view.clips
    assert clips.rowCount() == 24
    assert bench.place.editor.key == "0_jackson_0.wav"
    assert bench.place.status()[0].startswith("24 clips · 4 speakers")
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
    assert bench.place.clips.view.clips.rowCount() == count


def test_a_class_is_shown_from_elsewhere(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.place.entered(ClassTarget("1"))
    assert bench.place.clips.view.clips.rowCount() == 8


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
        view.selectionModel().select(view.clips.index(row),
                                     view.selectionModel().SelectionFlag.Select)
    assert view.selected == ["0_jackson_0.wav", "0_jackson_1.wav", "0_nicolas_0.wav"]
    bench.run("class_2")
    assert bench.said[-1] == ("ok", "3 clips are “2” now.")
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
    (region,) = bench.place.editor.regions
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
    (region,) = bench.place.editor.regions
    assert region.low == pytest.approx(500, rel=0.05)
    assert region.high == pytest.approx(3000, rel=0.05)
    assert region.start == pytest.approx(1.6, abs=0.01)


def test_band_mode_draws_bands_without_shift(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.run("band")
    bench.drag(bench.at(1.0, 400), bench.at(1.5, 2000))
    assert bench.place.editor.regions[0].low is not None


def test_move_resize_relabel_duplicate_delete_and_back(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    editor = bench.place.editor
    bench.drag(bench.at(0.5), bench.at(1.0))
    bench.drag(bench.at(0.75), bench.at(1.75))
    assert editor.regions[0].start == pytest.approx(1.5, abs=0.02)
    bench.drag(bench.at(editor.regions[0].end), bench.at(2.5))
    assert editor.regions[0].end == pytest.approx(2.5, abs=0.02)
    assert editor.regions[0].start == pytest.approx(1.5, abs=0.02)
    bench.run("class_2")
    assert editor.regions[0].label == "frog"
    bench.run("duplicate")
    assert len(editor.regions) == 2 and editor.selection == (1,)
    bench.run("delete")
    bench.run("undo")
    assert len(editor.regions) == 2
    for _ in range(5):
        bench.run("undo")
    assert not editor.regions and not bench.table()
    for _ in range(6):
        bench.run("redo")
    assert len(editor.regions) == 1 and bench.table()[0]["Begin Time (s)"].startswith("1.")


def test_escape_leaves_a_drag_without_an_edit(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    QTest.mousePress(bench.canvas, Qt.MouseButton.LeftButton, pos=bench.at(1.0))
    QTest.mouseMove(bench.canvas, bench.at(1.5))
    QTest.keyClick(bench.canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(bench.canvas, Qt.MouseButton.LeftButton, pos=bench.at(1.5))
    assert not bench.place.editor.regions


def test_control_selects_several_and_arrows_move_them(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    editor = bench.place.editor
    bench.drag(bench.at(0.5), bench.at(1.0))
    bench.drag(bench.at(2.0), bench.at(2.5))
    bench.click(bench.at(0.7), CONTROL)
    assert set(editor.selection) == {0, 1}
    before = [item.start for item in editor.regions]
    QTest.keyClick(bench.canvas, Qt.Key.Key_Right, SHIFT)
    moved = [item.start - was for item, was in zip(editor.regions, before, strict=True)]
    assert moved[0] == pytest.approx(moved[1]) and moved[0] > 0


def test_regions_can_be_made_by_keys_alone(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.canvas.set_playhead(0.5)
    bench.run("mark_start")
    bench.canvas.set_playhead(1.0)
    bench.run("mark_end")
    assert bench.place.editor.stretch == pytest.approx((0.5, 1.0))
    bench.run("region")
    assert bench.place.editor.regions[0].end == pytest.approx(1.0)
    assert bench.place.editor.stretch is None


def test_numbers_of_a_region_can_be_typed(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.at(0.5), bench.at(1.0))
    fields = bench.place.regions.fields
    for name, text in (("start", "0,25"), ("low", "400"), ("high", "1500 Hz")):
        fields[name].selectAll()
        QTest.keyClicks(fields[name], text)
        QTest.keyClick(fields[name], Qt.Key.Key_Return)
    region = bench.place.editor.regions[0]
    assert (region.start, region.low, region.high) == (0.25, 400.0, 1500.0)
    fields["start"].selectAll()
    QTest.keyClicks(fields["start"], "3.9")
    QTest.keyClick(fields["start"], Qt.Key.Key_Return)
    assert bench.place.editor.regions[0].start == 0.25
    assert bench.said[-1][0] == "warn"


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
    assert bench.place.editor.regions[0].label == "tawny owl"
    assert list(bench.session.classes) == ["tawny owl", "frog"]


# --- splitting at silence -------------------------------------------------------------------------


def test_splits_at_silence_in_one_step(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bar = bench.place.stage.segment_bar
    bench.run("split")
    bench.wait(lambda: len(bench.place.editor.ghosts) == 3)
    assert bar.apply.isEnabled()
    bar.threshold.set_value(-5)
    assert bench.place.editor.ghosts == () and not bar.apply.isEnabled()
    bar.threshold.set_value(-30)
    assert len(bench.place.editor.ghosts) == 3
    bar.apply.click()
    starts = [item.start for item in bench.place.editor.regions]
    assert starts == pytest.approx([0.47, 1.57, 2.87], abs=0.03)
    assert len(bench.table()) == 3 and bar.isHidden() and not bench.place.editor.ghosts
    bench.run("undo")
    assert not bench.place.editor.regions


# --- looking --------------------------------------------------------------------------------------


def test_the_tone_is_where_the_axis_says(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    image = bench.canvas.grab().toImage()
    tone, above = bench.at(0.75, 1000), bench.at(0.75, 3000)
    quiet = bench.at(1.3, 1000)
    light = [image.pixelColor(point).lightness() for point in (tone, above, quiet)]
    assert light[0] > light[1] + 60 and light[0] > light[2] + 60


@pytest.mark.parametrize("scale", ["linear", "log", "mel"])
def test_places_and_frequencies_are_inverse(bench: Bench, calls: Path, scale: str) -> None:
    from dataclasses import replace

    from workbench.gui.audio.look import as_scale

    bench.open_project(calls)
    bench.place.stage.set_look(replace(bench.canvas.look, scale=as_scale(scale)))
    for frequency in (120.0, 900.0, 4000.0, 7500.0):
        assert bench.canvas.frequency_at(bench.canvas.y_of(frequency)) \
            == pytest.approx(frequency, rel=0.02)
    assert bench.canvas.frequency_at(bench.canvas.spectrum_rect.bottom() + 5) == 0


def test_the_pointer_reads_time_frequency_and_loudness(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    told: list[tuple[float, float, float]] = []
    bench.canvas.pointed.connect(lambda *values: told.append(values))
    QTest.mouseMove(bench.canvas, bench.at(0.75, 1000))
    QTest.mouseMove(bench.canvas, bench.at(1.3, 5000))
    (seconds, frequency, loud), (_, _, quiet) = told[-2:]
    assert seconds == pytest.approx(0.75, abs=0.01)
    assert frequency == pytest.approx(1000, rel=0.03)
    assert loud == pytest.approx(20 * np.log10(0.4), abs=2.5) and quiet < -60


def test_the_wheel_zooms_to_the_pointer_and_shift_pans(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    canvas = bench.canvas
    point = bench.at(1.0)
    before = canvas.time.seconds(point.x() - 44)
    bench.wheel(point, 480)
    assert canvas.time.span < 2.5
    assert canvas.time.seconds(point.x() - 44) == pytest.approx(before, abs=0.01)
    start = canvas.time.start
    bench.wheel(point, -120, SHIFT)
    assert canvas.time.start > start
    bench.settle()
    bench.run("fit")
    assert canvas.time.fits


def test_zooms_to_the_selection(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.on_wave(1.0), bench.on_wave(1.5))
    assert bench.place.editor.stretch == pytest.approx((1.0, 1.5), abs=0.02)
    bench.run("zoom_selection")
    assert bench.canvas.time.start == pytest.approx(0.96, abs=0.03)
    assert bench.canvas.time.end == pytest.approx(1.54, abs=0.03)


def test_a_moving_cursor_paints_no_picture_anew(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    painted = bench.canvas.scene_paints
    for step in range(20):
        bench.canvas.set_playhead(step * 0.1)
        bench.canvas.repaint()
    assert bench.canvas.scene_paints == painted


def test_zoomed_in_the_samples_themselves_are_drawn(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.canvas.show_range(0.7, 0.705)
    bench.settle()
    from workbench.gui.audio import picture

    columns = picture.wave_columns(bench.place.stage.source, bench.canvas.stretch)
    assert columns is not None
    # five periods of the tone: as many rises through zero
    middle = columns.mean(axis=1)
    rises = np.count_nonzero((middle[1:] > 0) & (middle[:-1] <= 0))
    assert 4 <= rises <= 7


# --- hearing --------------------------------------------------------------------------------------


def test_plays_from_the_cursor_with_the_cursor_moving(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.click(bench.on_wave(1.0))
    bench.run("play")
    output = FakeOutput.opened[-1]
    assert (output.rate, output.channels) == (16000, 1) and bench.place.player.playing
    expected, _ = soundfile.read(calls / "calls.wav", dtype="int16")
    first = round(bench.canvas.playhead * 16000)
    heard = np.frombuffer(output.data[:2000], "<i2")
    assert np.abs(heard - expected[first:first + 1000].astype(int)).max() <= 2
    output.time = 0.1
    bench.wait(lambda: bench.canvas.playhead == pytest.approx(1.1, abs=0.02))
    bench.run("play")
    assert not bench.place.player.playing and output.closed


def test_comes_to_its_end_and_goes_back(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.place.editor.set_stretch(0.5, 0.8)
    bench.run("play_start")
    FakeOutput.opened[-1].time = 5.0
    bench.wait(lambda: not bench.place.player.playing)
    assert len(FakeOutput.opened[-1].data) == 2 * 4800
    assert bench.canvas.playhead == pytest.approx(0.5, abs=0.01)


def test_loops_at_half_speed(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.place.editor.set_stretch(0.5, 0.6)
    bench.run("loop")
    bench.run("half_speed")
    bench.run("play")
    output = FakeOutput.opened[-1]
    bench.wait(lambda: len(output.data) > 2 * 10_000)
    output.time = 0.25
    bench.wait(lambda: bench.canvas.playhead == pytest.approx(0.525, abs=0.005))
    assert bench.place.player.playing


def test_a_loudspeaker_that_goes_away_is_told(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.run("play")
    FakeOutput.opened[-1].complaint = "The loudspeaker is not there any more."
    bench.wait(lambda: not bench.place.player.playing)
    assert bench.said[-1] == ("warn", "The loudspeaker is not there any more.")


# --- adding ---------------------------------------------------------------------------------------


def drop(bench: Bench, paths: list[Path]) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, data,
                       Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    bench.place.dropEvent(event)


def test_dropped_sounds_are_copied_never_over_others(bench: Bench, digits: Path,
                                                     tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    soundfile.write(away / "new.wav", np.zeros(800, np.float32), 8000)
    (away / "notes.pdf").write_bytes(b"no sound")
    (digits / "audio").mkdir()
    shutil.copyfile(digits / "0_theo_0.wav", digits / "audio" / "new.wav")
    before = (digits / "audio" / "new.wav").read_bytes()
    bench.open_project(digits)
    drop(bench, [away / "new.wav", away / "notes.pdf"])
    bench.wait(lambda: (digits / "audio" / "new-2.wav").is_file())
    bench.wait(lambda: bench.session.sounds.row("audio/new-2.wav") is not None)
    assert (digits / "audio" / "new.wav").read_bytes() == before
    assert bench.said[-1] == ("ok", "1 clip added.")


def test_a_dropped_folder_keeps_its_name_and_can_be_taken_back(
        bench: Bench, digits: Path, tmp_path: Path, qtbot: object) -> None:
    source = tmp_path / "owls" / "night"
    source.mkdir(parents=True)
    for name in ("a.wav", "b.flac"):
        soundfile.write(source / name, np.zeros(800, np.float32), 8000)
    bench.open_project(digits)
    offered: list[object] = []
    bench.context.announced.connect(offered.append)
    drop(bench, [tmp_path / "owls"])
    bench.wait(lambda: bench.session.sounds.row("audio/owls/night/b.flac") is not None)
    bench.wait(lambda: not bench.session.sounds.scanning)
    offered[-1].action()  # type: ignore[attr-defined]
    assert bench.session.sounds.row("audio/owls/night/b.flac") is None
    assert not (digits / "audio" / "owls" / "night" / "b.flac").exists()
    assert (source / "b.flac").is_file()


def test_dropping_what_is_there_already_changes_nothing(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    drop(bench, [digits / "0_theo_0.wav"])
    bench.wait(lambda: bool(bench.said))
    assert bench.said[-1] == ("info", "These sounds are in the project already.")
    assert not (digits / "audio").exists()


# --- where labels come from -----------------------------------------------------------------------


def test_shows_the_recognised_pattern_and_takes_another(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.run("labels")
    panel = bench.place.label_source
    assert panel.kind.selected == "names" and panel.pattern.text() == "{label}_{group}_{n}"
    assert "24 of 24 clips, 3 classes, 4 groups." in panel.preview.text()
    panel.pattern.setText("{nonsense}")
    assert not panel.apply.isEnabled()
    panel.pattern.setText("{group}_{label}_{n}")
    assert "24 of 24 clips, 4 classes, 3 groups." in panel.preview.text()
    panel.apply.click()
    bench.wait(lambda: bench.session.sounds.summary("0_theo_0.wav").label == "theo")
    bench.saved()
    assert "{group}_{label}_{n}" in (digits / "workbench.toml").read_text("utf-8")
    assert bench.place.editor.whole_label == "jackson"


# --- nothing and trouble --------------------------------------------------------------------------


def test_says_what_it_is_for_where_there_is_nothing(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    bench.open_project(folder)
    assert bench.place._stack.currentIndex() == 0
    assert "No sounds in empty yet" in bench.place._empty.accessibleName()


def test_without_a_project_the_way_to_one_is_offered(bench: Bench) -> None:
    assert "label sounds" in bench.place._empty.accessibleName()
    bench.place._empty.clicked.emit()
    assert bench.said[-1] == ("info", "open")


def test_a_folder_that_may_not_be_looked_into_is_told(
        bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.project import sounds

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
    assert bench.place.stage.notice.text
    assert "wav" in bench.place.stage.notice.text
    bench.run("class_1") if bench.place.labelling.class_of("1") else None
    bench.open("good.wav")
    assert bench.place.stage.notice.text == ""


@pytest.mark.parametrize("name", ["cut", "nan", "wide"])
def test_odd_clips_are_shown_and_heard(bench: Bench, tmp_path: Path, name: str) -> None:
    bench.open_project(broken_sounds(tmp_path / "broken"))
    bench.open(f"{name}.wav")
    assert bench.place.stage.notice.text == ""
    bench.run("play")
    assert FakeOutput.opened and FakeOutput.opened[-1].channels <= 2
    bench.drag(bench.at(0.02), bench.at(0.06))
    assert len(bench.place.editor.regions) == 1


def test_a_clip_that_is_removed_while_open(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    (calls / "calls.wav").unlink()
    bench.run("play")
    assert bench.said[-1][0] == "warn" and "gone" in bench.said[-1][1]
    bench.canvas.show_range(1.0, 1.1)
    bench.place.open("calls.wav")
    bench.wait(lambda: bool(bench.place.stage.notice.text))


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "words"), [
    (0.434, "0.43 s"), (3.21, "3.2 s"), (125, "2 min 05 s"), (2460, "41 min"), (3720, "1 h 02 min"),
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
    keys = [key for action in ours for key in action.keys]
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




# --- other programs, other places, many clips ---------------------------------------------------


HEAD = "\t".join(["Selection", "View", "Channel", "Begin Time (s)", "End Time (s)",
                  "Low Freq (Hz)", "High Freq (Hz)", "Species"])


def raven_writes(bench: Bench, label: str = "crow") -> None:
    path = bench.session.sounds.table_path(bench.place.editor.key)
    path.write_text(f"{HEAD}\n1\tSpectrogram 1\t1\t1.0\t1.5\t100\t900\t{label}\n", "utf-8")


@pytest.fixture
def conflict(bench: Bench, calls: Path) -> Bench:
    """Raven changed the table of the open clip while an edit of ours was on its way."""
    bench.open_project(calls)
    bench.drag(bench.at(0.5), bench.at(1.0))
    bench.saved()
    raven_writes(bench)
    bench.drag(bench.at(2.0), bench.at(2.5))
    bench.wait(lambda: bool(bench.place.stage.notice.text))
    return bench


def test_a_table_changed_by_another_program_can_be_reloaded(conflict: Bench) -> None:
    notice = conflict.place.stage.notice
    assert notice.choices == ["Reload", "Keep mine"] and "another program" in notice.text
    notice.press("Reload")
    assert [item.label for item in conflict.place.editor.regions] == ["crow"]
    assert notice.text == ""
    conflict.wait(lambda: conflict.session.saver.state == "saved")
    conflict.run("undo")
    assert [item.label for item in conflict.place.editor.regions] == ["owl", "owl"]
    assert len(conflict.table()) == 2


def test_our_labels_can_be_kept_instead(conflict: Bench) -> None:
    notice = conflict.place.stage.notice
    notice.press("Keep mine")
    conflict.wait(lambda: conflict.session.saver.state == "saved")
    assert notice.text == "" and len(conflict.table()) == 2
    conflict.drag(conflict.at(3.0), conflict.at(3.5))
    assert len(conflict.table()) == 3, "and all goes on"


def test_a_conflict_over_another_clip_offers_the_way_there(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.run("class_2")
    bench.saved()
    raven_writes(bench)
    offered: list[Message] = []
    bench.context.announced.connect(offered.append)
    bench.open("1_theo_0.wav")
    bench.session.sounds.set_label(["0_jackson_0.wav"], "1")
    bench.wait(lambda: bool(offered))
    assert bench.place.stage.notice.text == "" and offered[-1].action_text == "Show"
    assert "0_jackson_0.selections.txt" in offered[-1].sentence
    assert offered[-1].action is not None
    offered[-1].action()
    assert bench.place.editor.key == "0_jackson_0.wav"
    assert bench.place.stage.notice.choices == ["Reload", "Keep mine"]


def test_a_conflict_that_cannot_be_settled_stays(conflict: Bench) -> None:
    conflict.session.sounds.table_path("calls.wav").write_text("no table at all")
    notice = conflict.place.stage.notice
    notice.press("Reload")
    assert conflict.said[-1][0] == "warn" and "no selection table" in conflict.said[-1][1]
    assert notice.choices == ["Reload", "Keep mine"]


def test_what_raven_did_meanwhile_is_there_when_one_comes_back(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    raven_writes(bench)
    QApplication.sendEvent(bench.place, QEvent(QEvent.Type.WindowActivate))
    assert [item.label for item in bench.place.editor.regions] == ["crow"]
    assert bench.place.regions.model.rowCount() == 1
    bench.drag(bench.at(2.0), bench.at(2.5))
    assert len(bench.table()) == 2 and bench.place.stage.notice.text == ""


def test_a_save_that_fails_is_told_over_the_clip(bench: Bench, calls: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    bench.open_project(calls)

    def full(*_args: object) -> None:
        raise WorkbenchError("the disk is full", path=calls / "calls.selections.txt")

    with monkeypatch.context() as patch:
        patch.setattr("workbench.project.saver.write_atomic", full)
        bench.drag(bench.at(0.5), bench.at(1.0))
        bench.wait(lambda: "the disk is full" in bench.place.stage.notice.text)
    bench.place.stage.notice.press("Try again")
    bench.wait(lambda: not bench.place.stage.notice.text)
    assert len(bench.table()) == 1


def test_the_way_back_is_offered_where_one_came_from_results(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    went: list[tuple[str, object]] = []
    bench.context.place_requested.connect(lambda place, target: went.append((place, target)))
    back = bench.place.stage.toolbar.back
    assert not back.isVisible()
    bench.place.clips.set_filter("class:0")
    bench.place.entered(ImageTarget("2_theo_0.wav", back="results"))
    assert bench.place.editor.key == "2_theo_0.wav"
    assert bench.place.clips.view.clips.row("2_theo_0.wav") is not None, "it is in the list, too"
    assert back.isVisible() and back.text() == "Back to Results"
    back.click()
    assert went == [("results", None)] and not back.isVisible()
    bench.place.entered(ImageTarget("2_theo_0.wav", back="results"))
    bench.place.entered(None)
    assert not back.isVisible(), "whoever comes by the rail came from nowhere else"


def test_the_way_back_has_room_in_a_narrow_window(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.place.entered(ImageTarget("2_theo_0.wav", back="results"))
    bench.place.resize(1024, 700)
    toolbar = bench.place.stage.toolbar
    assert toolbar.minimumSizeHint().width() <= toolbar.width()
    assert not toolbar.range.isVisible()
    toolbar.back.click()
    assert toolbar.range.isVisible()


def test_nothing_is_cut_off_in_a_window_of_usual_size(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.plug_in_fake()
    bench.place.resize(1216, 730)
    panel = bench.place.record_panel
    bench.wait(lambda: panel.height() >= panel.heightForWidth(panel.width()))
    for chip in (panel.rate, panel.channels, panel.pre_roll, *map(panel.mode.__getitem__, (
            "hold", "fixed", "silence"))):
        holder = chip.parentWidget()
        assert holder is not None and holder.rect().contains(chip.geometry()), chip.text()


def test_splitting_is_done_by_keys_alone(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bar = bench.place.stage.segment_bar
    bench.run("split")
    bench.wait(lambda: len(bench.place.editor.ghosts) == 3)
    QTest.keyClick(bar.threshold.slider, Qt.Key.Key_Escape)
    assert bar.isHidden() and not bench.place.editor.ghosts and bench.canvas.hasFocus()
    bench.run("split")
    bench.wait(lambda: len(bench.place.editor.ghosts) == 3)
    QTest.keyClick(bar.threshold.slider, Qt.Key.Key_Return)
    assert len(bench.place.editor.regions) == 3 and bench.canvas.hasFocus()


def test_arrow_keys_that_follow_quickly_are_one_step(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.at(0.5), bench.at(1.0))
    now = [0.0]
    bench.session.sounds.clock = lambda: now[0]
    before = bench.place.editor.regions[0].start
    for _ in range(5):
        now[0] += 0.3
        QTest.keyClick(bench.canvas, Qt.Key.Key_Right)
    middle = bench.place.editor.regions[0].start
    assert middle > before
    now[0] += 5
    QTest.keyClick(bench.canvas, Qt.Key.Key_Right, SHIFT)
    assert float(bench.table()[0]["Begin Time (s)"]) == pytest.approx(
        bench.place.editor.regions[0].start, abs=1e-3)
    bench.run("undo")
    assert bench.place.editor.regions[0].start == middle
    bench.run("undo")
    assert bench.place.editor.regions[0].start == before
    bench.run("undo")
    assert not bench.place.editor.regions


def test_a_class_is_renamed_in_all_clips_in_one_step(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    bench.place.classes.rename("1", "one")
    assert bench.session.undo.undo_text == "rename 1 to one"
    assert bench.session.sounds.class_counts() == {"0": 8, "one": 8, "2": 8}
    bench.run("undo")
    assert bench.session.undo.undo_text is None
    assert bench.session.sounds.class_counts() == {"0": 8, "1": 8, "2": 8}
    assert list(bench.session.classes) == ["0", "1", "2"]


def test_a_selection_with_gaps_survives_another_list(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    view = bench.place.clips.view
    for row in (1, 2, 3, 7, 10, 11):
        view.selectionModel().select(view.clips.index(row),
                                     view.selectionModel().SelectionFlag.Select)
    before = view.selected
    assert len(before) == view.selected_count == 7, "and the clip that is open"
    view.clips.refilter()
    assert view.selected == before
    assert [view.clips.row(key) for key in before] == [0, 1, 2, 3, 7, 10, 11]


def test_the_status_bar_says_how_many_labels_are_left_to_save(
        bench: Bench, digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.gui.audio.status.MANY", 3)
    bench.open_project(digits)
    told: list[str] = []
    bench.context.status_changed.connect(lambda: told.append(bench.place.status()[0]))
    go_on = threading.Event()

    def slow(path: Path, data: bytes) -> None:
        assert go_on.wait(20)
        write_atomic(path, data)

    monkeypatch.setattr("workbench.project.saver.write_atomic", slow)
    bench.run("select_all")
    bench.run("class_2")
    try:
        bench.wait(lambda: told[-1:] == ["17 files are still to be saved"])
    finally:
        go_on.set()
    bench.wait(lambda: told[-1].startswith("24 clips"))
    assert bench.session.saver.waiting == 0


def test_many_clips_tell_how_far_they_are_and_can_be_given_up(
        bench: Bench, digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.open_project(digits)
    monkeypatch.setattr("workbench.project.sound_library.AT_ONCE", 3)
    monkeypatch.setattr("workbench.gui.audio.status.TELL_AFTER", -1.0)
    monkeypatch.setattr("workbench.gui.audio.labelling.CANCEL_AFTER", -1.0)
    offered: list[Message] = []
    bench.context.announced.connect(offered.append)
    bench.run("select_all")
    bench.run("class_2")
    assert bench.place.status()[0] == "Call 24 clips 2: 0 of 24 clips"
    assert offered[-1].action_text == "Cancel"
    bench.place.labelling.give_up()
    assert bench.place.status()[0].startswith("24 clips")
    assert bench.session.undo.undo_text is None and bench.session.sounds.work is None
    bench.run("class_2")
    bench.wait(lambda: bench.said[-1] == ("ok", "24 clips are “2” now."))
    assert offered[-1].action_text == "Undo"
    assert bench.session.sounds.class_counts() == {"2": 24}
    bench.run("undo")
    assert bench.session.sounds.class_counts() == {"0": 8, "1": 8, "2": 8}
