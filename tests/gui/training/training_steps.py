"""What a person does at Train: press the button, watch, and wait for the end."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt

from tests.gui.training.conftest import Bench
from workbench.gui.train.place import TrainPlace

SLOW = {"epochs": 400, "steps": 25, "pause": 0.01}
"""A run that has not ended when a busy machine comes to look at it."""


def ready(bench: Bench) -> TrainPlace:
    """Show the place and wait until the pre-flight has answered."""
    place = bench.show()
    bench.qtbot.waitUntil(lambda: place.check.state == "ready", timeout=30_000)
    return place


def training(bench: Bench, steps: int = 3) -> TrainPlace:
    """A place in which a run is under way and some steps are drawn."""
    place = ready(bench)
    bench.qtbot.mouseClick(place.panel.button, Qt.MouseButton.LeftButton)
    bench.qtbot.waitUntil(lambda: drawn_steps(place) >= steps, timeout=30_000)
    return place


def drawn_steps(place: TrainPlace) -> int:
    history = place.view.history
    return len(history.loss) if history is not None and history.loss is not None else 0


def ended(bench: Bench, place: TrainPlace) -> None:
    bench.qtbot.waitUntil(lambda: place.controller.live is None, timeout=30_000)


def last_offer(bench: Bench) -> Any:
    return bench.offers[-1]
