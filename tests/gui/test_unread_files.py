"""Files in a folder that is opened of which images can be made: RAW photos, and of microscopes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support.microscopes import write_czi
from tests.support.raw_photo import jpeg, write_dng
from tests.support.stacks import planes
from workbench.gui.app.context import Message, PagesTarget
from workbench.gui.app.program import Program
from workbench.gui.label.images.place import ImagesPlace

OFFER = "Not shown: 2 RAW photos (DNG). Make a JPEG image beside each? The RAW photos stay."


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    for name in ("IMG_1.DNG", "IMG_2.DNG", "IMG_3.DNG"):
        write_dng(folder / name)
    (folder / "IMG_3.JPG").write_bytes(jpeg(40, 30))
    return folder


@pytest.fixture
def program(make_program: Callable[..., Program], qtbot: QtBot) -> Program:
    made = make_program()
    with qtbot.waitActive(made.window):
        made.window.show()
    return made


def heard(program: Program) -> list[Message]:
    said: list[Message] = []
    program.context.announced.connect(said.append)
    return said


def keys(program: Program) -> list[str]:
    session = program.context.session
    assert session is not None
    return session.index.keys()


def test_images_are_made_and_taken_back(program: Program, card: Path, qtbot: QtBot) -> None:
    said = heard(program)
    program.projects.open(card)
    qtbot.waitUntil(lambda: any(item.sentence == OFFER for item in said), timeout=30_000)
    offer = next(item for item in said if item.sentence == OFFER)
    assert keys(program) == ["IMG_3.JPG"] and offer.action is not None
    offer.action()
    qtbot.waitUntil(lambda: keys(program) == ["IMG_1.jpg", "IMG_2.jpg", "IMG_3.JPG"],
                    timeout=60_000)
    made = said[-1]
    assert (made.sentence, made.action_text) == ("Made 2 JPEG images.", "Undo")
    assert not program.context.actions["file.photos"].enabled()
    assert made.action is not None
    made.action()
    qtbot.waitUntil(lambda: keys(program) == ["IMG_3.JPG"], timeout=30_000)
    assert sorted(path.name for path in card.glob("IMG*")) == [
        "IMG_1.DNG", "IMG_2.DNG", "IMG_3.DNG", "IMG_3.JPG"]
    assert [item.sentence for item in said].count(OFFER) == 1, "who takes them back knows of them"
    qtbot.waitUntil(lambda: program.context.actions["file.photos"].enabled(), timeout=30_000)


def test_a_damaged_photo_alone_is_named_and_nothing_is_made(
        program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    said = heard(program)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "IMG_7.CR2").write_bytes(bytes(range(256)) * 8)
    program.projects.open(tmp_path / "damaged")
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said[-1].action is not None
    said[-1].action()
    qtbot.waitUntil(lambda: said[-1].sentence.startswith("Made no image. IMG_7.CR2: it is damaged"),
                    timeout=60_000)
    assert said[-1].tone == "bad" and [*(tmp_path / "damaged").glob("IMG*.jpg")] == []


def test_who_leaves_them_is_asked_again_when_there_are_others(
        program: Program, card: Path, tmp_path: Path, qtbot: QtBot) -> None:
    said = heard(program)
    program.projects.open_paths([card / "IMG_1.DNG"])  # one that was dropped opens its folder
    qtbot.waitUntil(lambda: bool(said) and said[-1].sentence == OFFER, timeout=30_000)
    assert said[-1].other_text == "Leave them" and said[-1].other is not None
    said[-1].other()
    said.clear()
    session = program.context.session
    assert session is not None
    program.projects.open(card)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.scanning, timeout=30_000)
    assert not said
    write_dng(card / "IMG_4.DNG")
    session.index.refresh()
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said[-1].sentence.startswith("Not shown: 3 RAW photos (DNG).")


def test_files_of_microscopes_are_offered_and_dropped(
        program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    said = heard(program)
    went: list[tuple[str, object]] = []
    folder = tmp_path / "scope"
    file = write_czi(folder / "a.czi", [planes()])
    program.projects.open(folder)
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said[-1].sentence == ("Not shown: 1 file (Zeiss CZI). Make images of what is "
                                 "in them? The files stay.")
    program.context.place_requested.connect(lambda place, target: went.append((place, target)))
    assert said[-1].action is not None
    said[-1].action()
    program.context.actions["file.stacks"].run()
    program.window.dialogs.dropped([file])
    assert went == [("images", PagesTarget((file,)))] * 3
    place = program.window.place_widget("images")
    assert isinstance(place, ImagesPlace)
    qtbot.waitUntil(lambda: place._pages is not None and place._pages.popup.isVisible(),
                    timeout=30_000)
    place._pages.popup.close()
