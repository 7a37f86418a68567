"""What readers of labels in JSON share: a file as plain data, and numbers that are numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.core.annotation import NO_ATTRIBUTES, Attributes, LabeledObject
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Ring, RotatedBox
from workbench.core.paths import visible
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import Source
from workbench.formats.label_text import decode, start
from workbench.formats.regular_file import MB, open_regular, read_file
from workbench.formats.voc_outlines import attribute_text

LIMIT = 1_000 * MB
CLASS_LIST = "labels.txt"
UNCLASSIFIED = "object"
"""The class of objects that have none."""
_NUMBERS = frozenset({int, float})
_PARTS = (("train", "train"), ("valid", "val"), ("val", "val"), ("test", "test"))
_WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+")
_PART_WORD = re.compile("(?:mini|my|sub)?(train|valid|val|test)"
                        "(?:ing|ation|val|set|data|images|labels|annotations|split)?")
_PEEK = 1 << 16
_END = 4096


def load_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises
    ------
    WorkbenchError
        If it cannot be read.
    FormatError
        If it is no JSON; with the line.
    """
    return parse_json(read_file(path, LIMIT), path)


def parse_json(data: bytes, path: Path) -> Any:
    """The same of the bytes that ``path`` holds."""
    try:
        return json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise FormatError(f"it is no JSON ({error.msg})", path=path, line=error.lineno) from None
    except RecursionError:
        raise FormatError("it is nested too deeply", path=path) from None
    except UnicodeDecodeError:
        raise FormatError("the text is not UTF-8", path=path) from None
    except ValueError:
        raise FormatError("a number is too large", path=path) from None


def attributes_of(value: Any) -> Attributes:
    """What an object of names and values says, without what is not the case; of several values,
    as of ticked boxes, a text."""
    if not isinstance(value, dict):
        return NO_ATTRIBUTES
    said = ((str(name), _joined(item) if isinstance(item, list) else item)
            for name, item in value.items())
    return {name: item for name, item in said
            if isinstance(item, str | int | float) and item is not False} or NO_ATTRIBUTES


def _joined(values: list[Any]) -> str | None:
    """ "red, blue"; None where there are none, or others than plain ones."""
    plain = values and all(isinstance(item, str | int | float) for item in values)
    return ", ".join(map(str, values)) if plain else None


def some_files(path: Path, *patterns: str, most: int = 20) -> Iterator[Path]:
    """``path`` itself where it is a file, else the first files in it that fit a glob pattern."""
    if path.is_file():
        return iter((path,))
    return islice((file for pattern in patterns for file in visible(path.glob(pattern))), most)


def label_files(source: Source, looks_like: Callable[[Path], bool],
                ) -> tuple[list[Path], list[Problem]]:
    """The file that a person pointed at, or those below the folder that ``looks_like`` knows; and
    what no reader could know, since it is cut off or damaged."""
    if source.file is not None:
        return [source.file], []
    files: list[Path] = []
    damaged: list[Problem] = []
    for path in source.files(".json"):
        if looks_like(path):
            files.append(path)
        elif fault := json_fault(path):
            damaged.append(Problem(str(path), "unreadable-labels", fault))
    return files, damaged


def json_fault(path: Path) -> str:
    """Why a file cannot be JSON of any kind, as a sentence; "" where it may be. Of a large one only
    the end is looked at."""
    try:
        with open_regular(path) as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - _END))
            whole = stream.read().rstrip().endswith((b"}", b"]"))
        if not whole:
            return f"{path.name} is {'cut off' if size else 'empty'}: its labels are missing."
        if size <= MB:
            load_json(path)
    except FormatError as error:
        return error.sentence()
    except (OSError, WorkbenchError):
        return ""  # reported by whoever reads it
    return ""


def missing_image(source: Source, file: Path, name: str, line: int | None = None) -> Problem:
    """An image that ``file`` names, and that :meth:`Source.find` does not find."""
    alike = source.alike(name)
    reason = "is not here" if len(alike) < 2 else (
        f"may be {alike[0]} or {alike[1]}" + (" …" if len(alike) > 2 else "")
        + ": its labels are left out")
    return Problem(str(file), "missing-image", f"{name or 'an image without a name'} {reason}.",
                   "warning", line)


def unreadable_labels(file: Path, error: Exception) -> Problem:
    """A file whose labels cannot be read, by a sentence of our own or by what is wrong in it."""
    if isinstance(error, WorkbenchError):
        return Problem(str(file), "unreadable-labels", error.sentence(), line=error.line)
    return Problem(str(file), "unreadable-labels", f"{file.name}: {error}.")


def start_of(path: Path, size: int = _PEEK) -> str:
    """The beginning of a file as text; "" where it is no regular file or cannot be read."""
    try:
        with open_regular(path) as stream:
            return start(stream.read(size))
    except OSError:
        return ""


def listed_classes(source: Source) -> list[str]:
    """The classes that ``labels.txt`` beside labels lists, for formats that say no order."""
    path = next((path for path in source.files(".txt")
                 if path.name in (CLASS_LIST, "classes.txt")), None)
    if path is None:
        return []
    lines = decode(read_file(path), path)[0].splitlines()
    special = ("__ignore__", "_background_")
    return [line.strip() for line in lines if line.strip() and line.strip() not in special]


def class_list(classes: Iterable[str]) -> str:
    """The text of such a list: a line for each, whatever it is called."""
    return "".join(f"{' '.join(name.split())}\n" for name in classes)


