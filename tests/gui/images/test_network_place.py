"""A network of one's own, put together with a real mouse and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos, silent_client
from tests.support.tiny_sounds import make_sounds
from workbench.extension.window import places
from workbench.gui.app.context import Message
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.app.program import Program
from workbench.gui.network.place import NetworkPlace
from workbench.gui.shell.places import BUNDLED
from workbench.gui.train.place import TrainPlace
from workbench.jobs.runner import EngineProcess
from workbench.project.networks.files import read_design, write_design
from workbench.project.networks.layers import Layer
from workbench.project.networks.network import Design
from workbench.project.networks.presets import LENET, LITTLE_VGG
from workbench.project.runs import list_runs

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SMALL = Design("Small", (Layer("convolution", {"channels": 8}), Layer("activation"),
                         Layer("global-pooling")), {"side": 16})


class Bench:
    def __init__(self, program: Program, qtbot: QtBot, folder: Path) -> None:
        self.program, self.qtbot, self.folder = program, qtbot, folder
        program.projects.open(folder)
        assert program.context.session is not None
        self.session = program.context.session
        self.wait(lambda: not self.session.index.scanning and not self.session.sounds.scanning)
        program.context.go("network")
        place = program.window.place_widget("network")
        assert isinstance(place, NetworkPlace)
        self.place, self.controller, self.list = place, place.controller, place.list

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=30_000)

    @property
    def kinds(self) -> list[str]:
        return [layer.kind for layer in self.controller.design.layers]

    def spot(self, row: int, above: int = 0) -> QPoint:
        """The middle of a row of the list, or so many pixels above it."""
        return self.list.visualRect(self.list.layers.index(row, 0)).center() - QPoint(0, above)

    def click(self, row: int) -> None:
        QTest.mouseClick(self.list.viewport(), LEFT, NONE, self.spot(row))

    def drag(self, source: QWidget, start: QPoint, target: QPoint) -> None:
        """From a point of ``source`` to one of the list's rows."""
        end = source.mapFromGlobal(self.list.viewport().mapToGlobal(target))
        QTest.mousePress(source, LEFT, NONE, start)
        QTest.mouseMove(source, (start + end) / 2)
        QTest.mouseMove(source, end)
        QTest.mouseRelease(source, LEFT, NONE, end)

    def field(self, name: str) -> QLineEdit:
        form = self.place.inspector.form
        assert form is not None
        control = form.editor(name).control
        assert isinstance(control, QLineEdit)
        return control

    def type_into(self, name: str, text: str) -> None:
        self.field(name).setFocus()
        self.field(name).selectAll()
        QTest.keyClicks(self.field(name), text)

    def saved(self) -> Design:
        assert self.controller.path is not None
        self.wait(lambda: self.session.saver.state == "saved")
        return read_design(self.controller.path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("ants", "bees", "wasps"):
        draw_photos(tmp_path / "insects" / name, [f"{number}.png" for number in range(3)])
    return tmp_path / "insects"


@pytest.fixture
def make_bench(make_program: Callable[..., Program], qtbot: QtBot, folder: Path,
               ) -> Callable[..., Bench]:
    def make(engine: Callable[[], EngineClient] = silent_client) -> Bench:
        program = make_program([*BUNDLED, places.get("sort"), places.get("network")],
                               engine=engine)
        program.window.resize(1280, 800)
        with qtbot.waitExposed(program.window):
            program.window.show()
        program.window.activateWindow()
        return Bench(program, qtbot, folder)

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench], folder: Path) -> Bench:
    write_design(folder / "networks" / "small.toml", SMALL)
    return make_bench()


def test_from_nothing_to_train(make_bench: Callable[..., Bench], folder: Path) -> None:
    bench = make_bench()
    assert bench.place.empty.isVisible()
    QTest.mouseClick(bench.place.empty.button, LEFT)
    assert bench.list.isVisible()
    assert bench.saved().title == "LittleVGG"
    bench.wait(lambda: bench.controller.classes == 3)
    QTest.mouseClick(bench.place.train_button, LEFT)
    train = bench.program.window.place_widget("train")
    assert isinstance(train, TrainPlace)
    assert train.isVisible()
    request = train.panel.form.request()
    assert request.recipe == "networks/littlevgg.toml"
    assert "LittleVGG" in train.panel.form.recipe_box.currentText()
    QTest.mouseClick(train.panel.form.design_button, LEFT)
    assert bench.place.isVisible()
    assert bench.controller.design.title == "LittleVGG"


