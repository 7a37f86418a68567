"""Damaged files of every format: problems with a place, or one sentence; nothing else is raised."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile

from tests.formats.test_formats_document import BUNDLED
from tests.formats.test_round_trips import FORMATS
from tests.support.label_sets import read_set, written_set
from tests.support.tiny_sounds import RATE, sound
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Box, Region
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    LabeledObject,
    annotation_formats,
)
from workbench.extension.holds import Losses, fit
from workbench.extension.registry import load
from workbench.formats.label_checks import ObjectList
from workbench.project.datasets.sounds import read_clips
from workbench.project.label_export import FolderTarget

LABELS = (".json", ".pnt", ".geojson", ".zip", ".txt", ".xml", ".csv", ".yaml", ".record",
          ".pbtxt", ".TextGrid")
EVERY = [kind.id for kind in annotation_formats if kind.write and kind.id in BUNDLED]
"""All that is written, which is also read: a format that is added is in it."""
HURTFUL = (b"null", b"-1", b"1e999", b"NaN", b'"x"', b"[]", b"{}", b"9" * 400, b"true", b"\xff",
           b"\0", b"[" * 3000, b"<a>" * 500, b"&e;", b"", b"\n", b"0", b",", b"999999999999")
OBJECTS = (
    LabeledObject("cat", Box(1, 2, 30, 40), {"occluded": True}),
    LabeledObject("dog", Polygon((((9, 9), (50, 9), (50, 60)), ((90, 90), (150, 90), (150, 160)),
                                  ((100, 95), (140, 95), (140, 120))))),
    LabeledObject("cat", RotatedBox((100, 100), 40, 20, 0.5), {"colour": "red"}),
    LabeledObject("dog", Mask(5, 6, 3, 2, (1, 2, 1, 2))),
    LabeledObject("cat", Keypoints(((1, 2), (3, 4)), (2, 1), Box(0, 0, 9, 9))))


REGIONS = (LabeledObject("robin", Region(0.0, 0.1, 500.0, 900.0)),
           LabeledObject("wren", Region(0.125, 0.25)))


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Each format's way to write the same."""
    folder = tmp_path_factory.mktemp("sets")
    for format in EVERY:
        holds = annotation_formats.get(format).holds
        if is_of_sounds(format):
            sounds(folder / format, format, fit(Annotation(REGIONS), holds, Losses()))
            continue
        whole = fit(Annotation(OBJECTS), holds, Losses())
        with written_set(format, [("a.png", "train", whole.objects), ("b.png", "val", [])]) as made:
            shutil.copytree(made, folder / format)
    yield {format: folder / format for format in EVERY}


def is_of_sounds(format: str) -> bool:
    return annotation_formats.get(format).medium == "sounds"


def sounds(folder: Path, format: str, whole: Annotation) -> None:
    """Two clips with labels, as a format's writer writes them."""
    folder.mkdir()
    clips = [soundfile_of(folder.parent / f"{format}-{name}.wav", name) for name in "ab"]
    load(annotation_formats.get(format).write)(FolderTarget(folder, ("robin", "wren"), "copy"), [
        AnnotatedSample(path, whole, name=f"{name}.wav", extent=(0.3, RATE / 2))
        for name, path in zip("ab", clips, strict=True)])


def soundfile_of(path: Path, name: str) -> Path:
    soundfile.write(path, sound("low", ord(name)), RATE)
    return path


