"""A run on sounds shows a few clips, and one sees it learn them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from workbench.gui.style.theme import Theme
from workbench.gui.train.history import RunHistory
from workbench.gui.train.project_files import ProjectFiles
from workbench.jobs.events import Epoch, Event, Preview, Started
from workbench.tasks.sound_classification.window.previews import SoundPreviewCard

CONFIG = {"recipe": "sound-cnn", "task": "audio-classification", "epochs": 3}


def clip(file: str, truth: str, label: str, score: float, start: float = 0.0) -> dict[str, object]:
    return {"file": file, "start": start, "end": start + 0.5, "truth": truth, "boxes": [],
            "labels": [label, "other", "third"], "scores": [score, (1 - score) / 2, 0.0]}


def learned() -> list[Event]:
    """Two clips and a part of a long one: the first is learned in the second epoch."""
    rows = [("five", 0.4, 0.3), ("nine", 0.6, 0.35), ("nine", 0.9, 0.95)]
    events: list[Event] = [Started("j", "run-1", CONFIG)]
    for number, (label, first, second) in enumerate(rows, start=1):
        events.append(Epoch("j", number, 3, {}, {"accuracy": 0.3 * number}, 1.0, True))
        events.append(Preview("j", number, [
            clip("nine.wav", "nine", label, first), clip("two.wav", "two", "two", second),
            clip("long.wav", "two", "five", 0.5, 3.0), clip("long.wav", "two", "two", 0.5, 9.0)]))
    return events


@pytest.fixture
def card(qtbot: QtBot, tmp_path: Path) -> SoundPreviewCard:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    for name, seconds in (("nine", 0.5), ("two", 0.5), ("long", 10)):
        tone = np.sin(np.arange(round(8000 * seconds)) / 3)
        soundfile.write(tmp_path / f"{name}.wav", 0.5 * tone, 8000)
    theme = Theme("light")
    theme.apply(application)
    files = ProjectFiles()
    files.locate = lambda file: tmp_path / file  # type: ignore[method-assign]
    made = SoundPreviewCard(theme, files)
    qtbot.addWidget(made)
    made.resize(700, 300)
    made.show()
    return made


def test_each_clip_has_a_row_with_a_bar_for_each_epoch(card: SoundPreviewCard) -> None:
    assert not card.rows.isVisible()
    card.show_history(RunHistory.of("run-1", learned()))
    assert card.rows.isVisible() and card.rows.height() == 4 * 52
    bars = card.rows.bars(0)
    assert [preview.epoch for preview, _ in bars] == [1, 2, 3]
    assert [preview.right for preview, _ in bars] == [False, True, True]
    heights = [bar.height() for _, bar in bars]
    assert heights == pytest.approx([42 * score for score in (0.4, 0.6, 0.9)])
    described = card.rows.accessibleDescription()
    assert "Epoch 3: nine.wav is nine, recognised (90%)" in described
    assert described.count("long.wav") == 2 and "taken for five (50%)" in described


def test_right_is_green_and_wrong_is_red(card: SoundPreviewCard, qtbot: QtBot) -> None:
    card.show_history(RunHistory.of("run-1", learned()))
    image = card.rows.grab().toImage()
    first, last = card.rows.bars(0)[0][1], card.rows.bars(0)[2][1]

    def at(point: QPoint) -> QColor:
        return QColor(image.pixel(point))

    wrong, right = at(first.center().toPoint()), at(last.center().toPoint())
    assert wrong.red() > 1.5 * wrong.green() and right.green() > 1.5 * right.red()
    thumbs = card.rows.thumbs
    qtbot.waitUntil(lambda: sum(isinstance(item, QImage)
                                for item in thumbs._cache.values()) == 4, timeout=30_000)


def test_hundreds_of_epochs_keep_the_newest(card: SoundPreviewCard) -> None:
    events: list[Event] = [Started("j", "run-1", CONFIG)]
    events += [Preview("j", number, [clip("two.wav", "two", "two", 0.5)])
               for number in range(1, 401)]
    card.show_history(RunHistory.of("run-1", events))
    bars = card.rows.bars(0)
    assert 20 < len(bars) < 400 and bars[-1][0].epoch == 400
    assert bars[-1][1].right() <= card.rows.width()


def test_a_bar_says_what_it_is(card: SoundPreviewCard, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, *_rest: told.append(text))
    card.show_history(RunHistory.of("run-1", learned()))
    at = card.rows.bars(0)[0][1].center().toPoint()
    QApplication.sendEvent(card.rows, QHelpEvent(QEvent.Type.ToolTip, at,
                                                 card.rows.mapToGlobal(at)))
    assert told == ["Epoch 1: nine.wav is nine, taken for five (40%)"]
