"""Tables of boxes: ``filename,width,height,class,xmin,ymin,xmax,ymax``, a row for each object.

This is what TensorFlow's object detection examples read. Coordinates are pixels, or shares of the
image where none in the table is above 1; those that are 0 and 1 alone are pixels where the table
says how large its images are, or has no titles, and either is told. Images without objects have no
row. RetinaNet's tables have no titles: ``path,x1,y1,x2,y2,class``, where ``path,,,,,`` is an image
without objects.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
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

FILES = ("filename", "file_name", "file", "image", "image_name", "image_path", "path", "img_file",
         "imageid", "image_id")
CLASSES = ("class", "label", "class_name", "category", "name", "label_name", "labelname")
"""What the columns are called that name the image and the class."""
_COLUMNS = {
    "file": FILES, "class": CLASSES,
    "xmin": ("xmin", "x_min", "x1", "left"), "ymin": ("ymin", "y_min", "y1", "top"),
    "xmax": ("xmax", "x_max", "x2", "right"), "ymax": ("ymax", "y_max", "y2", "bottom"),
}
_EDGES = ("xmin", "ymin", "xmax", "ymax")
_UNTITLED = {"file": 0, "xmin": 1, "ymin": 2, "xmax": 3, "ymax": 4, "class": 5}
_IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".avif")
_HEADING = ("filename", "width", "height", "class", *_EDGES)
Row = tuple[int, str, str, list[float]]


def sniff(path: Path) -> bool:
    return any(file.suffix.lower() == ".csv" and _columns(start_of(file))
               is not None
               for file in some_files(path, "*.csv", "*/*.csv"))


def _columns(text: str) -> dict[str, int] | None:
    """Where what stands; of a table without titles, as RetinaNet reads it, all columns."""
    head = TableHead.of(text)
    if _is_untitled(head):
        return _UNTITLED
    cells = _titles(head)
    found = {what: next((cells.index(name) for name in names if name in cells), None)
             for what, names in _COLUMNS.items()}
    known = {what: column for what, column in found.items() if column is not None}
    return known if len(known) == len(_COLUMNS) else None


def _titles(head: TableHead) -> list[str]:
    return [cell.strip().strip('"').lower() for cell in head.heading.split(head.delimiter)]


def _is_untitled(head: TableHead) -> bool:
    cells = head.heading.split(",")
    return head.delimiter == "," and len(cells) == 6 and cells[0].lower().endswith(_IMAGES) and (
        not any(cells[1:]) or all(cell.strip().replace(".", "", 1).isdecimal()
                                  for cell in cells[1:5]))


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images that the tables name."""
    names: dict[str, None] = dict.fromkeys(listed_classes(source))
    called: dict[str, str] = {}
    for file in source.files(".csv"):
        if "class-descriptions" in file.name:
            try:
                called |= _descriptions(file)
            except (WorkbenchError, ValueError, csv.Error) as error:
                yield unreadable_labels(file, error)
    for file in [source.file] if source.file is not None else source.files(".csv"):
        if source.file is None and _columns(start_of(file)) is None:
            continue
        try:
            rows = [(line, name, called.get(label, label), edges)
                    for line, name, label, edges in _rows(file)]
        except WorkbenchError as error:
            yield unreadable_labels(file, error)
            continue
        names.update(dict.fromkeys(label for _, _, label, _ in rows))
        yield from _images(source, file, rows)
    yield ClassNames(tuple(name for name in names if name))


def _descriptions(file: Path) -> dict[str, str]:
    """What Open Images calls the classes that its tables name by codes ("/m/01g317": "Person")."""
    rows = csv.reader(io.StringIO(decoded(read_file(file, LIMIT))[0]))
    return {row[0]: row[1] for row in rows if len(row) > 1 and row[0].startswith("/") and row[1]}


def _rows(file: Path) -> Iterator[Row]:
    """Line, file, class and edges of each row."""
    try:
        text, _ = decoded(read_file(file, LIMIT))
    except UnicodeDecodeError:
        raise FormatError("the text cannot be read", path=file) from None
    columns = _columns(text)
    if columns is None:
        raise FormatError("it has no columns for file, class and the four edges of boxes",
                          path=file, line=1)
    for line, cells in table_rows(text, max(columns.values()) + 1, columns is not _UNTITLED, file):
        try:
            edges = [float(cells[columns[name]]) for name in _EDGES] if any(
                cells[columns[name]].strip() for name in _EDGES) else []
        except ValueError:
            raise FormatError("an edge of a box is no number", path=file, line=line) from None
        yield line, cells[columns["file"]].strip(), cells[columns["class"]].strip(), edges


def _images(source: Source, file: Path, rows: list[Row]) -> Iterator[AnnotatedSample | Problem]:
    shares, doubt = _unit(file, rows)
    if doubt is not None:
        yield doubt
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
            size = source.size(image)
        except WorkbenchError as error:
            yield Problem(str(image), "unreadable-image", error.sentence())
            continue
        found = ObjectList(file, size)
        scale = (*size, *size) if shares else (1.0,) * 4
        for line, _, label, edges in own:
            if not edges:
                continue  # the image is there, with nothing in it
            box = Box(*(round(edge * by, 4) for edge, by in zip(edges, scale, strict=True)))
            found.add(label, box, line=line)
        yield from found.problems
        yield AnnotatedSample(image, Annotation(tuple(found.objects)), part)


def _unit(file: Path, rows: list[Row]) -> tuple[bool, Problem | None]:
    """Whether the coordinates are shares of the images, and not pixels; and what a person should
    know where they could be either."""
    values = [value for row in rows for value in row[3] if math.isfinite(value)]
    if not values or max(map(abs, values)) > 1.0:
        return False, None
    head = TableHead.of(start_of(file))
    of_pixels = _is_untitled(head) or {"width", "height"} <= set(_titles(head))
    if all(value.is_integer() for value in values):
        what, shares = "0 or 1", not of_pixels
    elif of_pixels:
        what, shares = "at most 1", True
    else:
        return True, None
    taken = "shares of the images" if shares else "pixels"
    return shares, Problem(str(file), "assumed-unit",
                           f"All coordinates in {file.name} are {what}: they were taken for "
                           f"{taken}.", "warning")


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
