"""Watching a model that finds outlines or key points learn: what is drawn on the previews."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from workbench.core.annotation import LabeledObject
from workbench.core.outlines import Keypoints, Mask, Polygon
from workbench.core.shapes import Box
from workbench.core.skeletons import Skeleton
from workbench.gui.app.context import AppContext
from workbench.gui.train.history import PreviewImage, RunHistory
from workbench.gui.train.preview_images import PreviewImages, PreviewPicture
from workbench.gui.train.preview_viewer import ENLARGED_SIDE, PreviewViewer
from workbench.gui.train.project_files import ProjectFiles
from workbench.jobs.events import Preview, Started
from workbench.jobs.protocol import decode_event, encode
from workbench.tasks.detection.window.previews import DetectionLook

SIDE = 200
MANY = 400
CAT, DOG = QColor("#ff0000"), QColor("#00ff00")
FISH = Skeleton(("nose", "tail", "fin"), ((0, 1), (0, 2)))


def history(outlines: Any, keypoints: Any = None) -> RunHistory:
    """Of a cat in a large box, and a dog in one below it."""
    item = {"file": "a.png", "boxes": [[20.0, 20.0, 180.0, 100.0], [20.0, 120.0, 180.0, 180.0]],
            "labels": ["cat", "dog"], "scores": [0.9, 0.8]}
    if outlines is not None:
        item["outlines"] = outlines
    if keypoints is not None:
        item["keypoints"] = keypoints
    event = decode_event(encode(Preview("j", 1, [item])))
    return RunHistory.of("run-1", [Started("j", "run-1", {"recipe": "compact-n"}), event])


class Files(ProjectFiles):
    """Of a folder in which all images have the same labels."""

    def __init__(self, folder: Path, truth: tuple[LabeledObject, ...]) -> None:
        super().__init__()
        self.elsewhere, self._truth = folder, truth

    def color_of(self, name: str) -> QColor:
        return {"cat": CAT, "dog": DOG}[name]

    def skeleton_of(self, name: str) -> Skeleton:
        return FISH

    def truth_of(self, file: str) -> tuple[LabeledObject, ...]:
        return self._truth


@pytest.fixture
def over(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(400, 400)
    return widget


def enlarged(over: QWidget, context: AppContext, qtbot: QtBot, folder: Path, what: RunHistory,
             truth: tuple[LabeledObject, ...] = ()) -> PreviewViewer:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    assert image.save(str(folder / "a.png"))
    images = PreviewImages(over)
    viewer = PreviewViewer(context.theme, images, DetectionLook(Files(folder, truth)), over)
    over.show()
    viewer.open(what, what.previews["a.png"][0])
    qtbot.waitUntil(lambda: images.get(folder / "a.png", ENLARGED_SIDE) is not None,
                    timeout=30_000)
    qtbot.addWidget(viewer, before_close_func=lambda _widget: images.close())
    return viewer


def spots(viewer: PreviewViewer, *places: tuple[float, float]) -> list[QColor]:
    """The colours at places of the image."""
    grabbed, area = viewer.grab().toImage(), viewer._area()
    ratio = grabbed.devicePixelRatio()
    points = [QPoint(round((area.left() + x / SIDE * area.width()) * ratio),
                     round((area.top() + y / SIDE * area.height()) * ratio)) for x, y in places]
    return [grabbed.pixelColor(point) for point in points]


def test_outlines_are_drawn_in_place_of_boxes(
    over: QWidget, context: AppContext, qtbot: QtBot, tmp_path: Path
) -> None:
    wedge = [[20.0, 100.0, 180.0, 100.0, 180.0, 20.0]]
    viewer = enlarged(over, context, qtbot, tmp_path, history([wedge, []]))
    inside, outside, bare = spots(viewer, (160, 80), (40, 60), (100, 150))
    assert 20 < inside.red() < 100 and inside.green() == 0, "faintly filled"
    assert outside.red() == 0 and bare.green() == 0
    line = spots(viewer, *((20, 125.0 + step / 3) for step in range(150)))
    assert any(color.green() > 150 for color in line), "where no outline is known, the box"
    line = spots(viewer, *((20, 40.0 + step / 3) for step in range(120)))
    assert all(color.red() == 0 for color in line)


@pytest.mark.parametrize("outlines", [None, [], [[[1.0, 2.0]]], [[[None] * 6], [[]]]])
def test_what_runs_say_otherwise_shows_boxes(
    outlines: Any, over: QWidget, context: AppContext, qtbot: QtBot, tmp_path: Path
) -> None:
    """Models of boxes, and runs whose file was damaged."""
    viewer = enlarged(over, context, qtbot, tmp_path, history(outlines))
    line = spots(viewer, *((20, 125.0 + step / 3) for step in range(150)))
    assert any(color.green() > 150 for color in line) or outlines == [[[None] * 6], [[]]]


def test_labelled_outlines_are_the_truth(
    over: QWidget, context: AppContext, qtbot: QtBot, tmp_path: Path
) -> None:
    truth = (LabeledObject("cat", Polygon((((30.0, 30.0), (90.0, 30.0), (30.0, 90.0)),))),
             LabeledObject("dog", Mask(100, 30, 60, 40, (0, 1200, 1200))),
             LabeledObject("dog", Box(30, 120, 60, 160)))
    empty = RunHistory.of("run-1", [Started("j", "run-1", {"recipe": "compact-n"}), Preview(
        "j", 1, [{"file": "a.png", "boxes": [], "labels": [], "scores": []}])])
    viewer = enlarged(over, context, qtbot, tmp_path, empty, truth)
    slope, corner = ([color.red() for color in spots(
        viewer, *((at + step / 5, at) for step in range(-15, 15)))] for at in (60, 88))
    assert max(slope) > 60 and max(corner) == 0, "its line, and not its box"
    mask, beside = spots(viewer, (130, 40), (130, 60))
    assert 60 < mask.green() < 200 and beside.green() == 0
    edge = [(27 + step / 5, 140) for step in range(30)]
    assert max(color.green() for color in spots(viewer, *edge)) > 100
    assert "nothing found · solid: label" in viewer.caption()
    qtbot.keyClick(viewer, "t")
    assert viewer.caption().endswith("nothing found")
    assert all(color.red() == 0 and color.green() == 0
               for color in spots(viewer, (130, 40), *edge))


POINTS = [[[40.0, 60.0, 0.9], [160.0, 60.0, 0.5], [100.0, 90.0, 0.1]], []]


def test_key_points_are_drawn_with_their_lines(
    over: QWidget, context: AppContext, qtbot: QtBot, tmp_path: Path
) -> None:
    viewer = enlarged(over, context, qtbot, tmp_path, history(None, POINTS))
    nose, tail, between, weak = spots(viewer, (40, 60), (160, 60), (80, 60), (100, 90))
    assert nose.red() > 200 and tail.red() > 200 and between.red() > 200
    assert weak.red() == 0, "a point that is not sure"
    line = spots(viewer, *((20, 125.0 + step / 3) for step in range(150)))
    assert any(color.green() > 150 for color in line), "and the boxes"


@pytest.mark.parametrize("points", [[], [[]], [[[1.0]], []], [[None], 3]])
def test_damaged_key_points_leave_boxes(
    points: Any, over: QWidget, context: AppContext, qtbot: QtBot, tmp_path: Path
) -> None:
    viewer = enlarged(over, context, qtbot, tmp_path, history(None, points))
    line = spots(viewer, *((20, 125.0 + step / 3) for step in range(150)))
    assert any(color.green() > 150 for color in line)


def test_labelled_key_points_are_the_truth(
    over: QWidget, context: AppContext, qtbot: QtBot, tmp_path: Path
) -> None:
    truth = (LabeledObject("cat", Keypoints(((40, 60), (160, 60), (0, 0)), (2, 2, 0),
                                            Box(20, 20, 180, 100))),)
    empty = RunHistory.of("run-1", [Started("j", "run-1", {"recipe": "compact-n"}), Preview(
        "j", 1, [{"file": "a.png", "boxes": [], "labels": [], "scores": []}])])
    viewer = enlarged(over, context, qtbot, tmp_path, empty, truth)
    across = [(80, 58 + step / 5) for step in range(20)]
    assert spots(viewer, (40, 60))[0].red() > 200
    assert max(color.red() for color in spots(viewer, *across)) > 100, "what joins them"
    qtbot.keyClick(viewer, "t")
    assert spots(viewer, (40, 60))[0].red() == 0


def inked(look: DetectionLook, number: int) -> tuple[int, int]:
    """How many pixels are drawn over a picture with so many boxes, and how many are letters."""
    side = 600 / number ** 0.5
    places = [(side * (at % round(number ** 0.5)), side * (at // round(number ** 0.5)))
              for at in range(number)]
    preview = PreviewImage(1, "a.png", tuple((x + 4, y + 4, x + side - 4, y + side - 4)
                                        for x, y in places), ("cat",) * number,
                           (0.9,) * number)
    image = QImage(600, 600, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    with QPainter(image) as painter:
        look.paint(painter, preview, PreviewPicture(image, image.size()),
                   QRectF(0, 0, 600, 600), large=True)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(600, 600) & 0xFFFFFF
    red = pixels == 0xFF0000
    return int((pixels != 0xFFFFFF).sum()), int((red[:-1] & red[1:]).sum())


def test_of_hundreds_of_boxes_the_lines_are_thin_and_nothing_is_written(tmp_path: Path) -> None:
    look = DetectionLook(Files(tmp_path, ()))
    few, many = inked(look, 4), inked(look, MANY)
    assert few[1] > 4 * 500, "the ground of a name and a score"
    assert many[0] < 0.25 * 600 * 600, "the picture is still seen"
