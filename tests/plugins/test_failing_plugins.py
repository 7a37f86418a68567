"""A plugin that fails is reported with its name, file and line, and leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.conftest import silent_client
from workbench.cli import main
from workbench.extension import plugins
from workbench.extension.registry import recipes
from workbench.gui.app.program import build

FAULTS = {
    "raises": ("def register():\n    raise ValueError('no such layer')\n", 2,
               "ValueError: no such layer"),
    "leaves": ("import sys\nsys.exit(3)\n", 2, "tried to end the program"),
    "typo": ("def register(:\n    pass\n", 1, "invalid syntax"),
    "halfway": ("import dataclasses\n"
                "from workbench.extension.registry import recipes\n\n"
                "def register():\n"
                "    recipes.register(dataclasses.replace(next(iter(recipes)), id='halfway'))\n"
                "    1 / 0\n", 6, "ZeroDivisionError"),
    "nothing": ("", None, "it has no function register()"),
    "ends": ("raise GeneratorExit\n", 1, "GeneratorExit"),
    "mute": ("class Mute(Exception):\n    def __str__(self):\n        return 1 / 0\n\n"
             "raise Mute\n", 5, "Mute: <exception str() failed>"),
}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Write a faulty plugin and let it be looked for anew."""
    def make(name: str) -> Path:
        folder = tmp_path / "plugins" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(FAULTS[name][0], "utf-8")
        plugins.load_plugins()  # what comes with the program is registered once a process
        monkeypatch.setenv("WORKBENCH_PLUGINS", str(folder.parent))
        monkeypatch.setattr(plugins, "_plugin_folders", lambda: [folder])
        monkeypatch.setattr(plugins, "_loaded", {})
        return folder

    return make


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_reported_with_file_and_line(
        broken: Callable[[str], Path], name: str) -> None:
    folder = broken(name)
    before = recipes.ids()
    (problem,) = plugins.load_plugins()
    _, line, words = FAULTS[name]
    assert Path(problem.path) == folder / "__init__.py" and problem.line == line
    assert words in problem.reason and f"“{name}”" in problem.reason
    assert recipes.ids() == before


def test_what_a_plugin_prints_is_not_in_the_way_of_json(
        broken: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    (broken("nothing") / "__init__.py").write_text("print('hello')\ndef register(): ...\n", "utf-8")
    assert main(["recipes", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) and "hello" in err


def test_ctrl_c_while_plugins_are_loaded_is_told_in_a_word(
        broken: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    (broken("nothing") / "__init__.py").write_text("raise KeyboardInterrupt\n", "utf-8")
    assert main(["recipes"]) == 130 and capsys.readouterr().err == "Interrupted.\n"


def test_the_window_says_it(broken: Callable[[str], Path], tmp_path: Path, qtbot: QtBot,
                            qapp: QApplication) -> None:
    broken("leaves")
    stored = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    program = build(qapp, stored=stored, engine=silent_client(), start_engine=False,
                    remember=False)
    said: list[tuple[str, str]] = []
    program.context.message.connect(lambda tone, text: said.append((tone, text)))
    program.window.show()
    qtbot.waitUntil(lambda: bool(said))
    tone, text = said[0]
    assert tone == "bad" and text.startswith("The plugin “leaves” could not be loaded")
    assert "__init__.py, line 2" in text
    program.window.close_now()
