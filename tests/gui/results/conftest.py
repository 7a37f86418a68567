"""A project of real blood cells with a run whose detections are jittered labels."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from workbench.core.detections import Detections
from workbench.formats.predictions import PredictionSet, save_predictions
from workbench.gui.app.context import AppContext
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.style.theme import Theme
from workbench.project.datasets.images import Dataset, Record, load_dataset
from workbench.project.runs import RunFolder
from workbench.project.session import Session
from workbench.tasks.detection.window.page import DetectionResults


def plausible(
    record: Record, classes: list[str], rng: np.random.Generator, skill: float, each: int = 12
) -> Detections:
    """Raw detections like a detector's: several around each label, some confused, some spurious."""
    boxes, scores, labels = [], [], []
    for item in record.objects:
        box, size = np.array(item.box), np.array([item.width, item.height] * 2)
        level = rng.beta(6 * skill, 1.6)
        right = classes.index(item.label)
        for _ in range(each):
            boxes.append(box + rng.normal(0, 0.055 + 0.05 * (1 - skill), 4) * size)
            scores.append(float(np.clip(level * rng.beta(5, 1.4), 0.011, 0.999)))
            labels.append(right if rng.random() < 0.93 else int(rng.integers(len(classes))))
    width, height = record.size
    for _ in range(int(rng.poisson(20))):
        centre, size = rng.uniform(0, [width, height]), rng.uniform(20, 120, 2)
        boxes.append(np.concatenate([centre - size / 2, centre + size / 2]))
        scores.append(float(0.011 + rng.beta(1, 9) * 0.8))
        labels.append(int(rng.integers(len(classes))))
    found = np.array(boxes, np.float32).reshape(-1, 4)
    found[:, 0::2] = found[:, 0::2].clip(0, width)
    found[:, 1::2] = found[:, 1::2].clip(0, height)
    return Detections(found, np.array(scores, np.float32), np.array(labels, np.int64))


def add_run(
    project: Path, dataset: Dataset, part: str = "val", *, recipe: str = "compact-n",
    skill: float = 0.8, stored: bool = True, seed: int = 0,
) -> RunFolder:
    """A finished run with (or without) stored detections."""
    run = RunFolder.create(project, recipe, {
        "recipe": recipe, "classes": dataset.classes, "split": {"name": "default", "train": 40},
        "epochs": 12})
    run.best_path.write_bytes(b"")
    run.write_state(state="finished", pid=0)
    if stored:
        records = dataset.part(part)
        save_predictions(run.predictions_path(part), PredictionSet(
            [r.key for r in records], [r.size for r in records],
            found_on(records, dataset.classes, seed, skill), dataset.classes))
    return run


_found: dict[tuple[object, ...], list[Detections]] = {}


def found_on(
    records: list[Record], classes: list[str], seed: int, skill: float
) -> list[Detections]:
    """Detections on all records, made once for all tests."""
    known = (tuple((r.key, r.objects) for r in records), tuple(classes), seed, skill)
    if known not in _found:
        rng = np.random.default_rng(seed)
        _found[known] = [plausible(r, classes, rng, skill) for r in records]
    return _found[known]


@pytest.fixture(scope="session")
def cells_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the blood cells, with its own copy of the annotations."""
    from tests.conftest import shared_data

    source = shared_data("bccd")
    folder = tmp_path_factory.mktemp("cells") / "bccd"
    names = (source / "ImageSets/Main/val.txt").read_text().split()[:18]
    for part, suffix in (("Annotations", ".xml"), ("JPEGImages", ".jpg")):
        (folder / part).mkdir(parents=True)
        for name in names:
            shutil.copy(source / part / f"{name}{suffix}", folder / part)
    (folder / "ImageSets/Main").mkdir(parents=True)
    (folder / "ImageSets/Main/val.txt").write_text("\n".join(names[4:]) + "\n")
    (folder / "ImageSets/Main/train.txt").write_text("\n".join(names[:4]) + "\n")
    return folder


@pytest.fixture
def cells(cells_source: Path, tmp_path: Path) -> Path:
    """A project of one's own."""
    folder = tmp_path / "Blood cells"

    def copy(source: str, target: str) -> None:
        # pictures are never changed and may be shared; everything else is the test's own
        (os.link if source.endswith(".jpg") else shutil.copyfile)(source, target)

    shutil.copytree(cells_source, folder, copy_function=copy)
    return folder


class QuietEngine:
    """Takes commands and says nothing by itself."""

    def __init__(self) -> None:
        self.sent: list[object] = []
        self.on_event = lambda event: None
        self.on_exit = lambda code, reason: None

    def start(self) -> None: ...
    def stop(self) -> None: ...

    def send(self, command: object) -> None:
        self.sent.append(command)


class Stage:
    """Everything around the place."""

    def __init__(self, qtbot, folder: Path, tmp_path: Path) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.engine = QuietEngine()
        self.theme = Theme("light")
        self.theme.apply(application)
        self.client = EngineClient(lambda: self.engine)
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        self.context = AppContext(self.theme, self.client, settings)
        self.poster = GuiThreadCaller()
        self.session = Session.open(folder, post=self.poster)
        self.context.session = self.session
        self.went: list[tuple[str, object]] = []
        self.said: list[tuple[str, str]] = []
        self.context.place_requested.connect(lambda *asked: self.went.append(asked))
        self.context.message.connect(lambda tone, text: self.said.append((tone, text)))
        self.place = DetectionResults(self.context)
        qtbot.addWidget(self.place)
        self.place.resize(1216, 730)
        self._qtbot = qtbot

    def enter(self, target: object = None) -> DetectionResults:
        """Show the place and wait until it has settled."""
        self.place.show()
        self._qtbot.waitExposed(self.place)
        self.place.entered(target)
        self.settle()
        return self.place

    def settle(self) -> None:
        self._qtbot.waitUntil(lambda: self.place.worker.is_idle, timeout=30_000)

    def close(self) -> None:
        self.place.worker.stop()
        self.place.gallery.crops.stop()
        self.client.stop(5.0)
        self.session.close()
        self.poster.close()


@pytest.fixture
def dataset(cells: Path) -> Dataset:
    return load_dataset(cells)


@pytest.fixture
def stage(qtbot, cells: Path, tmp_path: Path) -> Iterator[Callable[[], Stage]]:
    """Call it when the runs are made."""
    made: list[Stage] = []

    def make() -> Stage:
        made.append(Stage(qtbot, cells, tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def ready(stage, cells, dataset):
    """The place with an older and a newer run; the newer one is shown."""
    add_run(cells, dataset, skill=0.5, seed=1)
    add_run(cells, dataset, skill=0.9, seed=2, recipe="newer")
    made = stage()
    made.enter()
    return made
