"""Truth is solid, a detection dashed, and what is meant stands out."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from workbench.gui.label.images.ghost import score_text
from workbench.tasks.detection.window.drawing import DrawnBox, ImagePlacement, paint_boxes_on

SIDE = 200
BLUE, RED = "#3b82f6", "#e5484d"


@pytest.fixture
def drawn(qapp):
    def draw(marks, part=(0.0, 0.0, 100.0, 100.0), **options):
        image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        target = QRectF(0, 0, SIDE, SIDE)
        painter = QPainter(image)
        placement = ImagePlacement.fitting(part, target)
        paint_boxes_on(painter, marks, placement, target, QFont(), **options)
        painter.end()
        return image

    return draw


def inked(image, y, start, stop):
    """Share of the pixels of a line that are not white, over three lines."""
    hit = [any(image.pixelColor(x, y + dy) != QColor("white") for dy in (-1, 0, 1))
           for x in range(start, stop)]
    return sum(hit) / len(hit)


def test_a_label_is_solid_and_a_detection_dashed(drawn):
    box = (20.0, 20.0, 80.0, 80.0)
    solid = drawn([DrawnBox(box, "RBC", BLUE)])
    dashed = drawn([DrawnBox(box, "RBC", BLUE, score=0.8)])
    assert inked(solid, 40, 50, 150) == 1
    assert 0.4 < inked(dashed, 40, 50, 150) < 0.8


def test_boxes_lie_where_the_part_says(drawn):
    image = drawn([DrawnBox((60, 60, 80, 80), "RBC", BLUE)], part=(50, 50, 100, 100))
    assert inked(image, 40, 50, 110) == 1  # (60 - 50) pixels, each four wide
    assert inked(image, 120, 50, 110) == 1
    assert inked(image, 80, 60, 100) == 0


def test_words_are_for_what_is_meant(drawn):
    plain = DrawnBox((20, 40, 80, 80), "RBC", BLUE, score=0.8)
    highlighted = DrawnBox((20, 40, 80, 80), "RBC", BLUE, score=0.8, highlighted=True)
    above = (70, 45, 75)  # a line above the upper side
    assert inked(drawn([plain]), *above) == 0
    assert inked(drawn([plain], everything=True), *above) == 1
    assert inked(drawn([highlighted]), *above) == 1


def test_what_is_meant_is_drawn_over_the_rest(drawn):
    highlighted = DrawnBox((20, 20, 80, 80), "WBC", RED, highlighted=True)
    other = DrawnBox((20, 20, 80, 80), "RBC", BLUE)
    for marks in ([highlighted, other], [other, highlighted]):
        assert drawn(marks).pixelColor(160, 100) == QColor(RED)


def test_boxes_far_outside_cost_nothing_and_show_nothing(drawn):
    image = drawn([DrawnBox((1e6, 1e6, 2e6, 2e6), "RBC", BLUE, score=0.5, highlighted=True),
                   DrawnBox((-1e7, 40, 1e7, 60), "RBC", BLUE, score=0.5)])
    assert inked(image, 20, 0, SIDE) == 0
    assert 0.4 < inked(image, 80, 0, SIDE) < 0.8


def test_scores_as_they_stand_on_boxes():
    assert [score_text(value) for value in (0.774, 0.05, 0.994, 0.999, 1.0)] == [
        ".77", ".05", ".99", "1.0", "1.0"]


def test_the_name_of_a_dot_stands_at_the_dot(drawn):
    def dot(score=None):
        return drawn([DrawnBox((0, 0, 100, 100), "RBC", BLUE, score=score, highlighted=True,
                               dot=(50.0, 50.0))])

    assert inked(dot(), 118, 98, 118) == 1, "below, as of any label"
    assert inked(dot(0.8), 82, 98, 118) == 1
    assert inked(dot(), 198, 0, 60) == 0, "not at the square that stands for it"
