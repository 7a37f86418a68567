"""Data: problems of all files, mended by a button, and statistics that one clicks into."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.project.helpers import labelled
from tests.project.test_duplicates import photo
from tests.project.test_image_labels import images
from tests.support.tiny_sounds import make_sounds
from tests.support.tiny_video import write_video
from workbench.extension.window import places
from workbench.gui.app.context import DataTarget, ImageTarget
from workbench.gui.app.program import Program
from workbench.gui.charts.counts import CountView
from workbench.gui.data.duplicates_page import DuplicatesPage
from workbench.gui.data.figure_card import FigureCard
from workbench.gui.data.finding_card import FIRST
from workbench.gui.data.findings import look_at
from workbench.gui.data.place import DataPlace
from workbench.gui.label.place import LabellingPlace
from workbench.gui.shell.places import BUNDLED
from workbench.project.datasets.splits import Split, load_split, save_split
from workbench.project.doctor import doctor
from workbench.project.imports.images import import_dataset
from workbench.tasks.image_classification.window.place import SortPlace

from .conftest import draw_photos


@pytest.fixture
def program(make_program: Callable[..., Program], qtbot: QtBot) -> Program:
    made = make_program([*BUNDLED, places.get("sort")])
    with qtbot.waitExposed(made.window):
        made.window.show()
    return made


def place_of(program: Program, target: object = None) -> DataPlace:
    program.context.go("data", target)
    place = program.window.place_widget("data")
    assert isinstance(place, DataPlace)
    return place


def wide(folder: Path, *names: str) -> Path:
    """Images with a box that reaches out of them."""
    for name in names:
        path = labelled(folder, f"{name}.png", ["cat"])
        path.write_text(path.read_text("utf-8").replace("<xmax>30<", "<xmax>300<"), "utf-8")
    return folder


def buttons(widget: QWidget, text: str) -> list[QPushButton]:
    return [item for item in widget.findChildren(QPushButton)
            if item.text() == text and item.isVisible()]


def all_shown(cards: Iterable[QWidget]) -> bool:
    """Whether there are some and Qt has laid them out, so that they can be clicked."""
    found = list(cards)
    return bool(found) and all(card.isVisible() for card in found)


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


# --- statistics -----------------------------------------------------------------------------------


def card(place: DataPlace, id: str) -> FigureCard:
    return next(item for item in place.statistics.cards
                if item.figure is not None and item.figure.id == id and not item.isHidden())


def shown_statistics(program: Program, folder: Path, qtbot: QtBot) -> DataPlace:
    program.projects.open(folder)
    program.context.go("data", DataTarget("statistics"))
    place = place_of(program)
    qtbot.waitUntil(lambda: any(not item.isHidden() for item in place.statistics.cards))
    return place


def click(view: CountView, number: int, qtbot: QtBot) -> None:
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton,
                     pos=view.rect_of(number).center().toPoint())


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    folder = tmp_path / "pets"
    labelled(folder, "a.png", ["cat", "cat"])
    labelled(folder, "b.png", ["cat", "dog"])
    labelled(folder, "c.png", ["dog"])
    return folder


def test_a_bar_lists_its_images_and_a_cross_all_again(program: Program, pets: Path,
                                                      qtbot: QtBot) -> None:
    place = shown_statistics(program, pets, qtbot)
    assert place.statistics.title.text() == "3 images, 5 labels"
    bars = card(place, "classes").bars
    assert bars.counts == [3, 2]
    click(bars, 1, qtbot)
    images = program.window.place_widget("images")
    assert isinstance(images, LabellingPlace) and program.window.place == "images"
    panel = images.sample_panel
    assert [panel.view.samples.key(row) for row in range(panel.view.samples.rowCount())] \
        == ["b.png", "c.png"]
    assert panel.only.isVisible() and panel.only.words.full_text() == "2 images: dog"
    qtbot.mouseClick(panel.only.close_button, Qt.MouseButton.LeftButton)
    assert panel.view.samples.rowCount() == 3 and not panel.only.isVisible()


def test_a_cell_is_chosen_by_keyboard(program: Program, pets: Path, qtbot: QtBot) -> None:
    place = shown_statistics(program, pets, qtbot)
    cells = card(place, "together").cells
    assert cells.counts == [2, 1, 1, 2]
    cells.setFocus()
    qtbot.keyClick(cells, Qt.Key.Key_Right)
    qtbot.keyClick(cells, Qt.Key.Key_Right)
    assert cells.accessibleDescription() == "cat, dog: 1 image"
    qtbot.keyClick(cells, Qt.Key.Key_Return)
    images = program.window.place_widget("images")
    assert isinstance(images, LabellingPlace)
    samples = images.sample_panel.view.samples
    assert samples.rowCount() == 1 and samples.key(0) == "b.png"


def test_one_class_can_be_looked_at_and_edits_are_taken_in(program: Program, pets: Path,
                                                           qtbot: QtBot) -> None:
    place = shown_statistics(program, pets, qtbot)
    page = place.statistics
    assert page.parts.isHidden(), "there is no split"
    page.classes.setCurrentIndex(page.classes.findData("dog"))
    page.classes.activated.emit(page.classes.currentIndex())
    qtbot.waitUntil(lambda: card(place, "classes").bars.counts == [2])
    session = program.context.session
    assert session is not None
    session.edit("c.png", [], "remove all")
    qtbot.waitUntil(lambda: card(place, "classes").bars.counts == [1])


def test_nothing_labelled_says_so(program: Program, photos: Path, qtbot: QtBot) -> None:
    program.projects.open(photos)
    program.context.go("data", DataTarget("statistics"))
    page = place_of(program).statistics
    qtbot.waitUntil(lambda: page.empty.accessibleName() == "Nothing is labelled yet")


def test_clips_are_listed_behind_a_bar(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    place = shown_statistics(program, make_sounds(tmp_path / "s", each=1), qtbot)
    bars = card(place, "classes").bars
    assert sorted(bars.counts) == [3, 3, 3]
    click(bars, 0, qtbot)
    audio = program.window.place_widget("audio")
    assert isinstance(audio, LabellingPlace) and program.window.place == "audio"
    qtbot.waitUntil(lambda: audio.sample_panel.view.samples.rowCount() == 3)


def test_videos_are_looked_at_and_lead_to_their_place(program: Program, tmp_path: Path,
                                                      qtbot: QtBot) -> None:
    write_video(tmp_path / "clip.mp4", 10)
    (tmp_path / "clip.mp4.tracks.xml").write_text(
        '<annotations><track id="1" label="cat"><box frame="0" xtl="-9" ytl="2" xbr="9" ybr="9"/>'
        '</track></annotations>')
    program.projects.open(tmp_path)
    page = place_of(program, DataTarget("statistics")).statistics
    qtbot.waitUntil(lambda: page.title.text() == "1 video (10 frames, 0:00.40), 1 track",
                    timeout=30_000)
    assert page.media.isVisible() and page.media.selected == "videos"
    figure = page.cards[0].figure
    assert figure is not None
    page.look_at(figure, 0)
    assert program.window.place == "videos"
    session = program.context.session
    assert session is not None
    problem, = doctor(tmp_path)
    assert problem.kind == "tracks-outside"
    program.context.go("data")
    look_at(program.context, session, problem)
    assert program.window.place == "videos"


def test_sorted_images_are_listed_behind_a_bar(program: Program, tmp_path: Path,
                                               qtbot: QtBot) -> None:
    folder = images(tmp_path / "pets", "cat/1.png", "cat/2.png", "dog/1.png")
    place = shown_statistics(program, folder, qtbot)
    click(card(place, "classes").bars, 1, qtbot)
    assert program.window.place == "sort"
    sort = program.window.place_widget("sort")
    assert isinstance(sort, SortPlace)
    qtbot.waitUntil(lambda: sort.grid.images.rowCount() == 1)
    assert sort.bar.only.words.full_text() == "1 image: dog"
    sort.bar.only.clear()
    assert sort.grid.images.rowCount() == 3


# --- images that look the same --------------------------------------------------------------------


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
