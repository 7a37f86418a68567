"""YOLO: a text file for each image, in shares of its size; ``data.yaml`` names classes and parts.

A row is ``class cx cy w h`` (perhaps with a confidence), ``class x1 y1 x2 y2 …`` of an outline,
``class x1 y1 … x4 y4`` of a rotated box, or ``class cx cy w h (x y [v]) …`` of key points. The
label file of ``…/images/a.jpg`` is ``…/labels/a.txt``; without one an image holds nothing.
Source: what Ultralytics' loaders read, and Darknet's. Shares are of the displayed image.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.paths import is_file
from workbench.core.rings import joined, rotated_box
from workbench.core.shapes import Box, Shape
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    LabeledObject,
    Source,
    Target,
)
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_text import decode
from workbench.formats.regular_file import MB, open_regular, read_file

YAML_LIMIT = 4 * MB
_NAME_FILES = ("classes.txt", "obj.names", "_darknet.labels", "labels.txt",
               "predefined_classes.txt")
_NO_LABELS = frozenset({*_NAME_FILES, "readme.txt", "train.txt", "val.txt", "valid.txt",
                        "test.txt", "requirements.txt", "notes.txt"})
_PARTS = {"train": "train", "training": "train", "val": "val", "valid": "val",
          "validation": "val", "test": "test", "testing": "test"}
_ROW = re.compile(r"\s*\d+(?:\.0+)?(?:\s+[-+0-9.eE]+){4,}\s*")
_LOOKED_AT = 200  # label files by which rotated boxes are told from outlines
_DIGITS = 4  # of pixels: what is written comes back the same


# Recognising


def sniff(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() in (".yaml", ".yml") and "names" in _start(path)
    if _yaml_of(path) is not None:
        return True
    texts = (file for pattern in ("*.txt", "*/*.txt", "*/*/*.txt") for file in path.glob(pattern)
             if file.name.lower() not in _NO_LABELS)
    return any(_looks_like_rows(_start(file)) for file in islice(texts, 40))


def _start(path: Path) -> str:
    try:
        with open_regular(path) as stream:
            return stream.read(4096).decode("utf-8", "replace")
    except OSError:
        return ""


def _looks_like_rows(text: str) -> bool:
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    if len(text) >= 4096 and len(lines) > 1:
        lines.pop()
    return bool(lines) and all(_ROW.fullmatch(line) for line in lines)


def _yaml_of(folder: Path) -> Path | None:
    found = sorted((path for pattern in ("*.yaml", "*.yml", "*/*.yaml")
                    for path in folder.glob(pattern)), key=lambda path: path.name != "data.yaml")
    return next((path for path in found if is_file(path)
                 and re.search(r"^names\s*:", _start(path), re.MULTILINE)), None)


# data.yaml


@dataclass(slots=True)
class _Set:
    """What is said of the data set as a whole."""

    names: list[str] = field(default_factory=list)
    values_a_point: int = 0
    points: int = 0
    parts: dict[str, list[str]] = field(default_factory=dict)
    base: str = ""
    file: Path | None = None
    rotated: bool = False


def _read_yaml(path: Path) -> _Set:
    import yaml

    try:
        data = yaml.safe_load(read_file(path, YAML_LIMIT))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        reason = ("it holds Python objects, which are not made"
                  if "could not determine a constructor" in str(error.problem) else
                  f"it is no YAML ({error.problem})")
        raise FormatError(reason, path=path,
                          line=None if mark is None else mark.line + 1) from None
    except (yaml.YAMLError, ValueError) as error:
        raise FormatError(f"it is no YAML ({error})", path=path) from None
    except RecursionError:
        raise FormatError("it is nested too deeply", path=path) from None
    if not isinstance(data, dict):
        raise FormatError("it does not name classes", path=path)
    found = _Set(_names(data.get("names"), path), file=path)
    found.base = data["path"] if isinstance(data.get("path"), str) else ""
    shape = data.get("kpt_shape")
    if isinstance(shape, list) and len(shape) == 2 and all(type(n) is int for n in shape):
        found.points, found.values_a_point = shape
    for key, part in _PARTS.items():
        value = data.get(key)
        entries = value if isinstance(value, list) else [value]
        found.parts.setdefault(part, []).extend(
            entry for entry in entries if isinstance(entry, str) and entry)
    return found


def _names(value: Any, path: Path) -> list[str]:
    if isinstance(value, dict):
        if not all(type(key) is int and 0 <= key < 100_000 for key in value):
            raise FormatError("the numbers of its classes are no whole numbers from 0", path=path)
        named = {key: str(name) for key, name in value.items()}
        return [named.get(number, "") for number in range(max(named, default=-1) + 1)]
    if isinstance(value, list) and all(isinstance(name, str | int | float) for name in value):
        return [str(name) for name in value]
    raise FormatError("its names are neither a list nor numbered", path=path)


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """All images, with what their label files say."""
    yield from _Reader(source).run()


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._texts = {path for path in source.files(".txt")
                       if path.name.lower() not in _NO_LABELS}
        self._by_stem: dict[str, list[Path]] = {}
        for path in self._texts:
            self._by_stem.setdefault(path.stem.casefold(), []).append(path)

    def run(self) -> Iterator[AnnotatedSample | ClassNames | Problem]:
        whole = self._whole()
        whole.rotated = not whole.points and self._only_fours(whole)
        if not whole.names:
            whole.names = [str(number) for number in range(self._highest() + 1)]
            if whole.names:
                yield Problem(str(self._source.folder), "no-class-names",
                              "neither data.yaml nor classes.txt names the classes, so they are "
                              "called by their numbers.", "warning")
        yield ClassNames(tuple(name for name in whole.names if name))
        parts, problems = self._parts(whole)
        yield from problems
        labelled = {image: self._label_file(image) for image in self._source.images()}
        of_parts = {parts.get(image, "") for image, text in labelled.items() if text is not None}
        for image, text in labelled.items():
            part = parts.get(image, "")
            if text is not None:
                yield from self._sample(image, text, part, whole)
            elif part in of_parts and part:
                yield AnnotatedSample(image, Annotation(), part)  # nothing in it, as YOLO has it

    def _whole(self) -> _Set:
        file = self._source.file or _yaml_of(self._source.folder)
        if file is not None:
            return _read_yaml(file)
        names = next((path for path in self._source.files(".txt", ".names", ".labels")
                      if path.name.lower() in _NAME_FILES), None)
        if names is None:
            return _Set()
        text = decode(read_file(names, YAML_LIMIT), names)[0]
        return _Set([line.strip() for line in text.strip().splitlines()], file=names)

    # Which label file, which part

    def _label_file(self, image: Path) -> Path | None:
        parts = list(image.parts)
        for at in range(len(parts) - 2, -1, -1):
            if parts[at] == "images":
                parts[at] = "labels"
                path = Path(*parts).with_suffix(".txt")
                if path in self._texts:
                    return path
                break
        beside = image.with_suffix(".txt")
        if beside in self._texts:
            return beside
        found = self._by_stem.get(image.stem.casefold(), [])
        return found[0] if len(found) == 1 and self._is_alone(image) else None

    def _is_alone(self, image: Path) -> bool:
        """Whether no other image has its stem."""
        if not hasattr(self, "_stems"):
            self._stems: dict[str, int] = {}
            for path in self._source.images():
                stem = path.stem.casefold()
                self._stems[stem] = self._stems.get(stem, 0) + 1
        return self._stems[image.stem.casefold()] == 1

    def _parts(self, whole: _Set) -> tuple[dict[Path, str], list[Problem]]:
        """The part of each image, as data.yaml or the folders say."""
        found: dict[Path, str] = {}
        problems: list[Problem] = []
        for part in ("test", "val", "train"):
            for entry in whole.parts.get(part, ()):
                images = self._named(entry, whole)
                if not images:
                    problems.append(Problem(
                        str(whole.file), "missing-images", f"{part} names “{entry}”, where no "
                        "image is; the images may lie elsewhere.", "warning"))
                for image in images:
                    found.setdefault(image, part)
        if not any(whole.parts.values()):
            for image in self._source.images():
                inside = image.relative_to(self._source.folder).parts[:-1]
                part = next((_PARTS[name.lower()] for name in inside if name.lower() in _PARTS), "")
                if part:
                    found[image] = part
        return found, problems

    def _named(self, entry: str, whole: _Set) -> list[Path]:
        """The images of a folder, or of a text file that lists them."""
        for place in self._places(entry, whole):
            if place.suffix.lower() == ".txt" and is_file(place):
                lines = read_file(place).decode("utf-8-sig", "surrogateescape").splitlines()
                listed = (self._source.find(line.strip(), place.parent)
                          for line in lines if line.strip())
                return [image for image in listed if image is not None]
            images = [image for image in self._source.images() if image.is_relative_to(place)]
            if images:
                return images
        return []

    def _places(self, entry: str, whole: _Set) -> Iterator[Path]:
        entry = entry.replace("\\", "/")
        folder, own = self._source.folder, (whole.file or self._source.folder).parent
        inside = "/".join(part for part in entry.split("/") if part not in ("..", "."))
        for place in (own / whole.base / entry, own / entry, own / inside, folder / inside,
                      folder / whole.base.replace("\\", "/").strip("/") / inside):
            yield Path(_normal(place))
        parts = [part for part in inside.split("/") if part]
        yield from (folder.joinpath(*parts[at:]) for at in range(1, len(parts)))

    # One image

    def _sample(self, image: Path, file: Path, part: str, whole: _Set,
                ) -> Iterator[AnnotatedSample | Problem]:
        try:
            size = self._source.size(image)
            found = ObjectList(file, size)
            for number, row in _rows(file):
                name = _class_name(row, number, whole, found)
                if name:
                    found.add(name, _shape(row, number, size, whole, file), line=number)
        except WorkbenchError as error:
            path = error.path or file
            yield Problem(str(path), "unreadable-labels", error.sentence(), line=error.line)
            return
        yield from found.problems
        yield AnnotatedSample(image, Annotation(tuple(found.objects)), part)

    def _only_fours(self, whole: _Set) -> bool:
        """Whether all outlines have four corners: then they are rotated boxes."""
        counts: set[int] = set()
        for file in islice(sorted(self._texts), _LOOKED_AT):
            try:
                counts |= {len(row) for _, row in _rows(file)}
            except WorkbenchError:
                continue  # told when it is read
        return counts - {5, 6} == {9}

    def _highest(self) -> int:
        highest = -1
        for file in self._texts:
            try:
                highest = max([highest, *(int(row[0]) for _, row in _rows(file)
                                          if 0 <= row[0] < 10_000)])
            except WorkbenchError:
                continue
        return highest


def _normal(path: Path) -> str:
    return os.path.normpath(path)


def _rows(file: Path) -> Iterator[tuple[int, list[float]]]:
    """Number and values of each row with something in it."""
    for number, line in enumerate(read_file(file).split(b"\n"), start=1):
        words = line.split()
        if not words:
            continue
        try:
            row = [float(word) for word in words]
        except ValueError:
            raise FormatError("it is not a row of numbers", path=file, line=number) from None
        if len(row) < 5 or not all(map(math.isfinite, row)):
            raise FormatError("it has no class and four numbers" if len(row) < 5 else
                              "a number is not finite", path=file, line=number)
        yield number, row


def _class_name(row: list[float], line: int, whole: _Set, found: ObjectList) -> str:
    number = row[0]
    known = len(whole.names)
    if number % 1 == 0 and 0 <= number < known and whole.names[int(number)]:
        return whole.names[int(number)]
    found.problem("unknown-class", f"there is no class {number:g}; {known} are named, from 0. The "
                  "object is left out.", line)
    return ""


def _shape(row: list[float], line: int, size: tuple[int, int], whole: _Set, file: Path) -> Shape:
    values = row[1:]
    if whole.points and len(values) == 4 + whole.points * whole.values_a_point:
        return _keypoints(values, size, whole)
    if len(values) in (4, 5):
        return _box(values[:4], size)
    if len(values) % 2 or len(values) < 6:
        raise FormatError(f"it has {len(row)} numbers, which is no kind of row that is known",
                          path=file, line=line)
    ring = tuple((_pixels(x, size[0]), _pixels(y, size[1]))
                 for x, y in zip(values[::2], values[1::2], strict=True))
    if whole.rotated and len(ring) == 4:
        return rotated_box(ring) or Polygon((ring,))
    return Polygon((ring,))


def _pixels(share: float, side: int) -> float:
    return round(share * side, _DIGITS)


def _box(values: list[float], size: tuple[int, int]) -> Box:
    x, y, w, h = values
    width, height = size
    return Box(_pixels(x - w / 2, width), _pixels(y - h / 2, height),
               _pixels(x + w / 2, width), _pixels(y + h / 2, height))


def _keypoints(values: list[float], size: tuple[int, int], whole: _Set) -> Shape:
    step = whole.values_a_point
    points, seen = [], []
    for at in range(4, len(values), step):
        x, y = values[at], values[at + 1]
        visible = int(values[at + 2]) if step == 3 else 2 if x or y else 0
        seen.append(min(max(visible, 0), 2))
        points.append((_pixels(x, size[0]), _pixels(y, size[1])) if visible > 0 else (0.0, 0.0))
    box = _box(values[:4], size)
    return Keypoints(tuple(points), tuple(seen), box) if any(seen) else box


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Boxes."""
    _write(target, samples, lambda item, size: _shares(_box_values(item.shape.bounds()), size))


