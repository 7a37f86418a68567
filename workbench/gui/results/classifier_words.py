"""The sentences of a page about a classifier; ``noun`` is what it is about ("sound")."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core.text import count
from workbench.evaluation.confusion import MatrixCell

_LEFT = ("below the threshold", "taken for background or below the threshold")


def cell_sentence(
    noun: str, cell: MatrixCell, number: int, classes: Sequence[str], background: bool = False
) -> str:
    """What a cell says, as a tooltip ("3 sounds of “nine” were taken for “five”").

    With ``background`` the last column also holds what was taken for that.
    """
    row, column = cell
    none = len(classes)
    if row == none:
        return f"Every {noun} here has a class, so there is nothing to count"
    what = f"{count(number, noun)} of “{classes[row]}” {'was' if number == 1 else 'were'}"
    if column == none:
        return f"{what} {_LEFT[background]}"
    if row == column:
        return f"{what} recognised"
    return f"{what} taken for “{classes[column]}”"


def cell_title(
    noun: str, cell: MatrixCell, number: int, classes: Sequence[str], background: bool = False
) -> str:
    """Heading of the list ("“nine” taken for “five”: 3 sounds")."""
    row, column = cell
    none = len(classes)
    if row == none:
        return "Nothing"
    what, many = f"“{classes[row]}”", count(number, noun)
    if column == none:
        return f"{what} {_LEFT[background]}: {many}"
    if row == column:
        return f"{what} recognised: {many}"
    return f"{what} taken for “{classes[column]}”: {many}"


def file_word(cell: MatrixCell, classes: Sequence[str]) -> str:
    """The cell as a part of a file name ("nine-as-five")."""
    row, column = cell
    names = (*classes, "none")
    word = f"{names[row]}-as-{names[column]}"
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in word)


def set_line(noun: str, samples: int, wrong: int, left_out: int) -> str:
    """The status bar's left text."""
    text = f"{count(samples, noun)} · {count(wrong, 'mistake')}"
    return text + (f" · {count(left_out, noun)} without a known label left out"
                   if left_out else "")
