"""What the matrix says."""

from __future__ import annotations

import pytest

from workbench.evaluation.box_words import (
    cell_caption,
    cell_sentence,
    cell_title,
    file_word,
    set_line,
    tile_word,
)
from workbench.gui.results.status_words import time_words

CLASSES = ("Platelets", "RBC", "WBC")


@pytest.mark.parametrize(("cell", "number", "sentence", "title"), [
    ((1, 3), 41, "41 RBC were missed", "41 missed RBC"),
    ((1, 3), 1, "1 RBC was missed", "1 missed RBC"),
    ((3, 1), 1058, "RBC was found 1,058 times where nothing is labelled", "1,058 extra RBC"),
    ((3, 1), 1, "RBC was found once where nothing is labelled", "1 extra RBC"),
    ((2, 2), 70, "70 WBC were found", "70 found WBC"),
    ((0, 1), 3, "3 Platelets were taken for RBC", "3 Platelets taken for RBC"),
])
def test_cells_in_words(cell, number, sentence, title):
    assert cell_sentence(cell, number, CLASSES) == sentence
    assert cell_title(cell, number, CLASSES) == title


def test_one_mistake_is_no_plural():
    assert [cell_title("mistakes", number, CLASSES) for number in (0, 1, 1058)] == [
        "0 mistakes", "1 mistake", "1,058 mistakes"]


def test_every_cell_has_words_and_a_file_name():
    for row in range(4):
        for column in range(4):
            cell = (row, column)
            assert cell_sentence(cell, 0, CLASSES)
            assert cell_title(cell, 0, CLASSES)
            if cell != (3, 3):
                assert cell_caption(cell, CLASSES)
                assert tile_word(cell, CLASSES)
    assert file_word((0, 1), ("a b", "c/d")) == "a-b-as-c_d"


def test_status_lines():
    assert set_line(72, 941, 887, 14302) == (
        "72 images · 941 labels · 887 detections shown of 14,302 raw")
    assert set_line(1, 1, 1, 1) == "1 image · 1 label · 1 detection shown of 1 raw"
    assert time_words(9.4) == "updated in 9 ms"
    assert time_words(0.2) == "updated in under 1 ms"
    assert time_words(1530) == "updated in 1.5 s"
