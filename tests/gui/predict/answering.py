"""An engine that answers what a test wants, and what a person does with its answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.support.tiny_video import SIZE
from workbench.core.annotation import Annotation
from workbench.extension.annotation_formats import AnnotatedSample, annotation_formats
from workbench.extension.registry import load
from workbench.gui.app.models import TrainedModel
from workbench.gui.predict.place import PredictPlace
from workbench.gui.widgets.menu import Menu
from workbench.jobs.commands import CameraFrame, Command, Control, Explain, Predict, Watch
from workbench.jobs.events import Event, Finished, Paused, Predictions, Ready, Unpaused
from workbench.project.imports.label_source import FolderSource

BOXES = TrainedModel("2026-11-20-compact-n", "Compact #1", "detection", ("cat", "dog"))
CLASSES = TrainedModel("2026-11-20-instant", "Instant #1", "image-classification", ("ant", "bee"))
SOUNDS = TrainedModel("2026-11-20-sound", "Sound #1", "audio-classification", ("wren", "owl"))


class AnsweringEngine:
    """Notes what it is asked, and answers when the test says so."""

    def __init__(self) -> None:
        self.on_event: Callable[[Event], object] = lambda event: None
        self.on_exit: Callable[[int, str], object] = lambda code, reason: None
        self.asked: list[Predict] = []
        self.steered: list[str] = []
        self.frames: list[CameraFrame] = []
        self.watch: Watch | None = None
        self.explain: Explain | None = None

    def start(self) -> None:
        self.on_event(Ready([], {}))

    def send(self, command: Command) -> None:
        if isinstance(command, Predict):
            self.asked.append(command)
        elif isinstance(command, Explain):
            self.explain = command
        elif isinstance(command, Watch):
            self.watch = command
        elif isinstance(command, CameraFrame):
            self.frames.append(command)
        elif isinstance(command, Control):
            self.steered.append(command.action)
            job = command.job
            if command.action == "cancel":
                self.on_event(Finished(job, "cancelled", {}))
            else:
                self.on_event(Paused(job) if command.action == "pause" else Unpaused(job))

    def stop(self) -> None: ...

    def answer(self, items: list[dict[str, Any]], problems: list[dict[str, Any]] | None = None,
               *, end: bool = True) -> None:
        asked = self.asked[-1]
        done = len(items) + len(problems or [])
        self.on_event(Predictions(asked.job, items, problems or [], done, len(asked.files)))
        if end:
            self.on_event(Finished(asked.job, "finished", {}))


def detections(path: Path, *found: tuple[str, float, tuple[float, ...]]) -> dict[str, Any]:
    return {"file": str(path), "size": [64, 48], "boxes": [list(box) for _, _, box in found],
            "labels": [label for label, _, _ in found], "scores": [score for _, score, _ in found]}


def frame(path: Path, number: int, *found: tuple[str, float, tuple[float, ...]]) -> dict[str, Any]:
    return {**detections(path, *found), "size": list(SIZE), "frame": number, "time": number / 10}


def ask(place: PredictPlace, engine: AnsweringEngine, qtbot: QtBot, folder: Path) -> None:
    place.add([folder])
    before = len(engine.asked)
    qtbot.waitUntil(lambda: len(engine.asked) > before, timeout=30_000)


def look_at_film(place: PredictPlace, engine: AnsweringEngine, qtbot: QtBot, film: Path,
                 numbers: range) -> None:
    """The frames from the tenth on show a cat, the last one a dog, too."""
    ask(place, engine, qtbot, film)
    box = (5.0, 66.0, 30.0, 90.0)
    engine.answer([frame(film, number, *([("cat", 0.9, box)] if number >= 10 else []),
                         *([("dog", 0.6, (40.0, 66.0, 80.0, 90.0))] if number == 29 else []))
                   for number in numbers])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == len(numbers),
                    timeout=30_000)


def shown(place: PredictPlace) -> list[tuple[str, ...]]:
    model = place.answers
    return [tuple(model.data(model.index(row, column)) for column in range(4))
            for row in range(model.rowCount())]


def save_as(place: PredictPlace, text: str) -> None:
    """Choose what is to be saved."""
    assert place.page.save_button.isEnabled()
    next(item for item in place.page.save_menu.actions() if item.text() == text).trigger()


def keep_labels(place: PredictPlace, qtbot: QtBot, title: str, out: Path,
                monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Choose a format from the menu; all that it offered, and what was said."""
    said: list[str] = []
    place._context.message.connect(lambda _tone, text: said.append(text))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **_more: (str(out), ""))
    save_as(place, "Label files…")
    menu = place.page.findChildren(Menu)[-1]
    offered = {action.text(): action for action in menu.actions()}
    offered[title].trigger()
    qtbot.waitUntil(lambda: bool(said) and not place.keeping.busy, timeout=30_000)
    menu.close()
    return list(offered), said


def read_labels(format: str, folder: Path, images: Path, scratch: Path
                ) -> dict[str, Annotation]:
    """What the format's own reader says of each image, the images put beside the labels."""
    shutil.copytree(images, folder, dirs_exist_ok=True)
    scratch.mkdir()
    read = load(annotation_formats.get(format).read)
    source = FolderSource(table if (table := folder / "labels.csv").is_file() else folder, scratch)
    return {item.path.name: item.annotation for item in read(source)
            if isinstance(item, AnnotatedSample) and item.annotation is not None}
