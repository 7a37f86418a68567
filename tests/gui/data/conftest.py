"""A window with Data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.data.map_steps import MappingEngine
from workbench.extension.window import places
from workbench.gui.app.program import Program
from workbench.gui.shell.places import BUNDLED


@pytest.fixture
def program(make_program: Callable[..., Program], qtbot: QtBot) -> Program:
    made = make_program([*BUNDLED, places.get("sort")])
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made


@pytest.fixture
def shown(make_program: Callable[..., Program], qtbot: QtBot,
          ) -> Callable[[Path, MappingEngine], Program]:
    """Opens a project in a window with an engine."""
    def show(folder: Path, engine: MappingEngine) -> Program:
        program = make_program([*BUNDLED, places.get("sort")], engine=engine.client)
        program.window.resize(1280, 800)
        with qtbot.waitExposed(program.window):
            program.window.show()
        program.projects.open(folder)
        session = program.context.session
        assert session is not None
        qtbot.waitUntil(lambda: not session.index.scanning and not session.index.summarizing)
        return program

    return show
