"""``dots.txt``: a line for each object, "FILE LABEL LEFT TOP RIGHT BOTTOM"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    Box,
    LabeledObject,
    Problem,
    Source,
    Target,
)


def sniff(folder: Path) -> bool:
    return (folder / "dots.txt").is_file()


def read(source: Source) -> Iterator[AnnotatedSample | Problem]:
    found: dict[str, list[LabeledObject]] = {}
    file = source.folder / "dots.txt"
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            name, label, *corners = line.split()
            found.setdefault(name, []).append(LabeledObject(label, Box(*map(float, corners))))
        except (ValueError, TypeError):
            yield Problem(str(file), "dots", "a line is not of the form",
                          line=number)
    for name, objects in found.items():
        image = source.find(name)
        if image is not None:
            yield AnnotatedSample(image, Annotation(tuple(objects)))


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    lines = []
    for sample in samples:
        target.place(sample, sample.name)
        lines += [f"{sample.name} {item.label} {' '.join(f'{edge:g}' for edge in item.box)}"
                  for item in (sample.annotation.objects if sample.annotation else ())]
    target.write("dots.txt", "\n".join(lines) + "\n")
