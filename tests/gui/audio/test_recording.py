"""Recording through the window, with a microphone that a test speaks into."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest

from tests.gui.audio.conftest import Bench, let_go, record
from workbench.core.errors import WorkbenchError
from workbench.gui.app.context import RecordTarget
from workbench.media.sounds.recording import WavWriter


def test_a_recording_is_named_labelled_and_shown(desk: Bench) -> None:
    key = record(desk)
    assert key == "audio/one_Ann_0.wav"
    desk.settle()
    summary = desk.session.sounds.summary(key)
    assert (summary.label, summary.group) == ("one", "Ann")
    path = desk.session.sounds.path(key)
    assert soundfile.info(path).duration == pytest.approx(0.6)
    assert desk.place.clips.view.samples.rowCount() == 1
    assert not desk.table(), "the name says it all; no table is needed"


def test_speaker_and_count_of_clips_stay_with_their_project(desk: Bench, tmp_path: Path) -> None:
    panel = desk.place.record_panel
    panel.group.clear()
    QTest.keyClicks(panel.group, "Ann")
    desk.place.clips.set_filter("ann")
    record(desk)
    mine, other = tmp_path / "mine", tmp_path / "other"
    other.mkdir()
    (other / "workbench.toml").write_text((mine / "workbench.toml").read_text("utf-8"), "utf-8")
    desk.open_project(other)
    assert panel.group.text() == ""
    assert desk.place.clips.field.text() == ""
    assert panel.hint.full_text().startswith("sound 1 of 10")
    assert record(desk) == "audio/one_unknown_0.wav"
    desk.open_project(mine)
    assert panel.group.text() == "Ann"


def test_the_pre_roll_is_there(desk: Bench) -> None:
    desk.run("microphone")
    assert desk.place.recorder.on and desk.place.record_panel.power.isChecked()
    desk.mic.say(1.0)
    key = record(desk)
    assert soundfile.info(desk.session.sounds.path(key)).duration == pytest.approx(1.1)


def test_after_some_clips_the_next_class_is_offered(desk: Bench) -> None:
    panel = desk.place.record_panel
    panel.count.setValue(2)
    assert panel.hint.full_text() == "sound 1 of 2 · then “two”"
    assert "“one”" in panel.button.text()
    record(desk)
    assert panel.hint.full_text() == "sound 2 of 2 · then “two”"
    record(desk)
    assert panel.hint.full_text() == "sound 1 of 2 · then “one”" and "“two”" in panel.button.text()
    assert record(desk) == "audio/two_Ann_0.wav"
    assert [desk.session.sounds.summary(key).label for key in desk.session.sounds] \
        == ["one", "one", "two"]


def test_a_class_that_is_renamed_while_it_is_recorded_is_followed(desk: Bench) -> None:
    panel, classes = desk.place.record_panel, desk.session.classes
    panel.count.setValue(3)
    record(desk)
    panel.pressed.emit()
    desk.mic.say(0.6)
    desk.session.rename_class("one", "uno")
    let_go(desk)
    desk.settle()
    assert classes.names == ("uno", "two")
    assert [desk.session.sounds.summary(key).label for key in desk.session.sounds] == ["uno"] * 2
    assert panel.hint.full_text() == "sound 3 of 3 · then “two”" and "“uno”" in panel.button.text()


def test_in_a_project_with_other_names_the_label_goes_into_a_table(
        bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.plug_in_fake()
    key = record(bench)
    (row,) = bench.table(key)
    assert "owl" in row.values()
    assert bench.session.sounds.summary(key).label == "owl"
    bench.run("undo")
    assert bench.session.sounds.summary(key).label == ""


def test_a_relabelled_recording(desk: Bench) -> None:
    """From the microphone to a clip with another class, saved."""
    key = record(desk)
    desk.settle()
    desk.run("class_2")
    (row,) = desk.table(key)
    assert "two" in row.values()
    assert desk.session.sounds.class_counts()["two"] == 1
    assert desk.place.series.label == "one", "correcting one sound does not change the series"


def test_fixed_length_ends_by_itself(desk: Bench) -> None:
    panel = desk.place.record_panel
    panel.mode.select("fixed")
    panel.pressed.emit()
    panel.released.emit()
    assert desk.place.controller.recording
    desk.mic.say(1.5)
    assert not desk.place.controller.recording
    assert soundfile.info(desk.session.sounds.path("audio/one_Ann_0.wav")).duration == 1.0


def test_silence_ends_it(desk: Bench) -> None:
    panel = desk.place.record_panel
    panel.mode.select("silence")
    panel.pressed.emit()
    desk.mic.say(0.5)
    desk.mic.say(1.0, level=0.0)
    assert not desk.place.controller.recording and len(desk.session.sounds) == 1


def test_level_and_clipping_are_shown(desk: Bench) -> None:
    desk.run("microphone")
    panel = desk.place.record_panel
    desk.mic.say(0.3, level=0.5)
    assert panel.meter.level_db == pytest.approx(-6, abs=0.5) and not panel.meter.clipped
    panel.pressed.emit()
    desk.mic.say(0.2, level=1.2 * 0.9)
    assert panel.meter.clipped and "distorted" in panel.warning.text()
    let_go(desk)
    assert any("too loud" in text for _, text in desk.said)


def test_an_unplugged_microphone_keeps_what_there_is(desk: Bench) -> None:
    panel = desk.place.record_panel
    panel.pressed.emit()
    desk.mic.say(0.7)
    desk.mic.pulled_out = True
    desk.wait(lambda: not desk.place.recorder.on)
    assert any("The microphone was disconnected. The 0.7 s recorded so far are kept." in text
               for _, text in desk.said)
    assert soundfile.info(desk.session.sounds.path("audio/one_Ann_0.wav")).duration \
        == pytest.approx(0.7)


def test_a_disk_that_fills_up_ends_it_and_keeps_what_there_is(
        desk: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = desk.place.record_panel
    panel.pressed.emit()
    desk.mic.say(0.6)

    def full(_self: WavWriter, _waveform: object) -> None:
        raise WorkbenchError("the recording stopped: the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(WavWriter, "write", full)
        desk.mic.say(0.2)
    desk.wait(lambda: not desk.place.controller.recording)
    assert any(tone == "bad" and "the disk is full" in text for tone, text in desk.said), desk.said
    assert soundfile.info(desk.session.sounds.path("audio/one_Ann_0.wav")).duration \
        == pytest.approx(0.6)
    panel.released.emit()
    assert record(desk) == "audio/one_Ann_1.wav", "and it goes on when there is room again"


def test_the_file_plays_while_it_still_runs(desk: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.media.sounds.recording.FLUSH_SECONDS", 0.0)
    desk.place.record_panel.pressed.emit()
    desk.mic.say(2.0)
    path = desk.session.folder / "audio" / "one_Ann_0.wav"
    assert soundfile.info(path).duration == pytest.approx(2.0, abs=0.5)
    let_go(desk)


def test_a_slip_of_the_finger_leaves_nothing(desk: Bench) -> None:
    panel = desk.place.record_panel
    panel.pressed.emit()
    let_go(desk)
    assert not list((desk.session.folder / "audio").iterdir())
    assert "too short" in desk.said[-1][1] and len(desk.session.sounds) == 0


def on_disk(desk: Bench) -> set[str]:
    folder = desk.session.folder
    return {path.relative_to(folder).as_posix() for path in (folder / "audio").iterdir()}


def test_the_last_recording_can_be_deleted_and_brought_back(desk: Bench) -> None:
    record(desk)
    desk.run("discard")
    assert len(desk.session.sounds) == 0 and not on_disk(desk)
    assert desk.place.record_panel.hint.full_text().startswith("sound 1 of 10")
    assert desk.said[-1] == ("ok", "Deleted one_Ann_0.wav.")
    assert not desk.context.actions["audio.discard"].enabled()
    desk.run("undo")
    assert list(desk.session.sounds) == ["audio/one_Ann_0.wav"]
    desk.settle()
    assert desk.session.sounds.summary("audio/one_Ann_0.wav").label == "one"
    assert on_disk(desk) == {"audio/one_Ann_0.wav"}


def test_undo_after_a_recording_undoes_the_recording(desk: Bench) -> None:
    """And not the step before it, which may be the class it was recorded for."""
    desk.session.add_class("three")
    desk.place.editor.choose_class("three")
    key = record(desk)
    assert key == "audio/three_Ann_0.wav"
    desk.run("undo")
    assert not len(desk.session.sounds) and not on_disk(desk)
    assert list(desk.session.classes) == ["one", "two", "three"]
    desk.run("redo")
    assert on_disk(desk) == {key} and desk.place.editor.key == key
    desk.settle()
    desk.run("undo")
    desk.run("undo")
    assert list(desk.session.classes) == ["one", "two"]


def test_the_highlighted_class_is_the_one_recorded(desk: Bench) -> None:
    panel = desk.place.record_panel
    panel.count.setValue(1)
    editor = desk.place.editor
    for number in range(3):
        highlighted = editor.current_class
        assert record(desk) == f"audio/{highlighted}_Ann_{number // 2}.wav"
    desk.settle()
    editor.choose_class("one")
    desk.run("class_2")
    assert editor.current_class == "one", "a key gives the sound another class, not the next one"
    panel.pressed.emit()
    desk.mic.say(0.3)
    editor.choose_class("two")  # for the next one
    assert "“one”" in panel.button.text()
    let_go(desk)
    assert desk.session.sounds.summary(editor.key).label == "one"
    assert editor.current_class == "two" and "“two”" in panel.button.text()


def test_several_clips_are_deleted_in_one_step(desk: Bench) -> None:
    for _ in range(3):
        record(desk)
    desk.settle()
    desk.run("class_2")  # a table beside the clip goes with it
    desk.saved()
    before = on_disk(desk)
    assert len(before) == 4
    view = desk.place.clips.view
    view.set_current("audio/one_Ann_1.wav")
    view.selectAll()
    view.selectionModel().select(view.samples.index(0), QItemSelectionModel.SelectionFlag.Deselect)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert on_disk(desk) == {"audio/one_Ann_0.wav"}
    assert desk.place.editor.key == "audio/one_Ann_0.wav"
    assert desk.said[-1] == ("ok", "Deleted 2 sounds.")
    desk.run("undo")
    assert on_disk(desk) == before
    assert desk.session.sounds.summary("audio/one_Ann_2.wav").label == "two"


def test_leaving_the_place_closes_the_microphone(desk: Bench) -> None:
    desk.run("microphone")
    desk.place.left()
    assert desk.mic.closed and not desk.place.recorder.on


def test_format_and_pre_roll_are_remembered(desk: Bench) -> None:
    panel = desk.place.record_panel
    panel._set_rate(48000)
    panel._set_channels(2)
    panel._set_pre_roll(2.0)
    assert (panel.rate.text(), panel.channels.text(), panel.pre_roll.text()) \
        == ("48 kHz", "stereo", "pre 2 s")
    key = record(desk)
    info = soundfile.info(desk.session.sounds.path(key))
    assert (info.samplerate, info.channels) == (48000, 2)
    stored = desk.context.settings
    assert int(str(stored.value("audio/record/rate"))) == 48000


def test_a_look_at_the_folder_takes_a_recording_that_runs_for_no_clip(desk: Bench) -> None:
    desk.place.record_panel.pressed.emit()
    desk.mic.say(0.5)
    looks: list[bool] = []
    changes = desk.session.sounds.changes
    changes.checked.connect(lambda: looks.append(True))
    changes.check()
    desk.wait(lambda: bool(looks))
    assert not len(desk.session.sounds)
    let_go(desk)
    assert list(desk.session.sounds) == ["audio/one_Ann_0.wav"]
    assert not any("In the folder" in text for _, text in desk.said)


def test_clips_that_another_program_takes_away_or_replaces_are_told(desk: Bench) -> None:
    first, second = record(desk), record(desk)
    desk.settle()
    path = desk.session.sounds.path(second)
    soundfile.write(path, np.zeros(8000), 16000)
    desk.session.sounds.path(first).unlink()
    desk.session.sounds.changes.check()
    desk.wait(lambda: bool(desk.said))
    assert desk.said[-1] == ("info", "In the folder: 1 sound gone, 1 sound replaced.")
    desk.settle()
    assert list(desk.session.sounds) == [second]
    assert desk.canvas.time.duration == pytest.approx(0.5)


def test_record_opens_the_microphone_so_that_the_first_clip_is_whole(
        bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    bench.open_project(folder)
    bench.plug_in_fake()
    # this machine may have no microphone: the one that was plugged in is all there is
    monkeypatch.setattr(bench.place.record_panel, "look_for_devices", lambda: None)
    assert not bench.place.recorder.on
    bench.place.entered(RecordTarget())
    assert bench.place.recorder.on and not bench.place.classes.field.isHidden()
