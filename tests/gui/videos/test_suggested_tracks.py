"""A trained model suggests tracks: seen, accepted, corrected, rejected, and kept until then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import AnsweringEngine
from tests.gui.videos.test_videos_place import FRAMES, Bench
from tests.support.tiny_video import write_video
from workbench.core.shapes import Box
from workbench.core.tracks import track_of
from workbench.formats.cvat_video import parse
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.models import TrainedModel
from workbench.gui.label.videos import suggest_job
from workbench.gui.label.videos.frame_source import THUMB_HEIGHT
from workbench.gui.style.theme import Theme

MODEL = TrainedModel("20260101-compact", "Compact #1", "detection", ("cat", "dog"))
SIDE = 30.0
DOG = (80.0, 60.0, 110.0, 90.0)


def cat_at(frame: int) -> tuple[float, float, float, float]:
    return (5.0 + frame, 30.0, 5.0 + frame + SIDE, 60.0)


@pytest.fixture
def engine() -> AnsweringEngine:
    return AnsweringEngine()


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, engine: AnsweringEngine, tmp_path: Path,
          monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(suggest_job, "trained_models", lambda _folder: [MODEL])
    theme = Theme("light")
    theme.apply(qapp)
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    client = EngineClient(lambda: engine)  # type: ignore[arg-type, return-value]
    context = AppContext(theme, client, settings)
    context.actions.add(Action("file.open", "Open a folder", lambda: None))
    made = Bench(qtbot, context)
    yield made
    made.place.close_down()
    if context.session is not None:
        context.session.close(10)


def ask(bench: Bench, engine: AnsweringEngine) -> None:
    """Have the model find a cat until frame 40, and a dog that a person has labelled."""
    job, before = bench.place.suggesting, len(engine.asked)
    bench.wait(lambda: job.models)
    bench.run("suggest")
    bench.wait(lambda: len(engine.asked) > before)
    (path, (first, step)), = engine.asked[-1].videos.items()
    assert (first, step) == (0, 2), "of 25 frames a second every other one is enough"
    engine.answer([{"file": path, "frame": frame, "time": frame / 25, "size": [128, 96],
                    "boxes": [*([list(cat_at(frame))] if frame <= 40 else []), list(DOG)],
                    "labels": [*(["cat"] if frame <= 40 else []), "dog"],
                    "scores": [*([0.9] if frame <= 40 else []), 0.8]}
                   for frame in range(0, FRAMES, step)])
    bench.wait(lambda: not job.busy)


def test_tracks_of_a_model_are_accepted_corrected_and_rejected(
        bench: Bench, engine: AnsweringEngine, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    write_video(folder / "clip.mp4", FRAMES)
    bench.open(folder)
    editor, suggestions = bench.editor, bench.editor.suggestions
    session = editor.session
    assert session is not None
    for name in ("cat", "dog"):
        session.add_class(name)
    editor.set_current_class("dog")
    bench.drag((80, 60), (110, 90))
    mine, before = editor.tracks, bench.on_disk()
    editor.select(())

    ask(bench, engine)
    assert bench.said[-1] == "Suggested: 1 track (cat). Already labelled or rejected: 1 track."
    assert "1 suggested track from" in bench.viewer.notice.text
    assert editor.tracks == mine and bench.on_disk() == before, "they are no labels"
    assert "Enter accepts" in bench.place.status()[0]
    line, color = bench.viewer.timeline, bench.place.colors.color("cat")
    row = line.grab().toImage().copy(0, THUMB_HEIGHT - 3, line.width(), 3)
    seen = [x for x in range(row.width()) if row.pixelColor(x, 1).name() == color.name()]
    assert seen and line.frame_at(seen[0]) <= 1 and 38 <= line.frame_at(seen[-1]) <= 41
    view = bench.place.videos.view
    assert view.delegate.words(view.samples, "clip.mp4", view.samples.summary("clip.mp4")) == (
        "1 track · dog · 1 suggested")
    above = bench.place.height() - bench.place.foot_height()
    assert above == bench.viewer.notice.mapTo(bench.place, QPoint()).y(), "no message covers it"
    bench.go_to(21)  # which no model looked at
    assert bench.place.score.isVisible()
    bench.place.score.set_value(0.95)
    assert suggestions.shown == () and not bench.viewer.notice.isVisible()
    assert bench.place.score.isVisible(), "to have it shown again"
    bench.place.score.set_value(0.85)
    item, = suggestions.shown
    assert (item.label, item.score, item.run) == ("cat", 0.9, MODEL.run)
    assert item.box == pytest.approx(cat_at(21))
    bench.go_to(50)
    assert suggestions.shown == ()
    bench.run("next_suggested")
    bench.wait(lambda: editor.frame == 0)

    canvas = bench.place.canvas
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert editor.tracks[:1] == mine and suggestions.tracks == ()
    bench.wait(lambda: len(parse(bench.on_disk()).annotation.objects) == 2)
    made = parse(bench.on_disk()).annotation.objects[1]
    assert made.attributes["made_by"] == MODEL.run and float(made.attributes["score"]) == 0.9
    assert track_of(made).id == 2 and track_of(made).spans(FRAMES - 1) == [(0, 41)]
    assert len(track_of(made).keys) == 3, "few key frames tell it"
    bench.run("undo")
    assert editor.tracks == mine and len(suggestions.tracks) == 1

    bench.go_to(10)
    editor.select(())
    bench.drag((30, 45), (30, 25))  # the suggested box is taken along
    assert Box(*editor.objects[-1].box) == Box(15, 10, 45, 40)
    bench.run("undo")
    assert editor.tracks == mine

    bench.open(folder)  # as after a new start
    bench.wait(lambda: len(suggestions.tracks) == 1)
    mine = editor.tracks
    assert bench.editor.session is not None
    bench.editor.session.rename_class("cat", "lynx")
    assert [item.label for item in suggestions.tracks] == ["lynx"]
    bench.editor.session.remove_class("lynx")
    assert suggestions.tracks == ()
    for _ in range(2):
        bench.editor.session.undo.undo()
    assert [item.label for item in suggestions.tracks] == ["cat"]
    QTest.mouseMove(canvas, QPoint(*map(round, canvas.viewport.to_view((
        15 + editor.frame, 45)))))
    bench.wait(lambda: suggestions.pointed is not None)
    assert bench.context.actions["videos.reject_suggestion"].enabled()
    bench.run("reject_suggestion")
    assert suggestions.tracks == () and editor.tracks == mine
    bench.run("undo")
    bench.run("reject_suggestions")
    ask(bench, engine)
    assert bench.said[-1] == (
        "Nothing new was found to track. Already labelled or rejected: 2 tracks.")
