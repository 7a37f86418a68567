"""Tables of points: ``image,x,y,class`` in any order, a row for each dot.

A first line says which column is what; without one for classes all are “object”. Points are pixels
of the image as it is displayed. A row without numbers is an image with nothing in it.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from workbench.core.dots import dot_at
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Point
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
    Target,
)
from workbench.formats.csv_boxes import CLASSES, FILES
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    CLASS_LIST,
    LIMIT,
    UNCLASSIFIED,
    class_list,
    find_in_part,
    listed_classes,
    missing_image,
    part_of,
    some_files,
    start_of,
    tidy,
    unreadable_labels,
)
from workbench.formats.label_table import TableHead, decoded, table_rows
from workbench.formats.regular_file import read_file

_SUFFIXES = (".csv", ".txt", ".tsv")
_COLUMNS = {"file": (*FILES, "image name", "file name", "photo", "picture"),
            "x": ("x", "x_px", "point_x", "x_coord", "xcoord", "x_center", "x (px)"),
            "y": ("y", "y_px", "point_y", "y_coord", "ycoord", "y_center", "y (px)")}
_CLASSES = (*CLASSES, "species", "type")
_OF_BOXES = frozenset({"xmin", "x_min", "x1", "width", "w", "left", "radius"})
_HEADING = ("image", "x", "y", "class")
Row = tuple[int, str, str, Point | None]


def sniff(path: Path) -> bool:
    patterns = [pattern for suffix in _SUFFIXES for pattern in (f"*{suffix}", f"*/*{suffix}")]
    return any(file.suffix.lower() in _SUFFIXES and _columns(start_of(file)) is not None
               for file in some_files(path, *patterns))


def _columns(text: str) -> dict[str, int] | None:
    """Where what stands; None for another kind of table."""
    head = TableHead.of(text)
    cells = [cell.strip().strip('"').strip().lower() for cell in head.heading.split(head.delimiter)]
    found = {what: next((cells.index(name) for name in names if name in cells), None)
             for what, names in {**_COLUMNS, "class": _CLASSES}.items()}
    known = {what: column for what, column in found.items() if column is not None}
    return known if known.keys() >= _COLUMNS.keys() and not _OF_BOXES & set(cells) else None


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images that the tables name."""
    names: dict[str, None] = dict.fromkeys(listed_classes(source))
    for file in [source.file] if source.file is not None else source.files(*_SUFFIXES):
        if source.file is None and _columns(start_of(file)) is None:
            continue
        source.used.add(file)
        try:
            rows = list(_rows(file))
        except WorkbenchError as error:
            yield unreadable_labels(file, error)
            continue
        names.update(dict.fromkeys(label for _, _, label, point in rows if point is not None))
        yield from _images(source, file, rows)
    yield ClassNames(tuple(name for name in names if name))


def _rows(file: Path) -> Iterator[Row]:
    """Line, file, class and point of each row."""
    try:
        text, _ = decoded(read_file(file, LIMIT))
    except UnicodeDecodeError:
        raise FormatError("the text cannot be read", path=file) from None
    columns = _columns(text)
    if columns is None:
        raise FormatError("it has no columns for image, x and y", path=file, line=1)
    label, comma = columns.get("class"), TableHead.of(text).delimiter != ","
    for line, cells in table_rows(text, max(columns.values()) + 1, path=file):
        x, y = (cells[columns[name]].strip() for name in ("x", "y"))
        if comma:  # where a decimal comma is usual, Excel separates columns by semicolons
            x, y = x.replace(",", "."), y.replace(",", ".")
        try:
            point = (float(x), float(y)) if x or y else None
        except ValueError:
            raise FormatError("a coordinate is no number", path=file, line=line) from None
        yield (line, cells[columns["file"]].strip(),
               UNCLASSIFIED if label is None else cells[label].strip(), point)


def _images(source: Source, file: Path, rows: list[Row]) -> Iterator[AnnotatedSample | Problem]:
    part = part_of(file, source.folder)
    by_image: dict[str, list[Row]] = {}
    for row in rows:
        by_image.setdefault(row[1], []).append(row)
    for name, own in by_image.items():
        image = find_in_part(source, file, name, part)
        if image is None:
            yield missing_image(source, file, name, own[0][0])
            continue
        try:
            found = ObjectList(file, source.size(image))
        except WorkbenchError as error:
            yield Problem(str(image), "unreadable-image", error.sentence())
            continue
        for line, _, label, point in own:
            if point is not None:
                add_dot(found, label, point, line)
        yield from found.problems
        yield AnnotatedSample(image, Annotation(tuple(found.objects)), part)


def add_dot(found: ObjectList, label: str, point: Point, line: int | None = None,
            where: str = "") -> None:
    """Take in a dot, which must lie in its image; ``line`` and ``where`` as
    :meth:`ObjectList.add` has them."""
    x, y = point
    inside = found.size is None or not math.isfinite(x + y) or (
        0 <= x <= found.size[0] and 0 <= y <= found.size[1])
    if inside:
        found.add(label, dot_at(point), line=line, where=where)
    else:
        assert found.size is not None
        found.problem("box-out-of-bounds", f"{where or label} at {x:g}, {y:g} lies outside "
                      f"of the image, which is {found.size[0]} × {found.size[1]}, and is left "
                      "out.", line)


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Images in ``images``, a table for each part (``train.csv``), and ``labels.txt``."""
    target.write(CLASS_LIST, class_list(target.classes))
    tables: dict[str, io.StringIO] = {}
    for sample in samples:
        target.place(sample, f"images/{sample.name}")
        if sample.annotation is None:
            continue
        name = f"{sample.split or 'points'}.csv"
        if name not in tables:
            tables[name] = io.StringIO()
            csv.writer(tables[name], lineterminator="\n").writerow(_HEADING)
        rows = [(sample.name, *map(tidy, item.box[:2]), item.label)
                for item in sample.annotation.objects]
        csv.writer(tables[name], lineterminator="\n").writerows(rows or [(sample.name, "", "", "")])
    for name, table in tables.items():
        target.write(name, table.getvalue())
