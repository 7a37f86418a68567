"""Which folders are classes, in the window: said where it is not clear, chosen, taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.conftest import draw_photos
from tests.gui.images.test_sort_place import Bench, sorting_bench
from workbench.gui.app.program import Program
from workbench.gui.label.level_choice import LevelChoice
from workbench.project.manifest import Manifest
from workbench.tasks.image_classification.labels import read_labels

Make = Callable[[Path], Bench]


@pytest.fixture
def make_bench(make_program: Callable[..., Program], qtbot: QtBot) -> Make:
    return lambda folder: sorting_bench(make_program, qtbot, folder)


def trapped(folder: Path, *places: str) -> Path:
    for place in places:
        for name in ("badger", "fox"):
            draw_photos(folder / place / name, ["0.png", "1.png"])
    return folder


def classes(bench: Bench) -> list[str]:
    return sorted(bench.session.classes)


def test_numbered_stations_are_no_classes_and_nobody_is_asked(make_bench: Make,
                                                              tmp_path: Path) -> None:
    bench = make_bench(trapped(tmp_path / "traps", "cam03", "cam07"))
    assert classes(bench) == ["badger", "fox"] and bench.label("cam07/fox/0.png") == "fox"
    assert bench.place.warning.isHidden()


def test_one_click_takes_the_other_folders_and_undo_brings_these_back(make_bench: Make,
                                                                      tmp_path: Path) -> None:
    bench = make_bench(trapped(tmp_path / "traps", "moor", "fen"))
    doubt = bench.place.warning.doubt
    assert doubt.text.text() == (
        "Classes are read from the second folder (badger, fox), as in fen/badger/0.png. The first "
        "folder could be meant, too.")
    doubt.other_button.click()
    bench.wait(lambda: bench.label("moor/fox/0.png") == "moor")
    assert classes(bench) == ["fen", "moor"] and bench.place.warning.isHidden()
    assert bench.saved() == "", "no row is needed"
    assert "class_folder = 1" in (tmp_path / "traps/workbench.toml").read_text("utf-8")
    assert read_labels(tmp_path / "traps").classes == ["fen", "moor"]
    bench.session.undo.undo()
    bench.wait(lambda: bench.label("moor/fox/0.png") == "fox")
    assert classes(bench) == ["badger", "fox"] and not bench.place.warning.isHidden()
    bench.saved()
    assert "class_folder" not in (tmp_path / "traps/workbench.toml").read_text("utf-8")


def test_what_is_kept_is_not_asked_again(make_bench: Make, tmp_path: Path) -> None:
    bench = make_bench(trapped(tmp_path / "traps", "moor", "fen"))
    bench.place.warning.doubt.keep_button.click()
    bench.wait(lambda: bench.place.warning.isHidden())
    bench.saved()
    assert Manifest.load(tmp_path / "traps").settings["image-classification"] == {"class_folder": 2}
    assert bench.label("moor/fox/0.png") == "fox"


def test_the_level_is_chosen_by_keys_and_labels_given_by_hand_stay(make_bench: Make,
                                                                   tmp_path: Path) -> None:
    bench = make_bench(trapped(tmp_path / "traps", "cam03", "cam07"))
    bench.click("cam03/fox/0.png")
    bench.place.give("badger")
    bench.place.folders.choose_level()
    sheet = bench.program.window.overlays.sheet
    assert sheet is not None
    choice = sheet.findChild(LevelChoice)
    assert choice is not None and choice.selected == 2
    said = " ".join(button.accessibleDescription() for button in choice.buttons.values())
    assert "2 classes: badger, fox" in said or "2 classes: badger and fox" in said
    assert "cam03/badger/0.png → cam03" in said
    focus = QApplication.focusWidget()
    assert focus is not None and choice.isAncestorOf(focus)
    QTest.keyClick(focus, Qt.Key.Key_Down)
    assert choice.selected == 0
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Return)
    bench.wait(lambda: not bench.label("cam07/fox/0.png"))
    assert bench.label("cam03/fox/0.png") == "badger" and classes(bench) == ["badger"]
    bench.session.undo.undo()
    bench.wait(lambda: bench.label("cam07/fox/0.png") == "fox")
    assert bench.label("cam03/fox/0.png") == "badger" and classes(bench) == ["badger", "fox"]
