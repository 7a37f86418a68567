"""Data: images that look the same, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.gui.data.data_steps import all_shown, buttons, place_of
from tests.project.helpers import labelled
from tests.project.test_duplicates import photo
from workbench.gui.app.context import DataTarget
from workbench.gui.app.program import Program
from workbench.gui.data.duplicates_page import DuplicatesPage
from workbench.project.datasets.splits import Split, load_split, save_split


@pytest.fixture
def twins(tmp_path: Path) -> Path:
    """Two pictures, and a copy of each under another name in another part of the split."""
    folder = tmp_path / "twins"
    for number in range(2):
        labelled(folder, f"{number}.png", ["cat"])
        photo(number, (64, 48)).save(folder / f"{number}.png")
        labelled(folder, f"x{number}.png", ["cat"])
        photo(number, (64, 48)).resize((48, 36)).save(folder / f"x{number}.png")
    save_split(folder, Split(train=["0.png", "1.png", "x1.png"], val=["x0.png"]))
    return folder


def compared(program: Program, folder: Path, qtbot: QtBot) -> DuplicatesPage:
    program.projects.open(folder)
    session = program.context.session
    assert session is not None
    qtbot.waitUntil(lambda: not session.index.scanning)
    page = place_of(program, DataTarget("duplicates")).duplicates
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.look_button.isVisible() and all_shown(page.cards.values()))
    return page


def names(page: DuplicatesPage) -> list[tuple[str, str]]:
    return [(pair.first, pair.second) for pair in page.pairs()]


def test_pairs_are_shown_those_across_the_split_first(program: Program, twins: Path,
                                                      qtbot: QtBot) -> None:
    page = compared(program, twins, qtbot)
    assert page.title.text() == "2 pairs of nearly the same images"
    assert names(page) == [("0.png", "x0.png"), ("1.png", "x1.png")]
    first, second = page.cards.values()
    assert not first.warning.isHidden() and second.warning.isHidden()
    assert first.captions[0].text().startswith("64 × 48 · ")
    qtbot.waitUntil(lambda: not first.pictures[1].pixmap().isNull())


def test_one_of_a_pair_goes_to_the_trash_and_comes_back(program: Program, twins: Path,
                                                        qtbot: QtBot) -> None:
    page = compared(program, twins, qtbot)
    card = next(iter(page.cards.values()))
    qtbot.mouseClick(buttons(card, "Remove this one")[1], Qt.MouseButton.LeftButton)
    assert names(page) == [("1.png", "x1.png")]
    assert not (twins / "x0.png").exists() and not (twins / "x0.xml").exists()
    program.context.actions["data.undo"].run()
    assert (twins / "x0.xml").exists() and len(names(page)) == 2


def test_a_finding_about_two_parts_leads_to_the_pair(program: Program, twins: Path,
                                                     qtbot: QtBot) -> None:
    page = compared(program, twins, qtbot)
    place = place_of(program, DataTarget("problems", check=True))
    cards, kind = place.problems.cards, "duplicate-across-split"
    qtbot.waitUntil(lambda: kind in cards and cards[kind].isVisible())
    qtbot.mouseClick(buttons(cards[kind], "x0.png")[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.look_button.isVisible() and all_shown(page.cards.values()))
    assert names(page)[0] == ("0.png", "x0.png")


def test_both_can_be_put_into_one_part(program: Program, twins: Path, qtbot: QtBot) -> None:
    page = compared(program, twins, qtbot)
    card = next(iter(page.cards.values()))
    qtbot.mouseClick(card.join_button, Qt.MouseButton.LeftButton)
    assert load_split(twins).val == [] and "x0.png" in load_split(twins).train
    assert card.warning.isHidden()
    program.context.actions["data.undo"].run()
    assert load_split(twins).val == ["x0.png"] and not card.warning.isHidden()


def test_a_pair_that_is_kept_is_not_shown_again(program: Program, twins: Path,
                                                qtbot: QtBot) -> None:
    page = compared(program, twins, qtbot)
    card = next(iter(page.cards.values()))
    qtbot.mouseClick(card.keep_button, Qt.MouseButton.LeftButton)
    assert names(page) == [("1.png", "x1.png")]
    qtbot.mouseClick(page.look_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.look_button.isVisible())
    assert names(page) == [("1.png", "x1.png")]
    program.projects.close()
    assert names(page) == [] and not page.cards


def test_where_nothing_is_alike_that_is_said(program: Program, tmp_path: Path,
                                             qtbot: QtBot) -> None:
    folder = draw_photos(tmp_path / "plain", ["a.png", "b.png"])
    program.projects.open(folder)
    page = place_of(program, DataTarget("duplicates")).duplicates
    assert page.empty.accessibleName() == "Find duplicate images"
    program.context.actions["data.duplicates"].run()
    qtbot.waitUntil(lambda: page.empty.accessibleName() == "No two images look the same")


def test_of_three_copies_two_are_left_when_the_first_goes(program: Program, tmp_path: Path,
                                                          qtbot: QtBot) -> None:
    folder = tmp_path / "three"
    folder.mkdir()
    for name in "abc":
        photo(1, (64, 48)).save(folder / f"{name}.png")
    page = compared(program, folder, qtbot)
    assert names(page) == [("a.png", "b.png"), ("a.png", "c.png")]
    page.remove("a.png")
    assert names(page) == [("b.png", "c.png")]
