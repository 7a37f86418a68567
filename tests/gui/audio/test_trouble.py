"""Other programs, other places and many clips at once."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QWidget,
)

from tests.gui.audio.conftest import Bench
from workbench.core.errors import UsageError, WorkbenchError
from workbench.formats.atomic import write_atomic
from workbench.gui.app.context import ImageTarget, Message
from workbench.gui.label.sounds.picture import loudest_byte
from workbench.gui.label.sounds.tiles import LOWEST_DB, decibel_of

SHIFT = Qt.KeyboardModifier.ShiftModifier


# --- other programs, other places, many clips ---------------------------------------------------


HEAD = "\t".join(["Selection", "View", "Channel", "Begin Time (s)", "End Time (s)",
                  "Low Freq (Hz)", "High Freq (Hz)", "Species"])


def raven_writes(bench: Bench, label: str = "crow") -> None:
    path = bench.session.sounds.annotation_path(bench.place.editor.key)
    path.write_text(f"{HEAD}\n1\tSpectrogram 1\t1\t1.0\t1.5\t100\t900\t{label}\n", "utf-8")


@pytest.fixture
def conflict(bench: Bench, calls: Path) -> Bench:
    """Raven changed the table of the open clip while an edit of ours was on its way."""
    bench.open_project(calls)
    bench.drag(bench.at(0.5), bench.at(1.0))
    bench.saved()
    raven_writes(bench)
    bench.drag(bench.at(2.0), bench.at(2.5))
    bench.wait(lambda: bool(bench.place.viewer.notice.text))
    return bench


def test_a_table_changed_by_another_program_can_be_reloaded(conflict: Bench) -> None:
    notice = conflict.place.viewer.notice
    assert notice.choices == ["Reload", "Keep mine", "Keep both"]
    assert "another program" in notice.text
    notice.press("Reload")
    assert [item.label for item in conflict.place.editor.objects] == ["crow"]
    assert notice.text == ""
    conflict.wait(lambda: conflict.session.saver.state == "saved")
    conflict.run("undo")
    assert [item.label for item in conflict.place.editor.objects] == ["owl", "owl"]
    assert len(conflict.table()) == 2


def test_our_labels_can_be_kept_instead(conflict: Bench) -> None:
    notice = conflict.place.viewer.notice
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
    assert bench.place.viewer.notice.text == "" and offered[-1].action_text == "Show"
    assert "0_jackson_0.selections.txt" in offered[-1].sentence
    assert offered[-1].action is not None
    offered[-1].action()
    assert bench.place.editor.key == "0_jackson_0.wav"
    assert bench.place.viewer.notice.choices == ["Reload", "Keep mine", "Keep both"]


def test_a_conflict_that_cannot_be_settled_stays(conflict: Bench) -> None:
    conflict.session.sounds.annotation_path("calls.wav").write_text("no table at all")
    notice = conflict.place.viewer.notice
    notice.press("Reload")
    assert conflict.said[-1][0] == "warn" and "not a selection table" in conflict.said[-1][1]
    assert notice.choices == ["Reload", "Keep mine", "Keep both"]


def test_what_raven_did_meanwhile_is_there_when_one_comes_back(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    raven_writes(bench)
    QApplication.sendEvent(bench.place, QEvent(QEvent.Type.WindowActivate))
    assert [item.label for item in bench.place.editor.objects] == ["crow"]
    assert bench.place.regions.model.rowCount() == 1
    bench.drag(bench.at(2.0), bench.at(2.5))
    assert len(bench.table()) == 2 and bench.place.viewer.notice.text == ""


def test_a_save_that_fails_is_told_over_the_clip(bench: Bench, calls: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    bench.open_project(calls)

    def full(*_args: object) -> None:
        raise WorkbenchError("the disk is full", path=calls / "calls.selections.txt")

    with monkeypatch.context() as patch:
        patch.setattr("workbench.project.edits.saver.write_atomic", full)
        bench.drag(bench.at(0.5), bench.at(1.0))
        bench.wait(lambda: "the disk is full" in bench.place.viewer.notice.text)
    bench.place.viewer.notice.press("Try again")
    bench.wait(lambda: not bench.place.viewer.notice.text)
    assert len(bench.table()) == 1


def test_the_way_back_is_offered_where_one_came_from_results(bench: Bench, digits: Path) -> None:
    bench.open_project(digits)
    went: list[tuple[str, object]] = []
    bench.context.place_requested.connect(lambda place, target: went.append((place, target)))
    back = bench.place.viewer.toolbar.back
    assert not back.isVisible()
    bench.place.clips.set_filter("class:0")
    bench.place.entered(ImageTarget("2_theo_0.wav", back="results"))
    assert bench.place.editor.key == "2_theo_0.wav"
    assert bench.place.clips.view.samples.row("2_theo_0.wav") is not None, "it is in the list, too"
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
    toolbar = bench.place.viewer.toolbar
    assert toolbar.back.isVisible() and toolbar.play.isVisible() and toolbar.more.isVisible()
    before = sum(item.isVisible() for item in toolbar.findChildren(QPushButton))
    toolbar.back.click()
    assert sum(item.isVisible() for item in toolbar.findChildren(QPushButton)) >= before


def test_at_the_smallest_size_everything_is_whole_or_in_a_menu(bench: Bench, digits: Path) -> None:
    long = "0_" + "a-name-that-somebody-gave-to-a-recording-" * 3 + "_0.wav"
    shutil.copyfile(digits / "0_theo_0.wav", digits / long)
    bench.open_project(digits)
    bench.plug_in_fake()
    bench.place.entered()
    bench.plug_in_fake()
    bench.open(long)
    bench.place.resize(936, 580)  # of a window of 1000 × 650
    bench.settle()
    QApplication.processEvents()
    place, side = bench.place, bench.place.side
    assert place.minimumSizeHint().width() <= 936
    assert "…" in place.viewer.card.findChildren(QLabel)[0].text()
    for child in side.findChildren(QAbstractButton):
        if child.isVisible():
            right = child.mapTo(side, child.rect().topRight()).x()
            assert right < side.width(), child.text()
    mode = place.record_panel.mode
    assert mode.rect().contains(mode["silence"].geometry())
    chips = place.clips.chips
    assert chips.rect().contains(chips["todo"].geometry())
    toolbar = place.viewer.toolbar
    shown = [item for item in toolbar.children() if isinstance(item, QWidget) and item.isVisible()]
    for item in shown:
        assert item.width() >= item.minimumSizeHint().width() and item.y() >= 0
        assert toolbar.rect().contains(item.geometry()), item
    menus: list[QMenu] = []
    toolbar.more.click()
    menus = [item for item in toolbar.findChildren(QMenu) if item.isVisible()]
    words = [action.text() for action in menus[0].actions()]
    assert words == ["Frequency axis", "Window", "Overlap", "Colours", "Range of loudness…"]
    menus[0].close()


def test_a_channel_of_the_spectrogram_can_be_chosen(bench: Bench, calls: Path) -> None:
    rate = 16000
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    soundfile.write(calls / "stereo.wav", np.stack([tone, np.zeros(rate)], axis=1), rate)
    bench.open_project(calls)
    bench.open("calls.wav")
    assert not bench.place.viewer.toolbar.channel.isVisible()
    bench.place.resize(1920, 900)
    bench.open("stereo.wav")
    assert bench.place.viewer.toolbar.channel.text() == "all channels"
    loud = {}
    for channel in (0, 1, 2):
        bench.place.viewer._display_chosen(replace(bench.canvas.display, channel=channel))
        bench.settle()
        loud[channel] = decibel_of(loudest_byte(bench.place.viewer.source) or 0)
    assert loud[1] == pytest.approx(loud[0] + 6, abs=1)
    assert loud[2] == LOWEST_DB
    assert bench.place.viewer.toolbar.channel.text() == "channel 2"


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
    bar = bench.place.viewer.segment_bar
    bench.run("split")
    bench.wait(lambda: len(bench.place.editor.ghosts) == 3)
    QTest.keyClick(bar.threshold.slider, Qt.Key.Key_Escape)
    assert bar.isHidden() and not bench.place.editor.ghosts and bench.canvas.hasFocus()
    bench.run("split")
    bench.wait(lambda: len(bench.place.editor.ghosts) == 3)
    QTest.keyClick(bar.threshold.slider, Qt.Key.Key_Return)
    assert len(bench.place.editor.objects) == 3 and bench.canvas.hasFocus()


def test_arrow_keys_that_follow_quickly_are_one_step(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.at(0.5), bench.at(1.0))
    now = [0.0]
    bench.session.sounds.clock = lambda: now[0]
    before = bench.place.editor.objects[0].start
    for _ in range(5):
        now[0] += 0.3
        QTest.keyClick(bench.canvas, Qt.Key.Key_Right)
    middle = bench.place.editor.objects[0].start
    assert middle > before
    now[0] += 5
    QTest.keyClick(bench.canvas, Qt.Key.Key_Right, SHIFT)
    assert float(bench.table()[0]["Begin Time (s)"]) == pytest.approx(
        bench.place.editor.objects[0].start, abs=1e-3)
    bench.run("undo")
    assert bench.place.editor.objects[0].start == middle
    bench.run("undo")
    assert bench.place.editor.objects[0].start == before
    bench.run("undo")
    assert not bench.place.editor.objects


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
        view.selectionModel().select(view.samples.index(row),
                                     view.selectionModel().SelectionFlag.Select)
    before = view.selected
    assert len(before) == view.selected_count == 7, "and the sound that is open"
    view.samples.refilter()
    assert view.selected == before
    assert [view.samples.row(key) for key in before] == [0, 1, 2, 3, 7, 10, 11]


def test_the_status_bar_says_how_many_labels_are_left_to_save(
        bench: Bench, digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.gui.label.status.MANY", 3)
    bench.open_project(digits)
    told: list[str] = []
    bench.context.status_changed.connect(lambda: told.append(bench.place.status()[0]))
    go_on = threading.Event()

    def slow(path: Path, data: bytes, check: Callable[[], None]) -> None:
        assert go_on.wait(60)
        write_atomic(path, data, check)

    monkeypatch.setattr("workbench.project.edits.saver.write_atomic", slow)
    bench.run("select_all")
    bench.run("class_2")
    try:
        bench.wait(lambda: told[-1:] == ["17 files are still to be saved"])
    finally:
        go_on.set()
    bench.wait(lambda: told[-1].startswith("24 sounds"))
    bench.wait(lambda: bench.session.saver.waiting == 0)


def test_many_clips_tell_how_far_they_are_and_can_be_given_up(
        bench: Bench, digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.open_project(digits)
    monkeypatch.setattr("workbench.project.library.base.Library.at_once", 3)
    monkeypatch.setattr("workbench.gui.label.status.TELL_AFTER", -1.0)
    monkeypatch.setattr("workbench.gui.label.sounds.labelling.CANCEL_AFTER", -1.0)
    offered: list[Message] = []
    bench.context.announced.connect(offered.append)
    bench.run("select_all")
    bench.run("class_2")
    assert bench.place.status()[0] == "Label 24 sounds “2”: 0 of 24 sounds"
    assert offered[-1].action_text == "Cancel"
    bench.place.labelling.give_up()
    assert bench.place.status()[0].startswith("24 sounds")
    assert bench.session.undo.undo_text is None and bench.session.sounds.work is None
    bench.run("class_2")
    bench.wait(lambda: bench.said[-1] == ("ok", "24 sounds are “2” now."))
    assert offered[-1].action_text == "Undo"
    assert bench.session.sounds.class_counts() == {"2": 24}
    withdrawn: list[str] = []
    bench.context.withdrawn.connect(withdrawn.append)
    bench.run("undo")
    assert withdrawn == ["24 sounds are “2” now."], "it is not so any more"
    assert bench.session.sounds.class_counts() == {"0": 8, "1": 8, "2": 8}


def test_a_region_that_results_asks_for_is_selected_and_in_view(
        bench: Bench, calls: Path, digits: Path) -> None:
    bench.open_project(calls)
    bench.drag(bench.at(0.5), bench.at(1.0))
    bench.drag(bench.at(2.9), bench.at(3.4))
    bench.saved()
    bench.place.entered(ImageTarget("calls.wav", back="results", span=(2.9, 3.4)))
    bench.settle()
    time = bench.canvas.time
    assert bench.place.editor.selection == (1,)
    assert 1.5 < time.start < 2.9 and 3.4 < time.end <= 4.0, "with what is around it"
    # it was moved a little since, and one was taken away
    bench.place.entered(ImageTarget("calls.wav", span=(0.6, 1.1)))
    assert bench.place.editor.selection == (0,)
    bench.place.entered(ImageTarget("calls.wav", span=(1.6, 2.1)))
    bench.settle()
    assert bench.place.editor.selection == () and time.start < 1.6 and time.end > 2.1
    # whoever comes for the whole clip sees all of it
    bench.place.entered(ImageTarget("calls.wav", back="results"))
    bench.settle()
    assert time.fits


def test_labels_of_another_program_that_do_not_follow_are_told(bench: Bench, calls: Path) -> None:
    audacity = calls / "calls.txt"
    audacity.write_text("0.5\t1.0\towl\n", "utf-8")
    bench.open_project(calls)
    notice = bench.place.viewer.notice
    assert len(bench.place.editor.parts) == 1 and not notice.text
    bench.drag(bench.at(1.6), bench.at(2.1))
    bench.saved()
    assert notice.text == ("Your changes are saved in calls.selections.txt. "
                           "calls.txt stays as it was.")
    assert audacity.read_text("utf-8") == "0.5\t1.0\towl\n"
    bench.run("undo")
    assert not notice.text


@pytest.mark.parametrize(("name", "damage"), [
    ("calls.selections.txt", b""), ("calls.selections.txt", b"\0" * 300),
    ("calls.txt", b"1.0\t0.5\towl\n"),
])
def test_damaged_labels_are_put_aside_to_start_anew(
        bench: Bench, calls: Path, name: str, damage: bytes) -> None:
    (calls / name).write_bytes(damage)
    session = bench.open_project(calls)
    notice = bench.place.viewer.notice
    assert name in notice.text
    assert notice.choices == ["Show in folder", "Read again", "Start anew"]
    bench.drag(bench.at(0.5), bench.at(1.0))
    bench.saved()
    assert (calls / name).read_bytes() == damage
    assert len(session.problems) == 1
    notice.press("Start anew")
    bench.settle()
    assert notice.text == "" and not session.problems
    assert bench.said[-1] == ("info", f"The damaged file is kept as {name}.unreadable.")
    bench.drag(bench.at(0.5), bench.at(1.0))
    assert [item.label for item in bench.place.editor.objects] == ["owl"]
    assert len(bench.table()) == 1
    assert (calls / f"{name}.unreadable").read_bytes() == damage
    with pytest.raises(UsageError):
        session.sounds.restart_damaged("calls.wav")


def test_a_sound_that_cannot_be_read_offers_no_new_start(bench: Bench, calls: Path) -> None:
    (calls / "calls.wav").write_bytes(b"RIFF")
    (calls / "calls.selections.txt").write_text(HEAD + "\n", "utf-8")
    bench.open_project(calls)
    assert bench.place.viewer.notice.choices == ["Show in folder", "Read again"]


def test_a_class_is_typed_after_another_and_a_click_gives_it_to_no_region(
        bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    panel, editor = bench.place.classes, bench.place.editor
    bench.drag(bench.at(0.5), bench.at(1.0))
    panel.begin_adding()
    for name in ("crow", "jay"):
        QTest.keyClicks(panel.field, name)
        QTest.keyClick(panel.field, Qt.Key.Key_Return)
        assert panel.field.isVisible() and not panel.field.text()
    assert list(bench.session.classes) == ["owl", "frog", "crow", "jay"]
    QTest.keyClick(panel.field, Qt.Key.Key_Return)
    assert not panel.field.isVisible()
    assert editor.selection and editor.objects[0].label == "owl"
    row = panel.view.visualRect(panel.model.index(1)).center()
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=row)
    assert editor.current_class == "frog" and editor.objects[0].label == "owl"


@pytest.mark.parametrize("edited", [False, True])
def test_where_the_first_sound_is_gone_the_next_one_is_shown(bench: Bench, digits: Path, *,
                                                             edited: bool) -> None:
    bench.open_project(digits)
    first, second = list(bench.session.sounds)[:2]
    assert bench.place.editor.key == first
    if edited:
        assert bench.place.editor.add(0.05, 0.1)
        bench.saved()
    (digits / first).unlink()
    bench.session.sounds.changes.check()
    bench.wait(lambda: bench.session.sounds.row(first) is None)
    assert bench.place.editor.key == second
    bench.settle()
    assert bench.place.editor.add(0.05, 0.1) and len(bench.table()) == 2


def test_many_classes_and_regions_leave_the_side_in_view(bench: Bench, calls: Path) -> None:
    """The lists get smaller before anything has to be scrolled to."""
    bench.open_project(calls)
    for number in range(14):
        bench.session.add_class(f"class {number}")
        bench.place.editor.add(0.1 + number / 5, 0.2 + number / 5, label="owl")
    bench.place.resize(1280, 900)
    area = bench.place.side.findChild(QScrollArea)
    assert area is not None
    bench.wait(lambda: area.viewport().height() > 800)
    QApplication.sendPostedEvents()
    assert area.verticalScrollBar().maximum() == 0
    assert bench.place.regions.view.height() > 50 and bench.place.classes.view.height() > 100