def write_outlines(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Outlines, for segmentation."""
    def values(item: LabeledObject, size: tuple[int, int]) -> list[float]:
        assert isinstance(item.shape, Polygon)
        return _shares([value for point in joined(item.shape.rings) for value in point], size)

    _write(target, samples, values)


def write_rotated(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Rotated boxes."""
    def values(item: LabeledObject, size: tuple[int, int]) -> list[float]:
        assert isinstance(item.shape, RotatedBox)
        return _shares([value for point in item.shape.corners() for value in point], size)

    _write(target, samples, values)


def write_poses(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Key points, as many for each object as the one with most has."""
    kept = list(samples)
    points = max((len(item.shape.points) for sample in kept if sample.annotation is not None
                  for item in sample.annotation.objects if isinstance(item.shape, Keypoints)),
                 default=0)

    def values(item: LabeledObject, size: tuple[int, int]) -> list[float]:
        row = _shares(_box_values(item.shape.bounds()), size)
        found = item.shape if isinstance(item.shape, Keypoints) else Keypoints((), ())
        for (x, y), seen in zip(found.points, found.visibility, strict=True):
            row += [*_shares([x, y], size), seen] if seen else [0.0, 0.0, 0]
        return row + [0.0] * (3 * (points - len(found.points)))

    _write(target, kept, values, kpt_shape=[points, 3])


def _write(target: Target, samples: Iterable[AnnotatedSample],
           values: Callable[[LabeledObject, tuple[int, int]], list[float]], **more: Any) -> None:
    numbers = {name: number for number, name in enumerate(target.classes)}
    parts: dict[str, None] = {}
    for sample in samples:
        part = sample.split or "other"
        parts[part] = None
        target.place(sample, f"images/{part}/{sample.name}")
        if sample.annotation is None or sample.annotation.size is None:
            continue
        size = sample.annotation.size
        rows = (" ".join([str(numbers[item.label]), *map(_digits, values(item, size))])
                for item in sample.annotation.objects)
        target.write(f"labels/{part}/{sample.name.rpartition('.')[0]}.txt",
                     "".join(f"{row}\n" for row in rows))
    import yaml

    one = next((part for part in ("train", "val", "test", *parts) if part in parts), "train")
    data = {"path": ".", **{
        part: f"images/{part if part in parts else one}" for part in ("train", "val", "test")
        if part in parts or part != "test"}, **more, "names": dict(enumerate(target.classes))}
    target.write("data.yaml", yaml.safe_dump(data, sort_keys=False, allow_unicode=True))


def _box_values(box: tuple[float, float, float, float]) -> list[float]:
    x1, y1, x2, y2 = box
    return [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]


def _shares(values: list[float], size: tuple[int, int]) -> list[float]:
    return [value / size[at % 2] for at, value in enumerate(values)]


def _digits(value: float) -> str:
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text

