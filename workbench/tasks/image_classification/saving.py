"""What can be kept of the classes of images: tables, and copies in a folder for each class."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.core.annotation import Annotation
from workbench.core.video import shown_in
from workbench.extension.holds import NUMBER
from workbench.extension.saving import Color, Prediction, PredictionFiles, Row, Saving, folder_of
from workbench.formats.atomic import DiskErrors, write_atomic

_QUALITY = 95


def _rows(item: Prediction) -> Iterator[Row]:
    scores = item.get("scores", {})
    for name in item.get("labels", [item["label"]]):
        yield (name, scores.get(name, ""))


def _sum_row(item: Prediction, classes: Sequence[str]) -> Row:
    return (item["label"], *(item.get("scores", {}).get(name, "") for name in classes))


def annotation(item: Prediction) -> Annotation:
    """The class of the whole image where it is sure, its tags, or its number."""
    if "value" in item:
        return Annotation(attributes={NUMBER: item["value"]})
    if not item.get("sure", True):
        return Annotation()
    return Annotation(labels=tuple(filter(None, item.get("labels", [item["label"]]))))


def copy(item: Prediction, folder: Path, name: str, _color: Color) -> None:
    """Copy the image into the folder of its class, or write the frame of a video there."""
    source, frame = Path(item["file"]), shown_in(item).frame >= 0
    target = folder / folder_of(item["label"] or "none") / (
        name.replace("/", "_") + (".jpg" if frame else source.suffix))
    with DiskErrors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if frame:
            write_atomic(target, _jpeg(item))
        else:
            shutil.copyfile(source, target)


def _jpeg(item: Prediction) -> bytes:
    from PIL import Image

    from workbench.media.video.frames import shown_pixels

    data = io.BytesIO()
    Image.fromarray(shown_pixels(item)).save(data, "JPEG", quality=_QUALITY)
    return data.getvalue()


SAVING = Saving(
    columns=("label", "score"), rows=_rows,
    sums=lambda classes: ("label", *classes), sum_row=_sum_row,
    annotation=annotation, whole=True,
    files={"crops": PredictionFiles("sorted", "Copies by class", copy, noun="image")},
)
