"""MOT challenge: ``gt/gt.txt`` beside the frames of a video, a row for each box.

``frame, track, left, top, width, height, counts, class, visibility``; frames, tracks and pixels are
counted from 1. A box that does not count (0) is neither a hit nor a miss, so it is difficult.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.core.annotation import DIFFICULT
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
)
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import LIMIT, part_of, some_files, start_of
from workbench.formats.label_text import decode
from workbench.formats.regular_file import read_file

CLASSES = ("pedestrian", "person on vehicle", "car", "bicycle", "motorbike",
           "non motorized vehicle", "static person", "distractor", "occluder",
           "occluder on the ground", "occluder full", "reflection", "crowd")
"""Of the challenge itself, from 1; a ``labels.txt`` beside the rows says others."""
Row = tuple[int, list[float]]


def sniff(path: Path) -> bool:
    return any(file.name == "gt.txt" and _is_row(start_of(file).partition("\n")[0])
               for file in some_files(path, "gt/gt.txt", "*/gt/gt.txt", "*/*/gt/gt.txt", most=5))


def _is_row(line: str) -> bool:
    try:
        return len([float(cell) for cell in line.split(",")]) >= 6
    except ValueError:
        return False


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The frames of all sequences."""
    files = [source.file] if source.file is not None else [
        path for path in source.files(".txt") if path.name == "gt.txt"]
    names: dict[str, None] = {}
    for file in files:
        try:
            classes = _classes(file)
            frames: dict[int, list[Row]] = {}
            for line, row in _rows(file):
                frames.setdefault(int(row[0]), []).append((line, row))
        except WorkbenchError as error:
            yield Problem(str(file), "unreadable-labels", error.sentence(), line=error.line)
            continue
        yield from _frames(source, file, frames, classes, names)
    yield ClassNames(tuple(names))


def _classes(file: Path) -> Sequence[str]:
    path = file.parent / "labels.txt"
    if not is_file(path):
        return CLASSES
    lines = decode(read_file(path), path)[0].splitlines()
    return [line.strip() for line in lines if line.strip()]


def _rows(file: Path) -> Iterator[Row]:
    for number, line in enumerate(read_file(file, LIMIT).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = [float(cell) for cell in line.split(b",")]
        except ValueError:
            raise FormatError("it is not a row of numbers", path=file, line=number) from None
        if len(row) < 6 or not 1 <= row[0] < 1e9:
            raise FormatError("it has no frame from 1 and box", path=file, line=number)
        yield number, row


def _frames(source: Source, file: Path, frames: dict[int, list[Row]], classes: Sequence[str],
            names: dict[str, None]) -> Iterator[AnnotatedSample | Problem]:
    """Every frame of the sequence; one without a row is empty."""
    place = file.parent.parent
    images = [image for image in source.images() if image.is_relative_to(place)]
    missing = [frame for frame in frames if frame > len(images)]
    if missing:
        yield Problem(str(file), "missing-image", f"there are boxes up to frame {max(missing)}, "
                      f"but {len(images)} images.", "warning")
    part = part_of(place, source.folder)
    for number, image in enumerate(images, start=1):
        try:
            found = ObjectList(file, source.size(image))
        except WorkbenchError as error:
            yield Problem(str(image), "unreadable-image", error.sentence())
            continue
        for line, row in frames.get(number, ()):
            _object(row, line, classes, found)
        names.update(dict.fromkeys(item.label for item in found.objects))
        yield from found.problems
        yield AnnotatedSample(image, Annotation(tuple(found.objects)), part)


def _object(row: list[float], line: int, classes: Sequence[str], found: ObjectList) -> None:
    left, top, width, height = row[2:6]
    number = row[7] if len(row) > 7 and row[7] > 0 else 1
    if number % 1 or not 1 <= number <= len(classes):
        found.problem("unknown-class", f"there is no class {number:g}; {len(classes)} are named, "
                      "from 1. The object is left out.", line)
        return
    said: dict[str, str | float | bool] = {"track": row[1]} if row[1] > 0 else {}
    if len(row) > 6 and row[6] == 0:
        said[DIFFICULT] = True
    found.add(classes[int(number) - 1], Box(left - 1, top - 1, left - 1 + width, top - 1 + height),
              said, line=line)
