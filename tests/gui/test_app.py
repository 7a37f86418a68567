"""The program starts light, survives bugs, and says where it cannot start."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from workbench import app
from workbench.gui import screenshots
from workbench.gui.app.context import AppContext
from workbench.gui.app.program import Program, build
from workbench.gui.app.remember import stored_number
from workbench.gui.style.theme import Theme
from workbench.jobs.events import Failed, LogLine

from .conftest import silent_client

FIRST_PAINT = """
import sys
from workbench.app import Application
import PySide6.QtWidgets
from PySide6.QtCore import QSettings, QTimer
from workbench.gui.app.program import build

app = Application(["workbench"])
program = build(app, stored=QSettings(sys.argv[2], QSettings.Format.IniFormat), start_engine=False)
window = program.window
heavy = ("numpy", "torch", "pyqtgraph", "PIL", "PySide6.QtMultimedia", "PySide6.QtNetwork",
         "lxml", "tomlkit", "jinja2", "workbench.gui.train", "workbench.gui.results")
later = ("workbench.jobs.commands", "workbench.jobs.events", "workbench.gui.shell.command_palette",
         "workbench.gui.shell.start_page", "workbench.extension.plugins",
         "workbench.gui.app.engine_client", "workbench.gui.widgets.form", "subprocess",
         "workbench.gui.label.images.panel_contents", "workbench.gui.widgets.row_view",
         "workbench.project.library.clips", "workbench.project.imports", "workbench.project.recent",
         "workbench.project.housekeeping", "workbench.project.library.summaries", "sqlite3",
         "workbench.formats.voc_patch", "workbench.gui.label.images.polygon_tools",
         "workbench.gui.label.images.brush_tool", "argparse", "logging", "html")

def tell(when, names):
    print(when, [name for name in names if name in sys.modules], flush=True)

paint = type(window).paintEvent

def first_paint(self, event):
    type(window).paintEvent = paint
    paint(self, event)
    tell("paint:", heavy + later)
    # PySide6 loads all classes of widgets when Qt gives back one of a class it has not met, and
    # a hundred Python objects with QStyle.
    print("classes:", [name for name in ("QWizard", "QStyle") if name in vars(PySide6.QtWidgets)])

type(window).paintEvent = first_paint
program.projects.open_paths([sys.argv[1]])
scene = window.place_widget("images").canvas.scene
window.show()

def look():
    if scene.picture.complete:
        tell("painted:", heavy)
        app.quit()

