"""The sentences about areas in Results."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from workbench.core.text import count, share_text, tr
from workbench.evaluation.confusion import MatrixCell
from workbench.tasks.segmentation.results import AreaSet, AreaSnapshot

BACKGROUND = "background"


def cell_sentence(cell: MatrixCell, number: int, classes: Sequence[str]) -> str:
    """What a cell of the matrix says, as a tooltip ("1,234 pixels of cell taken for
    membrane")."""
    return tr("{pixels} of {what}", pixels=count(number, "pixel"), what=cell_words(cell, classes))


def cell_words(cell: MatrixCell, classes: Sequence[str]) -> str:
    """What the pixels of a cell are ("cell taken for background")."""
    names = (*classes, tr("background"))
    row, column = cell
    if row == column:
        return tr("{name} found", name=names[row]) if row < len(classes) else tr(
            "background left alone")
    return tr("{name} taken for {other}", name=names[row], other=names[column])


def title(shown: AreaSnapshot) -> str:
    """Heading of the images that are listed."""
    images = count(len(shown.rows), "image")
    if shown.cell is None:
        return images
    return f"{cell_words(shown.cell, shown.results.classes)}: {images}"


def file_word(cell: MatrixCell | None, classes: Sequence[str]) -> str:
    """The cell as a part of a file name ("cell-as-background"), the same in every language."""
    if cell is None:
        return "all-images"
    names = (*classes, BACKGROUND)
    word = names[cell[0]] if cell[0] == cell[1] else f"{names[cell[0]]}-as-{names[cell[1]]}"
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in word)


def image_word(shown: AreaSnapshot, image: int) -> str:
    """A word below each picture: how well it is met, or how much of it is in the chosen cell."""
    if shown.cell is not None:
        return share_text(float(shown.shares[image]))
    miou = float(shown.figures.miou[image])
    return tr("no areas") if isnan(miou) else tr("IoU {miou:.2f}", miou=miou)


def image_details(shown: AreaSnapshot, image: int) -> str:
    """All that is known of an image, as a line."""
    record, figures = shown.results.records[image], shown.figures
    parts = [record.key]
    if not isnan(figures.miou[image]):
        parts.append(tr("mean IoU {miou:.3f}", miou=float(figures.miou[image])))
    if not isnan(figures.wrong[image]):
        parts.append(tr("{share} of its pixels wrong",
                        share=share_text(float(figures.wrong[image]))))
    if shown.cell is not None:
        parts.append(tr("{share} {what}", share=share_text(float(shown.shares[image])),
                        what=cell_words(shown.cell, shown.results.classes)))
    parts.append("{} × {} px".format(*record.size))
    return " · ".join(parts)


def set_line(shown: AreaSnapshot) -> str:
    """The status bar's left text."""
    results = shown.results
    text = tr("{images} · {pixels} judged", images=count(len(results.records), "image"),
              pixels=count(int(shown.evaluation.confusion.sum()), "pixel"))
    if results.left_out:
        text += tr(" · {images} without labels left out",
                   images=count(results.left_out, "image"))
    return text


def class_notes(results: AreaSet) -> list[str]:
    """What should be known about classes, a sentence each."""
    return results.known.words("area", "left out of these figures")
