"""Data: another person's labels are compared, and what differs is settled one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.data.data_steps import buttons
from tests.project.helpers import add_image
from tests.project.test_agreement import SIZE, item, label, two
from tests.project.test_two_copies import copy_of, handed, relabel
from workbench.core.annotation import Annotation, LabeledObject
from workbench.formats.voc import new_voc
from workbench.gui.app.context import DataTarget, Ghost
from workbench.gui.app.program import Program
from workbench.gui.data.agreement_page import AgreementPage
from workbench.gui.data.place import DataPlace
from workbench.gui.label.images.place import ImagesPlace
from workbench.gui.shell.main_window import MainWindow
from workbench.project.manifest import Manifest

__all__ = ["SIZE", "item", "label", "two"]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(make_program: Callable[..., Program], two: tuple[Path, Path], qtbot: QtBot,
         monkeypatch: pytest.MonkeyPatch) -> AgreementPage:
    """Compared with the other's labels."""
    program = make_program()
    with qtbot.waitExposed(program.window):
        program.window.show()
    program.projects.open(two[0])
    program.context.go("data", DataTarget("agreement"))
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(two[1]))
    qtbot.mouseClick(place.agreement.empty.button, LEFT)
    qtbot.waitUntil(lambda: place.agreement.title.text() == "2 images labelled here and in “bob”")
    return place.agreement


def objects(page: AgreementPage) -> list[tuple[str, float]]:
    session = page._context.session
    assert session is not None
    return [(item.label, item.box[0]) for item in session.document("a.png").annotation.objects]


def test_what_differs_is_settled_one_by_one_with_a_way_back(
        page: AgreementPage, qtbot: QtBot) -> None:
    assert "Agreement of objects (F1) 0.500" in page.figures.text()
    assert "1 image labelled only here · 1 image only there" in page.figures.text()
    other_class, there, here = (page.cards[kind] for kind in (
        "other-class-there", "only-there", "only-here"))
    assert [card.isVisible() for card in (other_class, there, here)] == [True, True, True]
    qtbot.mouseClick(buttons(other_class, "Take theirs")[0], LEFT)
    qtbot.waitUntil(lambda: not other_class.isVisible())
    assert objects(page) == [("cat", 0), ("cat", 20), ("cat", 40)]  # where it was
    qtbot.mouseClick(buttons(there, "Add")[0], LEFT)
    qtbot.waitUntil(lambda: not there.isVisible())
    qtbot.mouseClick(buttons(here, "Remove")[0], LEFT)
    qtbot.waitUntil(lambda: not here.isVisible())
    assert objects(page) == [("cat", 0), ("cat", 20), ("dog", 5)]
    session = page._context.session
    assert session is not None
    session.undo.undo()
    qtbot.waitUntil(here.isVisible)
    assert objects(page) == [("cat", 0), ("cat", 20), ("cat", 40), ("dog", 5)]
    session.undo.redo()
    qtbot.waitUntil(lambda: not here.isVisible())
    qtbot.mouseClick(page.again_button, LEFT)
    qtbot.waitUntil(lambda: "(F1) 1.000" in page.figures.text())


def test_a_click_shows_the_image_and_an_object_changed_since_stays(
        page: AgreementPage, qtbot: QtBot) -> None:
    context = page._context
    session = context.session
    assert session is not None
    changed: LabeledObject = session.document("a.png").annotation.objects[1].with_label("cat")
    kept = session.document("a.png").annotation.objects
    session.edit("a.png", (kept[0], changed, kept[2]), "relabel")
    card = page.cards["other-class-there"]
    told: list[str] = []
    context.message.connect(lambda _tone, text: told.append(text))
    qtbot.mouseClick(buttons(card, "Take theirs")[0], LEFT)
    qtbot.waitUntil(lambda: told == [
        "Nothing was changed: the files are others by now. Look at them again."])
    assert session.undo.undo_text == "relabel"
    assert objects(page) == [("cat", 0), ("cat", 20), ("cat", 40)]
    page.cards["only-here"].look_wanted.emit(page.cards["only-here"].problems[0])
    qtbot.waitUntil(lambda: not page.isVisible())


def test_what_is_still_being_saved_is_waited_for_beside_the_window(
        page: AgreementPage, qtbot: QtBot) -> None:
    session, disk = page._context.session, Event()
    assert session is not None

    def slow() -> bytes:
        disk.wait()
        return b""

    session.saver.submit("slow", session.folder / "slow", slow)
    page.compare()
    assert page._worker.busy
    disk.set()
    qtbot.waitUntil(lambda: not page._worker.busy)
    assert "(F1) 0.500" in page.figures.text()