def problems_in(folder: Path, format: str) -> list[Problem]:
    """What reading a whole set tells; raises WorkbenchError."""
    return read_clips(folder)[1] if is_of_sounds(format) else read_set(folder, format).problems


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The data with one fault, as a disk, an editor or somebody who means harm makes them."""
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.randrange(1, 12))
    return chance.choice((
        data[:at], data[:at] + data[end:], data[:at] + chance.choice(HURTFUL) + data[end:],
        data[:at] + chance.choice(HURTFUL) + data[at:], data[:end] + data[at:],
        data.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-16-be"))) + b"x"))


@pytest.mark.parametrize("format", EVERY)
def test_a_damaged_file_is_told(format: str, sets: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "set"
    shutil.copytree(sets[format], folder)
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in LABELS]
    assert files
    chance = random.Random(format)
    told = 0
    for _ in range(20 if format == "masks" else 40):  # whole pictures take longer
        path = chance.choice(files)
        whole = path.read_bytes()
        path.write_bytes(damaged(whole, chance))
        try:
            problems = problems_in(folder, format)
            told += bool(problems)
            assert all(problem.reason and problem.path for problem in problems)
            if not is_of_sounds(format):
                read_set(path, format)
        except WorkbenchError as error:
            told += 1
            assert str(error).endswith(".")
        if sniff := annotation_formats.get(format).sniff:
            load(sniff)(folder)
        path.write_bytes(whole)
    # which table of a folder has the labels is chosen: what is not used, the import tells
    assert told > 2 or format == "segments"


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_is_recognised_as_itself(format: str, sets: dict[str, Path]) -> None:
    found = [kind.id for kind in annotation_formats
             if kind.read and not kind.native and load(kind.sniff)(sets[format])]
    assert found[0] == ("yolo" if format.startswith("yolo") else format)


@pytest.mark.parametrize("format", FORMATS)
def test_what_macos_puts_beside_each_file_is_passed_over(
        format: str, sets: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "set"
    shutil.copytree(sets[format], folder)
    before = read_set(folder, format)
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        path.with_name(f"._{path.name}").write_bytes(b"\0\x05\x16\x07\0\x02\0\0Mac OS X")
        path.with_name(".DS_Store").write_bytes(b"\0\0\0\x01Bud1")
    assert all(load(annotation_formats.get(format).sniff)(place) for place in (sets[format], folder)
               if annotation_formats.get(format).sniff)
    assert read_set(folder, format) == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("line", [
    ((10.0, 10.0), (30.0, 20.0), (20.0, 15.0)), ((10.83, 16.88), (1.45, 8.87), (6.14, 12.875))])
def test_an_outline_that_is_a_line_is_left_out_whatever_its_sum_is_rounded_to(
        line: tuple[tuple[float, float], ...]) -> None:
    found = ObjectList(Path("a.xml"), (64, 48))
    found.add("cat", Polygon((line,)))
    assert [problem.kind for problem in found.problems] == ["zero-size-box"] and not found.objects


def test_a_pipe_among_labels_is_passed_over(tmp_path: Path) -> None:
    for suffix in LABELS:
        os.mkfifo(tmp_path / f"pipe{suffix}")
    for format in annotation_formats:
        if format.sniff and not format.native:
            assert not load(format.sniff)(tmp_path), format.id  # and does not wait for a writer


JSON_FORMATS = ("coco", "labelme", "via", "createml", "datumaro", "label-studio")


@pytest.mark.parametrize("format", JSON_FORMATS)
def test_a_number_of_any_size_costs_its_object_alone(format: str, sets: dict[str, Path],
                                                     tmp_path: Path) -> None:
    shutil.copytree(sets[format], tmp_path / "set")
    before = sum(len(item.objects) for item in read_set(tmp_path / "set", format)
                 .annotations.values())
    for file in (tmp_path / "set").rglob("*.json"):  # the first side of a box, as each writes it
        text = file.read_text("utf-8")
        file.write_text(re.sub(r"\b(29|15\.5|4\.53125|30)\b", "9" * 400, text, count=1))
    found = read_set(tmp_path / "set", format)
    assert "too large" in " ".join(item.reason for item in found.problems) \
        or found.kinds() == ["no-number"]
    assert sum(len(item.objects) for item in found.annotations.values()) == before - 1


@pytest.mark.parametrize("format", JSON_FORMATS)
def test_labels_of_which_only_the_beginning_is_left_are_told(format: str, sets: dict[str, Path],
                                                             tmp_path: Path) -> None:
    shutil.copytree(sets[format], tmp_path / "set")
    files = sorted((tmp_path / "set").rglob("*.json"))
    for kept, words in ((9, "is cut off"), (0, "is empty")):
        for file in files:
            file.write_bytes(file.read_bytes()[:kept])
        found = read_set(tmp_path / "set", format)
        assert {(item.path, item.kind) for item in found.problems} >= {
            (str(file), "unreadable-labels") for file in files}
        reason = found.problems[0].reason
        assert words in reason or "it is no JSON" in reason


def test_a_yaml_of_brackets_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    for text in ("[" * 3000, "- " * 3000, "{a: " * 3000):
        (tmp_path / "data.yaml").write_text(f"names: {text}")
        with pytest.raises(WorkbenchError, match="nested too deeply"):
            read_set(tmp_path, "yolo")
