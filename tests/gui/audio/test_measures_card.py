"""Regions are measured where one asks for it, and the table and the picture select together."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from tests.gui.audio.conftest import Bench
from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Region
from workbench.gui.label.sounds import measures_card
from workbench.media.sounds.measures import Measures


@pytest.fixture
def measured(bench: Bench, calls: Path) -> Bench:
    bench.open_project(calls)
    bench.session.sounds.edit("calls.wav", [
        LabeledObject("owl", Region(0.5, 1.0)),
        LabeledObject("frog", Region(1.6, 2.1, 800, 1200)), LabeledObject("owl", Region(2.4, 2.7))],
        "mark three")
    bench.run("measures")
    card = bench.place.viewer.measures
    bench.wait(lambda: all(item.found is not None for item in card.view.records))
    return bench


def column(bench: Bench, number: int) -> list[str]:
    return [row[number] for row in bench.place.viewer.measures.view.texts()]


def test_figures_of_every_region_can_be_sorted(measured: Bench) -> None:
    card = measured.place.viewer.measures
    assert card.isVisible() and not measured.place.cards["listening"].isVisible()
    assert column(measured, 0) == ["owl", "frog", "owl"]
    assert column(measured, 2) == ["0.500", "0.500", "0.300"]
    assert column(measured, 5)[:2] == ["1,000", "1,000"], "the beeps"
    assert column(measured, 6)[1] == "400"
    assert column(measured, 7)[0] == "−11.0", "0.4 of full scale"
    card.view.sortByColumn(8, Qt.SortOrder.AscendingOrder)
    assert card.view.record(0).at == 2, "between two beeps there is noise"
    card.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert column(measured, 0) == ["frog", "owl", "owl"]


def test_rows_come_as_they_are_made_and_cancel_keeps_them(
        bench: Bench, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, real = threading.Semaphore(1), measures_card.measure

    def in_turn(*given: Any) -> Measures:
        assert turns.acquire(timeout=60)
        return real(*given)

    monkeypatch.setattr(measures_card, "measure", in_turn)
    monkeypatch.setattr(measures_card, "TELL_SECONDS", 0.0)
    bench.open_project(calls)
    bench.session.sounds.edit("calls.wav", [
        LabeledObject("owl", Region(start, start + 0.3)) for start in (0.5, 1.6, 2.1, 2.4)],
        "mark four")
    bench.run("measures")
    card = bench.place.viewer.measures

    def measured() -> int:
        return sum(item.found is not None for item in card.view.records)

    bench.wait(lambda: measured() == 1)
    assert card.progress.isVisible() and card.progress.fraction == 0.25
    card.view.selectRow(2)
    turns.release()
    bench.wait(lambda: measured() == 2)
    assert [item.at for item in card.view.chosen()] == [2] and bench.place.editor.selection == (2,)
    card.stop_button.click()
    turns.release()
    bench.wait(lambda: not card._worker.busy)
    assert measured() == 3, "the one that was under way is kept as well"
    assert not card.progress.isVisible() and not card.stop_button.isVisible()
    turns.release()
    card.rest_button.click()
    bench.wait(lambda: measured() == 4 and not card.rest_button.isVisible())


def test_a_clip_of_the_same_name_in_another_project_is_measured_itself(
        measured: Bench, tmp_path: Path) -> None:
    card, owl = measured.place.viewer.measures, measured.place.editor.objects[0]
    (tmp_path / "other").mkdir()
    soundfile.write(tmp_path / "other" / "calls.wav", np.zeros(64000, np.float32) + 0.01, 16000)
    measured.session.close()
    measured.open_project(tmp_path / "other")
    measured.session.sounds.edit("calls.wav", [owl], "mark one")
    if not card.isVisible():
        measured.run("measures")
    measured.wait(lambda: [item.found is not None for item in card.view.records] == [True])
    assert column(measured, 7) == ["−40.0"], "0.01 of full scale"


def test_a_row_and_a_region_are_selected_together(measured: Bench) -> None:
    card, editor = measured.place.viewer.measures, measured.place.editor
    card.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    card.view.selectRow(0)
    assert editor.selection == (1,)
    editor.select((2,))
    assert [item.at for item in card.view.chosen()] == [2] and editor.selection == (2,)


def test_what_changes_is_measured_anew_and_the_table_can_be_copied(measured: Bench) -> None:
    card, editor = measured.place.viewer.measures, measured.place.editor
    editor.select((0,))
    editor.delete()
    editor.add(2.9, 3.4)
    measured.wait(lambda: len(card.view.records) == 3 and
                  all(item.found is not None for item in card.view.records))
    card.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:3] == ["Class", "Begins", "Duration"] and len(lines) == 4
    assert lines[1].split("\t")[4] == "1200"
    measured.run("measures")
    assert not card.isVisible() and measured.place.cards["listening"].isVisible()
