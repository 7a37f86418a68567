"""The page for calls as a person uses it: sliders, kinds of mistakes, cells, the way to Audio."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

import made_calls

from tests.gui.results.test_sounds import Bench
from workbench.core.detections import Detections
from workbench.formats.predictions import PredictionSet, save_predictions
from workbench.gui.app.context import ImageTarget
from workbench.gui.label.sounds.spectrogram_thumbs import SpectrogramThumbs
from workbench.project.datasets.sounds import load_sound_dataset
from workbench.project.datasets.splits import Split, save_split
from workbench.project.runs import RunFolder
from workbench.tasks.sound_detection.calls import size_of, truth_of
from workbench.tasks.sound_detection.results import csv_bytes
from workbench.tasks.sound_detection.window.page import CallResults

LEFT = Qt.MouseButton.LeftButton


def add_run(project: Path) -> RunFolder:
    """A run that finds all calls of the test recordings but the first of each, and one that is
    nowhere."""
    keys = sorted(f"audio/{path.name}" for path in project.glob("audio/*.wav"))
    split = Split("mine", 0, keys[:1], [], keys[1:])
    data = load_sound_dataset(project, split)
    run = RunFolder.create(project, "calls-n", {
        "recipe": "calls-n", "task": "sound-detection", "classes": data.classes,
        "split": {"name": "mine"}, "epochs": 2})
    save_split(run.path, split)
    run.best_path.write_bytes(b"")
    run.write_state(state="finished", pid=0)
    found = []
    for record in data.test:
        truth = truth_of(record, data.classes)
        boxes = np.concatenate((truth.boxes[1:], [[3.5, 7000, 3.9, 7900]])).astype(np.float32)
        found.append(Detections(boxes, np.append(np.full(len(truth) - 1, 0.9), 0.95).astype(
            np.float32), np.append(truth.labels[1:], 0)))
    save_predictions(run.predictions_path("test"), PredictionSet(
        [record.key for record in data.test], [size_of(record) for record in data.test], found,
        data.classes))
    return run


class CallBench(Bench):
    @property
    def page(self) -> CallResults:  # type: ignore[override]  # of another task
        assert isinstance(self.place.page, CallResults)
        return self.place.page

    def words(self) -> list[str]:
        model = self.page.view.calls
        return [model.word(row) for row in range(model.rowCount())]


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CallBench]:
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    monkeypatch.setattr(SpectrogramThumbs, "get", lambda _self, _what: picture)
    project = made_calls.make_calls(tmp_path / "night", recordings=3, seconds=4, calls=6)
    (project / "workbench.toml").write_text('task = "sound-detection"\n')
    add_run(project)
    made = CallBench(qtbot, project, tmp_path)
    made.enter()
    yield made
    made.close()


def test_what_is_missed_and_what_is_extra_is_shown_on_spectrograms(bench: CallBench) -> None:
    page = bench.page
    shown = page.snapshot
    assert shown is not None and shown.evaluation.images == 2
    missed = [word for word in bench.words() if word.startswith("missed")]
    assert len(missed) == 2 and bench.words().count("extra chirp") == 2 and len(bench.words()) == 4
    assert page.verdict.title.text().startswith("Finds")
    assert page.metrics.figures["recall"].isVisibleTo(page)
    assert not page.grab().toImage().isNull(), "it paints with all its boxes"


def test_the_score_slider_leaves_out_the_unsure_ones(bench: CallBench) -> None:
    page = bench.page
    assert page.toolbar.score.value() == pytest.approx(0.9, abs=0.011), "where F1 is best"
    page.toolbar.score.set_value(0.92)
    bench.settle()
    assert page.snapshot is not None
    assert page.snapshot.evaluation.shown == 2 and page.snapshot.evaluation.recall == 0
    assert len(bench.words()) == 2 + page.snapshot.evaluation.truths


def test_a_number_leads_to_its_calls_and_a_call_to_audio(bench: CallBench) -> None:
    page = bench.page
    bench.click_cell(len(page.confusion.names), 0)
    assert bench.words() == ["extra chirp", "extra chirp"]
    page.open_call(0)
    [(place, target)] = bench.went
    assert place == "audio" and isinstance(target, ImageTarget)
    assert target.key.startswith("audio/night-") and target.span is not None
    assert np.allclose(target.span, (3.5, 3.9))


def test_all_recordings_are_shown_when_they_are_asked_for(bench: CallBench) -> None:
    bench.page.show_all()
    bench.settle()
    assert bench.words() == ["2 mistakes", "2 mistakes"]
    assert bench.page.calls.title.text() == "2 recordings"


def test_a_table_has_the_band(bench: CallBench) -> None:
    bench.click_cell(len(bench.page.confusion.names), 0)
    assert bench.page.snapshot is not None
    rows = list(csv.DictReader(csv_bytes(bench.page.snapshot).decode().splitlines()))
    assert [(row["labelled"], row["found"], row["low_hz"], row["high_hz"]) for row in rows] == [
        ("none", "chirp", "7000.0", "7900.0")] * 2


def test_a_label_that_was_mended_is_counted_when_asked(bench: CallBench) -> None:
    page, sounds = bench.page, bench.session.sounds
    assert page.snapshot is not None
    before = page.snapshot.evaluation.truths
    key = page.snapshot.results.keys[0]
    bench.qtbot.waitUntil(lambda: sounds.row(key) is not None, timeout=30_000)
    document = sounds.document(key)
    sounds.edit_many({key: document.annotation.objects[1:]}, "remove a call")
    bench.qtbot.waitUntil(lambda: page.notice.isVisibleTo(page), timeout=30_000)
    page.recompute()
    bench.settle()
    assert page.snapshot.evaluation.truths == before - 1
    assert sum(word.startswith("missed") for word in bench.words()) == 1


def test_labels_beyond_the_end_are_not_counted_from_the_window_either(bench: CallBench) -> None:
    page, sounds = bench.page, bench.session.sounds
    assert page.snapshot is not None
    key, before = page.snapshot.results.keys[0], page.snapshot.evaluation.truths
    [table] = bench.session.folder.glob(f"{key.removesuffix('.wav')}.*selections.txt")
    text = table.read_text().rstrip("\n")
    table.write_text(f"{text}\n99\tSpectrogram 1\t1\t90.0\t91.0\t2000.0\t3000.0\t\tchirp\n")
    bench.qtbot.waitUntil(lambda: sounds.row(key) is not None, timeout=30_000)
    document = sounds.document(key)
    assert len(document.annotation.objects) == 1 + len(page.snapshot.results.records[0].regions)
    page.recompute()
    bench.settle()
    assert page.snapshot.evaluation.truths == before


def test_a_model_can_be_exported_at_the_thresholds_on_screen(bench: CallBench) -> None:
    page = bench.page
    assert page.toolbar.model_action.isVisible()
    page.toolbar.score.set_value(0.7)
    assert page.model_thresholds()[0] == pytest.approx(0.7)
