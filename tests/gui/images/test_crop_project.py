"""Learning classes from the boxes of the open project, by the File menu."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.support.odd_projects import BLUE, RED, SIZE, odd_project
from workbench.extension.window import actions, places
from workbench.gui.app.program import Program
from workbench.gui.shell.places import BUNDLED
from workbench.gui.shell.window_actions import add_registered


def test_boxes_become_a_project_that_is_offered(
        make_program: Callable[..., Program], qtbot: QtBot, tmp_path: Path) -> None:
    program = make_program([*BUNDLED, places.get("sort")])
    with qtbot.waitExposed(program.window):
        program.window.show()
    project = odd_project(tmp_path / "boxes", [(SIZE, (RED, BLUE))] * 4)
    (tmp_path / "boxes crops").mkdir()
    program.projects.open(project)
    # the window of a test takes in only the places that it is given
    add_registered(program.context, actions.get("images.learn_from_boxes"))
    action = program.context.actions["images.learn_from_boxes"]
    qtbot.waitUntil(action.enabled, timeout=30_000)
    said = []
    program.context.announced.connect(said.append)
    action.run()
    qtbot.waitUntil(lambda: any(item.action_text == "Open" for item in said), timeout=30_000)
    assert said[-1].sentence == "8 crops of 2 classes are in “boxes crops 2”."
    said[-1].action()
    session = program.context.session
    assert session is not None
    assert session.folder == tmp_path / "boxes crops 2"
    assert program.window.place == "sort"
