"""Regions that a model suggests: shown, accepted and rejected by key, one after the other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.audio.conftest import Bench
from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Region
from workbench.gui.app.context import TrainTarget
from workbench.gui.app.models import TrainedModel
from workbench.gui.app.shortcuts import ShortcutMap
from workbench.gui.label.sounds.clip_list import ClipDelegate
from workbench.gui.label.suggest_job import new_regions_in
from workbench.project.suggestions import SuggestedRegion, Suggestions, suggestions_of

RUN = "2026-11-20-sound-cnn"


def heard(label: str, start: float, end: float, score: float) -> SuggestedRegion:
    return SuggestedRegion(label, (start, 0.0, end, 1.0), score, RUN)


EARLY = heard("wren", 0.1, 0.3, 0.7)
LATE = SuggestedRegion("owl", (0.5, 300.0, 0.8, 1500.0), 0.9, RUN)


@pytest.fixture
def store(bench: Bench, calls: Path, monkeypatch: pytest.MonkeyPatch) -> Suggestions:
    """Two regions in the clip that is shown, one in the next."""
    from workbench.gui.label import suggest_card

    monkeypatch.setattr(suggest_card, "trained_models", lambda _folder: [
        TrainedModel(RUN, "Sound #1", "audio-classification", ("wren", "owl"))])
    shutil.copyfile(calls / "calls.wav", calls / "others.wav")
    bench.open_project(calls)
    made = suggestions_of(bench.session, sounds=True)
    bench.wait(lambda: made._touched is None)
    first, second = list(bench.session.sounds.keys())[:2]
    bench.open(first)
    made.suggest({first: [EARLY, LATE], second: [EARLY]}, RUN)
    return made


@pytest.fixture
def keys(bench: Bench) -> ShortcutMap:
    made = ShortcutMap(bench.place, bench.context.actions)
    made.set_place("audio")
    bench.canvas.setFocus()
    return made


def labels(bench: Bench) -> list[str]:
    return [item.label for item in bench.place.editor.objects
            if not item.region.is_whole(bench.place.editor.duration)]


def test_the_list_shows_the_sounds_with_suggestions(
    bench: Bench, store: Suggestions, calls: Path
) -> None:
    shutil.copyfile(calls / "calls.wav", calls / "zebra.wav")
    bench.session.sounds.refresh()
    bench.wait(lambda: len(bench.session.sounds) == 3)
    panel, keys = bench.place.clips, list(bench.session.sounds.keys())
    bench.wait(lambda: not panel.chips["suggested"].isHidden())
    panel.chips["suggested"].click()
    rows = panel.view.samples
    bench.wait(lambda: rows.rowCount() == 2)
    assert [rows.key(row) for row in range(2)] == keys[:2]
    delegate = panel.view.itemDelegate()
    assert isinstance(delegate, ClipDelegate)
    assert "2 suggested" in delegate.words(rows, keys[0], rows.summary(keys[0]))
    bench.run("reject_suggestions")
    assert not store.has(keys[0]) and rows.rowCount() == 2, "what was judged stays where it is"
    panel.chips["all"].click()
    assert rows.rowCount() == 3


def test_next_accept_reject_and_on_to_the_next_clip(
    bench: Bench, store: Suggestions, keys: ShortcutMap
) -> None:
    editor, desk = bench.place.editor, bench.place.editor.suggestions
    first, second = list(bench.session.sounds.keys())[:2]
    before = labels(bench)
    assert desk.shown == (LATE, EARLY), "the best first"
    assert bench.place.viewer.notice.text.startswith("2 suggestions from ")
    QTest.keyClick(bench.canvas, Qt.Key.Key_F)
    assert desk.pointed == 1 and bench.canvas.playhead == pytest.approx(0.1)
    QTest.keyClick(bench.canvas, Qt.Key.Key_A)
    assert labels(bench) == [*before, "wren"]
    region = editor.objects[-1].region
    assert (region.start, region.end, region.low) == (pytest.approx(0.1), pytest.approx(0.3), None)
    assert desk.shown == (LATE,) and desk.pointed == 0, "the one that follows in time"
    QTest.keyClick(bench.canvas, Qt.Key.Key_X)
    assert desk.shown == () and store.rejected(first) == (LATE,)
    assert store.suggest({first: [LATE]}, RUN) == 1
    QTest.keyClick(bench.canvas, Qt.Key.Key_F)
    assert editor.key == second and desk.pointed == 0
    bench.run("undo")
    assert editor.key == first and desk.shown == (LATE,)
    bench.run("undo")
    assert desk.shown == (LATE, EARLY) and labels(bench) == before
    QTest.keyClick(bench.canvas, Qt.Key.Key_F)
    QTest.keyClick(bench.canvas, Qt.Key.Key_F)
    QTest.keyClick(bench.canvas, Qt.Key.Key_A)
    region = editor.objects[-1].region
    assert (region.start, region.low, region.high) == (pytest.approx(0.5), 300.0, 1500.0)


def test_all_of_a_clip_and_all_of_the_project(
    bench: Bench, store: Suggestions, keys: ShortcutMap
) -> None:
    panel = bench.place.suggest_panel
    bench.wait(panel.isVisible)
    bench.wait(lambda: panel.said.text() == "3 regions in 2 sounds")
    assert panel.train_link.isHidden(), "nothing is judged yet"
    first, second = list(bench.session.sounds.keys())[:2]
    QTest.keyClick(bench.canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bench.place.editor.key == second
    bench.wait(lambda: panel.said.text() == "1 region in 1 sound · 1 of 2 sounds reviewed")
    asked: list[tuple[str, object]] = []
    bench.context.place_requested.connect(lambda place, target: asked.append((place, target)))
    panel.train_link.click()
    bench.wait(lambda: asked == [("train", TrainTarget())])
    assert {row["Annotation"] for row in bench.table(first)} >= {"wren", "owl"}
    panel.score.set_value(0.75)
    assert bench.place.editor.suggestions.shown == ()
    panel.score.set_value(0.5)
    bench.wait(lambda: panel.accept_link.text() == "Accept all 1 above 0.50")
    panel.accept_link.click()
    bench.wait(lambda: bench.said[-1:] == [("ok", "Accepted 1 region in 1 sound.")])
    assert "wren" in {row["Annotation"] for row in bench.table(second)}
    bench.run("undo")
    assert store.images() == [second]
    panel.reject_link.click()
    bench.wait(lambda: bench.said[-1] == ("ok", "Rejected 1 region."))


def test_they_are_drawn_and_the_mouse_points_at_one(bench: Bench, store: Suggestions) -> None:
    desk = bench.place.editor.suggestions
    bench.canvas.fit()
    bench.settle()
    with_them = bench.canvas.grab().toImage()
    QTest.mouseMove(bench.canvas, bench.at(0.65))
    bench.wait(lambda: desk.pointed == 0)
    assert bench.canvas.grab().toImage() != with_them, "it is filled"
    store.clear()
    assert desk.pointed is None and desk.shown == ()
    assert bench.canvas.grab().toImage() != with_them


def test_what_is_labelled_already_is_not_suggested(bench: Bench, store: Suggestions) -> None:
    key = bench.place.editor.key
    bench.place.editor.suggestions.accept(1)
    item = {"file": "x", "scores": {}, "regions": [
        {"label": "wren", "start": 0.11, "end": 0.31, "score": 0.8, "low": 900.0, "high": 2000.0},
        {"label": "owl", "start": 0.11, "end": 0.31, "score": 0.8}]}
    found = new_regions_in(bench.session, key, item, RUN, {"owl": "tawny owl"})
    assert [region.label for region in found] == ["tawny owl"], "whatever its frequencies"
    assert new_regions_in(bench.session, key, {**item, "regions": None}, RUN, {}) == ()


def test_they_survive_a_restart(bench: Bench, store: Suggestions, calls: Path) -> None:
    store.flush()
    bench.context.session = None
    bench.context.session_changed.emit()
    bench.open_project(calls)
    again = suggestions_of(bench.session, sounds=True)
    bench.wait(lambda: bool(again.images()))
    assert again is not store and again.of(bench.place.editor.key) == (LATE, EARLY)
    assert isinstance(again.of(bench.place.editor.key)[0], SuggestedRegion)


def test_a_round_asks_about_sounds_without_labels_only(
    bench: Bench, store: Suggestions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Train's “Suggest on 3 recordings” looked at all of them."""
    panel, asked = bench.place.suggest_panel, []
    monkeypatch.setattr(panel.job, "start", lambda _model, keys: asked.append(list(keys)))
    bench.wait(lambda: not panel.isHidden())
    sounds = bench.session.sounds
    keys = list(sounds.keys())
    key = keys[0]
    bench.wait(lambda: all(sounds.row(name) is not None for name in keys))
    done = [name for name in keys
            if sounds.summary(name).regions or sounds.summary(name).label]
    sounds.document(key)
    sounds.edit_many({key: (LabeledObject("wren", Region(0.1, 0.2)),)}, "draw a region")
    panel.ask_about_rest()
    bench.wait(lambda: bool(asked))
    assert asked == [[name for name in keys if name not in {key, *done}]]
    panel.scope_box.setCurrentIndex(panel.scope_box.findData("all"))
    panel.suggest()
    assert sorted(asked[-1]) == sorted(sounds.keys())