window.painted.connect(lambda: timer.start(5))
timer = QTimer()
timer.timeout.connect(look)
app.exec()
window.close_now()
"""


def test_nothing_heavy_is_imported_before_the_first_paint(photos: Path, tmp_path: Path) -> None:
    (photos / "photo1.csv").write_text("neither image nor sound\n")
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT, str(photos), str(tmp_path / "s.ini")],
        capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["paint: []", "classes: []", "painted: []"], \
        done.stdout + done.stderr


def test_importing_the_window_installs_nothing() -> None:
    script = ("import sys, threading; import workbench.app;"
              "assert sys.excepthook is sys.__excepthook__;"
              "assert threading.excepthook is threading.__excepthook__; print('clean')")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "clean", done.stderr


def test_help_is_printed_and_no_window_opens(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for flag in ("--help", "-h"):
        assert app.main(["workbench-window", flag]) == 0
        assert capsys.readouterr().out.startswith("usage: workbench-window [--sample] [PATH]")


def test_without_a_console_nothing_that_is_printed_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):  # as under Windows' pythonw
        monkeypatch.setattr(sys, name, None)
    assert app.main(["workbench-window", "--help"]) == 0
    for stream in (sys.stdout, sys.stderr):
        print("nowhere", file=stream)
        stream.close()


def test_without_a_display_it_says_so(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert app.main(["workbench"]) == 1
    assert "no display" in capsys.readouterr().err


def test_a_bug_in_a_slot_is_told_and_the_window_lives(
        make_program: Callable[..., Program], qtbot: QtBot,
        capsys: pytest.CaptureFixture[str]) -> None:
    program = make_program()
    guard = app.ExceptionGuard(program.context)
    heard: list[tuple[str, str]] = []
    program.context.message.connect(lambda tone, text: heard.append((tone, text)))

    def bug() -> None:
        raise ZeroDivisionError("a bug")

    guard.install()
    try:
        for _ in range(2):
            QTimer.singleShot(0, bug)
        qtbot.waitUntil(lambda: len(program.context.log.entries) >= 3)
    finally:
        guard.remove()
    assert len(heard) == 1  # the same bug again is written down but not told again
    assert heard[0][0] == "bad"
    assert "ZeroDivisionError" not in heard[0][1]
    assert any("ZeroDivisionError: a bug" in entry.detail for entry in program.context.log.entries)
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert sys.excepthook is sys.__excepthook__ or "pytestqt" in repr(sys.excepthook)


def test_lines_of_the_engine_come_to_the_log(
        qapp: QApplication, stored: QSettings, qtbot: QtBot) -> None:
    program = build(qapp, stored=stored, engine=silent_client(), start_engine=False)
    with qtbot.waitSignal(program.window.painted):
        program.window.show()
    engine = program.context.engine
    engine.event.emit(LogLine("warning", "few images"))
    entry = program.context.log.entries[-1]
    assert (entry.source, entry.tone, entry.text) == ("engine", "warn", "few images")
    engine.event.emit(Failed("train-1", "Something went wrong.", "Traceback: of the recipe"))
    entry = program.context.log.entries[-1]
    assert (entry.source, entry.tone, entry.detail) == ("engine", "bad", "Traceback: of the recipe")
    engine.crashed.emit("The engine stopped.")
    assert program.window.overlays.message_bar.text == "The engine stopped."
    program.window.close_now()
    program.window.deleteLater()
    qapp.setStyleSheet("")


def test_the_engine_starts_after_the_first_paint(
        qapp: QApplication, stored: QSettings, qtbot: QtBot) -> None:
    engine = silent_client()
    program = build(qapp, stored=stored, engine=engine)
    program.window.show()
    assert engine.state == "off"
    states: list[str] = []
    engine.state_changed.connect(lambda: states.append(engine.state))
    qtbot.waitUntil(lambda: program.window.top_bar.engine.text() == "Engine ready")
    assert states == ["starting", "ready"]
    assert program.window.top_bar.device.text() == "CPU · 2 cores"
    program.window.close_now()
    assert engine.state == "off"
    program.window.deleteLater()
    qapp.setStyleSheet("")


def test_pictures_of_every_screen_are_taken(
        qapp: QApplication, photos: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshots, "_QUIET_MS", 50)
    taken = screenshots.take_all(photos, tmp_path / "out", sizes=[(780, 560)], themes=["dark"],
                                 engine=silent_client)
    names = [path.name for path in taken]
    assert names[0] == "start-dark-780x560.png"
    assert {name.split("-")[0] for name in names} >= {"images", "audio", "train", "results", "log",
                                                      "palette"}
    for path in taken:
        image = QImage(str(path))
        assert (image.width(), image.height()) == (780, 560)
        assert image.pixelColor(5, 3).lightness() < 80
    qapp.setStyleSheet("")


def test_context_makes_the_engine_when_it_is_asked_for(
        qapp: QApplication, stored: QSettings) -> None:
    made: list[object] = []

    def make() -> object:
        made.append(silent_client())
        return made[0]

    context = AppContext(Theme("light"), make, stored)  # type: ignore[arg-type]
    assert not made
    assert context.engine is context.engine
    assert len(made) == 1


DAMAGED = ("junk", "", "nan", "99999999999999999999", ["a", "b"])


@pytest.mark.parametrize("value", DAMAGED)
def test_a_damaged_number_is_the_usual_one_or_the_most(stored: QSettings, value: object) -> None:
    stored.setValue("a/number", value)
    assert stored_number(stored, "a/number", 5, 0, 9) == (9 if str(value).isdigit() else 5)


@pytest.mark.parametrize("first", [0, 3])
def test_damaged_settings_are_the_usual_ones(
        make_program: Callable[..., Program], stored: QSettings, photos: Path, qtbot: QtBot,
        first: int) -> None:
    for at, key in enumerate((
            "window/menu_bar", "images/width/list", "train/length", "audio/look/floor_db",
            "results/nms", "images/width/side", "audio/record/count", "audio/record/length",
            "results/match", "predict/gallery"), first):
        stored.setValue(key, DAMAGED[at % len(DAMAGED)])
    program = make_program()
    with qtbot.waitExposed(program.window):
        program.window.show()
    assert program.projects.open(photos)
    for place in ("images", "audio", "train", "results", "use"):
        program.context.go(place)
        assert program.window.place == place and program.window.place_widget(place) is not None
    assert not program.window.menu_bar_shown
