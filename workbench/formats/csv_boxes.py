"""Tables of boxes: ``filename,width,height,class,xmin,ymin,xmax,ymax``, a row for each object.

This is what TensorFlow's object detection examples read. Coordinates are pixels, or shares of the
image where none is above 1. Images without objects have no row.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from workbench.core.errors import FormatError, Problem, WorkbenchError
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
    CLASS_LIST,
    LIMIT,
    class_list,
    listed_classes,
    part_of,
    some_files,
    start_of,
    tidy,
)
from workbench.formats.label_table import decoded, delimiter_of
from workbench.formats.regular_file import read_file

_COLUMNS = {
    "file": ("filename", "file_name", "file", "image", "image_name", "image_path", "path",
             "img_file"),
    "class": ("class", "label", "class_name", "category", "name", "label_name"),
    "xmin": ("xmin", "x_min", "x1", "left"), "ymin": ("ymin", "y_min", "y1", "top"),
    "xmax": ("xmax", "x_max", "x2", "right"), "ymax": ("ymax", "y_max", "y2", "bottom"),
}
_EDGES = ("xmin", "ymin", "xmax", "ymax")
_HEADING = ("filename", "width", "height", "class", *_EDGES)
Row = tuple[int, str, str, list[float]]


def sniff(path: Path) -> bool:
    return any(file.suffix.lower() == ".csv" and _columns(start_of(file).partition("\n")[0])
               is not None
               for file in some_files(path, "*.csv", "*/*.csv"))


def _columns(heading: str) -> dict[str, int] | None:
    cells = [cell.strip().strip('"').lower() for cell in heading.split(delimiter_of(heading))]
    found = {what: next((cells.index(name) for name in names if name in cells), None)
             for what, names in _COLUMNS.items()}
    known = {what: column for what, column in found.items() if column is not None}
    return known if len(known) == len(_COLUMNS) else None


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images that the tables name."""
    names: dict[str, None] = dict.fromkeys(listed_classes(source))
    for file in [source.file] if source.file is not None else source.files(".csv"):
        if source.file is None and _columns(start_of(file).partition("\n")[0]) is None:
            continue
        try:
            rows = list(_rows(file))
        except WorkbenchError as error:
            yield Problem(str(file), "unreadable-labels", error.sentence(), line=error.line)
            continue
        names.update(dict.fromkeys(label for _, _, label, _ in rows))
        yield from _images(source, file, rows)
    yield ClassNames(tuple(name for name in names if name))


def _rows(file: Path) -> Iterator[Row]:
    """Line, file, class and edges of each row."""
    try:
        text, _ = decoded(read_file(file, LIMIT))
    except UnicodeDecodeError:
        raise FormatError("the text cannot be read", path=file) from None
    heading = text.partition("\n")[0]
    columns = _columns(heading)
    if columns is None:
        raise FormatError("it has no columns for file, class and the four edges of boxes",
                          path=file, line=1)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter_of(heading))
    try:
        for cells in islice(reader, 1, None):
            if not any(cell.strip() for cell in cells):
                continue
            line = reader.line_num
            if len(cells) <= max(columns.values()):
                raise FormatError("the row has too few columns", path=file, line=line)
            try:
                edges = [float(cells[columns[name]]) for name in _EDGES]
            except ValueError:
                raise FormatError("an edge of a box is no number", path=file,
                                  line=line) from None
            yield line, cells[columns["file"]].strip(), cells[columns["class"]].strip(), edges
    except csv.Error as error:
        raise FormatError(f"it is no table ({error})", path=file, line=reader.line_num) from None


def _images(source: Source, file: Path, rows: list[Row]) -> Iterator[AnnotatedSample | Problem]:
    shares = bool(rows) and max((abs(value) for row in rows for value in row[3]
                                 if math.isfinite(value)), default=0.0) <= 1.0
    part = part_of(file, source.folder)
    by_image: dict[str, list[Row]] = {}
    for row in rows:
        by_image.setdefault(row[1], []).append(row)
    for name, own in by_image.items():
        image = source.find(name, file.parent)
        if image is None:
            yield Problem(str(file), "missing-image", f"{name} is not here, or it is not clear "
                          "which image that is.", "warning", own[0][0])
            continue
        try:
            size = source.size(image)
        except WorkbenchError as error:
            yield Problem(str(image), "unreadable-image", error.sentence())
            continue
        found = ObjectList(file, size)
        scale = (*size, *size) if shares else (1.0,) * 4
        for line, _, label, edges in own:
            box = Box(*(round(edge * by, 4) for edge, by in zip(edges, scale, strict=True)))
            found.add(label, box, line=line)
        yield from found.problems
        yield AnnotatedSample(image, Annotation(tuple(found.objects)), part)


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Images in ``images``, a table for each part (``train.csv``), and ``labels.txt``."""
    target.write(CLASS_LIST, class_list(target.classes))
    tables: dict[str, io.StringIO] = {}
    for sample in samples:
        target.place(sample, f"images/{sample.name}")
        annotation = sample.annotation
        if annotation is None or annotation.size is None:
            continue
        name = f"{sample.split or 'labels'}.csv"
        if name not in tables:
            tables[name] = io.StringIO()
            csv.writer(tables[name], lineterminator="\n").writerow(_HEADING)
        for item in annotation.objects:
            csv.writer(tables[name], lineterminator="\n").writerow(
                [sample.name, *annotation.size, item.label, *map(tidy, item.box)])
    for name, table in tables.items():
        target.write(name, table.getvalue())
