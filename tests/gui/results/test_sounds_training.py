"""A folder of sounds: the form, the Train button with the real engine, and what it learned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.results.conftest import QuietEngine
from tests.gui.results.sound_runs import CLASSES, make_tones
from workbench.gui.app.context import AppContext, RunTarget
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.results.place import ResultsPlace
from workbench.gui.style.theme import Theme
from workbench.gui.train.place import TrainPlace
from workbench.jobs.commands import TrainRequest
from workbench.jobs.runner import EngineProcess
from workbench.project.runs import list_runs
from workbench.project.session import Session
from workbench.tasks.sound_classification.window.page import SoundResults
from workbench.tasks.sound_classification.window.previews import SoundPreviewCard

TINY = TrainRequest(recipe="sound-cnn-plain", epochs=1, start_from="none",
                    settings={"split.test_groups": "bob"})


class Bench:
    """The training place on a folder of sounds."""

    def __init__(self, qtbot: QtBot, client: EngineClient, folder: Path, tmp_path: Path) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme = Theme("light")
        theme.apply(application)
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        self.qtbot, self.client = qtbot, client
        self.context = AppContext(theme, client, settings)
        self.went: list[tuple[str, object]] = []
        self.offers: list[object] = []
        self.context.place_requested.connect(lambda *asked: self.went.append(asked))
        self.context.announced.connect(self.offers.append)
        self.poster = GuiThreadCaller()
        self.session = Session.open(folder, post=self.poster)
        self.context.session = self.session
        self.place = TrainPlace(self.context)
        qtbot.addWidget(self.place)
        self.place.resize(1280, 760)
        self.place.show()
        self.place.entered()
        qtbot.waitUntil(lambda: not self.session.index.summarizing
                        and not self.session.sounds.scanning, timeout=30_000)
        qtbot.waitUntil(lambda: not self.place._look_timer.isActive())

    def close(self) -> None:
        self.place.close_down()
        self.client.stop(15.0)
        self.session.close(10)
        self.poster.close()


@pytest.fixture
def quiet(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    client = EngineClient(QuietEngine)  # type: ignore[arg-type]
    made = Bench(qtbot, client, make_tones(tmp_path / "tones"), tmp_path)
    yield made
    made.close()


def test_the_form_speaks_of_sounds(quiet: Bench) -> None:
    panel = quiet.place.panel
    titles = [panel.form.recipe_box.itemText(at) for at in range(panel.form.recipe_box.count())]
    assert titles[0] == "Automatic" and any(text.startswith("Sound CNN") for text in titles)
    assert not any("ompact" in text for text in titles), "no detector"
    assert panel.form.recipe is not None and panel.form.recipe.id == "sound-cnn"
    splits = [panel.form.split_box.itemData(at) for at in range(panel.form.split_box.count())]
    assert splits == ["default", "official"]
    assert panel.ready.text.startswith("18 labelled sounds, 3 classes.")
    assert panel.button.isEnabled()


def test_unlabelled_clips_lead_to_audio(qtbot: QtBot, tmp_path: Path) -> None:
    folder = make_tones(tmp_path / "tones", each=2)
    for at, path in enumerate(sorted(folder.glob("*.wav"))):
        path.rename(folder / f"{'abcdefgh'[at]}.wav")
    made = Bench(qtbot, EngineClient(QuietEngine), folder, tmp_path)  # type: ignore[arg-type]
    try:
        ready = made.place.panel.ready
        qtbot.waitUntil(lambda: ready.text == "No labelled sounds yet.")
        assert not made.place.panel.button.isEnabled()
        assert made.place.no_labels.isVisible()
        made.place.no_labels.button.click()
        assert made.went == [("audio", None)]
        made.session.sounds.set_label(["a.wav", "b.wav"], "hum")
        qtbot.waitUntil(made.place.panel.button.isEnabled)
    finally:
        made.close()


@pytest.mark.timeout(240)
def test_from_one_press_to_the_sounds_behind_a_cell(qtbot: QtBot, tmp_path: Path) -> None:
    folder = make_tones(tmp_path / "tones")
    made = Bench(qtbot, EngineClient(EngineProcess), folder, tmp_path)
    try:
        place = made.place
        place.panel.form.set_request(TINY)
        qtbot.waitUntil(lambda: place.check.state == "ready", timeout=120_000)
        assert place.panel.ready.text.startswith("Ready. 18 sounds, 3 classes.")
        place.panel.button.click()
        live = place.controller.live
        assert live is not None
        history = live.history
        qtbot.waitUntil(lambda: history.ended, timeout=120_000)
        assert (history.state, history.message) == ("finished", "")
        assert history.main_metric == "accuracy" and {"accuracy", "f1"} <= set(history.metrics)
        watched = place.view.previews
        assert isinstance(watched, SoundPreviewCard)
        assert watched.isVisible() and watched.rows.isVisible()
        assert all(row[-1].truth in CLASSES and row[-1].scores for row in history.previews.values())
        run = list_runs(folder)[0]
        made.offers[-1].action()  # type: ignore[attr-defined]  "See results"
        assert made.went[-1] == ("results", RunTarget(run.name))
        results = ResultsPlace(made.context)
        qtbot.addWidget(results)
        results.show()
        results.entered(RunTarget(run.name))
        page = results.page
        assert isinstance(page, SoundResults)
        qtbot.waitUntil(lambda: page.snapshot is not None, timeout=30_000)
        assert page.snapshot is not None
        sounds = page.snapshot.results.samples
        assert len(sounds) == 9 and all("_bob_" in item.key for item in sounds)
        assert page.snapshot.results.classes == tuple(CLASSES)
        results.close_down()
    finally:
        made.close()
