"""What readers of labels in JSON share: a file as plain data, and numbers that are numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.core.errors import FormatError
from workbench.core.outlines import Ring
from workbench.core.shapes import Box
from workbench.extension.annotation_formats import Source
from workbench.formats.label_text import decode
from workbench.formats.regular_file import MB, open_regular, read_file

LIMIT = 1_000 * MB
CLASS_LIST = "labels.txt"
_NUMBERS = frozenset({int, float})
_PARTS = (("train", "train"), ("valid", "val"), ("val", "val"), ("test", "test"))
_LOOK = 1 << 16


def load_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises
    ------
    WorkbenchError
        If it cannot be read.
    FormatError
        If it is no JSON; with the line.
    """
    data = read_file(path, LIMIT)
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


def some_files(path: Path, *patterns: str, most: int = 20) -> Iterator[Path]:
    """``path`` itself where it is a file, else the first files in it that fit a glob pattern."""
    if path.is_file():
        return iter((path,))
    return islice((file for pattern in patterns for file in path.glob(pattern)), most)


def start_of(path: Path, size: int = _LOOK) -> str:
    """The beginning of a file as text; "" where it is no regular file or cannot be read."""
    try:
        with open_regular(path) as stream:
            return stream.read(size).decode("utf-8-sig", "replace")
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
    """The text of such a list."""
    return "".join(f"{name}\n" for name in classes)


def part_of(file: Path, folder: Path) -> str:
    """The part that a file's name, or its folder's, says ("instances_val2017.json")."""
    for text in (file.stem.lower(), file.parent.name.lower() if file.parent != folder else ""):
        for word, part in _PARTS:
            if word in text:
                return part
    return ""


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
    return float(value)


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
    return Box(float(x), float(y), round(x + width, 6), round(y + height, 6))


def ring_of(value: Any, what: str) -> Ring:
    """The outline of ``[x1, y1, x2, y2, …]``, without the first point again at its end; ValueError
    where it is none."""
    flat = numbers(value, what)
    if len(flat) % 2:
        raise ValueError(f"{what} has a coordinate too many")
    values = list(map(float, flat))
    return open_ring(tuple(zip(values[::2], values[1::2], strict=True)))


def ring_of_points(value: Any, what: str, scale: tuple[float, float] = (1.0, 1.0)) -> Ring:
    """The same of ``[[x1, y1], [x2, y2], …]``, each coordinate times ``scale``."""
    points = [numbers(point, what) for point in entries(value, what)]
    if any(len(point) < 2 for point in points):
        raise ValueError(f"{what} has a point without two coordinates")
    return open_ring(tuple((round(point[0] * scale[0], 4), round(point[1] * scale[1], 4))
                           for point in points))


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
