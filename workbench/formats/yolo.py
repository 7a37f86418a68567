"""YOLO: a text file for each image, in shares of its size; ``data.yaml`` names classes and parts.

A row is ``class cx cy w h``, ``class x1 y1 x2 y2 …`` of an outline, ``class x1 y1 … x4 y4`` of a
rotated box, or ``class cx cy w h (x y [v]) …`` of key points. Behind a box may stand a confidence
and the number of a track, behind an outline a confidence, as programs write what they found. The
label file of ``…/images/a.jpg`` is ``…/labels/a.txt``; without one an image holds nothing.
Source: what Ultralytics' loaders read, and Darknet's. Shares are of the displayed image.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.core.annotation import NO_ATTRIBUTES, Attributes
from workbench.core.dots import dot_or
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.paths import folded, is_file, start_in, visible
from workbench.core.rings import joined, rotated_box
from workbench.core.shapes import Shape
from workbench.core.text import listed
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    LabeledObject,
    Source,
    Target,
)
from workbench.formats.class_file import NAME_FILES, is_label_name, is_yaml
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_text import decode
from workbench.formats.regular_file import open_regular, read_file
from workbench.formats.yolo_parts import list_lines
from workbench.formats.yolo_rows import (
    ROUNDED,
    behind_boxes,
    box_of,
    centre_and_sides,
    digits,
    is_tracked,
    outline_of,
    pixels,
    shares,
)
from workbench.formats.yolo_set import PART_NAMES, YAML_LIMIT, YoloSet, read_set

_ROW = re.compile(r"\s*\d+(?:\.0+)?(?:\s+[-+0-9.eE]+){4,}\s*")
_NAMES = re.compile(r"""^(?:\{\s*)?(["']?)names\1\s*:""", re.MULTILINE)
TWO_READINGS = "two-readings"
"""Kind of the problem that rows may be boxes with what a program found, or triangles."""
_LOOKED_AT = 200  # label files by which rotated boxes are told from outlines


# Recognising


def sniff(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() in (".yaml", ".yml") and "names" in _start(path)
    if describing_yaml(path) is not None:
        return True
    texts = (file for pattern in ("*.txt", "*/*.txt", "*/*/*.txt")
             for file in visible(path.glob(pattern))
             if is_label_name(file.relative_to(path).as_posix()))
    return any(_looks_like_rows(_start(file)) for file in islice(texts, 40))


def _start(path: Path) -> str:
    try:
        with open_regular(path) as stream:
            return stream.read(4096).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def _looks_like_rows(text: str) -> bool:
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    if len(text) >= 4096 and len(lines) > 1:
        lines.pop()
    return bool(lines) and all(_ROW.fullmatch(line) for line in lines)


def describing_yaml(folder: Path) -> Path | None:
    """The data.yaml of a folder, by whatever name."""
    found = sorted((path for pattern in ("*.yaml", "*.yml", "*/*.yaml")
                    for path in visible(folder.glob(pattern))),
                   key=lambda path: path.name != "data.yaml")
    return next((path for path in found if is_file(path) and _NAMES.search(_start(path))), None)


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """All images, with what their label files say."""
    yield from _YoloReader(source).run()


def read_outlines(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The same, where three corners are no box with a confidence and a track."""
    yield from _YoloReader(source, outlines=True).run()


def parts_of(source: Source, file: Path) -> dict[Path, str]:
    """The part of each image of a split, as ``file`` (a data.yaml, if it is one) or folders say."""
    return _YoloReader(source)._parts(_split_in(source, file))[0]


def lists_of(source: Source, file: Path) -> list[Path]:
    """The text files that list the images of a split, as ``file`` names them."""
    whole, reader = _split_in(source, file), _YoloReader(source)
    places = (reader.place_of(entry, whole) for entries in whole.parts.values()
              for entry in entries)
    return sorted({place for place in places if place is not None and _is_list(place)})


def _split_in(source: Source, file: Path) -> YoloSet:
    return read_set(file) if is_yaml(file) else YoloSet(parts=_of_darknet(source))


def _of_darknet(source: Source) -> dict[str, list[str]]:
    """The lists of each part that Darknet's ``obj.data`` names, as CVAT writes it, too."""
    lines = (line.partition("=") for path in source.files(".data")
             for line in _start(path).splitlines())
    found: dict[str, list[str]] = {}
    for key, _, value in lines:
        part = PART_NAMES.get(key.strip())
        if part and value.strip():
            found.setdefault(part, []).append(value.strip())
    return found


def part_entries(file: Path) -> dict[str, list[str]]:
    """The folders and lists that a data.yaml names for each part."""
    return read_set(file).parts


def base_of(source: Source, file: Path) -> Path:
    """The folder from which a data.yaml names folders and lists."""
    whole, reader = read_set(file), _YoloReader(source)
    for entry in (entry for entries in whole.parts.values() for entry in entries):
        inside = _inside(entry.replace("\\", "/"))
        place = reader.place_of(entry, whole)
        start = place.as_posix().removesuffix(f"/{inside}") if place is not None else ""
        if start and start != str(place):
            return Path(start)
    named = Path(_normal(file.parent / whole.base))
    return named if named.is_dir() else file.parent


class _YoloReader:
    def __init__(self, source: Source, *, outlines: bool = False) -> None:
        self._source, self._outlines = source, outlines
        start = len(start_in(source.folder))
        self._named_texts = {name: path for path in source.files(".txt") if is_label_name(
            (name := str(path))[start:].replace(os.sep, "/"))}
        self._texts = set(self._named_texts.values())

    def run(self) -> Iterator[AnnotatedSample | ClassNames | Problem]:
        whole = self._whole()
        yield from self._look(whole)
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

    def _whole(self) -> YoloSet:
        file = self._source.file or describing_yaml(self._source.folder)
        if file is not None:
            return read_set(file)
        names = next((path for path in self._source.files(".txt", ".names", ".labels")
                      if path.name.lower() in NAME_FILES), None)
        if names is None:
            return YoloSet()
        text = decode(read_file(names, YAML_LIMIT), names)[0]
        return YoloSet([line.strip() for line in text.strip().splitlines()], file=names,
                    parts=_of_darknet(self._source))

    # Which label file, which part

    def _label_file(self, image: Path) -> Path | None:
        stem = os.path.splitext(image)[0]  # noqa: PTH122  as texts: of 100,000 images
        before, folder, after = f"{os.sep}{stem}".rpartition(f"{os.sep}images{os.sep}")
        other = f"{before}{os.sep}labels{os.sep}{after}.txt"[1:] if folder else ""
        for name in (other, f"{stem}.txt"):
            if name in self._named_texts:
                return self._named_texts[name]
        found = self._by_stem.get(folded(image.stem), [])
        return found[0] if len(found) == 1 and self._is_alone(image) else None

    @cached_property
    def _by_stem(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for path in self._texts:
            found.setdefault(folded(path.stem), []).append(path)
        return found

    def _is_alone(self, image: Path) -> bool:
        """Whether no other image has its stem."""
        if not hasattr(self, "_stems"):
            self._stems: dict[str, int] = {}
            for path in self._source.images():
                stem = folded(path.stem)
                self._stems[stem] = self._stems.get(stem, 0) + 1
        return self._stems[folded(image.stem)] == 1

    def _parts(self, whole: YoloSet) -> tuple[dict[Path, str], list[Problem]]:
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
                part = next(filter(None, (PART_NAMES.get(name.lower()) for name in inside)), "")
                if part:
                    found[image] = part
        return found, problems

    def _named(self, entry: str, whole: YoloSet) -> list[Path]:
        """The images of a folder, or of a text file that lists them."""
        place = self.place_of(entry, whole)
        if place is None:
            return []
        if not _is_list(place):
            return self._images_in(place)
        lines = dict.fromkeys(list_lines(read_file(place)))
        listed = (self._source.find(line, place.parent) for line in lines)
        return [image for image in listed if image is not None]

    def place_of(self, entry: str, whole: YoloSet) -> Path | None:
        """The folder of images, or the text file that lists them, which an entry means."""
        return next((place for place in self._places(entry, whole)
                     if _is_list(place) or self._images_in(place)), None)

    def _images_in(self, place: Path) -> list[Path]:
        start = f"{place}{os.sep}"
        return [image for image in self._source.images() if str(image).startswith(start)]

    def _places(self, entry: str, whole: YoloSet) -> Iterator[Path]:
        entry = entry.replace("\\", "/")
        folder, own = self._source.folder, (whole.file or self._source.folder).parent
        inside = _inside(entry)
        for place in (own / whole.base / entry, own / entry, own / inside, folder / inside,
                      folder / whole.base.replace("\\", "/").strip("/") / inside):
            yield Path(_normal(place))
        parts = [part for part in inside.split("/") if part]
        yield from (folder.joinpath(*parts[at:]) for at in range(1, len(parts)))

    # One image

    def _sample(self, image: Path, file: Path, part: str, whole: YoloSet,
                ) -> Iterator[AnnotatedSample | Problem]:
        try:
            self._source.used.add(file)
            size = self._source.size(image)
            found = ObjectList(file, size)
            for number, row in _rows(file):
                name = _class_name(row, number, whole, found)
                if name:
                    shape, said = _shape(row, number, size, whole, file)
                    found.add(name, shape, said, line=number)
        except WorkbenchError as error:
            path = error.path or file
            yield Problem(str(path), "unreadable-labels", error.sentence(), line=error.line)
            return
        yield from found.problems
        yield AnnotatedSample(image, Annotation(tuple(found.objects)), part)

    def _look(self, whole: YoloSet) -> Iterator[Problem]:
        """Find out what rows mean: where all outlines have four corners, they are rotated boxes."""
        if whole.points:
            return
        rows: list[list[float]] = []
        for file in islice(sorted(self._texts), _LOOKED_AT):
            try:
                rows += [row[1:] for _, row in _rows(file)]
            except WorkbenchError:
                continue  # reported when it is read
        whole.rotated = {len(row) // 2 for row in rows if len(row) > 5} == {4}
        whole.behind = behind_boxes(rows)
        tracked = len(whole.behind) == 2
        unsure = tracked and all(row[5] <= 1 for row in rows if len(row) == 6)
        kind, words = TWO_READINGS if unsure else "predictions", ""
        if tracked and self._outlines:
            whole.behind = whole.behind[:1]
            words = ("rows of seven numbers are read as triangles; they could be boxes with a "
                     "score and a track, which --format yolo reads." if unsure else "")
        elif whole.behind:
            words = ("behind the boxes stand numbers, as a program writes what it found; kept as "
                     f"attributes: {listed(whole.behind)}." + (
                         " They could be the corners of triangles, too: “YOLO (outlines)”, "
                         "--format yolo-segment, reads them so." if unsure else ""))
        if words:
            yield Problem(str(self._source.folder), kind, words, "warning")

    def _highest(self) -> int:
        highest = -1
        for file in self._texts:
            try:
                highest = max([highest, *(int(row[0]) for _, row in _rows(file)
                                          if 0 <= row[0] < 10_000)])
            except WorkbenchError:
                continue
        return highest


def _is_list(path: Path) -> bool:
    return path.suffix.lower() == ".txt" and is_file(path)


def _inside(entry: str) -> str:
    """An entry without what leads out of the folder that it starts from."""
    return "/".join(part for part in entry.split("/") if part not in ("..", ".", ""))


def _normal(path: Path) -> str:
    return os.path.normpath(path)


def _rows(file: Path) -> Iterator[tuple[int, list[float]]]:
    """Number and values of each row with something in it."""
    data = read_file(file).removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(data.split(b"\n"), start=1):
        words = line.split()
        if not words:
            continue
        try:
            row = list(map(float, words))
        except ValueError:
            raise FormatError("it is not a row of numbers", path=file, line=number) from None
        if len(row) < 5 or not all(map(math.isfinite, row)):
            raise FormatError("it has no class and four numbers" if len(row) < 5 else
                              "a number is not finite", path=file, line=number)
        yield number, row


def _class_name(row: list[float], line: int, whole: YoloSet, found: ObjectList) -> str:
    number = row[0]
    known = len(whole.names)
    if number % 1 == 0 and 0 <= number < known and whole.names[int(number)]:
        return whole.names[int(number)]
    found.problem("unknown-class", f"there is no class {number:g}; {known} are named, from 0. The "
                  "object is left out.", line)
    return ""


def _shape(row: list[float], line: int, size: tuple[int, int], whole: YoloSet, file: Path,
           ) -> tuple[Shape, Attributes]:
    """What a row says, and what stands behind that."""
    values = row[1:]
    if whole.points and len(values) == 4 + whole.points * whole.values_a_point:
        return _keypoints(values, size, whole), NO_ATTRIBUTES
    if len(values) in (4, 5) or (len(whole.behind) == 2 and is_tracked(values)):
        said = dict(zip(whole.behind, values[4:], strict=False)) if len(values) > 4 else {}
        return box_of(values[:4], size), said or NO_ATTRIBUTES
    said = {}
    if len(values) % 2:
        if not 0 <= values[-1] <= 1:
            raise FormatError(f"it has {len(row)} numbers, which is no kind of row that is known",
                              path=file, line=line)
        said = {"score": values.pop()}
    ring = outline_of(values, size)
    if whole.rotated and len(ring) == 4:
        return rotated_box(ring, ROUNDED) or Polygon((ring,)), said or NO_ATTRIBUTES
    return Polygon((ring,)), said or NO_ATTRIBUTES


def _keypoints(values: list[float], size: tuple[int, int], whole: YoloSet) -> Shape:
    step = whole.values_a_point
    points, seen = [], []
    for at in range(4, len(values), step):
        x, y = values[at], values[at + 1]
        visible = int(values[at + 2]) if step == 3 else 2 if x or y else 0
        seen.append(min(max(visible, 0), 2))
        points.append((pixels(x, size[0]), pixels(y, size[1])) if visible > 0 else (0.0, 0.0))
    box = box_of(values[:4], size)
    return dot_or(Keypoints(tuple(points), tuple(seen), box)) if any(seen) else box


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Boxes."""
    _write(target, samples, lambda item, size: shares(centre_and_sides(item.shape.bounds()), size))


def write_outlines(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Outlines, for segmentation."""
    def values(item: LabeledObject, size: tuple[int, int]) -> list[float]:
        assert isinstance(item.shape, Polygon)
        return shares([value for point in joined(item.shape.rings) for value in point], size)

    _write(target, samples, values)


def write_rotated(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Rotated boxes."""
    def values(item: LabeledObject, size: tuple[int, int]) -> list[float]:
        assert isinstance(item.shape, RotatedBox)
        return shares([value for point in item.shape.corners() for value in point], size)

    _write(target, samples, values)


def write_poses(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Key points, as many for each object as the one with most has."""
    kept = list(samples)
    points = max((len(item.shape.points) for sample in kept if sample.annotation is not None
                  for item in sample.annotation.objects if isinstance(item.shape, Keypoints)),
                 default=0)

    def values(item: LabeledObject, size: tuple[int, int]) -> list[float]:
        row = shares(centre_and_sides(item.shape.bounds()), size)
        found = item.shape if isinstance(item.shape, Keypoints) else Keypoints((), ())
        for (x, y), seen in zip(found.points, found.visibility, strict=True):
            row += [*shares([x, y], size), seen] if seen else [0.0, 0.0, 0]
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
        rows = (" ".join([str(numbers[item.label]), *map(digits, values(item, size))])
                for item in sample.annotation.objects)
        target.write(f"labels/{part}/{sample.name.rpartition('.')[0]}.txt",
                     "".join(f"{row}\n" for row in rows))
    import yaml

    one = next((part for part in ("train", "val", "test", *parts) if part in parts), "train")
    # without "path" loaders start from the file, with "." from wherever they are called
    data = {**{
        part: f"images/{part if part in parts else one}" for part in ("train", "val", "test")
        if part in parts or part != "test"}, **more, "names": dict(enumerate(target.classes))}
    target.write("data.yaml", yaml.safe_dump(data, sort_keys=False, allow_unicode=True))
