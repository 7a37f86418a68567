"""Predict in the window, and what it is asked about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.gui.predict.answering import AnsweringEngine
from tests.support.tiny_video import write_video
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.models import TrainedModel
from workbench.gui.app.program import Program
from workbench.gui.predict import place as place_module
from workbench.gui.predict.place import PredictPlace


@pytest.fixture
def engine() -> AnsweringEngine:
    return AnsweringEngine()


@pytest.fixture
def open_place(
    make_program: Callable[..., Program], qtbot: QtBot, photos: Path, engine: AnsweringEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., PredictPlace]:
    """Open Predict in a project with these models; ``said`` takes what is said from the start."""
    def make(*models: TrainedModel, said: list[str] | None = None) -> PredictPlace:
        monkeypatch.setattr(place_module, "models_to_ask", lambda _folder: list(models))
        program = make_program(engine=lambda: EngineClient(lambda: engine))
        if said is not None:
            program.context.message.connect(lambda _tone, text: said.append(text))
        with qtbot.waitExposed(program.window):
            program.window.show()
        program.projects.open(photos)
        program.context.go("use")
        place = program.window.place_widget("use")
        assert isinstance(place, PredictPlace)
        qtbot.waitUntil(lambda: len(place.models) == len(models), timeout=30_000)
        return place

    return make


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return draw_photos(tmp_path / "night", ["a.png", "b.png", "c.png"])


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_video(tmp_path / "film.mp4", 30, 10.0)
