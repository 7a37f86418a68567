"""Stacks in Images: how many pages there are is said, and images are made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from tests.gui.images.conftest import Bench
from tests.support.microscopes import write_czi, write_lif
from tests.support.stacks import planes, write_stack
from workbench.gui.app.context import PagesTarget
from workbench.media.images.file_scale import read_pixel_size
from workbench.media.images.pixels import upright_values

VALUES = planes(2, 6, 3, size=(48, 64))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "cells"
    write_stack(folder / "a.tif", VALUES)
    write_stack(folder / "b.ome.tif", planes(1, 4, size=(48, 64)), "ome")
    write_stack(folder / "c.tif", planes(1, 1, size=(48, 64)), "plain")
    return folder


def asked(bench: Bench) -> None:
    bench.run("pages")
    bench.wait(lambda: bench.place._pages is not None and bench.place._pages.popup.isVisible())


def test_images_of_one_stack(bench: Bench, project: Path) -> None:
    session = bench.open_project(project)
    bench.open("a.tif")
    assert "Page 1 of 36" in bench.place.status()[1]
    assert "first of 36 pages" in bench.place.viewer.notice.text
    asked(bench)
    popup = bench.place._pages.popup
    assert popup.words.text().startswith("12 images of 64 × 48 pixels, 16-bit.")
    popup.slices.setCurrentIndex(popup.slices.findData("max"))
    popup.frames.setValue(2)
    assert popup.words.text().startswith("1 image of")
    popup.make.click()
    bench.wait(lambda: any("Made 1 image." in text for _, text in bench.said))
    bench.wait(lambda: len(session.index) == 4)
    key = next(key for key in session.index.keys() if "-max-" in key)  # noqa: SIM118
    bench.wait(lambda: bench.place.editor.key == key)
    assert np.array_equal(np.moveaxis(upright_values(project / key), -1, 0), VALUES[0].max(axis=0))
    assert read_pixel_size(project / key) == read_pixel_size(project / "a.tif")
    bench.open("a.tif")
    assert bench.place.viewer.notice.isHidden()
    session.undo.undo()
    bench.wait(lambda: len(session.index) == 3)
    assert not (project / key).exists() and (project / "a.tif").exists()
    assert "first of 36 pages" in bench.place.viewer.notice.text, "others may be wanted"
    assert not bench.place.viewer.notice.isHidden()


def test_enter_chooses_from_a_list_and_makes_nothing_yet(bench: Bench, project: Path) -> None:
    """Qt closes a list that drops down before the key goes to the popup below it."""
    bench.open_project(project)
    bench.open("a.tif")
    asked(bench)
    popup = bench.place._pages.popup
    popup.slices.showPopup()
    bench.wait(lambda: popup.slices.view().isVisible())
    popup.slices.hidePopup()
    QTest.keyPress(popup, Qt.Key.Key_Return)
    assert popup.isVisible()
    bench.wait(lambda: not popup.slices.closing)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert not popup.isVisible()
    bench.wait(lambda: any("Made 12 images." in text for _, text in bench.said))


def test_images_of_all_stacks_of_the_list(bench: Bench, project: Path) -> None:
    session = bench.open_project(project)
    bench.open("b.ome.tif")
    asked(bench)
    popup = bench.place._pages.popup
    assert popup.frames.isHidden() and popup.channels.isHidden()
    popup.scope.setCurrentIndex(1)
    bench.wait(lambda: popup.make.isEnabled())
    assert not popup.channels.isHidden()
    popup.channels.setCurrentIndex(popup.channels.findData("each"))
    assert popup.words.text().startswith("40 images of 64 × 48 pixels")
    popup.every.setValue(3)
    popup.make.click()
    bench.wait(lambda: any("Made 14 images." in text for _, text in bench.said))
    bench.wait(lambda: len(session.index) == 17)


def test_a_file_of_one_page_has_nothing_to_make(bench: Bench, project: Path) -> None:
    bench.open_project(project)
    bench.open("c.tif")
    assert "Page" not in bench.place.status()[1] and bench.place.viewer.notice.isHidden()
    assert not bench.context.actions["images.pages"].enabled()


def test_a_file_whose_first_page_cannot_be_shown(bench: Bench, project: Path) -> None:
    """Channels in separate planes, as Zeiss has them."""
    values = planes(1, 2, 2, size=(48, 64))
    tifffile.imwrite(project / "e.lsm", values[0], photometric="minisblack",
                     planarconfig="separate", ome=True, metadata={"axes": "ZCYX"})
    session = bench.open_project(project)
    bench.open("e.lsm")
    assert bench.canvas.scene.picture.failure
    assert "first of 4 pages" in bench.place.viewer.notice.text
    asked(bench)
    popup = bench.place._pages.popup
    popup.channels.setCurrentIndex(popup.channels.findData("each"))
    popup.make.click()
    bench.wait(lambda: len(session.index) == 8)
    found = upright_values(project / "e.lsm-c2-000002.tif")
    assert np.array_equal(found, values[0, 1, 1])


def test_who_cancels_keeps_what_was_made(bench: Bench, project: Path) -> None:
    write_stack(project / "d.tif", planes(1, 1500))

    def made() -> int:
        return sum(".trash" not in path.parts for path in project.rglob("d.tif-*.tif"))

    session = bench.open_project(project)
    bench.open("d.tif")
    asked(bench)
    bench.place._pages.popup.make.click()
    bench.wait(lambda: bench.place.media.looking.text().startswith("Making image "))
    bench.wait(lambda: made() > 0)
    bench.place.media.stop_button.click()
    assert bench.place.media.looking_line.isHidden()
    assert 0 < made() < 1500
    session.undo.undo()
    assert made() == 0


def test_the_notice_can_be_left(bench: Bench, project: Path) -> None:
    bench.open_project(project)
    bench.open("a.tif")
    leave, = (button for button in bench.place.viewer.notice.findChildren(QPushButton)
              if button.text() == "Leave them" and button.isVisible())
    leave.click()
    assert bench.place.viewer.notice.isHidden()
    bench.open("b.ome.tif")
    assert not bench.place.viewer.notice.isHidden()


def test_files_of_microscopes_in_a_folder_without_images(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "scope"
    write_lif(folder / "b.lif", {"Leaf": VALUES, "Root": planes(1, 4, size=(48, 64))})
    write_czi(folder / "a.czi", [planes(1, 1, size=(48, 64))])
    (folder / "c.nd2").write_bytes(b"nothing")
    session = bench.open_project(folder)
    assert session.index.unread.stacks == ["a.czi", "b.lif", "c.nd2"]
    bench.place.entered(PagesTarget(tuple(folder / key for key in session.index.unread.stacks)))
    bench.wait(lambda: bench.place._pages is not None and bench.place._pages.popup.isVisible())
    assert any("c.nd2: it is no ND2 file." in text for _, text in bench.said)
    popup = bench.place._pages.popup
    scopes = [popup.scope.itemText(at) for at in range(popup.scope.count())]
    assert scopes == ["All 2 files", "a.czi", "b.lif · Leaf", "b.lif · Root"]
    assert popup.words.text().startswith("17 images of 64 × 48 pixels, 16-bit.")
    assert "They go beside the files" in popup.words.text()
    popup.scope.setCurrentIndex(2)
    popup.slices.setCurrentIndex(popup.slices.findData("max"))
    assert popup.words.text().startswith("2 images of 64 × 48 pixels, 16-bit.")
    popup.make.click()
    bench.wait(lambda: len(session.index) == 2)
    bench.wait(lambda: bench.place.editor.key == "b.lif-Leaf-max-000001.tif")
    assert np.array_equal(np.moveaxis(upright_values(folder / bench.place.editor.key), -1, 0),
                          VALUES[0].max(axis=0))
    assert session.index.unread.stacks == ["a.czi", "c.nd2"]
    session.undo.undo()
    bench.wait(lambda: not len(session.index) and len(session.index.unread.stacks) == 3)
