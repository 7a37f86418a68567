"""Watching a model of areas learn: what is drawn on the previews."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from workbench.core.annotation import LabeledObject
from workbench.core.class_maps import ClassMap
from workbench.core.outlines import Mask, Polygon
from workbench.gui.app.context import AppContext
from workbench.gui.train.history import RunHistory
from workbench.gui.train.preview_images import PreviewImages
from workbench.gui.train.preview_viewer import ENLARGED_SIDE, PreviewViewer
from workbench.gui.train.project_files import ProjectFiles
from workbench.jobs.events import Preview, Started
from workbench.jobs.protocol import decode_event, encode
from workbench.tasks.segmentation.window.previews import AreaLook, AreaPreviewCard

SIDE = 200
SEA, SAND = QColor("#0000ff"), QColor("#ffff00")


class Files(ProjectFiles):
    def __init__(self, folder: Path, *truth: LabeledObject) -> None:
        super().__init__()
        self.elsewhere, self._truth = folder, truth

    def color_of(self, name: str) -> QColor:
        return {"sea": SEA, "sand": SAND}[name]

    def truth_of(self, file: str) -> tuple[LabeledObject, ...]:
        return self._truth


def history(**more: object) -> RunHistory:
    """Sea in the left half of an image, and sand in its lower right quarter."""
    labels, scores = np.zeros((20, 20), np.uint8), np.zeros((20, 20))
    scores[:, :10] = 0.9
    labels[10:, 10:] = 1
    scores[10:, 10:] = 0.8
    item = {"file": "a.png", "boxes": [], "labels": [], "scores": [], "classes": ["sea", "sand"],
            "map": ClassMap.of_scores(labels, scores).to_json(), **more}
    event = decode_event(encode(Preview("j", 1, [item])))
    return RunHistory.of("run-1", [Started("j", "run-1", {"task": "semantic-segmentation"}), event])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    assert image.save(str(tmp_path / "a.png"))
    return tmp_path


@pytest.fixture
def over(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(400, 400)
    return widget


def enlarged(over: QWidget, context: AppContext, qtbot: QtBot, files: Files, what: RunHistory
             ) -> PreviewViewer:
    images = PreviewImages(over)
    viewer = PreviewViewer(context.theme, images, AreaLook(context.theme, files), over)
    over.show()
    viewer.open(what, what.previews["a.png"][0])
    qtbot.waitUntil(lambda: images.get(files.locate("a.png"), ENLARGED_SIDE) is not None,
                    timeout=30_000)
    qtbot.addWidget(viewer, before_close_func=lambda _widget: images.close())
    return viewer


def spot(viewer: PreviewViewer, x: float, y: float) -> QColor:
    """The colour at a place of the image."""
    grabbed, area = viewer.grab().toImage(), viewer._area()
    ratio = grabbed.devicePixelRatio()
    return grabbed.pixelColor(QPoint(round((area.left() + x / SIDE * area.width()) * ratio),
                                     round((area.top() + y / SIDE * area.height()) * ratio)))


@pytest.mark.parametrize("damage", [
    {"map": {"size": [20, 20], "labels": "?", "levels": ""}}, {"map": 7}, {"map": {}},
    {"classes": ["sea"]}, {"classes": None}])
def test_a_damaged_map_costs_the_areas_only(damage: dict[str, object]) -> None:
    (preview,) = history(**damage).previews["a.png"]
    assert preview.areas is None and history().previews["a.png"][0].areas is not None


def test_areas_lie_in_the_colours_of_their_classes_over_the_picture(
    over: QWidget, context: AppContext, qtbot: QtBot, folder: Path
) -> None:
    viewer = enlarged(over, context, qtbot, Files(folder), history(miou=0.625))
    sea, sand, nothing = spot(viewer, 40, 40), spot(viewer, 150, 150), spot(viewer, 150, 50)
    assert sea.blue() > 60 and sea.red() == 0
    assert sand.red() > 60 and sand.green() > 60 and sand.blue() == 0
    assert nothing == QColor("#000000")
    assert viewer.caption() == "a.png · epoch 1 · filled: found · mIoU 0.62"


def test_labels_are_lines_above_what_is_found(
    over: QWidget, context: AppContext, qtbot: QtBot, folder: Path
) -> None:
    whole = Mask(100, 0, 100, 100, (0, 100 * 100))  # where nothing is found
    ring = LabeledObject("sea", Polygon((((20, 20), (80, 20), (80, 80), (20, 80)),)))
    files = Files(folder, ring, LabeledObject("sand", whole))
    viewer = enlarged(over, context, qtbot, files, history())
    assert spot(viewer, 50, 20).lightness() > 100, "the upper edge of a polygon"
    assert spot(viewer, 150, 50) == QColor("#000000"), "a mask is not filled"
    assert spot(viewer, 101, 50).lightness() > 100, "but has its edge"
    assert viewer.caption().endswith("white lines: label")


def test_the_card_says_how_well_it_is_on_each_image(
    context: AppContext, qtbot: QtBot, folder: Path
) -> None:
    card = AreaPreviewCard(context.theme, Files(folder))
    qtbot.addWidget(card, before_close_func=lambda _widget: card.close_down())
    look, what = AreaLook(context.theme, Files(folder)), history(miou=0.5)
    card.show_history(what)
    card.resize(600, 200)
    preview, _ = card.strip.tiles()[0]
    assert look.caption(preview, "epoch 1") == "epoch 1 · 0.50"
    assert look.caption(history().previews["a.png"][0], "epoch 1") == "epoch 1"


def test_a_run_that_finds_nothing_yet_says_so(
    over: QWidget, context: AppContext, qtbot: QtBot, folder: Path
) -> None:
    none = ClassMap(np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8)).to_json()
    viewer = enlarged(over, context, qtbot, Files(folder), history(map=none))
    assert "nothing found" in viewer.caption()