def test_a_click_adds_below_and_a_drag_anywhere(bench: Bench) -> None:
    buttons = bench.place.palette_panel.buttons
    bench.click(1)
    QTest.mouseClick(buttons["normalisation"], LEFT)
    assert bench.kinds == ["convolution", "normalisation", "activation", "global-pooling"]
    bench.drag(buttons["pooling"], buttons["pooling"].rect().center(), bench.spot(4, above=12))
    assert bench.kinds == ["convolution", "normalisation", "activation", "pooling",
                           "global-pooling"]
    assert bench.controller.row == 4
    assert [layer.kind for layer in bench.saved().layers] == bench.kinds


def test_a_drag_moves_a_layer_and_undo_takes_it_back(bench: Bench) -> None:
    view = bench.list.viewport()
    bench.drag(view, bench.spot(1), bench.spot(3, above=12))
    assert bench.kinds == ["activation", "convolution", "global-pooling"]
    QTest.keyClick(bench.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert bench.kinds == ["convolution", "activation", "global-pooling"]
    QTest.mouseClick(bench.place.redo_button, LEFT)
    assert bench.kinds == ["activation", "convolution", "global-pooling"]
    bench.drag(view, bench.spot(1), QPoint(view.width() + 200, -300))  # outside: nothing
    assert bench.kinds == ["activation", "convolution", "global-pooling"]


def test_figures_follow_what_is_typed_and_it_is_one_step(bench: Bench) -> None:
    bench.click(1)
    bench.type_into("channels", "24")
    assert bench.list.layers.index(1, 1).data() == "24 × 16 × 16"
    assert bench.list.layers.index(1, 2).data() == "672"
    assert bench.list.layers.index(4, 0).data() == "Classes"
    assert bench.list.layers.index(4, 2).data() == str(24 * 3 + 3)
    bench.type_into("channels", "x")
    assert "not a whole number" in bench.place.inspector.form.editor("channels").problem
    assert bench.saved().layers[0].values["channels"] == 24
    bench.controller.undo.undo()
    assert bench.controller.design == SMALL
    assert bench.field("channels").text() == "8"


def test_a_fault_is_told_at_its_layer(bench: Bench) -> None:
    bench.click(2)
    QTest.mouseClick(bench.place.palette_panel.buttons["dense"], LEFT)
    rows = [bench.list.layers.step(row).problem for row in range(6)]
    assert [bool(text) for text in rows] == [False, False, False, True, False, False]
    assert "it needs a list of numbers" in rows[3]
    assert bench.list.rowHeight(3) > bench.list.rowHeight(2)
    assert bench.place.problem.text().startswith("Layer 3 (Dense): it needs a list of numbers")
    assert bench.place.inspector.problem.isVisible()
    assert not bench.place.train_button.isEnabled()
    bench.list.setFocus()
    QTest.keyClick(bench.list, Qt.Key.Key_Delete)
    assert bench.place.train_button.isEnabled()


def test_settings_that_mean_nothing_are_not_shown(bench: Bench) -> None:
    bench.click(2)
    form = bench.place.inspector.form
    assert form is not None
    assert [field.name for field in form.schema] == ["function"]
    bench.controller.set_value("function", "leaky")
    form = bench.place.inspector.form
    assert form is not None
    assert [field.name for field in form.schema] == ["function", "slope"]


def test_keys_move_and_double_a_layer(bench: Bench) -> None:
    bench.click(1)
    bench.list.setFocus()
    QTest.keyClick(bench.list, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert bench.kinds == ["activation", "convolution", "global-pooling"]
    QTest.keyClick(bench.list, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert bench.kinds == ["activation", "convolution", "convolution", "global-pooling"]


def test_several_networks_a_name_and_the_trash(bench: Bench) -> None:
    bench.click(0)
    bench.type_into("title", "Tiny")
    assert bench.saved().title == "Tiny"
    assert bench.place.box.currentText() == "Tiny"
    bench.place.begin(LENET)
    bench.place.begin(LENET)  # as soon as the first is written
    bench.wait(lambda: bench.controller.design.title == "LeNet-5 2")
    bench.saved()
    bench.program.context.go("network")
    assert sorted(bench.place.box.itemText(at) for at in range(bench.place.box.count())) == [
        "LeNet-5", "LeNet-5 2", "Tiny"]
    gone = bench.controller.path
    assert gone is not None
    said: list[Message] = []
    bench.program.context.announced.connect(said.append)
    QTest.mouseClick(bench.place.delete_button, LEFT)
    assert not gone.exists()
    assert bench.controller.path not in (None, gone)
    assert said[-1].action is not None
    said[-1].action()
    assert gone.exists()
    assert bench.controller.path == gone


def test_what_cannot_be_read_is_told_and_kept(bench: Bench, folder: Path) -> None:
    bad = folder / "networks" / "bad.toml"
    bad.write_text("layers = 5")
    bench.program.context.go("network")
    said: list[str] = []
    bench.program.context.message.connect(lambda tone, sentence: said.append(sentence))
    at = bench.place.box.findText("bad.toml")
    bench.place.box.setCurrentIndex(at)
    bench.place.box.activated.emit(at)
    assert "bad.toml" in said[-1]
    assert bench.controller.design == SMALL
    assert bad.read_text() == "layers = 5"


def test_what_another_program_wrote_is_not_written_over(bench: Bench) -> None:
    path = bench.controller.path
    assert path is not None
    said: list[Message] = []
    bench.program.context.announced.connect(said.append)
    write_design(path, LENET)
    bench.click(1)
    bench.type_into("channels", "9")
    bench.wait(lambda: said)
    assert read_design(path) == LENET
    assert said[-1].action is not None
    said[-1].action()
    assert bench.controller.design == LENET
    bench.click(1)
    bench.type_into("channels", "9")
    assert bench.saved().layers[0].values["channels"] == 9


@pytest.fixture
def real_client() -> Iterator[EngineClient]:
    client = EngineClient(EngineProcess)
    yield client
    client.stop(wait_seconds=15)


@pytest.mark.timeout(300)
def test_a_changed_network_is_trained(make_bench: Callable[..., Bench], folder: Path,
                                      real_client: EngineClient) -> None:
    path = folder / "networks" / "small.toml"
    write_design(path, SMALL)
    bench = make_bench(lambda: real_client)
    bench.click(1)
    bench.type_into("channels", "6")
    QTest.mouseClick(bench.place.train_button, LEFT)  # as soon as it is written
    bench.wait(lambda: bench.program.window.place_widget("train"))
    train = bench.program.window.place_widget("train")
    assert isinstance(train, TrainPlace)
    train.panel.form.set_length("2 passes")
    bench.qtbot.waitUntil(lambda: train.check.state == "ready", timeout=120_000)
    QTest.mouseClick(train.panel.button, LEFT)
    live = train.controller.live
    assert live is not None
    bench.qtbot.waitUntil(lambda: live.history.ended, timeout=120_000)
    assert (live.history.state, live.history.message) == ("finished", "")
    path.unlink()
    run = list_runs(folder)[0]
    assert '"channels": 6' in str(run.config["settings"]["layers"])
    bench.wait(lambda: [item.title for item in train.run_store.runs] == ["Small #1"])


def test_a_project_of_sounds_has_the_same_designer(make_program: Callable[..., Program],
                                                   qtbot: QtBot, tmp_path: Path) -> None:
    program = make_program([*BUNDLED, places.get("network")])
    with qtbot.waitExposed(program.window):
        program.window.show()
    bench = Bench(program, qtbot, make_sounds(tmp_path / "sounds", each=2))
    bench.wait(lambda: bench.controller.classes == len(bench.session.sounds.class_counts()) >= 2)
    bench.place.begin(LITTLE_VGG)
    assert [bench.list.layers.step(row).title for row in (0, 1)] == ["Sound", "Convolution"]
    report = bench.controller.report
    assert report.input == (1, 64, 101) and not report.first_problem()
    bench.click(0)
    form = bench.place.inspector.form
    assert form is not None and form.editor("initialiser")
    with pytest.raises(KeyError):
        form.editor("side")
    assert "a second of sound" in bench.place.total.full_text()
    assert bench.saved().layers == LITTLE_VGG.layers
    bench.place.train()
    train = program.window.place_widget("train")
    assert isinstance(train, TrainPlace)
    bench.wait(lambda: train.panel.form.recipe_box.currentText().startswith("LittleVGG"))
