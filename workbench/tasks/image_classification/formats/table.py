"""Tables that give images classes or tags, under any name: CSV or TSV, any delimiter and encoding.

A table called ``labels.csv`` in the folder itself is the program's own. Of several tables each may
be a part of the data set ("train.csv", "test.csv").
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.paths import is_file
from workbench.extension.annotation_formats import AnnotatedSample, Annotation, Source
from workbench.formats.label_json import part_of
from workbench.formats.label_table import TAG_COLUMNS, LabelTable
from workbench.formats.regular_file import read_file, read_regular
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.tasks.image_classification.labels import tags_of
from workbench.tasks.image_classification.recognise import find_table

_SUFFIXES = (".csv", ".tsv")
_PEEK = 20  # rows, and files
_LOOK = 5_000  # names


def _tables(path: Path) -> list[Path]:
    if is_file(path):
        return [path] if path.suffix.lower() in _SUFFIXES else []
    if find_table(path) is not None:
        return []
    found = (file for pattern in ("*.csv", "*.tsv", "*/*.csv", "*/*.tsv")
             for file in path.glob(pattern))
    return sorted(islice(found, _PEEK))


def sniff(path: Path) -> bool:
    return bool(_labelling(path, path if path.is_dir() else path.parent))


def _labelling(path: Path, folder: Path) -> list[Path]:
    """The tables that give images of the folder a label, by their first rows."""
    tables = _tables(path)
    if not tables:
        return []
    names = {name for file in islice(folder.rglob("*"), _LOOK)
             if file.suffix.lower() in IMAGE_SUFFIXES for name in (file.name, file.stem)}
    return [table for table in tables if _names_images(table, names)]


def _names_images(path: Path, names: set[str]) -> bool:
    try:
        rows = LabelTable.parse(read_regular(path), path).rows
    except (OSError, FormatError):
        return False
    labelled = [row for row in rows[:_PEEK] if row.label]
    found = [row for row in labelled if row.file.rpartition("/")[2] in names]
    return bool(labelled) and len(found) >= len(labelled) / 2


def read(source: Source) -> Iterator[AnnotatedSample | Problem]:
    """The images that the tables name; rows without an image are told."""
    tables = _labelling(source.file or source.folder, source.folder)
    for path in tables:
        try:
            table = LabelTable.parse(read_file(path), path)
        except WorkbenchError as error:
            yield Problem(str(path), "unreadable-labels", error.sentence(), line=error.line)
            continue
        source.used.add(path)
        split = part_of(path, source.folder) if len(tables) > 1 else ""
        labels: dict[Path, dict[str, None]] = {}
        for row in table.rows:
            image = source.find(row.file, path.parent)
            if image is None:
                yield Problem(str(path), "missing-image", f"{path.name}: {row.file} is not here.",
                              "warning", line=row.line)
                continue
            labels.setdefault(image, {}).update(dict.fromkeys(
                tags_of(row.label) if table.column in TAG_COLUMNS else [row.label]))
        for image, names in labels.items():
            said = tuple(name for name in names if name)
            if len(said) > 1 and table.column not in TAG_COLUMNS:
                yield Problem(str(path), "conflicting-rows", f"{path.name} gives {image.name} "
                              f"“{said[0]}” and “{said[1]}”, so neither is used.", "warning")
                said = ()
            yield AnnotatedSample(image, Annotation(labels=said) if said else None, split)
