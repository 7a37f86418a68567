"""MOT challenge: ``gt/gt.txt`` beside the frames of a video, a row for each box.

``frame, track, left, top, width, height, counts, class, visibility``; frames, tracks and pixels are
counted from 1. A box that does not count (0) is neither a hit nor a miss, so it is difficult. One
that belongs to no track has the number -1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from workbench.core.annotation import DIFFICULT
from workbench.core.attributes import TRACK
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
    Target,
)
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    LIMIT,
    class_list,
    part_of,
    some_files,
    start_of,
    tidy,
    unreadable_labels,
)
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
    listed: dict[str, None] = {}
    for file in files:
        try:
            classes = classes_beside(file)
            if classes is not CLASSES:
                listed.update(dict.fromkeys(classes))
            frames: dict[int, list[Row]] = {}
            for line, row in rows_of(file):
                frames.setdefault(int(row[0]), []).append((line, row))
        except WorkbenchError as error:
            yield unreadable_labels(file, error)
            continue
        yield from _frames(source, file, frames, classes)
    yield ClassNames(tuple(listed))


def classes_beside(file: Path) -> Sequence[str]:
    """The classes of a file of rows, the first one is number 1.

    Raises
    ------
    WorkbenchError
        If ``labels.txt`` beside it cannot be read.
    """
    path = file.parent / "labels.txt"
    if not is_file(path):
        return CLASSES
    lines = decode(read_file(path), path)[0].splitlines()
    return [line.strip() for line in lines if line.strip()]


def rows_of(file: Path) -> Iterator[Row]:
    """Line and numbers of each row.

    Raises
    ------
    FormatError
        If a line is no such row.
    """
    for number, line in enumerate(read_file(file, LIMIT).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = [float(cell) for cell in line.split(b",")]
        except ValueError:
            row = [math.nan]
        if not all(map(math.isfinite, row)):
            raise FormatError("it is not a row of numbers", path=file, line=number)
        if len(row) < 6 or not 1 <= row[0] < 1e9:
            raise FormatError("it has no frame from 1 and box", path=file, line=number)
        yield number, row


def _frames(source: Source, file: Path, frames: dict[int, list[Row]], classes: Sequence[str],
            ) -> Iterator[AnnotatedSample | Problem]:
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


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """A sequence for each part of the split: images in ``seq/img1``, rows in ``seq/gt``."""
    counts: dict[str, int] = {}
    rows: dict[str, list[str]] = {}
    classes = {name: number for number, name in enumerate(target.classes, start=1)}
    for sample in samples:
        place = f"{sample.split}/seq" if sample.split else "seq"
        target.place(sample, f"{place}/img1/{sample.name}")
        frame = counts[place] = counts.get(place, 0) + 1
        lines = rows.setdefault(place, [])
        for item in sample.annotation.objects if sample.annotation is not None else ():
            track = item.attributes.get(TRACK, 0)
            number = int(track) if isinstance(track, (int, float)) or track.isdecimal() else 0
            lines.append(row(frame, number if number > 0 else -1, Box(*item.box),
                             classes[item.label], counts=not item.difficult))
    for place, lines in rows.items():
        target.write(f"{place}/gt/gt.txt", "".join(lines))
        target.write(f"{place}/gt/labels.txt", class_list(target.classes))


def row(frame: int, track: int, box: Box, number: int, *, counts: bool = True,
        seen: float = 1.0) -> str:
    """A line; ``frame`` and the ``number`` of the class are counted from 1, ``seen`` is the part of
    the thing that is not hidden."""
    left, top, right, bottom = box
    return (f"{frame},{track},{tidy(left + 1)},{tidy(top + 1)},{tidy(right - left)},"
            f"{tidy(bottom - top)},{int(counts)},{number},{tidy(seen)}\n")
