"""Tables that give images classes, tags or numbers, under any name: CSV or TSV, any delimiter and
encoding.

A table called ``labels.csv`` in the folder itself is the program's own. Of several tables each may
be a part of the data set ("train.csv", "test.csv").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.paths import is_file, visible
from workbench.extension.annotation_formats import AnnotatedSample, Annotation, Source, Target
from workbench.extension.holds import NUMBER
from workbench.formats.label_json import part_of
from workbench.formats.label_table import NUMBER_COLUMNS, TAG_COLUMNS, LabelTable
from workbench.formats.regular_file import read_file, read_regular
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.tasks.image_classification.labels import number_of, tags_of
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
             for file in visible(path.glob(pattern)))
    return sorted(islice(found, _PEEK))


def sniff(path: Path) -> bool:
    return bool(_labelling(path, path if path.is_dir() else path.parent))


def _labelling(path: Path, folder: Path) -> list[Path]:
    """The tables that give images of the folder a label, by their first rows."""
    tables = _tables(path)
    if not tables:
        return []
    names = {name for file in islice(visible(folder.rglob("*")), _LOOK)
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
            if table.column in NUMBER_COLUMNS and said:
                yield from _numbered(image, said[0], path, split)
                continue
            yield AnnotatedSample(image, Annotation(labels=said) if said else None, split)


def _numbered(image: Path, said: str, path: Path,
              split: str) -> Iterator[AnnotatedSample | Problem]:
    value = number_of(said)
    if value is None:
        yield Problem(str(path), "no-number", f"{path.name}: “{said}” of {image.name} is no "
                      "number, so it is left out.", "warning")
    yield AnnotatedSample(image, None if value is None else Annotation(attributes={NUMBER: value}),
                          split)


# --- writing --------------------------------------------------------------------------------------


def write(target: Target, samples: Iterable[AnnotatedSample], name: str = "labels.csv",
          delimiter: str = ",") -> None:
    """Images in folders for their parts, and a table with a row for each: with its class, with
    tags where one has several, or with its number."""
    rows: list[tuple[str, str]] = []
    column = "label"
    for sample in samples:
        file = sample.name
        if sample.split and not file.startswith(f"{sample.split}/"):
            file = f"{sample.split}/{file}"
        target.place(sample, file)
        whole = sample.annotation or Annotation()
        if NUMBER in whole.attributes:
            column = NUMBER_COLUMNS[0]
        elif len(whole.labels) > 1:
            column = TAG_COLUMNS[0]
        value = whole.attributes.get(NUMBER)
        rows.append((file, ";".join(whole.labels) if value is None else f"{value:.15g}"))
    stream = io.StringIO(newline="")
    table = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    table.writerow(("file", column))
    table.writerows(rows)
    target.write(name, stream.getvalue())


write_tsv = partial(write, name="labels.tsv", delimiter="\t")
"""The same with tabs."""
