"""What can be kept of detections: tables, labels, crops, and images with what was found drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.found_shapes import (
    DETAILS,
    found_dot,
    found_keypoints,
    found_outline,
    found_skeleton,
)
from workbench.core.outlines import Keypoints, Polygon, RotatedBox
from workbench.core.shapes import Bounds, Box
from workbench.core.skeletons import Skeleton
from workbench.extension.saving import (
    Color,
    FollowedThing,
    Limits,
    LiveTracks,
    Prediction,
    PredictionFiles,
    Row,
    Saving,
    folder_of,
    least_score,
)
from workbench.project.drawn_image import save_jpeg, write_drawing

if TYPE_CHECKING:
    from PIL import ImageDraw
    from PIL.Image import Image

_VEIL = 40  # so much of its colour, of 255, lies over what is within an outline


def _rows(item: Prediction) -> Iterator[Row]:
    for place, (label, score) in enumerate(zip(item["labels"], item["scores"], strict=True)):
        yield (label, score, *item["boxes"][place], *_then(item, place))


def _then(item: Prediction, place: int) -> Row:
    """What a second model says of a box, where there is one: its label and score."""
    if "then_labels" not in item:
        return ()
    score = item["then_scores"][place]
    return (item["then_labels"][place], "" if score is None else round(score, 5))


def _sum_row(item: Prediction, classes: Sequence[str]) -> Row:
    counts: Counter[str] = Counter(item["labels"])
    best = max(item["scores"], default="")
    return (len(item["labels"]), best, *(counts[name] for name in classes))


def annotation(item: Prediction) -> Annotation:
    """Detections as key points, polygons or rotated boxes where these are known, else as boxes,
    each with its score, and what a second model says of it."""
    width, height = item["size"]
    return Annotation(tuple(
        LabeledObject(item["labels"][place],
                      _keypoints_inside(item, place) or _outline_inside(item, place) or Box(*box),
                      _attributes(item, place))
        for place, box in _rows_inside(item)), size=(width, height))


def limited(item: Prediction, limits: Limits) -> Prediction:
    """Without detections that score less than their class needs."""
    kept = [place for place, score in enumerate(item["scores"])
            if score >= least_score(limits, item["labels"][place])]
    lists = ("boxes", *DETAILS, "labels", "scores", "then_labels", "then_scores", "tracks")
    return {**item, **{name: [item[name][place] for place in kept]
                       for name in lists if name in item}}


def _attributes(item: Prediction, place: int) -> dict[str, str | float | bool]:
    found: dict[str, str | float | bool] = {"score": round(item["scores"][place], 3)}
    if "then_labels" in item and item["then_labels"][place]:
        found["then"] = item["then_labels"][place]
        score = item["then_scores"][place]
        if score is not None:
            found["then_score"] = round(score, 3)
    return found


def _rows_inside(item: Prediction) -> Iterator[tuple[int, Bounds]]:
    """Which boxes lie in the image, as far as they do."""
    for place in range(len(item["labels"])):
        box = _inside(item, place)
        if box is not None:
            yield place, box


def _inside(item: Prediction, place: int) -> Bounds | None:
    """A box as far as it lies in the image; None where it does not."""
    inside = Box(*item["boxes"][place]).clipped(item["size"])
    seen = inside.xmax - inside.xmin >= 1 and inside.ymax - inside.ymin >= 1
    return inside if seen else None


def _keypoints_inside(item: Prediction, place: int) -> Keypoints | None:
    """The key points of a detection that lie in the image, or the dot that it is; None where it has
    none."""
    found = found_dot(item, place) or found_keypoints(item, place)
    inside = found.clipped(item["size"]) if found is not None else None
    return inside if inside is not None and any(inside.visibility) else None


def _outline_inside(item: Prediction, place: int) -> Polygon | RotatedBox | None:
    """The outline of a detection as far as it lies in the image, or its rotated box where any of
    it does; None where none is known."""
    found = found_outline(item, place)
    if isinstance(found, RotatedBox):
        return found if found.clipped(item["size"]).width else None
    inside = found.clipped(item["size"]) if found is not None else None
    return inside if inside is not None and inside.rings else None


def second_class(item: Prediction, place: int) -> str:
    """What a second model calls a box; "" for nothing. A number, which has no score, is no name."""
    named = "then_labels" in item and item["then_scores"][place] is not None
    return str(item["then_labels"][place]) if named else ""


def both_labels(item: Prediction, place: int) -> str:
    """The class of a box, or "cat: siamese" where a second model has said something."""
    then = item["then_labels"][place] if "then_labels" in item else ""
    return f"{item['labels'][place]}: {then}" if then else str(item["labels"][place])


def prediction_text(item: Prediction, place: int, score_text: Callable[[float], str]) -> str:
    """What stands at a box: "cat 0.90", "cat 3 0.90" where it was followed, "cat 0.90 siamese 0.71"
    where a second model was asked."""
    number = item["tracks"][place] if "tracks" in item else 0
    name = f"{item['labels'][place]} {number}" if number else item["labels"][place]
    words = f"{name} {score_text(item['scores'][place])}"
    then = item["then_labels"][place] if "then_labels" in item else ""
    if then:
        score = item["then_scores"][place]
        words += f" {then}" if score is None else f" {then} {score_text(score)}"
    return words


def draw(item: Prediction, folder: Path, name: str, color: Color) -> None:
    """Write the image as JPEG with its detections."""
    write_drawing(item, folder / f"{name}.jpg", color, draw_on)


def draw_on(image: Image, item: Prediction, color: Color) -> None:
    """Draw detections on a picture."""
    from PIL import ImageDraw, ImageFont

    from workbench.core.colors import ON_IMAGE

    unit = max(1.0, min(image.size) / 400)
    font = ImageFont.load_default(round(11 * unit))
    canvas = ImageDraw.Draw(image)
    for place, box in reversed(list(_rows_inside(item))):  # the best above the others
        label, text = item["labels"][place], prediction_text(item, place, "{:.2f}".format)
        dot = found_dot(item, place)
        if dot is not None:
            canvas.circle(dot.points[0], 3 * unit, fill=color(label), outline=ON_IMAGE,
                          width=round(unit))
            continue
        outline = _outline_inside(item, place)
        if outline is None:
            canvas.rectangle(list(box), outline=color(label), width=round(2 * unit))
        else:
            rings = outline if isinstance(outline, Polygon) else outline.visible()
            _draw_outline(image, canvas, rings, color(label), round(2 * unit))
        points = _keypoints_inside(item, place)
        if points is not None:
            _draw_keypoints(canvas, points, found_skeleton(item, label), color(label), unit)
        left, top, right, bottom = canvas.textbbox((0, 0), text, font=font)
        high = bottom - top + 4 * unit
        x, y = box[0], max(0.0, box[1] - high)
        canvas.rectangle([x, y, x + right - left + 6 * unit, y + high], fill=color(label))
        # whole pixels: Pillow cuts letters that begin at a part of one above the picture
        canvas.text((round(x + 3 * unit), round(y + 2 * unit - top)), text, font=font,
                    fill=ON_IMAGE)


def _draw_outline(image: Image, canvas: ImageDraw.ImageDraw, outline: Polygon, ink: str,
                  width: int) -> None:
    """Draw an outline, faintly filled but for its holes."""
    from PIL import Image as Images
    from PIL import ImageChops, ImageDraw

    x0, y0, x1, y1 = (round(value) for value in outline.moved(-width, -width).bounds())
    size = (x1 - x0 + 2 * width, y1 - y0 + 2 * width)
    within = Images.new("1", size)
    for ring in outline.rings:
        part = Images.new("1", size)
        ImageDraw.Draw(part).polygon([(x - x0, y - y0) for x, y in ring], fill=1)
        within = ImageChops.logical_xor(within, part)
    veil = within.convert("L").point(lambda value: _VEIL if value else 0)
    image.paste(ink, (x0, y0), veil)
    for ring in outline.rings:
        canvas.line([*ring, *ring[:2]], fill=ink, width=width, joint="curve")


def _draw_keypoints(canvas: ImageDraw.ImageDraw, shape: Keypoints, skeleton: Skeleton, ink: str,
                    unit: float) -> None:
    """Draw key points, and the lines that join them."""
    from workbench.core.colors import ON_IMAGE

    there = {number: point for number, (point, seen) in enumerate(
        zip(shape.points, shape.visibility, strict=True)) if seen}
    for one, other in skeleton.lines:
        if one in there and other in there:
            canvas.line([there[one], there[other]], fill=ink, width=round(2 * unit))
    for number, point in there.items():
        canvas.circle(point, 3 * unit, fill=skeleton.color(number) or ink, outline=ON_IMAGE)


def crop(item: Prediction, folder: Path, name: str, _color: Color) -> int:
    """Write each detection as JPEG into the folder of its class, and there into that of what a
    second model says; how many there are."""
    from PIL import Image

    from workbench.media.video.frames import shown_pixels

    found = list(_rows_inside(item))
    if not found:
        return 0
    image = Image.fromarray(shown_pixels(item))
    for number, (place, (x0, y0, x1, y1)) in enumerate(found, 1):
        parts = [item["labels"][place], *filter(None, [second_class(item, place)])]
        part = image.crop((int(x0), int(y0), max(int(x0) + 1, round(x1)),
                           max(int(y0) + 1, round(y1))))
        save_jpeg(part, folder.joinpath(*map(folder_of, parts))
              / f"{name.replace('/', '_')}-{number}.jpg")
    return len(found)


def _tracks(answers: Sequence[Prediction], sure: float) -> Sequence[FollowedThing]:
    from workbench.tasks.detection.tracks import followed  # numpy: when somebody asks

    return followed(answers, sure)


def _live_tracks() -> LiveTracks:
    from workbench.tasks.detection.tracks import FollowedLive

    return FollowedLive()


SAVING = Saving(
    columns=("label", "score", "xmin", "ymin", "xmax", "ymax"), rows=_rows,
    then_columns=("then", "then_score"),
    sums=lambda classes: ("objects", "best_score", *classes), sum_row=_sum_row,
    annotation=annotation,
    files={"draw": PredictionFiles("drawn", "Annotated images", draw, draw_on, noun="image"),
           "crops": PredictionFiles("crops", "Crops by class", crop, noun="crop")},
    tracks=_tracks, live_tracks=_live_tracks,
)