def part_of(file: Path, folder: Path) -> str:
    """The part that a word of a file's name, or of its folder's, says ("instances_val2017.json",
    and not "latest.json" or "valley")."""
    for text in (file.stem, file.parent.name if file.parent != folder else ""):
        words = (_PART_WORD.fullmatch(word.lower()) for word in _WORD.findall(text))
        said = {word[1] for word in words if word is not None}
        for word, part in _PARTS:
            if word in said:
                return part
    return ""


def id_of(value: Any) -> Any:
    """An id; some programs write whole numbers as 7.0 or "7", and not everywhere the same."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) < 19 and value.isdecimal() and (
            value == "0" or value[0] != "0"):
        return int(value)
    return value


def find_in_part(source: Source, file: Path, name: str, part: str) -> Path | None:
    """The image that ``file``, which is about a part, calls so; of several that in the folder which
    the file is called like ("train2017" of instances_train2017.json)."""
    folders = (file.stem.rpartition("_")[2], part, "valid" if part == "val" else "")
    tried = (name, *(f"{folder}/{name}" for folder in folders if folder))
    return next((path for one in tried
                 if (path := source.find(one, file.parent)) is not None), None)


def mapping(value: Any, what: str) -> dict[str, Any]:
    """``value``, which must hold named values; ValueError where it does not."""
    if not isinstance(value, dict):
        raise ValueError(f"{what} does not hold named values")
    return value


def entries(value: Any, what: str) -> list[Any]:
    """``value``, which must be a list; ValueError where it is none."""
    if not isinstance(value, list):
        raise ValueError(f"{what} is no list")
    return value


def number(value: Any, what: str) -> float:
    """``value``, which must be a number; ValueError where it is none."""
    if type(value) not in (int, float):
        raise ValueError(f"{what} is no number")
    return _float(value, what)


def _float(value: float, what: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{what} holds a number that is too large") from None


def numbers(value: Any, what: str) -> list[float]:
    """``value``, which must be a list of numbers; ValueError where it is none."""
    if not isinstance(value, list) or not _NUMBERS.issuperset(map(type, value)):
        raise ValueError(f"{what} is no list of numbers")
    return value


def box_of_sides(value: Any, what: str = "bbox") -> Box:
    """The box of ``[x, y, width, height]``; ValueError where it is none."""
    sides = numbers(value, what)
    if len(sides) != 4:
        raise ValueError(f"{what} has not four numbers")
    x, y, width, height = sides
    if width < 0 or height < 0:
        raise ValueError(f"{what} has a negative side")
    return Box(_float(x, what), _float(y, what), round(_float(x + width, what), 6),
               round(_float(y + height, what), 6))


def turned_box(box: Box, degrees: float) -> Box | RotatedBox:
    """A box turned about its middle, clockwise on screen."""
    if not degrees:
        return box
    x1, y1, x2, y2 = box
    return RotatedBox(((x1 + x2) / 2, (y1 + y2) / 2), x2 - x1, y2 - y1,
                      math.radians(degrees) % math.tau)


def unturned(item: LabeledObject) -> LabeledObject:
    """A box whose attribute ``rotation`` is a number with that as text: :func:`turned_box` is what
    readers make of the number."""
    angle = item.attributes.get("rotation", "")
    return item if isinstance(angle, str) or not isinstance(item.shape, Box) \
        else item.with_attribute("rotation", attribute_text(angle))


def ring_of(value: Any, what: str) -> Ring:
    """The outline of ``[x1, y1, x2, y2, …]``, without the first point again at its end; ValueError
    where it is none."""
    flat = numbers(value, what)
    if len(flat) % 2:
        raise ValueError(f"{what} has a coordinate too many")
    return ring_of_lists(flat[::2], flat[1::2], what)


def ring_of_lists(xs: Iterable[float], ys: Iterable[float], what: str) -> Ring:
    """The same of its x and its y, which are as many."""
    try:
        return open_ring(tuple(zip(map(float, xs), map(float, ys), strict=True)))
    except OverflowError:
        raise ValueError(f"{what} holds a number that is too large") from None


def ring_of_points(value: Any, what: str, scale: tuple[float, float] = (1.0, 1.0)) -> Ring:
    """The same of ``[[x1, y1], [x2, y2], …]``, each coordinate times ``scale``."""
    points = [numbers(point, what) for point in entries(value, what)]
    if any(len(point) < 2 for point in points):
        raise ValueError(f"{what} has a point without two coordinates")
    try:
        return open_ring(tuple((round(point[0] * scale[0], 4), round(point[1] * scale[1], 4))
                               for point in points))
    except OverflowError:
        raise ValueError(f"{what} holds a number that is too large") from None


def open_ring(ring: Ring) -> Ring:
    """An outline without its first point at its end again."""
    return ring[:-1] if len(ring) > 3 and ring[0] == ring[-1] else ring


def polygon_ring(ring: Ring) -> Ring:
    """``ring``, which must have three points at least; ValueError where it has not."""
    if len(ring) < 3:
        raise ValueError(f"an outline has {len(ring)} points, and needs three")
    return ring


def flat(ring: Ring) -> list[float]:
    """``[x1, y1, x2, y2, …]``."""
    return [tidy(value) for point in ring for value in point]


def tidy(value: float) -> float:
    """With 4 places, and none where it is whole."""
    value = round(value, 4)
    return int(value) if value % 1 == 0 else value


def dump(value: Any, indent: int | None = None) -> str:
    """JSON as people write it."""
    return json.dumps(value, ensure_ascii=False, indent=indent)
