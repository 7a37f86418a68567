"""What is said of found boxes beside labelled ones, of images or of sounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from workbench.core.text import count, tr
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
        return tr("Nothing to be found, and nothing found: this cannot be counted")
    if row == none:
        times = tr("once") if number == 1 else tr("{number:,} times", number=number)
        return tr("{name} was found {times} where nothing is labelled", name=classes[column],
                  times=times)
    what = tr("{number:,} {name} {was}", number=number, name=classes[row],
              was=tr("was") if number == 1 else tr("were"))
    if column == none:
        return tr("{what} missed", what=what)
    if row == column:
        return tr("{what} found", what=what)
    return tr("{what} taken for {name}", what=what, name=classes[column])


def cell_title(cell: MatrixCell | Group, number: int, classes: Sequence[str]) -> str:
    """Heading of the gallery ("41 missed RBC")."""
    if cell == "mistakes":
        return count(number, "mistake")
    if isinstance(cell, str):
        return f"{number:,} {tr(GROUPS[cell][0]).lower()}"
    row, column = cell
    none = len(classes)
    if row == none and column == none:
        return tr("Nothing")
    if row == none:
        return tr("{number:,} extra {name}", number=number, name=classes[column])
    if column == none:
        return tr("{number:,} missed {name}", number=number, name=classes[row])
    if row == column:
        return tr("{number:,} found {name}", number=number, name=classes[row])
    return tr("{number:,} {name} taken for {other}", number=number, name=classes[row],
              other=classes[column])


def cell_caption(cell: MatrixCell | Group, classes: Sequence[str]) -> str:
    """What the boxes of a cell are ("labelled RBC, not found at these thresholds")."""
    if isinstance(cell, str):
        return tr(GROUPS[cell][1]).lower()
    row, column = cell
    none = len(classes)
    if row == none:
        return tr("found but not labelled") if column < none else ""
    if column == none:
        return tr("labelled {name}, not found at these thresholds", name=classes[row])
    return tr("labelled {name}, found as {other}", name=classes[row], other=classes[column])


def tile_word(cell: MatrixCell, classes: Sequence[str]) -> str:
    """A word below each picture ("missed RBC")."""
    word, *names = _tile(cell, classes)
    return tr(word).format(*names)


def _tile(cell: MatrixCell, classes: Sequence[str]) -> tuple[str, ...]:
    row, column = cell
    none = len(classes)
    if row == none:
        return ("extra {}", classes[column]) if column < none else ("",)
    if column == none:
        return "missed {}", classes[row]
    return ("{}", classes[row]) if row == column else ("{} → {}", classes[row], classes[column])


def file_word(cell: MatrixCell | Group, classes: Sequence[str]) -> str:
    """The cell as a part of a file name ("missed-RBC"), the same in every language."""
    if isinstance(cell, str):
        return cell
    word, *names = _tile(cell, classes)
    word = word.format(*names).replace(" → ", "-as-").replace(" ", "-")
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in word)


def set_line(images: int, labels: int, shown: int, raw: int, noun: str = "image") -> str:
    """The status bar's left text."""
    found = tr("{detections} shown of {raw:,} raw", detections=count(shown, "detection"), raw=raw)
    return f"{count(images, noun)} · {count(labels, 'label')} · {found}"
