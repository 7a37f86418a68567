"""Data: problems of all files, mended by a button."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.gui.data.data_steps import all_shown, buttons, place_of
from tests.project.helpers import labelled
from tests.support.tiny_sounds import make_sounds
from workbench.gui.app.context import DataTarget, ImageTarget
from workbench.gui.app.program import Program
from workbench.gui.data.finding_card import FIRST
from workbench.gui.data.place import DataPlace
from workbench.project.imports.images import import_dataset


def wide(folder: Path, *names: str) -> Path:
    """Images with a box that reaches out of them."""
    for name in names:
        path = labelled(folder, f"{name}.png", ["cat"])
        path.write_text(path.read_text("utf-8").replace("<xmax>30<", "<xmax>300<"), "utf-8")
    return folder


def check(program: Program, folder: Path, qtbot: QtBot) -> DataPlace:
    program.projects.open(folder)
    place = place_of(program, DataTarget("problems"))
    page = place.problems
    # a problem that came up by itself may have a card already: then the other button is there, and
    # what is shown at the end is waited for
    button = page.check_button if page.check_button.isVisible() else page.empty.button
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.examination.done, timeout=30_000)
    # a line that came later than its card is shown later, too
    qtbot.waitUntil(lambda: not page._showing.isActive() and all_shown(
        item for card in page.cards.values() for item in (card, *card._rows.values())),
        timeout=30_000)
    assert not place.problems.line.isVisible()
    return place


def test_a_project_without_problems_says_so(program: Program, photos: Path, qtbot: QtBot) -> None:
    program.projects.open(photos)
    page = place_of(program, DataTarget("problems")).problems
    assert page.empty.accessibleName() == "Nothing has been checked yet"
    page.empty.button.setFocus()
    page.show_found(True)
    assert program.window.focusWidget() is page, "and not the first chip"
    page.show_found(False)
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.empty.accessibleName() == "No problems found")


def test_all_of_a_kind_is_mended_and_undone(program: Program, tmp_path: Path,
                                            qtbot: QtBot) -> None:
    names = [f"a{number}" for number in range(FIRST + 2)]
    page = check(program, wide(tmp_path / "p", *names), qtbot).problems
    card = page.cards["box-out-of-bounds"]
    assert page.title.text() == f"{FIRST + 2} problems"
    assert card.lines.count() == FIRST and card.more_button.text() == "2 more"
    qtbot.mouseClick(card.more_button, Qt.MouseButton.LeftButton)
    assert card.lines.count() == FIRST + 2
    qtbot.mouseClick(card.all_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.cards)
    assert page.empty.accessibleName() == "No problems found"
    session = program.context.session
    assert session is not None and session.saver.flush(60)
    assert "<xmax>64<" in (tmp_path / "p" / "a0.xml").read_text("utf-8")
    program.context.actions["data.undo"].run()
    qtbot.waitUntil(lambda: page.title.text() == f"{FIRST + 2} problems")
    assert session.saver.flush(60)
    assert "<xmax>300<" in (tmp_path / "p" / "a0.xml").read_text("utf-8")


def test_one_is_mended_and_the_message_takes_it_back(program: Program, tmp_path: Path,
                                                     qtbot: QtBot) -> None:
    page = check(program, wide(tmp_path / "p", "a", "b"), qtbot).problems
    card = page.cards["box-out-of-bounds"]
    qtbot.mouseClick(buttons(card, "Cut to the image")[1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.title.text() == "1 problem")
    assert [Path(item.path).name for item in card.problems] == ["a.xml"]
    qtbot.mouseClick(buttons(program.window, "Undo")[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.title.text() == "2 problems")


def test_what_the_image_itself_shows_to_be_right_is_left_alone(
        program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    path = labelled(tmp_path / "p", "a.png", ["cat"])
    path.write_text(path.read_text("utf-8").replace("<width>64<", "<width>20<"), "utf-8")
    page = check(program, path.parent, qtbot).problems
    said: list[str] = []
    program.context.message.connect(lambda _tone, sentence: said.append(sentence))
    page.mend(page.cards["box-out-of-bounds"].problems)
    qtbot.waitUntil(lambda: bool(said))
    assert len(said) == 1 and said[0].startswith("Nothing was changed")
    session = program.context.session
    assert session is not None and session.undo.undo_step is None
    assert "box-out-of-bounds" in page.cards


def test_a_finding_leads_to_its_image(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    page = check(program, wide(tmp_path / "p", "a", "b"), qtbot).problems
    went: list[tuple[str, object]] = []
    program.context.place_requested.connect(lambda name, target: went.append((name, target)))
    qtbot.mouseClick(buttons(page, "b.xml")[0], Qt.MouseButton.LeftButton)
    assert went == [("images", ImageTarget("b.png", back="data"))]
    assert program.window.place == "images"


def test_sounds_are_looked_at_and_lead_to_their_place(program: Program, tmp_path: Path,
                                                      qtbot: QtBot) -> None:
    folder = make_sounds(tmp_path / "s", each=1)
    (folder / "high_ann_0.wav").write_bytes(b"RIFF")
    program.projects.open(folder)
    page = place_of(program, DataTarget("problems")).problems
    page.check()
    qtbot.waitUntil(lambda: page.examination.done and "unreadable-sound" in page.cards
                    and page.cards["unreadable-sound"].isEnabled()
                    and all_shown(page.cards.values()))
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.sounds.scanning)
    qtbot.mouseClick(buttons(page.cards["unreadable-sound"], "Move to the trash")[0],
                     Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "unreadable-sound" not in page.cards)
    assert "high_ann_0.wav" not in list(session.sounds)


def test_an_examination_is_given_up_with_the_project(program: Program, tmp_path: Path) -> None:
    program.projects.open(draw_photos(tmp_path / "many", [f"{n}.png" for n in range(300)]))
    page = place_of(program).problems
    page.check()
    threads = [thread for thread in threading.enumerate() if thread.name == "examination"]
    assert threads
    program.projects.close()
    assert not any(thread.is_alive() for thread in threads)
    assert not page.examination.running and not page.problems()


def test_what_came_up_by_itself_counts_once_also_when_it_is_mended(
        program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = labelled(tmp_path / "p", "a.png", ["cat"]).parent
    (folder / "a.xml").write_text("<annotation><object>", "utf-8")
    program.projects.open(folder)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: len(session.problems) == 1)
    page = place_of(program, DataTarget("problems")).problems
    qtbot.waitUntil(lambda: page.title.text() == "1 problem")
    page.check()
    qtbot.waitUntil(lambda: page.examination.done)
    assert len(page.problems()) == 1
    page.mend(list(session.problems))  # not the very one that was found
    assert page.problems() == []


def test_stopping_keeps_what_was_found(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    folder = wide(tmp_path / "p", "a")
    page = check(program, folder, qtbot).problems
    found = page.problems()
    page.examination.running = True  # as while it goes on
    page.examination.changed.emit()
    qtbot.waitUntil(page.stop_button.isVisible)
    assert not page.cards["box-out-of-bounds"].isEnabled(), "nothing is mended meanwhile"
    qtbot.mouseClick(page.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.stop_button.isVisible())
    assert page.problems() == found and page.cards["box-out-of-bounds"].isEnabled()


@pytest.mark.skipif(os.name == "nt", reason="not everybody may make links there")
@pytest.mark.parametrize("kind", ["lost-image", "lost-sound"])
def test_the_folder_of_lost_files_is_located(
        program: Program, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch,
        kind: str) -> None:
    project, source = tmp_path / "p", tmp_path / "there"
    if kind == "lost-image":
        for name in ("a.png", "b.png"):
            labelled(source, name, ["cat"])
        import_dataset(source, project, images="link")
        file = project / "images" / "b.png"
    else:
        source.mkdir()
        (project / "audio").mkdir(parents=True)
        for name in ("a.wav", "b.wav"):
            soundfile.write(source / name, np.zeros(800), 8000)
            (project / "audio" / name).symlink_to(source / name)
        file = project / "audio" / "b.wav"
    source.rename(tmp_path / "here")
    page = check(program, project, qtbot).problems
    card = page.cards[kind]
    assert len(buttons(card, "Locate the folder…")) == 3
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "here"))
    qtbot.mouseClick(card.all_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: kind not in page.cards, timeout=30_000)
    assert file.is_file()
    program.context.actions["data.undo"].run()
    assert not file.exists()
    qtbot.waitUntil(lambda: kind in page.cards, timeout=30_000)


def test_menu_and_log_lead_here_and_check(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    program.projects.open(wide(tmp_path / "p", "a"))
    program.context.actions["file.check"].run()
    page = place_of(program).problems
    qtbot.waitUntil(lambda: page.examination.done)
    program.context.go("log")
    log = program.window.place_widget("log")
    assert log is not None
    qtbot.mouseClick(buttons(log, "Check every file")[0], Qt.MouseButton.LeftButton)
    assert program.window.place == "data" and page.examination.running
    qtbot.waitUntil(lambda: page.examination.done)
    program.context.go("data", DataTarget("problems"))
    assert page.examination.done, "looked at, not checked again"
