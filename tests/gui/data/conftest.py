"""A window with Data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from workbench.extension.window import places
from workbench.gui.app.program import Program
from workbench.gui.shell.places import BUNDLED


@pytest.fixture
def program(make_program: Callable[..., Program], qtbot: QtBot) -> Program:
    made = make_program([*BUNDLED, places.get("sort")])
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made
