"""What a YOLO data set says as a whole, most of it in ``data.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from workbench.formats.class_file import class_names, load_yaml
from workbench.formats.label_text import decode
from workbench.formats.regular_file import MB, read_file

YAML_LIMIT = 4 * MB
PART_NAMES = {"train": "train", "training": "train", "val": "val", "valid": "val",
              "validation": "val", "test": "test", "testing": "test"}
"""What the parts of a split are called."""


@dataclass(slots=True)
class YoloSet:
    """Its classes and parts, and what rows of its label files mean."""

    names: list[str] = field(default_factory=list)
    values_a_point: int = 0
    points: int = 0
    """Key points of an object, and how many numbers each has: 2, or 3 with the visibility."""
    parts: dict[str, list[str]] = field(default_factory=dict)
    """Folders, lists or images of each part, as they are written."""
    base: str = ""
    """What they are relative to, as it is written; "" for the folder of the file."""
    file: Path | None = None
    """Where it is said."""
    rotated: bool = False
    """Whether four corners are a rotated box."""
    behind: tuple[str, ...] = ()
    """What stands behind the numbers of a box."""


def read_set(path: Path) -> YoloSet:
    """What a ``data.yaml`` says; raises FormatError where it cannot be read."""
    data = load_yaml(decode(read_file(path, YAML_LIMIT), path)[0], path)
    found = YoloSet(class_names(data.get("names"), path), file=path)
    found.base = data["path"] if isinstance(data.get("path"), str) else ""
    shape = data.get("kpt_shape")
    if isinstance(shape, list) and len(shape) == 2 and all(type(n) is int for n in shape):
        found.points, found.values_a_point = shape
    for key, part in PART_NAMES.items():
        value = data.get(key)
        entries = value if isinstance(value, list) else [value]
        found.parts.setdefault(part, []).extend(
            entry for entry in entries if isinstance(entry, str) and entry)
    return found
