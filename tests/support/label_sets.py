"""Small labelled data sets in any format, written and read without a project."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.project.helpers import png
from workbench.core.annotation import NO_ATTRIBUTES, Attributes
from workbench.core.errors import Problem
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    LabeledObject,
    annotation_formats,
)
from workbench.extension.registry import load
from workbench.project.imports.label_source import FolderSource
from workbench.project.label_export import FolderTarget

SIZE = (640, 480)
RING = ((10.0, 10.0), (90.0, 10.0), (90.0, 60.0))
CLASSES = ("cat", "dog", "bird of prey", "Ärger & <co>")


@dataclass
class Found:
    """What was read: annotations and parts by name of the image, classes, problems."""

    annotations: dict[str, Annotation] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [problem.kind for problem in self.problems]

    def objects(self, name: str) -> list[tuple[str, object]]:
        return [(item.label, item.shape) for item in self.annotations[name].objects]


def image(path: Path, size: tuple[int, int] = SIZE) -> Path:
    """A picture of that size, which is all in one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(*size))
    return path


def read_set(path: Path, format: str) -> Found:
    """What a format's reader says of a folder or file."""
    found = Found()
    with TemporaryDirectory() as scratch:
        for item in load(annotation_formats.get(format).read)(FolderSource(path, Path(scratch))):
            if isinstance(item, Problem):
                found.problems.append(item)
            elif isinstance(item, ClassNames):
                found.classes = item.names
            elif item.annotation is not None:
                found.annotations[item.path.name] = item.annotation
                found.parts[item.path.name] = item.split
    labels = [item.label for each in found.annotations.values() for item in each.objects]
    found.classes = tuple(dict.fromkeys([*found.classes, *labels]))
    return found


@contextmanager
def written_set(
    format: str, samples: Sequence[tuple[str, str, Sequence[LabeledObject]]],
    classes: Sequence[str] = CLASSES, of_image: Attributes = NO_ATTRIBUTES,
) -> Iterator[Path]:
    """A folder with samples (name, part, objects), of which all is said ``of_image``, as a format's
    writer writes them."""
    with TemporaryDirectory() as name:
        images, folder = Path(name, "images"), Path(name, "set")
        folder.mkdir()
        given = [AnnotatedSample(image(images / sample), Annotation(
            tuple(objects), size=SIZE, attributes=of_image), part, sample)
            for sample, part, objects in samples]
        load(annotation_formats.get(format).write)(FolderTarget(folder, classes, "copy"),
                                                   iter(given))
        yield folder


def put(folder: Path, name: str, data: Any) -> Path:
    """A file of text, or of what JSON makes of ``data``."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return path