def test_what_cannot_be_compared_is_told(
        page: AgreementPage, tmp_path: Path, qtbot: QtBot) -> None:
    label(tmp_path / "cy", "else.png", item("cat", 0, 0))
    page.compare(tmp_path / "cy")
    qtbot.waitUntil(lambda: page.empty.isVisible())
    assert page.empty.accessibleName() == "The labels could not be compared"


def test_a_click_shows_which_object_is_meant(page: AgreementPage, qtbot: QtBot) -> None:
    program_window = page.window()
    assert isinstance(program_window, MainWindow)

    def look(kind: str) -> ImagesPlace:
        page.cards[kind].look_wanted.emit(page.cards[kind].problems[0])
        place = program_window.place_widget("images")
        assert isinstance(place, ImagesPlace)
        qtbot.waitUntil(lambda: bool(place.editor.objects))
        return place

    place = look("other-class-there")
    qtbot.waitUntil(lambda: place.editor.selection == (1,))
    place = look("only-there")
    qtbot.waitUntil(lambda: place.editor.ghost == Ghost((5, 30, 15, 40), "dog"))
    assert place.editor.selection == ()
    assert place.viewer.notice.isVisible()
    assert place.editor.accept_ghost()
    assert objects(page)[-1] == ("dog", 5)


def test_labels_of_images_that_only_they_have_labelled_are_taken_as_one_step(
        page: AgreementPage, two: tuple[Path, Path], qtbot: QtBot) -> None:
    session = page._context.session
    assert session is not None
    labels = Annotation((item("cat", 3, 4),), size=SIZE, verified=True,
                        attributes={"weather": "rain"})
    for name in ("x.png", "y.png"):
        add_image(two[0], name)
        add_image(two[1], name)
        (two[1] / name).with_suffix(".xml").write_bytes(
            new_voc(labels, image_path=two[1] / name))
    session.index.refresh()
    qtbot.waitUntil(lambda: len(session.index) == 5)
    qtbot.mouseClick(page.again_button, LEFT)
    card = page.cards["labelled-there"]
    qtbot.waitUntil(card.isVisible)
    session.edit("y.png", (item("dog", 0, 0),), "draw")  # meanwhile: it is not overwritten
    qtbot.mouseClick(card.all_button, LEFT)
    qtbot.waitUntil(lambda: len(session.document("x.png").annotation.objects) == 1)
    taken = session.document("x.png").annotation
    assert (taken.objects[0].box, taken.verified, taken.attributes["weather"]) == (
        (3, 4, 13, 14), True, "rain")
    assert [one.label for one in session.document("y.png").annotation.objects] == ["dog"]
    qtbot.waitUntil(lambda: (two[0] / "x.xml").is_file())
    session.undo.undo()
    qtbot.waitUntil(lambda: not (two[0] / "x.xml").exists())
    assert not session.document("x.png").state.exists


def test_of_a_copy_that_comes_back_what_only_they_changed_is_taken_at_once(
        make_program: Callable[..., Program], tmp_path: Path, qtbot: QtBot) -> None:
    own, back = tmp_path / "ada", tmp_path / "back.zip"
    for name in ("a.png", "b.png", "c.png"):
        label(own, name, item("cat", 0, 0))
    Manifest("ada", classes=["cat"]).save(own)
    bob = copy_of(own, tmp_path / "bob")
    for folder, name, said in ((bob, "a.png", "dog"), (bob, "b.png", "dog"), (own, "b.png", "fox"),
                               (own, "c.png", "fox")):
        relabel(folder, name, item(said, 0, 0))
    handed(bob, back, samples=False)
    program = make_program()
    with qtbot.waitExposed(program.window):
        program.window.show()
    program.projects.open(own)
    program.context.go("data", DataTarget("agreement", other=back))
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    page = place.agreement
    card = page.cards["changed-there"]
    qtbot.waitUntil(card.isVisible, timeout=30_000)
    assert page.since.text() == ("Since you both had the same: 1 image changed only there, 1 only "
                                 "here (these stay), 1 on both sides.")
    assert "(F1) 0.000" in page.figures.text()
    assert [one.subject for one in page.cards["other-class-there"].problems] == ["b.png"]
    qtbot.waitUntil(lambda: bool(buttons(card, "Take theirs")), timeout=30_000)
    qtbot.mouseClick(buttons(card, "Take theirs")[0], LEFT)
    qtbot.waitUntil(lambda: not card.isVisible(), timeout=30_000)
    assert "(F1) 0.333" in page.figures.text()
    session = page._context.session
    assert session is not None
    assert [one.label for one in session.document("a.png").annotation.objects] == ["dog"]
    session.undo.undo()
    qtbot.waitUntil(card.isVisible, timeout=30_000)
    assert "(F1) 0.000" in page.figures.text()
