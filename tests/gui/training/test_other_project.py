"""A training goes on while another project is opened, which may have a run of the same name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.gui.training.conftest import Bench, MakeBench
from tests.gui.training.training_steps import SLOW, ended, last_offer, training
from workbench.gui.app.context import RunTarget
from workbench.gui.train.place import TrainPlace
from workbench.gui.widgets import ElidedLabel
from workbench.project.runs import RunFolder, list_runs
from workbench.project.session import Session


@pytest.fixture
def other(tmp_path: Path, draw_project: Callable[..., Path]) -> Path:
    """Another project, with a run that has the name of the first one's first run."""
    folder = draw_project(tmp_path / "other")
    run = RunFolder.create(folder, "compact-n", {"recipe": "compact-n", "classes": ["cat"]})
    run.write_state(state="finished", pid=0)
    return folder


def opened(made: Bench, folder: Path) -> Session:
    """Open another project as the program does, while a training goes on."""
    if made.session is not None:
        made.session.close(5)
    made.session = made.open(folder)
    return made.session


def left(made: Bench, other: Path) -> tuple[TrainPlace, Path]:
    """A training that goes on while the other project is open, and its own project."""
    place = training(made)
    assert made.session is not None
    first = made.session.folder
    opened(made, other)
    return place, first


def waiting(place: TrainPlace) -> list[str]:
    return [name.full_text() for name in place.panel.queue.findChildren(ElidedLabel)
            if name.isVisible()]


def test_the_open_project_shows_its_own_runs(bench: MakeBench, other: Path) -> None:
    made = bench(**SLOW)
    place, first = left(made, other)
    live = place.controller.live
    assert live is not None
    name = live.history.run
    made.qtbot.waitUntil(lambda: place.view.history not in (None, live.history))
    assert [run.name for run in list_runs(other)] == [name] == [place.shown_run.name]
    assert place.view.history.run == name and not place.view.header.pause_button.isVisible()
    info = place.panel.runs.model().run(0)
    assert (info.name, info.epochs) == (name, 0), "not the figures of the run of the same name"
    assert place.hint.isVisible()
    assert place.status()[0].endswith(f"Compact #1 of “{first.name}”")
    made.qtbot.mouseClick(place.hint.button, Qt.MouseButton.LeftButton)
    assert place.view.history is live.history and place.view.header.pause_button.isVisible()
    assert place.view.header._name.full_text() == f"Compact #1 of “{first.name}”"
    place.show_run(name)
    made.qtbot.waitUntil(lambda: place.view.history is not live.history)
    assert place.view.history.run == name, "its own"


def test_a_queued_training_names_its_project(bench: MakeBench, other: Path) -> None:
    made = bench(**SLOW)
    place = training(made)
    place.panel.button.click()
    assert made.session is not None
    first = made.session.folder.name
    words = place.panel.form.length_words()
    assert waiting(place) == [f"Compact · {words}"]
    opened(made, other)
    assert waiting(place) == [f"Compact of “{first}” · {words}"]


def test_results_are_those_of_its_own_project(bench: MakeBench, other: Path) -> None:
    made = bench(epochs=3, steps=20, pause=0.05)
    place, first = left(made, other)
    run = place.controller.live.history.run
    ended(made, place)
    offer = last_offer(made)
    assert offer.sentence.startswith(f"Compact #1 of “{first.name}” finished")
    made.context.open_wanted.connect(lambda folder: opened(made, folder))
    offer.action()
    assert made.session is not None and made.session.folder == first
    assert made.went[-1] == ("results", RunTarget(run))


def test_where_its_project_cannot_be_opened_no_other_run_is_shown(
        bench: MakeBench, other: Path) -> None:
    made = bench(epochs=3, steps=20, pause=0.05)
    place, _ = left(made, other)
    ended(made, place)
    asked: list[Path] = []
    made.context.open_wanted.connect(asked.append)
    before = list(made.went)
    last_offer(made).action()
    assert len(asked) == 1 and made.went == before


def test_a_cancelled_run_goes_to_the_trash_of_its_own_project(
        bench: MakeBench, other: Path) -> None:
    made = bench(**SLOW)
    place, first = left(made, other)
    place.controller.cancel()
    ended(made, place)
    assert list_runs(first) == [] and len(list_runs(other)) == 1
    assert last_offer(made).sentence == (
        f"Compact #1 of “{first.name}” was cancelled. It is in the trash.")
    last_offer(made).action()
    assert [run.state["state"] for run in list_runs(first)] == ["cancelled"]
    assert place.shown_run.name == list_runs(other)[0].name
