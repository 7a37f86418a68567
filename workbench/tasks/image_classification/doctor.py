"""What ``doctor`` finds in a project of labelled pictures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench.core.errors import Problem, WorkbenchError
from workbench.formats.content import content_key
from workbench.project.doctor import classes_alike
from workbench.tasks.image_classification.labels import read_labels
from workbench.tasks.image_classification.moving import journal_path


def examine(folder: Path) -> Iterator[Problem]:
    """Yield what is odd about the labels: rows of the table, classes, one picture under two of
    them. That a picture cannot be read is told for all projects."""
    if journal_path(folder).exists():
        yield Problem(str(journal_path(folder)), "unfinished-step",
                      "Moving images into the folders of their classes was interrupted; it is "
                      "finished when the project is opened or trained next.", "warning")
    found = read_labels(folder)
    yield from found.problems
    if found.kind == "class":
        yield from _classes(folder, found.labels)
    for first, other in same_images(folder, found.labels):
        yield Problem(str(folder / first), "image-in-two-classes",
                      f"{conflict_text(first, other, found.labels)}.", "warning")


def _classes(folder: Path, labels: Mapping[str, str]) -> Iterator[Problem]:
    counts = Counter(labels.values())
    first = {label: key for key, label in reversed(list(labels.items()))}
    for name, number in counts.items():
        if number == 1:
            yield Problem(str(folder / first[name]), "class-with-one-image",
                          f"This is the only image of class “{name}”, so nothing can be held back "
                          "to tell how well it is recognised.", "warning")
    yield from classes_alike(counts, lambda name: folder / first[name])


def conflict_text(first: str, other: str, labels: Mapping[str, str]) -> str:
    """That two files with different labels are one image."""
    return (f"{first} (“{labels[first]}”) and {other} (“{labels[other]}”) are the same image with "
            "different labels")


def same_images(folder: Path, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of files that hold one picture and have different labels; only files of equal size are
    read."""
    sizes: defaultdict[int, list[str]] = defaultdict(list)
    for key in labels:
        try:
            sizes[(folder / key).stat().st_size].append(key)
        except OSError:
            continue  # reported elsewhere
    for keys in sizes.values():
        same: defaultdict[bytes, list[str]] = defaultdict(list)
        for key in keys if len(keys) > 1 else ():
            try:
                same[content_key(folder / key)].append(key)
            except WorkbenchError:
                continue
        for copies in same.values():
            first = copies[0]
            other = next((key for key in copies if labels[key] != labels[first]), None)
            if other is not None:
                yield first, other
