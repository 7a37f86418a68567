"""The sentences of a page about a classifier; ``noun`` is what it is about ("sound")."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core.text import count, tr
from workbench.evaluation.confusion import MatrixCell

_LEFT = ("below the threshold", "taken for background or below the threshold")


def cell_sentence(
    noun: str, cell: MatrixCell, number: int, classes: Sequence[str], background: bool = False
) -> str:
    """What a cell says, as a tooltip ("3 sounds of “nine” were taken for “five”").

    With ``background`` the last column also holds what was taken for that.
    """
    row = cell[0]
    if row == len(classes):
        return tr("Every {noun} here has a class, so there is nothing to count", noun=noun)
    what = tr("{sounds} of “{name}” {was}", sounds=count(number, noun), name=classes[row],
              was=tr("was") if number == 1 else tr("were"))
    return f"{what} {_outcome(cell, classes, background)}"


def cell_title(
    noun: str, cell: MatrixCell, number: int, classes: Sequence[str], background: bool = False
) -> str:
    """Heading of the list ("“nine” taken for “five”: 3 sounds")."""
    row = cell[0]
    if row == len(classes):
        return tr("Nothing")
    return f"“{classes[row]}” {_outcome(cell, classes, background)}: {count(number, noun)}"


def _outcome(cell: MatrixCell, classes: Sequence[str], background: bool) -> str:
    row, column = cell
    if column == len(classes):
        return tr(_LEFT[background])
    return tr("recognised") if row == column else tr("taken for “{name}”", name=classes[column])


def file_word(cell: MatrixCell, classes: Sequence[str]) -> str:
    """The cell as a part of a file name ("nine-as-five")."""
    row, column = cell
    names = (*classes, "none")
    word = f"{names[row]}-as-{names[column]}"
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in word)


def set_line(noun: str, samples: int, wrong: int, left_out: int) -> str:
    """The status bar's left text."""
    text = f"{count(samples, noun)} · {count(wrong, 'mistake')}"
    left = tr("{sounds} without a known label left out", sounds=count(left_out, noun))
    return f"{text} · {left}" if left_out else text
