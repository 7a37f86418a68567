"""What can be kept of the classes of images: tables, and copies in a folder for each class."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.core.annotation import Annotation
from workbench.core.errors import WorkbenchError
from workbench.extension.saving import Answer, Color, FilesOfAnswer, Row, Saving, folder_of
from workbench.formats.atomic import disk_reason


def _rows(item: Answer) -> Iterator[Row]:
    scores = item.get("scores", {})
    for name in item.get("labels", [item["label"]]):
        yield (name, scores.get(name, ""))


def _sum_row(item: Answer, classes: Sequence[str]) -> Row:
    return (item["label"], *(item.get("scores", {}).get(name, "") for name in classes))


def annotation(item: Answer) -> Annotation:
    """The class of the whole image, or its tags."""
    return Annotation(labels=tuple(item.get("labels", [item["label"]])))


def copy(item: Answer, folder: Path, name: str, _color: Color) -> None:
    """Copy the image into the folder of its class."""
    source = Path(item["file"])
    target = folder / folder_of(item["label"] or "none") / (
        name.replace("/", "_") + source.suffix)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=target) from error


SAVING = Saving(
    columns=("label", "score"), rows=_rows,
    sums=lambda classes: ("label", *classes), sum_row=_sum_row, annotation=annotation,
    files={"crops": FilesOfAnswer("sorted", "Copies by class", copy)},
)
