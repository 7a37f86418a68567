"""Parts of the panel that records, and what it says without a microphone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.gui.audio.conftest import Bench
from workbench.gui.label.sounds.level_meter import LevelMeter
from workbench.gui.label.sounds.series import RecordingSeries, series_words


def test_without_a_microphone_it_is_said_in_place(bench: Bench, calls: Path) -> None:
    bench.open_project(calls)
    panel = bench.place.record_panel
    panel.reason = "There is no microphone."
    panel.refresh()
    assert panel.problem.text() == "There is no microphone." and not panel.button.isVisible()
    bench.run("record")
    assert bench.said[-1] == ("warn", "There is no microphone.")


def test_without_the_sound_library_everything_else_works(
        bench: Bench, calls: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    monkeypatch.delattr("PySide6.QtMultimedia", raising=False)
    bench.open_project(calls)
    bench.place.entered()
    assert "libpulse" in bench.place.record_panel.problem.text()
    bench.drag(bench.at(0.5), bench.at(1.0))
    assert len(bench.place.editor.objects) == 1


def test_the_series_says_where_one_is() -> None:
    series = RecordingSeries(3)
    assert series_words(series.place) == "Add a class, and sounds are named by it"
    series.set_classes(["a", "b"])
    series.recorded(series.label)
    assert series_words(series.place) == "sound 2 of 3 · then “b”"
    series.taken_back()
    series.choose("b")
    assert series_words(series.place) == "sound 1 of 3 · then “a”"
    series.set_count(0)
    series.recorded(series.label)
    assert series_words(series.place) == "sounds of “b”"


def test_the_meter_falls_slowly_and_shows_clipping(bench: Bench) -> None:
    meter = LevelMeter(bench.context.theme)
    bench.qtbot.addWidget(meter)
    meter.resize(200, meter.height())
    meter.set_level(0.0, clipped=True)
    meter.set_level(-50.0, clipped=False)
    assert -10 < meter.level_db < 0 and meter.clipped
    image = meter.grab().toImage()
    assert image.pixelColor(image.width() - 4, 5).red() > 180
    bench.wait(lambda: not meter.clipped)
    assert np.isfinite(meter.level_db)
