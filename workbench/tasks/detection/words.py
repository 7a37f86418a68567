"""The sentences of this place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from workbench.core.text import count
from workbench.evaluation.confusion import MatrixCell

NONE = "none"
"""The class of what is missing, in tables."""
Group = Literal["mistakes", "missed", "extra", "confused", "won", "lost"]
"""Several cells together: everything outside the diagonal, one kind of mistake, or the labels that
became right or wrong compared with another run."""
Selection = MatrixCell | Group | None
"""What pictures are shown of: a cell, a group of cells, or whole images."""

GROUPS: dict[Group, tuple[str, str]] = {
    "mistakes": ("Mistakes", "Every mistake at these thresholds"),
    "missed": ("Missed", "Labels that the model did not find"),
    "extra": ("Extra", "Detections where there is no label"),
    "confused": ("Wrong class", "Labels that the model took for another class"),
    "won": ("Now right", "Labels that this run finds and the other one did not"),
    "lost": ("Now wrong", "Labels that the other run found and this one does not"),
}
COMPARED: tuple[Group, Group] = ("won", "lost")
"""Groups that are there only beside another run."""
"""Title of each group, and what it holds."""


def kind_of(cell: MatrixCell, none: int) -> Group | Literal["right"]:
    """The kind of mistake that a cell holds; ``none`` is the last row and column."""
    row, column = cell
    if row == column:
        return "right"
    return "extra" if row == none else "missed" if column == none else "confused"


def in_group(cell: MatrixCell, group: Group, none: int) -> bool:
    """Whether a cell can hold what belongs to ``group``."""
    kind = kind_of(cell, none)
    if group == "won":
        return kind == "right" and cell[0] < none
    return kind != "right" and group in ("mistakes", "lost", kind)


def cell_sentence(cell: MatrixCell, number: int, classes: Sequence[str]) -> str:
    """What a cell says, as a tooltip ("41 RBC were missed")."""
    row, column = cell
    none = len(classes)
    if row == none and column == none:
        return "Nothing to be found, and nothing found: this cannot be counted"
    verb = "was" if number == 1 else "were"
    if row == none:
        times = "once" if number == 1 else f"{number:,} times"
        return f"{classes[column]} was found {times} where nothing is labelled"
    if column == none:
        return f"{number:,} {classes[row]} {verb} missed"
    if row == column:
        return f"{number:,} {classes[row]} {verb} found"
    return f"{number:,} {classes[row]} {verb} taken for {classes[column]}"


def cell_title(cell: MatrixCell | Group, number: int, classes: Sequence[str]) -> str:
    """Heading of the gallery ("41 missed RBC")."""
    if isinstance(cell, str):
        return f"{number:,} {GROUPS[cell][0].lower()}"
    row, column = cell
    none = len(classes)
    if row == none and column == none:
        return "Nothing"
    if row == none:
        return f"{number:,} extra {classes[column]}"
    if column == none:
        return f"{number:,} missed {classes[row]}"
    if row == column:
        return f"{number:,} found {classes[row]}"
    return f"{number:,} {classes[row]} taken for {classes[column]}"


def cell_caption(cell: MatrixCell | Group, classes: Sequence[str]) -> str:
    """What the boxes of a cell are ("labelled RBC, not found at these thresholds")."""
    if isinstance(cell, str):
        return GROUPS[cell][1].lower()
    row, column = cell
    none = len(classes)
    if row == none:
        return "found but not labelled" if column < none else ""
    if column == none:
        return f"labelled {classes[row]}, not found at these thresholds"
    return f"labelled {classes[row]}, found as {classes[column]}"


def tile_word(cell: MatrixCell, classes: Sequence[str]) -> str:
    """A word below each picture ("missed RBC")."""
    row, column = cell
    none = len(classes)
    if row == none:
        return f"extra {classes[column]}" if column < none else ""
    if column == none:
        return f"missed {classes[row]}"
    return classes[row] if row == column else f"{classes[row]} → {classes[column]}"


def file_word(cell: MatrixCell | Group, classes: Sequence[str]) -> str:
    """The cell as a part of a file name ("missed-RBC")."""
    if isinstance(cell, str):
        return cell
    word = tile_word(cell, classes).replace(" → ", "-as-").replace(" ", "-")
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in word)


def set_line(images: int, labels: int, shown: int, raw: int) -> str:
    """The status bar's left text."""
    found = count(shown, "detection")
    return f"{count(images, 'image')} · {count(labels, 'label')} · {found} shown of {raw:,} raw"
