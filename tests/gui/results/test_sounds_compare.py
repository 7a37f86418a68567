"""Two classifiers of sounds side by side, and the report, as a person asks for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QDesktopServices

from tests.gui.results.sound_runs import CLASSES, add_sound_run
from tests.gui.results.test_sounds import Bench, bench, tones
from workbench.evaluation.scored import snapshot
from workbench.gui.results.classifier_compare import classifier_comparison
from workbench.project.runs import RunFolder
from workbench.tasks.sound_classification.results import key_of, open_sounds, read_sounds

__all__ = ["bench", "tones"]  # fixtures


def texts(made: Bench) -> list[list[str]]:
    table = made.page.compare.table
    return [[item.text() if (item := table.item(row, column)) is not None else ""
             for column in range(table.columnCount())] for row in range(table.rowCount())]


def test_what_changed_is_told_class_by_class(bench: Callable[[], Bench], tones: Path) -> None:
    older = add_sound_run(tones, confused=5)
    add_sound_run(tones, confuse=("hum", "tone"), confused=2)
    made = bench()
    page = made.enter()
    page.toolbar.compare_button.click()
    made.settle()
    rows = {row[0]: row[1:] for row in texts(made)}
    assert page.compare.box.currentData() == older.name
    assert list(rows) == ["Accuracy", "F1", "ROC area", "PR area",
                          *(f"F1 {name}" for name in CLASSES)]
    assert rows["Accuracy"][3] == "+5 −2"
    assert rows["F1 whistle"][3] == "+5" and rows["F1 hum"][3] == "−2"
    assert rows["F1 tone"][3] == ""
    assert rows["F1 whistle"][0] == "1.000" and rows["F1 whistle"][2].startswith("+")
    assert rows["F1 hum"][2].startswith("−")
    note = page.compare.note.text()
    assert "17 sounds that both heard: 5 newly right, 2 newly wrong" in note
    assert not page.compare.table.isColumnHidden(4)


def test_sounds_that_only_one_run_heard_do_not_count(tones: Path) -> None:
    def opened(run: RunFolder):
        return open_sounds(run, "test", read_sounds(tones, run), list(CLASSES), {})

    less = opened(add_sound_run(tones, confused=0, leave_out=4))
    now = snapshot(opened(add_sound_run(tones, confused=5)), 0.0, None, "file")
    found = classifier_comparison(now, less, "before", noun="sound", key_of=key_of, did="heard")
    assert "13 sounds that both heard: 0 newly right" in found.note
    lost = int((now.evaluation.predicted != now.evaluation.truth)[:13].sum())
    assert found.rows[0].changed == (f"−{lost}" if lost else "")


def test_without_another_run_it_says_so(bench: Callable[[], Bench], tones: Path) -> None:
    add_sound_run(tones)
    made = bench()
    page = made.enter()
    page.open_compare()
    assert "No other run has been evaluated on these sounds" in page.compare.note.text()


def test_the_report_shows_the_surest_mistakes(
    bench: Callable[[], Bench], tones: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    run = add_sound_run(tones, confused=3)
    made = bench()
    page = made.enter()
    page.toolbar.report_action.trigger()
    made.settle()
    html = (run.path / "report-test.html").read_text("utf-8")
    assert len(opened) == 1 and made.said[-1][0] == "ok"
    assert html.count("data:image/png;base64,iVBOR") == 3
    assert page.snapshot is not None
    evaluation = page.snapshot.evaluation
    wrong = np.flatnonzero(evaluation.predicted != evaluation.truth)
    names = [page.snapshot.results.samples[row].key
             for row in wrong[np.argsort(-evaluation.confidence[wrong])]]
    places = [html.index(f"{name}: whistle taken for tone") for name in names]
    assert places == sorted(places)


def test_a_sound_that_has_gone_keeps_its_line(
    bench: Callable[[], Bench], tones: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _url: True)
    run = add_sound_run(tones, confused=3)
    made = bench()
    page = made.enter()
    (tones / "whistle_ann_0.wav").unlink()
    page.write_report()
    made.settle()
    html = (run.path / "report-test.html").read_text("utf-8")
    assert "whistle_ann_0.wav" in html and html.count("iVBOR") == 2
    assert html.count("<img") == 2
