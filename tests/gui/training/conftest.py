"""A small project and a training place with a scripted engine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.voc import VocConvention, new_voc
from workbench.gui.app.context import AppContext
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.style.theme import Theme
from workbench.gui.train.place import TrainPlace
from workbench.jobs.runner import EngineProcess
from workbench.project.session import Session

SCRIPT = Path(__file__).with_name("scripted_engine.py")


def scripted_process(**options: float) -> EngineProcess:
    """The scripted engine, run the way the program runs its own."""
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    return EngineProcess([sys.executable, str(SCRIPT), *arguments])


def make_project(folder: Path, names: str = "abcd", labelled: bool = True) -> Path:
    """Tiny pictures, each with a cat and a dog."""
    folder.mkdir(parents=True, exist_ok=True)
    for at, name in enumerate(names):
        image = QImage(64, 48, QImage.Format.Format_RGB32)
        image.fill(QColor(40 * at % 255, 120, 90))
        image.save(str(folder / f"{name}.png"))
        if labelled:
            objects = (LabeledObject("cat", Box(4, 4, 30, 30)),
                       LabeledObject("dog", Box(32, 10, 60, 40)))
            annotation = Annotation(objects, size=(64, 48))
            data = new_voc(annotation, image_path=folder / f"{name}.png", depth=3,
                           convention=VocConvention.AS_IS)
            (folder / f"{name}.xml").write_bytes(data)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "pets")


@pytest.fixture
def draw_project() -> Callable[..., Path]:
    return make_project


@pytest.fixture
def scripted() -> Callable[..., EngineProcess]:
    return scripted_process


MakeClient = Callable[..., EngineClient]


@pytest.fixture
def make_client(qtbot: QtBot) -> Iterator[MakeClient]:
    """``make_client(epochs=…, steps=…, pause=…, die_at=…)``: a client of a scripted engine."""
    clients: list[EngineClient] = []

    def make(**options: float) -> EngineClient:
        clients.append(EngineClient(lambda: scripted_process(**options)))
        return clients[-1]

    yield make
    for client in clients:
        client.stop(wait_seconds=5)


class Bench:
    """A training place on a project, and what it said and asked for."""

    def __init__(self, qtbot: QtBot, client: EngineClient, folder: Path | None) -> None:
        self.qtbot = qtbot
        self.scripted = lambda **options: lambda: scripted_process(**options)
        self.theme = Theme("light")
        self.post = GuiThreadCaller()
        settings = QSettings("workbench-tests", "training")
        self.context = AppContext(self.theme, client, settings)
        self.messages: list[tuple[str, str]] = []
        self.offers: list[object] = []
        self.went: list[tuple[str, object]] = []
        self.context.message.connect(lambda tone, words: self.messages.append((tone, words)))
        self.context.announced.connect(self.offers.append)
        self.context.place_requested.connect(lambda place, to: self.went.append((place, to)))
        self.session = self.open(folder) if folder is not None else None
        self.place = TrainPlace(self.context)
        self.place.resize(1280, 760)

    def open(self, folder: Path) -> Session:
        session = Session.open(folder, post=self.post)
        self.context.session = session
        self.context.session_changed.emit()
        self.qtbot.waitUntil(lambda: not session.index.summarizing, timeout=30_000)
        return session

    def show(self) -> TrainPlace:
        self.place.show()
        self.place.entered()
        return self.place

    def close(self) -> None:
        self.place.close_down()
        self.place.close()
        self.place.deleteLater()
        self.context.engine.stop(wait_seconds=5)
        if self.session is not None:
            self.session.close(5)
        self.post.close()


MakeBench = Callable[..., Bench]


@pytest.fixture
def make_bench(qtbot: QtBot) -> Iterator[Callable[[EngineClient, Path | None], Bench]]:
    """``make_bench(client, folder)``: a place that is not shown yet."""
    QSettings("workbench-tests", "training").clear()
    benches: list[Bench] = []

    def make(client: EngineClient, folder: Path | None) -> Bench:
        benches.append(Bench(qtbot, client, folder))
        return benches[-1]

    yield make
    for made in benches:
        made.close()


@pytest.fixture
def bench(
    make_bench: Callable[[EngineClient, Path | None], Bench], make_client: MakeClient,
    project: Path,
) -> MakeBench:
    """``bench(folder=…, epochs=…, …)``: the same with a scripted engine."""

    def make(folder: Path | None = project, **options: float) -> Bench:
        return make_bench(make_client(**options), folder)

    return make
