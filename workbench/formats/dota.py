"""DOTA: a text file for each image, a row of four corners, class and difficulty for each object.

``labelTxt/P0001.txt`` is that of ``images/P0001.png``; before the rows may stand ``imagesource:``
and ``gsd:``, the size of a pixel in metres. Corners are in pixels of the image, clockwise, from the
front left one of the thing. What is published has several versions of labels beside each other
(``labelTxt-v1.0``, ``labelTxt-v1.5``), and upright boxes (``…_hbb``, ``…_reclabelTxt``). Source:
the benchmark's own description and DOTA_devkit's ``parse_dota_poly``, which takes a row by spaces,
so that no class may hold one there.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from workbench.core.annotation import DIFFICULT, NO_ATTRIBUTES, Attributes
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Polygon, Ring, RotatedBox
from workbench.core.paths import folded
from workbench.core.pixel_size import PixelSize, convert
from workbench.core.rings import rotated_box
from workbench.core.text import count, listed
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    LabeledObject,
    Source,
    Target,
)
from workbench.formats.class_file import is_label_name
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    CLASS_LIST,
    class_list,
    listed_classes,
    missing_image,
    some_files,
    start_of,
    tidy,
    unreadable_labels,
)
from workbench.formats.label_text import decode
from workbench.formats.regular_file import read_file
from workbench.formats.yolo_rows import ROUNDED
from workbench.formats.yolo_set import PART_NAMES

_IMAGE_SOURCE, _GSD = "imagesource", "gsd"
_HEAD = re.compile(r"""\s*['‘’"]?([A-Za-z][\w -]{0,40}?)['‘’"]?\s*:(.*)""")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_ROW = re.compile(rf"\s*(?:{_NUMBER}\s+){{8}}(?!{_NUMBER}\s*(?:\s\d+\s*)?$)\S.*")
_DIFFICULTY = re.compile(r"\d")
_FRACTION = re.compile(r"\d*\.\d+(?:[eE][-+]?\d+)?")
_UNKNOWN = frozenset({"", "null", "none", "nan"})
_UPRIGHT = re.compile("hbb|reclabel")
_VERSION = re.compile(r"v(\d+(?:\.\d+)?)")
_LINE_END = re.compile(r"\r\n?|\n")
_CORNERS = 8  # numbers
_LONGEST = 200  # characters of a class: what is longer is no row of this kind
_SCORE = "score"


# Recognising


def sniff(path: Path) -> bool:
    if path.is_file():
        return False  # it says nothing of where its images are
    texts = some_files(path, "labelTxt*/*.txt", "*/labelTxt*/*.txt", "labelTxt*/*/*.txt",
                       "*/labelTxt*/*/*.txt", "*.txt", "*/*.txt", "*/*/*.txt", most=40)
    return any(is_label_name(file.name) and _looks_like(start_of(file, 4096)) for file in texts)


