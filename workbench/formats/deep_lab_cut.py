"""DeepLabCut: ``labeled-data/VIDEO/CollectedData_SCORER.csv`` beside frames of a video.

Three rows of titles (scorer, bodyparts, coords; with several animals individuals after the first),
then a row for each frame: its path in one cell or three, and x and y of each point in pixels, empty
where it was not labelled. Results of a video, whose rows are numbers of frames, are something else.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from workbench.core.annotation import NO_ATTRIBUTES
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import NOT_LABELLED, VISIBLE, Keypoints
from workbench.core.paths import is_file
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Skeleton,
    Source,
)
from workbench.formats.class_file import load_yaml
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    LIMIT,
    missing_image,
    some_files,
    start_of,
    unreadable_labels,
)
from workbench.formats.label_text import decode
from workbench.formats.regular_file import MB, read_file

CLASS = "animal"
"""What all individuals are: files name none."""
SINGLE = "single"
"""The individual that stands for points of the scene."""
INDIVIDUAL = "individual"
"""The attribute that says which animal it is."""
CONFIG = "config.yaml"
Place = tuple[str, str]
"""Individual, "" for the only one, and body part."""


def sniff(path: Path) -> bool:
    return any(map(_looks_like, some_files(path, "*.csv", "*/*.csv", "labeled-data/*/*.csv")))


def _looks_like(path: Path) -> bool:
    if path.suffix.lower() != ".csv":
        return False
    lines = start_of(path).splitlines()
    titles = [line.partition(",")[0].strip().lower() for line in lines[:4]]
    frame = next(iter(lines[titles.index("coords") + 1:]), "") if "coords" in titles else "0,"
    return titles[:1] == ["scorer"] and "bodyparts" in titles \
        and not frame.partition(",")[0].strip().isdecimal()


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The frames of all videos."""
    files = [source.file] if source.file is not None else [
        path for path in source.files(".csv") if _looks_like(path)]
    tables: list[_Table] = []
    for file in files:
        try:
            tables.append(_Table(file))
        except (WorkbenchError, ValueError, csv.Error) as error:
            yield unreadable_labels(file, error)
    skeletons: dict[str, Skeleton] = {}
    for table in tables:
        for label, parts in table.parts_of.items():
            known = skeletons.get(label, Skeleton())
            skeletons[label] = Skeleton(tuple(dict.fromkeys([*known.points, *parts])))
    joined = _joined(files)
    skeletons = {label: item._replace(lines=_lines(item.points, joined))
                 for label, item in skeletons.items()}
    yield ClassNames(tuple(skeletons), skeletons)
    for table in tables:
        yield from table.samples(source, skeletons)


class _Table:
    """One file: its places of points, and its rows."""

    def __init__(self, file: Path) -> None:
        text = decode(read_file(file, LIMIT), file)[0]
        rows = list(csv.reader(io.StringIO(text)))
        titles = {name: row for row in rows[:4] if row and (name := row[0].strip().lower())
                  in ("scorer", "individuals", "bodyparts", "coords")}
        if not {"scorer", "bodyparts", "coords"} <= titles.keys():
            raise FormatError("its rows of titles are not those of DeepLabCut", path=file)
        self.file = file
        self._first = next((at for at, cell in enumerate(titles["coords"]) if at and cell.strip()),
                           1)
        self._rows = [(line, row) for line, row in enumerate(rows, start=1)
                      if line > len(titles) and any(row)]
        self._columns: dict[Place, dict[str, int]] = {}
        names = titles.get("individuals", [])
        for at, coordinate in enumerate(titles["coords"]):
            if at >= self._first and at < len(titles["bodyparts"]):
                name = names[at].strip() if at < len(names) else ""
                place = self._columns.setdefault((name, titles["bodyparts"][at].strip()), {})
                place[coordinate.strip().lower()] = at
        self._columns = {place: columns for place, columns in self._columns.items()
                         if {"x", "y"} <= columns.keys()}

    @property
    def parts_of(self) -> dict[str, list[str]]:
        """Body parts by class."""
        found: dict[str, list[str]] = {}
        for individual, part in self._columns:
            parts = found.setdefault(_class_of(individual), [])
            if part not in parts:
                parts.append(part)
        return found

    def samples(self, source: Source, skeletons: dict[str, Skeleton],
                ) -> Iterator[AnnotatedSample | Problem]:
        for line, row in self._rows:
            name = "/".join(cell.strip() for cell in row[:self._first] if cell.strip())
            image = source.find(name, self.file.parent)
            if image is None:
                yield missing_image(source, self.file, name, line)
                continue
            try:
                found = ObjectList(self.file, source.size(image))
            except WorkbenchError as error:
                yield Problem(str(image), "unreadable-image", error.sentence())
                continue
            for individual in dict.fromkeys(name for name, _ in self._columns):
                self._individual(individual, row, line, found, skeletons)
            yield from found.problems
            yield AnnotatedSample(image, Annotation(tuple(found.objects)))

    def _individual(self, individual: str, row: Sequence[str], line: int, found: ObjectList,
                    skeletons: dict[str, Skeleton]) -> None:
        label = _class_of(individual)
        points, seen = [], []
        for part in skeletons[label].points:
            columns = self._columns.get((individual, part), {})
            try:
                point = tuple(_number(row, columns[axis]) for axis in "xy" if axis in columns)
            except ValueError:
                found.problem("no-number", f"{part} of {individual or label} has a coordinate that "
                              "is no number and is left out.", line)
                point = ()
            here = len(point) == 2 and all(map(math.isfinite, point))
            points.append((point[0], point[1]) if here else (0.0, 0.0))
            seen.append(VISIBLE if here else NOT_LABELLED)
        if any(seen):
            said = {INDIVIDUAL: individual} if individual not in ("", SINGLE) else NO_ATTRIBUTES
            found.add(label, Keypoints(tuple(points), tuple(seen)), said, line=line,
                      where=individual or label)


def _class_of(individual: str) -> str:
    return SINGLE if individual == SINGLE else CLASS


def _number(row: Sequence[str], at: int) -> float:
    text = row[at].strip() if at < len(row) else ""
    return round(float(text), 4) if text else math.nan


def _joined(files: Iterable[Path]) -> list[tuple[str, str]]:
    """Pairs of body parts that the projects' settings join by a line."""
    found: dict[tuple[str, str], None] = {}
    for path in dict.fromkeys(file.parents[2] / CONFIG for file in files
                              if len(file.parents) > 2):
        try:
            said = load_yaml(decode(read_file(path, MB), path)[0], path) if is_file(path) else {}
        except WorkbenchError:
            continue  # points come without lines
        pairs = said.get("skeleton")
        for pair in pairs if isinstance(pairs, list) else []:
            if isinstance(pair, list) and len(pair) == 2:
                found[str(pair[0]), str(pair[1])] = None
    return list(found)


def _lines(parts: Sequence[str], joined: Iterable[tuple[str, str]]) -> tuple[tuple[int, int], ...]:
    at = {part: number for number, part in enumerate(parts)}
    return tuple((at[one], at[other]) for one, other in joined
                 if one in at and other in at and one != other)
