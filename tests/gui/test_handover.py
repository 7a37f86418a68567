"""The window hands a project over as a file, and takes in what comes back."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.data.data_steps import buttons
from tests.gui.import_steps import mime
from tests.gui.test_main_window import drop
from tests.project.helpers import labelled
from tests.project.test_handover import add_run
from tests.project.test_sounds import beep
from tests.support.tiny_video import write_video
from workbench.app import _open
from workbench.gui.app.handover_page import ArrivedPage, HandoverFoot, HandoverPage
from workbench.gui.app.person import NameField, person_name, say_name
from workbench.gui.app.program import Program
from workbench.gui.data.place import DataPlace
from workbench.gui.train.place import TrainPlace
from workbench.project.handover.opening import look_inside
from workbench.project.handover.packing import plan_handover, write_handover
from workbench.project.labelled_by import labelled_by_of
from workbench.project.manifest import Manifest
from workbench.project.runs import list_runs

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "pets"
    labelled(folder, "a.png", ["cat"])
    labelled(folder, "b.png", ["dog"])
    Manifest("pets", classes=["cat", "dog"]).save(folder)
    add_run(folder)
    return folder


@pytest.fixture
def program(make_program: Callable[..., Program], project: Path, qtbot: QtBot) -> Program:
    made = make_program()
    with qtbot.waitActive(made.window):
        made.window.show()
    made.projects.open(project)
    return made


def packed(project: Path, out: Path, *, samples: bool = True) -> Path:
    plan = plan_handover(project)
    write_handover(plan, out, plan.runs, samples=samples)
    return out


def shown(program: Program, kind: type, qtbot: QtBot) -> object:
    qtbot.waitUntil(lambda: program.window.findChild(kind) is not None)
    return program.window.findChild(kind)


def answer(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_more: (str(path), ""))


def test_a_project_is_handed_over_and_opened_by_a_drop(
        program: Program, project: Path, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    program.context.actions["file.hand_over"].run()
    page = shown(program, HandoverPage, qtbot)
    assert isinstance(page, HandoverPage)
    assert page.summary.text().startswith("2 images, labels, 1 model: about ")
    assert page.summary.text().endswith(" KB")
    foot = program.window.findChild(HandoverFoot)
    assert isinstance(foot, HandoverFoot)
    for chip in [*page.parts.ids, *page.runs.ids]:
        qtbot.mouseClick((page.parts if chip in page.parts.ids else page.runs)[chip], LEFT)
    assert not foot.go.isEnabled() and page.summary.text() == "Nothing is chosen"
    for chip in page.parts.ids:
        qtbot.mouseClick(page.parts[chip], LEFT)
    (tmp_path / "taken.zip").write_bytes(b"mine")
    answer(monkeypatch, tmp_path / "taken")
    qtbot.mouseClick(foot.go, LEFT)
    assert (tmp_path / "taken.zip").read_bytes() == b"mine" and page.isVisible()
    answer(monkeypatch, tmp_path / "for Ben")
    qtbot.mouseClick(foot.go, LEFT)
    out = tmp_path / "for Ben.zip"
    qtbot.waitUntil(out.is_file)
    inside = look_inside(out)
    assert inside is not None and (inside.samples, inside.runs) == (2, ())
    program.projects.close()
    answer(monkeypatch, tmp_path / "ben" / "pets")
    drop(program.window, mime(out))
    qtbot.waitUntil(lambda: program.context.session is not None
                    and program.context.session.folder == tmp_path / "ben" / "pets")


def test_a_zip_file_that_is_named_at_the_start_is_opened_as_a_project(
        make_program: Callable[..., Program], project: Path, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    made, out = make_program(), packed(project, tmp_path / "for Ben.ZIP")
    answer(monkeypatch, tmp_path / "ben")
    _open(made, [str(out)])
    made.window.show()
    qtbot.waitUntil(lambda: made.context.session is not None
                    and made.context.session.folder == tmp_path / "ben")


def test_the_images_are_divided_among_two(
        program: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    program.context.actions["file.hand_over"].run()
    page = shown(program, HandoverPage, qtbot)
    assert isinstance(page, HandoverPage) and not page.dividing.isVisible()
    qtbot.mouseClick(page.people["2"], LEFT)
    qtbot.mouseClick(page.which["all"], LEFT)
    assert page.summary.text() == "2 files, each with a part of all"
    foot = program.window.findChild(HandoverFoot)
    assert isinstance(foot, HandoverFoot) and foot.go.text() == "Save 2 ZIP files…"
    page.names.setText("Kim,  Lee Ann ")
    answer(monkeypatch, tmp_path / "part.zip")
    qtbot.mouseClick(foot.go, LEFT)
    qtbot.waitUntil(lambda: (tmp_path / "part-2.zip").is_file())
    insides = [look_inside(tmp_path / f"part-{number}.zip") for number in (1, 2)]
    assert [inside and (inside.samples, len(inside.runs)) for inside in insides] == [(1, 1), (1, 1)]
    program.projects.close()
    answer(monkeypatch, tmp_path / "lee")
    drop(program.window, mime(tmp_path / "part-2.zip"))
    bar = program.window.overlays.message_bar
    qtbot.waitUntil(lambda: "made for “Lee Ann”" in bar.text, timeout=30_000)
    session = program.context.session
    assert session is not None and session.folder == tmp_path / "lee"
    assert labelled_by_of(session).person == ""  # not before they say so
    qtbot.mouseClick(bar.action_button, LEFT)
    assert labelled_by_of(session).person == person_name(program.context) == "Lee Ann"
    say_name(program.context, "")
    assert labelled_by_of(session).person == ""


def test_a_project_is_handed_over_without_names(
        program: Program, project: Path, tmp_path: Path, qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "labelled-by.csv").write_text("file,person,labelled,verified\na.png,Kim,,\n")
    program.context.actions["file.hand_over"].run()
    page = shown(program, HandoverPage, qtbot)
    assert isinstance(page, HandoverPage)
    for chip in ("samples", "labels", *page.runs.selection):
        qtbot.mouseClick((page.parts if chip in page.parts.ids else page.runs)[chip], LEFT)
    assert page.nothing  # names alone say nothing
    field = page.findChild(NameField)
    assert isinstance(field, NameField)
    field.setText("Ada")
    field.editingFinished.emit()
    assert person_name(program.context) == ""  # as it may be cancelled yet
    qtbot.mouseClick(page.parts["labels"], LEFT)
    qtbot.mouseClick(page.parts["names"], LEFT)
    answer(monkeypatch, tmp_path / "public.zip")
    foot = program.window.findChild(HandoverFoot)
    assert isinstance(foot, HandoverFoot)
    qtbot.mouseClick(foot.go, LEFT)
    assert person_name(program.context) == "Ada"
    qtbot.waitUntil(lambda: (tmp_path / "public.zip").is_file(), timeout=30_000)
    with zipfile.ZipFile(tmp_path / "public.zip") as packed:
        names = [Path(name).name for name in packed.namelist()]
    assert "a.xml" in names and "labelled-by.csv" not in names


def test_labels_that_come_back_are_compared_and_models_added_with_undo(
        program: Program, project: Path, tmp_path: Path, qtbot: QtBot) -> None:
    copy = tmp_path / "clara" / "pets"
    shutil.copytree(project, copy)
    (project / "b.xml").unlink()
    new = add_run(copy, b"new weights")
    session = program.context.session
    assert session is not None
    session.index.refresh()
    drop(program.window, mime(packed(copy, tmp_path / "back.zip")))
    page = shown(program, ArrivedPage, qtbot)
    assert isinstance(page, ArrivedPage)
    assert [button.text() for button in page.buttons] == [
        "Bring their labels in…", "Add 2 models", "Add their images…",
        "Open it as a project of its own…"]
    qtbot.mouseClick(page.buttons[0], LEFT)
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    card = place.agreement.cards["labelled-there"]
    qtbot.waitUntil(lambda: [Path(item.path).name for item in card.problems] == ["b.png"])
    drop(program.window, mime(new.path))
    qtbot.waitUntil(lambda: program.window.place == "train")
    train = program.window.place_widget("train")
    assert isinstance(train, TrainPlace)
    qtbot.waitUntil(lambda: len(train.run_store.runs) == 2)
    assert [run.origin for run in train.run_store.runs] == ["pets", ""]
    bar = program.window.overlays.message_bar
    undo = next(button for button in bar.findChildren(QAbstractButton) if button.text() == "Undo")
    qtbot.mouseClick(undo, LEFT)
    qtbot.waitUntil(lambda: len(train.run_store.runs) == 1)
    assert len(list_runs(project)) == 1


def test_tracks_and_events_that_come_back_are_taken(
        program: Program, project: Path, tmp_path: Path, qtbot: QtBot) -> None:
    for folder in (project, tmp_path / "kim"):
        folder.mkdir(exist_ok=True)
        write_video(folder / "clip.mp4", 3)
    (tmp_path / "kim" / "clip.mp4.events.csv").write_text("start,class\n0,rest\n")
    Manifest("kim").save(tmp_path / "kim")
    drop(program.window, mime(packed(tmp_path / "kim", tmp_path / "back.zip")))
    page = shown(program, ArrivedPage, qtbot)
    assert isinstance(page, ArrivedPage)
    assert [button.text() for button in page.buttons] == [
        "Take their tracks and events", "Bring their labels in…",
        "Open it as a project of its own…"], "there are no images to add"
    qtbot.mouseClick(page.buttons[0], LEFT)
    qtbot.waitUntil((project / "clip.mp4.events.csv").is_file, timeout=30_000)
    assert "rest" in (project / "clip.mp4.events.csv").read_text()


def test_a_file_of_labels_alone_leads_to_the_comparison_at_once(
        program: Program, project: Path, tmp_path: Path, qtbot: QtBot) -> None:
    copy = tmp_path / "ben" / "pets"
    shutil.copytree(project, copy)
    shutil.rmtree(copy / "runs")
    drop(program.window, mime(packed(copy, tmp_path / "labels.zip", samples=False)))
    qtbot.waitUntil(lambda: program.window.place == "data")
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    qtbot.waitUntil(lambda: "2 images labelled here" in place.agreement.title.text())


def test_labels_of_sounds_come_in_the_same_way(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> None:
    own, copy = tmp_path / "night", tmp_path / "bob" / "night"
    beep(own / "a.wav", 1.0)
    shutil.copytree(own, copy)
    (copy / "a.selections.txt").write_text(
        "Selection\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)\tAnnotation\n"
        "1\t0.1\t0.3\t500\t2000\towl\n")
    program = make_program()
    with qtbot.waitActive(program.window):
        program.window.show()
    program.projects.open(own)
    drop(program.window, mime(packed(copy, tmp_path / "back.zip")))
    page = shown(program, ArrivedPage, qtbot)
    assert isinstance(page, ArrivedPage)
    assert [button.text() for button in page.buttons][:2] == [
        "Bring their labels in…", "Add their sounds…"]
    qtbot.mouseClick(page.buttons[0], LEFT)
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    card = place.agreement.cards["labelled-there"]
    qtbot.waitUntil(lambda: [item.reason for item in card.problems] == ["1 owl"])
    qtbot.waitUntil(lambda: bool(buttons(card, "Take their labels")))  # the page is laid out
    qtbot.mouseClick(buttons(card, "Take their labels")[0], LEFT)
    qtbot.waitUntil(lambda: (own / "a.selections.txt").is_file())