def _looks_like(text: str) -> bool:
    """Whether the first lines are its head, or the first one that is none is a row."""
    for line in text.splitlines()[:20]:
        if (head := _HEAD.fullmatch(line)) is not None:
            if head[1].lower() in (_IMAGE_SOURCE, _GSD):
                return True
        elif line.strip():
            return _ROW.fullmatch(line) is not None
    return False


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images that have a file of labels."""
    classes = listed_classes(source)
    yield ClassNames(tuple(classes))
    names = {word: name for name, word in _words(classes).items()}
    files, doubled, missing = _files_of_images(source)
    if doubled:
        yield Problem(str(source.folder), "several-labels", f"labels of the same images lie in "
                      f"{listed(doubled)}: those of the highest version count.", "warning")
    for file in missing:
        if _looks_like(start_of(file, 4096)):
            yield missing_image(source, file, file.stem)
    shapes: Counter[type] = Counter()
    for image, file in files.items():
        source.used.add(file)
        try:
            for item in _sample(source, image, file, names):
                if isinstance(item, AnnotatedSample) and item.annotation is not None:
                    shapes.update(type(one.shape) for one in item.annotation.objects)
                yield item
        except (WorkbenchError, ValueError) as error:
            yield unreadable_labels(file, error)
    if shapes[Polygon]:
        found = count(shapes[Polygon], "object has", "objects have")
        yield Problem(str(source.folder), "no-rectangle", f"{found} four corners that are no "
                      "rectangle's, and came as polygons. Train can learn these as rotated boxes: "
                      "“Learn outlines” under “More”.", "warning")


def _files_of_images(source: Source) -> tuple[dict[Path, Path], list[str], list[Path]]:
    """The file of labels of each image, folders of which one has another version of what another
    has, and files that are of no image."""
    images: dict[str, list[Path]] = {}
    for image in source.images():
        images.setdefault(folded(image.stem), []).append(image)
    candidates: dict[Path, list[Path]] = {}
    missing: list[Path] = []
    for file in source.files(".txt"):
        if not is_label_name(file.name):
            continue
        found = images.get(folded(file.stem), [])
        if not found:
            missing.append(file)
        near = max((_in_common(file, image) for image in found), default=0)
        for image in found:
            if _in_common(file, image) == near:
                candidates.setdefault(image, []).append(file)
    doubled: dict[str, None] = {}
    for files in candidates.values():
        turned = {_place(file, source): None for file in files
                  if not _UPRIGHT.search(_place(file, source).lower())}
        doubled |= turned if len(turned) > 1 else {}
    return ({image: max(files, key=lambda file: _worth(file, image, source))
             for image, files in candidates.items()}, list(doubled), missing)


def _place(file: Path, source: Source) -> str:
    """The folder of a file, below that of the data set."""
    return file.parent.relative_to(source.folder).as_posix()


def _worth(file: Path, image: Path, source: Source) -> tuple[bool, int, float]:
    """What counts of several files of an image: turned boxes before upright ones, what lies near
    it, the highest version."""
    place = _place(file, source).lower()
    versions = [float(number) for number in _VERSION.findall(place)]
    return not _UPRIGHT.search(place), _in_common(file, image), max(versions, default=0.0)


def _in_common(file: Path, image: Path) -> int:
    return len(os.path.commonpath((file.parent, image.parent)))


def _sample(source: Source, image: Path, file: Path, names: dict[str, str],
            ) -> Iterator[AnnotatedSample | Problem]:
    found = ObjectList(file, source.size(image))
    said: dict[str, str | float | bool] = {}
    pixel = None
    for number, line in enumerate(_LINE_END.split(decode(read_file(file), file)[0]), start=1):
        head = _HEAD.fullmatch(line.strip())
        if head is not None:
            name, value = head[1], head[2].strip()
            if name.lower() == _GSD:
                pixel = _pixel(value, number, found)
            elif value.lower() not in _UNKNOWN:
                said[name.lower() if name.lower() == _IMAGE_SOURCE else name] = value
        elif words := line.split():
            label, ring, attributes = _row(words, file, number)
            box = rotated_box(ring, ROUNDED)
            found.add(names.get(label, label), box or Polygon((ring,)), attributes, line=number)
    yield from found.problems
    inside = (part.lower() for part in image.relative_to(source.folder).parts[:-1])
    part = next((PART_NAMES[name] for name in inside if name in PART_NAMES), "")
    yield AnnotatedSample(image, Annotation(tuple(found.objects),
                                            attributes=said or NO_ATTRIBUTES), part, pixel=pixel)


def _pixel(text: str, line: int, found: ObjectList) -> PixelSize | None:
    if text.lower() in _UNKNOWN:
        return None
    try:
        side = float(text)
        return PixelSize(side, side, "m")
    except ValueError:
        found.problem("no-scale", f"{_GSD} “{text}” is no size of a pixel in metres and is left "
                      "out.", line)
        return None


def _row(words: list[str], file: Path, line: int) -> tuple[str, Ring, Attributes]:
    try:
        flat = list(map(float, words[:_CORNERS]))
    except ValueError:
        flat = []
    if len(flat) < _CORNERS or len(words) == _CORNERS:
        raise FormatError("it has no four corners and a class", path=file, line=line)
    if not all(map(math.isfinite, flat)):
        raise FormatError("a number is not finite", path=file, line=line)
    label, attributes = _class(words[_CORNERS:])
    if len(label) > _LONGEST:
        raise FormatError(f"its class has more than {_LONGEST} characters", path=file, line=line)
    return label, tuple(zip(flat[::2], flat[1::2], strict=True)), attributes


def _class(words: list[str]) -> tuple[str, Attributes]:
    """The class, and the difficulty or the score of what a model found, if one stands behind it."""
    last = words[-1] if len(words) > 1 else ""
    if _FRACTION.fullmatch(last):
        return " ".join(words[:-1]), {_SCORE: float(last)}
    if not _DIFFICULTY.fullmatch(last):
        return " ".join(words), NO_ATTRIBUTES
    return " ".join(words[:-1]), {DIFFICULT: True} if last != "0" else NO_ATTRIBUTES


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """``images`` and ``labelTxt``, in a folder for each part of the split."""
    words = _words(target.classes)
    target.write(CLASS_LIST, class_list(target.classes))
    for sample in samples:
        base = f"{sample.split}/" if sample.split else ""
        target.place(sample, f"{base}images/{sample.name}")
        if sample.annotation is None:
            continue
        told = str(sample.annotation.attributes.get(_IMAGE_SOURCE, "null"))
        lines = [f"{_IMAGE_SOURCE}:{' '.join(told.split())}", f"{_GSD}:{_metres(sample.pixel)}"]
        lines += [_line(item, words[item.label]) for item in sample.annotation.objects]
        target.write(f"{base}labelTxt/{sample.name.rpartition('.')[0]}.txt",
                     "".join(f"{line}\n" for line in lines))


def _line(item: LabeledObject, word: str) -> str:
    shape = item.shape
    assert isinstance(shape, RotatedBox | Polygon)
    ring = shape.corners() if isinstance(shape, RotatedBox) else shape.rings[0]
    corners = " ".join(str(tidy(value)) for point in ring for value in point)
    return f"{corners} {word} {int(item.difficult)}"


def _metres(pixel: PixelSize | None) -> str:
    if pixel is None or (side := convert(math.sqrt(pixel.x * pixel.y), pixel.unit, "m")) is None:
        return "null"
    return f"{side:.12g}"


def _words(classes: Sequence[str]) -> dict[str, str]:
    """What classes are called in rows: without spaces, and each as no other is."""
    words: dict[str, str] = {}
    taken = {name for name in classes if len(name.split()) == 1}
    for name in classes:
        plain = word = "-".join(name.split())
        number = 1
        while word != name and word in taken:
            number += 1
            word = f"{plain}-{number}"
        taken.add(word)
        words[name] = word
    return words
