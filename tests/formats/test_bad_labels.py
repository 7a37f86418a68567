"""Damaged files of every format: problems with a place, or one sentence; nothing else is raised."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.formats.test_round_trips import FORMATS
from tests.support.label_sets import read_set, written_set
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import (
    Annotation,
    LabeledObject,
    annotation_formats,
)
from workbench.extension.holds import Losses, fit
from workbench.extension.registry import load

LABELS = (".json", ".txt", ".xml", ".csv", ".yaml", ".record", ".pbtxt")
HURTFUL = (b"null", b"-1", b"1e999", b"NaN", b'"x"', b"[]", b"{}", b"9" * 400, b"true", b"\xff",
           b"\0", b"[" * 3000, b"<a>" * 500, b"&e;", b"", b"\n", b"0", b",", b"999999999999")
OBJECTS = (
    LabeledObject("cat", Box(1, 2, 30, 40), {"occluded": True}),
    LabeledObject("dog", Polygon((((9, 9), (50, 9), (50, 60)), ((90, 90), (150, 90), (150, 160)),
                                  ((100, 95), (140, 95), (140, 120))))),
    LabeledObject("cat", RotatedBox((100, 100), 40, 20, 0.5), {"colour": "red"}),
    LabeledObject("dog", Mask(5, 6, 3, 2, (1, 2, 1, 2))),
    LabeledObject("cat", Keypoints(((1, 2), (3, 4)), (2, 1), Box(0, 0, 9, 9))))


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Each format's way to write the same."""
    folder = tmp_path_factory.mktemp("sets")
    for format in FORMATS:
        whole = fit(Annotation(OBJECTS), annotation_formats.get(format).holds, Losses())
        with written_set(format, [("a.png", "train", whole.objects), ("b.png", "val", [])]) as made:
            shutil.copytree(made, folder / format)
    yield {format: folder / format for format in FORMATS}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The data with one fault, as a disk, an editor or somebody who means harm makes them."""
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.randrange(1, 12))
    return chance.choice((
        data[:at], data[:at] + data[end:], data[:at] + chance.choice(HURTFUL) + data[end:],
        data[:at] + chance.choice(HURTFUL) + data[at:], data[:end] + data[at:]))


@pytest.mark.parametrize("format", FORMATS)
def test_a_damaged_file_is_told(format: str, sets: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "set"
    shutil.copytree(sets[format], folder)
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in LABELS]
    assert files
    chance = random.Random(format)
    told = 0
    for _ in range(60):
        path = chance.choice(files)
        whole = path.read_bytes()
        path.write_bytes(damaged(whole, chance))
        try:
            found = read_set(folder, format)
            told += bool(found.problems)
            assert all(problem.reason and problem.path for problem in found.problems)
            read_set(path, format)
        except WorkbenchError as error:
            told += 1
            assert str(error).endswith(".")
        load(annotation_formats.get(format).sniff)(folder)
        path.write_bytes(whole)
    assert told > 3


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_is_recognised_as_itself(format: str, sets: dict[str, Path]) -> None:
    found = [kind.id for kind in annotation_formats
             if kind.read and not kind.native and load(kind.sniff)(sets[format])]
    assert found[0] == ("yolo" if format.startswith("yolo") else format)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_among_labels_is_passed_over(tmp_path: Path) -> None:
    for suffix in LABELS:
        os.mkfifo(tmp_path / f"pipe{suffix}")
    for format in annotation_formats:
        if format.sniff and not format.native:
            assert not load(format.sniff)(tmp_path), format.id  # and does not wait for a writer
