"""Tasks of one medium that are labelled in places of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from workbench.extension.tasks import Task, tasks
from workbench.extension.window import Place, WindowTask
from workbench.gui.app.program import Program
from workbench.gui.app.task import task_of
from workbench.gui.shell.places import PlaceWidget

from .conftest import draw_photos

PILES = WindowTask("piles", "image", "accuracy", ("", "", ""), "", "", "")


def has_piles(folder: Path) -> bool:
    return (folder / "piles.txt").exists()


@pytest.fixture
def piles() -> Iterator[None]:
    """A task that is labelled beside Images, recognised by a file."""
    here = f"{__name__}"
    tasks.register(Task("piles", "Piles", "images", "image", engine="",
                        window=f"{here}:PILES", recognise=f"{here}:has_piles"))
    yield
    tasks.unregister("piles")


@pytest.fixture
def program(piles: None, make_program: Callable[..., Program]) -> Program:
    def place(id: str, media: str = "", after: str = "") -> Place:
        return Place(id, id.title(), "images", lambda context: PlaceWidget(), media=media,
                     after=after)

    return make_program([place("piles", "images", "images"), place("images", "images"),
                         place("audio", "sounds"), place("train")])


def shown(program: Program) -> list[str]:
    rail = program.window.rail
    buttons = {place.id: rail.button(place.id) for place in program.window.stack}
    visible = [id for id, button in buttons.items() if not button.isHidden()]
    layout = rail.layout()
    assert layout is not None
    return sorted(visible, key=lambda id: layout.indexOf(buttons[id]))


def test_a_project_shows_the_place_of_its_task(
        program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = draw_photos(tmp_path / "photos", ["a.jpg", "b.jpg"])
    (folder / "piles.txt").touch()
    program.projects.open(folder)
    assert program.window.place == "piles"
    qtbot.waitUntil(lambda: shown(program) == ["piles", "train"])
    assert task_of(program.context.session) == "piles"


def test_boxes_are_drawn_where_nothing_else_is_recognised(
        program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    program.projects.open(draw_photos(tmp_path / "photos", ["a.jpg"]))
    assert program.window.place == "images"
    qtbot.waitUntil(lambda: shown(program) == ["images", "train"])


def test_who_names_a_task_has_its_place(program: Program, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "photos", ["a.jpg"])
    (folder / "piles.txt").touch()
    (folder / "workbench.toml").write_text('task = "detection"\n', encoding="utf-8")
    program.projects.open(folder)
    assert program.window.place == "images"


def test_what_leads_to_images_leads_to_the_place_of_the_task(
        program: Program, tmp_path: Path) -> None:
    folder = draw_photos(tmp_path / "photos", ["a.jpg"])
    (folder / "piles.txt").touch()
    program.projects.open(folder)
    program.context.go("train")
    program.context.go("images")
    assert program.window.place == "piles"
    assert "go.piles" not in program.context.actions


def test_a_place_beside_another_has_its_key(program: Program) -> None:
    rail = program.window.rail
    assert "Ctrl+1" in rail.button("images").toolTip()
    assert "Ctrl+1" in rail.button("piles").toolTip()
    assert "Ctrl+3" in rail.button("train").toolTip()
