"""RAW photos in a folder that is opened: JPEG images are made beside them on request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support.raw_photo import jpeg, write_dng
from workbench.gui.app.context import Message
from workbench.gui.app.program import Program

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
