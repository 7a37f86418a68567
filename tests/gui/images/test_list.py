"""The list of images in the hand: filter, scroll place, chips, and files that come and go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from workbench.gui.app.folder_watch import FolderWatch

if TYPE_CHECKING:
    from conftest import Bench

Key = Qt.Key
WriteImage = Callable[[Path, int, int], Path]


@pytest.fixture
def sixty(bench: Bench, tmp_path: Path, write_image: WriteImage) -> Bench:
    """Sixty small images without labels; every tenth is called "find"."""
    folder = tmp_path / "sixty"
    for number in range(60):
        name = "find" if number % 10 == 5 else "other"
        write_image(folder / f"{number:02d}-{name}.png", 40, 30)
    bench.open_project(folder)
    return bench


def scroll(bench: Bench) -> int:
    return bench.place.media.view.verticalScrollBar().value()


def test_the_filter_tells_how_many_and_enter_opens_the_first(sixty: Bench) -> None:
    media = sixty.place.media
    assert media.found.text() == "60 images"
    place = media.view.mapTo(media, media.view.rect().topLeft())
    media.field.setFocus()
    QTest.keyClicks(media.field, "find")
    QTest.keyClick(media.field, Key.Key_Return)
    assert media.found.text() == "6 of 60"
    assert sixty.place.editor.key == "05-find.png"
    assert sixty.canvas.hasFocus()
    assert media.view.mapTo(media, media.view.rect().topLeft()) == place, "nothing moved"


def test_a_filter_begins_at_its_top_and_the_list_comes_back_as_it_was(sixty: Bench) -> None:
    media = sixty.place.media
    media.set_filter("other")
    assert scroll(sixty) == 0
    sixty.open("59-other.png")
    assert scroll(sixty) > 0
    media.set_filter("find")
    assert scroll(sixty) == 0
    media.clear_filter()
    view = media.view
    row = view.visualRect(view.samples.index(59))
    assert row.top() >= 0 and row.bottom() <= view.viewport().height(), "the shown one is in view"


@pytest.mark.parametrize("edge", ["top", "bottom"])
def test_a_click_on_a_row_that_is_cut_off_chooses_that_row(sixty: Bench, edge: str) -> None:
    view = sixty.place.media.view
    sixty.open("30-other.png")
    height, row = view.viewport().height(), view.visualRect(view.samples.index(0)).height()
    bar = view.verticalScrollBar()
    bar.setValue(20 * row + row // 2 - (height % row if edge == "bottom" else 0))
    at = QPoint(20, 5 if edge == "top" else height - 5)
    key = view.samples.key(view.indexAt(at).row())
    shown = view.visualRect(view.indexAt(at))
    assert shown.top() < 0 or shown.bottom() > height, "it is cut off"
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert sixty.place.editor.key == key and view.selected == [key]
    now = view.visualRect(view.currentIndex())
    assert now.contains(at) and now.top() >= 0 and now.bottom() <= height


def test_looking_elsewhere_in_the_list_is_kept_when_images_come(
        sixty: Bench, write_image: WriteImage) -> None:
    bar = sixty.place.media.view.verticalScrollBar()
    bar.setValue(1234)
    write_image(sixty.session.folder / "zz.png", 40, 30)
    sixty.session.index.refresh()
    sixty.wait(lambda: len(sixty.session.index) == 61)
    assert bar.value() == 1234


def test_a_name_stands_behind_its_folder_where_there_are_several(
        sixty: Bench, tmp_path: Path, write_image: WriteImage) -> None:
    names = sixty.place.media.view.samples
    assert names.shown_name(names.key(0)) == "00-other.png"
    for camera in ("cam1", "cam2"):
        write_image(tmp_path / "cameras" / "site" / camera / "IMG_0001.png", 40, 30)
    sixty.open_project(tmp_path / "cameras")
    sixty.place.media.set_filter("cam2")
    assert names.shown_name(names.key(0)) == "cam2/IMG_0001.png", "also where one is listed"
    for camera in ("cam1", "cam2"):
        write_image(tmp_path / "sorted" / "june" / camera / "fox" / "IMG_0001.png", 40, 30)
    sixty.open_project(tmp_path / "sorted")
    assert names.shown_name(names.key(1)) == "cam2/fox/IMG_0001.png"


def test_images_that_are_cut_off_or_unreadable_have_a_sign_that_says_why(
        bench: Bench, tmp_path: Path, write_image: WriteImage) -> None:
    folder = tmp_path / "some"
    for name in ("a.png", "b.jpg", "c.jpg", "d.png"):
        data = write_image(folder / name, 320, 200).read_bytes()
        if name == "b.jpg":
            (folder / name).write_bytes(data[:len(data) // 2])
        elif name == "c.jpg":
            (folder / name).write_bytes(b"words")
    bench.open_project(folder)
    view = bench.place.media.view
    samples = view.samples

    def tip(row: int) -> str:
        return str(samples.data(samples.index(row), Qt.ItemDataRole.ToolTipRole))

    def sign(row: int) -> QImage:
        area = view.visualRect(samples.index(row)).adjusted(0, 8, -8, -8)
        area.setLeft(area.right() - 24)
        return view.viewport().grab(area).toImage()

    bench.wait(lambda: "\n" in tip(1) and "\n" in tip(2))
    assert tip(0) == "a.png" and tip(3) == "d.png"
    assert tip(1).startswith("b.jpg\nb.jpg is cut off")
    assert tip(2) == "c.jpg\nIt is not an image of a known kind."
    bench.open("a.png")
    assert sign(1) == sign(2) != sign(3)


def test_a_file_in_the_place_of_one_that_is_gone_is_looked_at_anew(
        bench: Bench, squares: Path) -> None:
    broken, good = squares / "b.png", squares / "c.png"
    broken.write_bytes(b"words")
    session = bench.open_project(squares)
    loader = bench.place.media.loader
    assert loader is not None
    bench.wait(lambda: loader.failed(broken) and loader.get(good, 104) is not None)
    for path in (broken, good):
        path.unlink()
    session.index.refresh()
    bench.wait(lambda: len(session.index) == 1)
    for path in (broken, good):
        Image.new("RGB", (400, 300), "magenta").save(path)
    session.index.refresh()
    bench.wait(lambda: len(session.index) == 3)
    bench.wait(lambda: all((made := loader.get(path, 104)) is not None
                           and made.toImage().pixelColor(9, 9).green() < 40
                           for path in (broken, good)))
    assert not loader.failed(broken)


def test_all_chips_are_in_view(sixty: Bench) -> None:
    chips = sixty.place.media.chips
    for id in ("all", "unlabelled", "labelled", "verified"):
        assert chips.rect().contains(chips[id].geometry()), id
    assert chips["unlabelled"].text() == "Unlabelled 60"


def test_new_files_and_gone_ones_are_noticed(
        bench: Bench, squares: Path, write_image: WriteImage) -> None:
    watch = FolderWatch()
    session = bench.open_project(squares)
    watch.follow(session)
    session.index.refresh()
    bench.wait(lambda: str(squares) in watch.folders)
    write_image(squares / "d.png", 400, 300)
    bench.wait(lambda: "d.png" in session.index)
    (squares / "b.png").unlink()
    bench.wait(lambda: "b.png" not in session.index)
    assert bench.place.media.view.samples.rowCount() == 3
    assert bench.place.editor.key == "a.png"
    watch.follow(None)
    assert watch.folders == []


def test_reload_says_what_came(bench: Bench, squares: Path, write_image: WriteImage) -> None:
    bench.open_project(squares)
    write_image(squares / "d.png", 400, 300)
    (squares / "b.png").unlink()
    (squares / "c.png").unlink()
    text = (squares / "a.xml").read_text("utf-8").replace("<xmax>300<", "<xmax>333<")
    (squares / "a.xml").write_text(text, "utf-8")
    bench.run("reload")
    bench.wait(lambda: bool(bench.said))
    assert bench.said == [("info", "Reloaded: 1 image added and 2 images gone.")]
    assert bench.place.editor.objects[0].box[2] == 333, "and labels are read again"


def test_looking_again_keeps_the_row_that_was_just_labelled(bench: Bench, squares: Path) -> None:
    session = bench.open_project(squares)
    media = bench.place.media
    media.chips.select("unlabelled")
    bench.open("b.png")
    bench.drag((10, 10), (60, 60))
    bench.saved()
    done: list[bool] = []
    session.index.summarized.connect(lambda: done.append(True))
    session.index.refresh()
    bench.wait(lambda: bool(done))
    assert media.view.samples.row("b.png") is not None
