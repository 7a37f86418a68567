"""What can be kept of detections: tables, labels, crops, and images with the boxes drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Bounds, Box
from workbench.extension.saving import (
    Answer,
    Color,
    FilesOfAnswer,
    Row,
    Saving,
    TrackRow,
    folder_of,
)

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY = 92


def _rows(item: Answer) -> Iterator[Row]:
    for label, score, box in zip(item["labels"], item["scores"], item["boxes"], strict=True):
        yield (label, score, *box)


def _sum_row(item: Answer, classes: Sequence[str]) -> Row:
    counts: Counter[str] = Counter(item["labels"])
    best = max(item["scores"], default="")
    return (len(item["labels"]), best, *(counts[name] for name in classes))


def annotation(item: Answer) -> Annotation:
    """Detections as boxes, each with its score."""
    width, height = item["size"]
    return Annotation(tuple(
        LabeledObject(label, Box(*box), {"score": round(score, 3)})
        for label, score, box in _rows_inside(item)), size=(width, height))


def _rows_inside(item: Answer) -> Iterator[tuple[str, float, Bounds]]:
    """What lies in the image, as far as it does."""
    for label, score, box in zip(item["labels"], item["scores"], item["boxes"], strict=True):
        inside = Box(*box).clipped(item["size"])
        if inside.xmax - inside.xmin >= 1 and inside.ymax - inside.ymin >= 1:
            yield label, score, inside


def draw(item: Answer, folder: Path, name: str, color: Color) -> None:
    """Write the image as JPEG with its detections."""
    from PIL import Image

    from workbench.media.video.frames import shown_pixels

    image = Image.fromarray(shown_pixels(item))
    draw_on(image, item, color)
    _save(image, folder / f"{name}.jpg")


def draw_on(image: Image, item: Answer, color: Color) -> None:
    """Draw detections on a picture."""
    from PIL import ImageDraw, ImageFont

    from workbench.core.colors import ON_IMAGE

    unit = max(1.0, min(image.size) / 400)
    font = ImageFont.load_default(round(11 * unit))
    canvas = ImageDraw.Draw(image)
    for label, score, box in reversed(list(_rows_inside(item))):  # the best above the others
        canvas.rectangle(list(box), outline=color(label), width=round(2 * unit))
        left, top, right, bottom = canvas.textbbox((0, 0), f"{label} {score:.2f}", font=font)
        high = bottom - top + 4 * unit
        x, y = box[0], max(0.0, box[1] - high)
        canvas.rectangle([x, y, x + right - left + 6 * unit, y + high], fill=color(label))
        canvas.text((x + 3 * unit, y + 2 * unit - top), f"{label} {score:.2f}", font=font,
                    fill=ON_IMAGE)


def crop(item: Answer, folder: Path, name: str, _color: Color) -> None:
    """Write each detection as JPEG into the folder of its class."""
    from PIL import Image

    from workbench.media.video.frames import shown_pixels

    found = list(_rows_inside(item))
    if not found:
        return
    image = Image.fromarray(shown_pixels(item))
    for number, (label, _score, box) in enumerate(found, 1):
        x0, y0, x1, y1 = box
        part = image.crop((int(x0), int(y0), max(int(x0) + 1, round(x1)),
                           max(int(y0) + 1, round(y1))))
        _save(part, folder / folder_of(label)
              / f"{name.replace('/', '_')}-{number}.jpg")


def _save(image: object, path: Path) -> None:
    """Write a picture as JPEG, whole or not at all."""
    import io

    from PIL.Image import Image

    from workbench.core.errors import WorkbenchError
    from workbench.formats.atomic import disk_reason, write_atomic

    assert isinstance(image, Image)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=_QUALITY)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkbenchError(disk_reason(error), path=path.parent) from error
    write_atomic(path, data.getvalue())


def _tracks(answers: Sequence[Answer], sure: float) -> Sequence[TrackRow]:
    from workbench.tasks.detection.tracks import track_rows  # numpy: when somebody asks

    return track_rows(answers, sure)


SAVING = Saving(
    columns=("label", "score", "xmin", "ymin", "xmax", "ymax"), rows=_rows,
    sums=lambda classes: ("objects", "best_score", *classes), sum_row=_sum_row,
    annotation=annotation,
    files={"draw": FilesOfAnswer("drawn", "Annotated images", draw, draw_on),
           "crops": FilesOfAnswer("crops", "Crops by class", crop)},
    tracks=_tracks,
)
