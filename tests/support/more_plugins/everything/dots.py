"""``dots.txt``: a line for each object, "FILE LABEL LEFT TOP RIGHT BOTTOM"."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    Box,
    LabeledObject,
    Problem,
)


def sniff(folder: Path) -> bool:
    return (folder / "dots.txt").is_file()


def read(folder: Path) -> Iterator[AnnotatedSample | Problem]:
    found: dict[str, list[LabeledObject]] = {}
    for number, line in enumerate((folder / "dots.txt").read_text("utf-8").splitlines(), 1):
        try:
            name, label, *corners = line.split()
            found.setdefault(name, []).append(LabeledObject(label, Box(*map(float, corners))))
        except (ValueError, TypeError):
            yield Problem(str(folder / "dots.txt"), "dots", "a line is not of the form",
                          line=number)
    for name, objects in found.items():
        yield AnnotatedSample(folder / name, Annotation(tuple(objects)))


def write(folder: Path, samples: Iterable[AnnotatedSample]) -> None:
    lines = []
    for sample in samples:
        shutil.copy2(sample.path, folder)
        lines += [f"{sample.path.name} {item.label} {' '.join(f'{edge:g}' for edge in item.box)}"
                  for item in (sample.annotation.objects if sample.annotation else ())]
    (folder / "dots.txt").write_text("\n".join(lines) + "\n", "utf-8")
