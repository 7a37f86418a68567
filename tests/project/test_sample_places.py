"""A map of samples is held against the labels of now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.project.helpers import add_image, add_labels, box, labelled
from workbench.core.annotation import Annotation
from workbench.formats.sample_maps import OBJECTS, SAMPLES, SampleMap
from workbench.formats.voc import new_voc
from workbench.project.sample_places import placed_samples
from workbench.project.statistics.table import read_objects

NONE = (np.nan,) * 4


def made(what: str, rows: Sequence[tuple[str, Sequence[float]]],
         neighbours: Sequence[Sequence[int]]) -> SampleMap:
    return SampleMap(what, tuple(key for key, _ in rows), ("",) * len(rows),
                     np.zeros((len(rows), 2), np.float32),
                     np.array([place for _, place in rows], np.float32),
                     np.array(neighbours, np.int32), np.ones((len(rows), 2), np.float32))


def test_an_image_has_its_most_frequent_class_which_is_not_in_doubt(tmp_path: Path) -> None:
    labelled(tmp_path, "a.png", ["cat", "dog", "dog"])
    labelled(tmp_path, "b.png", ["cat"])
    add_image(tmp_path, "new.png")
    rows = [(key, NONE) for key in ("a.png", "b.png", "gone.png")]
    placed = placed_samples(made(SAMPLES, rows, [(1, 2), (0, 2), (0, 1)]), read_objects(tmp_path))
    assert placed.labels == ("dog", "cat", "")
    assert placed.there.tolist() == [True, True, False] and placed.missing == 1
    assert placed.labelled.tolist() == [True, True, False]
    assert placed.doubts == () and not placed.own_classes
    assert placed.nearest(0) == [0, 1]


def test_objects_are_found_again_by_their_boxes_also_where_they_were_moved(tmp_path: Path) -> None:
    place = (1.0, 2.0, 30.0, 40.0)
    for key, name in (("a.png", "cat"), ("b.png", "dog"), ("c.png", "dog"), ("d.png", "dog")):
        labelled(tmp_path, key, [name])
    found = made(OBJECTS, [(key, place) for key in ("a.png", "b.png", "c.png", "d.png")],
                 [(1, 2), (2, 3), (1, 3), (1, 2)])
    assert placed_samples(found, read_objects(tmp_path)).doubts == ((0, "dog"),)
    moved = (box("cat", 3, 4, 32, 42), box("cat", 50, 2, 60, 9), box("cat", 50, 2, 50, 9))
    (tmp_path / "a.xml").write_bytes(new_voc(
        Annotation(moved, size=(64, 48)), image_path=tmp_path / "a.png", depth=1))
    add_labels(tmp_path, "b.png", [])
    placed = placed_samples(found, read_objects(tmp_path))
    assert placed.there.tolist() == [True, False, True, True]
    assert placed.boxes[0].tolist() == [3.0, 4.0, 32.0, 42.0]
    assert placed.missing == 1  # the second cat
    assert placed.row_of("a.png", (3.5, 4, 32, 42)) == 0
    assert placed.row_of("a.png", (50, 2, 60, 9)) is None
    assert placed.row_of("b.png", place) is None and placed.row_of("c.png") == 2
