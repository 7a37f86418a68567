"""What can be kept of differences: tables, outlines as labels, and images with the heat on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.errors import FormatError
from workbench.core.flat_rings import flat_rings
from workbench.core.masks import mask_of_pixels
from workbench.core.outlines import Polygon
from workbench.core.polygons import simplified
from workbench.core.splitting import things_of
from workbench.core.tracing import outline_of_mask
from workbench.evaluation.differing import LIMIT
from workbench.evaluation.outlined_heat import outlined
from workbench.extension.saving import (
    SCORE,
    Color,
    Limits,
    Prediction,
    PredictionFiles,
    Row,
    Saving,
)
from workbench.formats.score_maps import FULL, map_of_json
from workbench.project.drawn_image import write_drawing
from workbench.tasks.anomaly.heat import COVER, heat_pixels
from workbench.tasks.anomaly.samples import DIFFERS

if TYPE_CHECKING:
    from PIL.Image import Image

_FINER = 8  # a map is made finer before it is cut at the limit, so that outlines are no stairs
_KEPT = 64  # images; 100 kB each
_LEAST = 2  # places: the tip of any spot is smeared over more, so less just reaches the limit
_SIMPLER = 1.5  # pixels of the finer map


class OddRegion(NamedTuple):
    """One connected region that differs: its highest score, its share of the image, and its outline
    in pixels of the image."""

    score: float
    share: float
    outline: Polygon


def said_of(item: Prediction, limit: float = LIMIT) -> dict[str, Any]:
    """An answer at a limit: with "limit", and in "label" whether the image differs."""
    label = DIFFERS if item["score"] >= limit else item["classes"][0]
    return {**item, "limit": limit, "label": label}


def limited(item: Prediction, limits: Limits) -> dict[str, Any]:
    """An answer at the limit that a person has chosen."""
    return said_of(item, limits.get(SCORE, LIMIT))


def values_of(item: Prediction) -> NDArray[np.uint8]:
    """The map of an answer.

    Raises
    ------
    FormatError
        If it is damaged: answers are kept in files, too.
    """
    try:
        return map_of_json(item["heat"])
    except ValueError as error:
        raise FormatError("what is kept of what was found in it is damaged; name a new folder to "
                          "look at it again", path=item.get("file")) from error


def regions_of(values: NDArray[np.uint8], limit: float, size: tuple[int, int]) -> list[OddRegion]:
    """The connected regions of a map (h, w) from a limit on, without what is but beside what is
    much hotter, in pixels of an image of ``size`` (width, height), the hottest first. That one
    counts however small it is, others where they are no specks."""
    height, width = values.shape
    if not (values >= limit * FULL).any():
        return []
    fine = _outlined(values.tobytes(), width, height)
    across, down = size[0] / fine.shape[1], size[1] / fine.shape[0]
    found = []
    for left, top, inside in things_of(fine >= limit * FULL):
        high, wide = inside.shape
        score = float(fine[top:top + high, left:left + wide][inside].max()) / FULL
        outline = simplified(outline_of_mask(mask_of_pixels(inside, left, top)), _SIMPLER)
        rings = tuple(tuple((x * across, y * down) for x, y in ring) for ring in outline.rings)
        found.append(OddRegion(score, float(inside.sum()) / fine.size, Polygon(rings)))
    found.sort(key=lambda region: -region.score)
    return found[:1] + [each for each in found[1:] if each.share * values.size >= _LEAST]


@lru_cache(_KEPT)
def _outlined(data: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """What may be outlined of a map, made finer: the same at each limit while one is sought."""
    values = np.frombuffer(data, np.uint8).reshape(height, width)
    return outlined(values, (width * _FINER, height * _FINER))


def odd_regions(item: Prediction) -> list[OddRegion]:
    """The regions of an answer that differ, the hottest first; none of an image that does not."""
    if item["label"] != DIFFERS:
        return []
    return regions_of(values_of(item), item["limit"], item["size"])


def listed(item: Prediction) -> dict[str, Any]:
    """With its regions as objects that have outlines."""
    found = odd_regions(item)
    return {**item, "labels": [DIFFERS] * len(found), "scores": [each.score for each in found],
            "boxes": [list(each.outline.bounds()) for each in found],
            "outlines": [flat_rings(each.outline) for each in found]}


def _rows(item: Prediction) -> Iterator[Row]:
    for region in odd_regions(item):
        box = (round(edge, 2) for edge in region.outline.bounds())
        yield (DIFFERS, round(region.score, 5), round(region.share, 6), *box)


def _sum_row(item: Prediction, _classes: Sequence[str]) -> Row:
    return item["label"], item["score"], item["limit"], len(odd_regions(item))


def annotation(item: Prediction) -> Annotation:
    """Each region that differs as a polygon with its score."""
    width, height = item["size"]
    return Annotation(tuple(
        LabeledObject(DIFFERS, region.outline, {"score": round(region.score, 3)})
        for region in odd_regions(item)), size=(width, height))


def draw(item: Prediction, folder: Path, name: str, color: Color) -> None:
    """Write the image as JPEG with its heat."""
    write_drawing(item, folder / f"{name}.jpg", color, draw_on)


def draw_on(image: Image, item: Mapping[str, Any], color: Color) -> None:
    """Lay the heat over a picture, outline what differs, and say in a corner how much."""
    from PIL import ImageDraw, ImageFont

    from workbench.core.colors import LIGHT

    lay_heat(image, values_of(item))
    unit = max(1.0, min(image.size) / 400)
    canvas = ImageDraw.Draw(image)
    ink = color(DIFFERS)
    for region in odd_regions(item):
        for ring in region.outline.rings:
            canvas.line([*ring, ring[0]], fill=ink, width=max(1, round(2 * unit)), joint="curve")
    words = f"{item['label']} {item['score']:.2f}"
    font = ImageFont.load_default(round(13 * unit))
    wide, high = font.getlength(words) + 12 * unit, 20 * unit
    canvas.rectangle([0, image.height - high, wide, image.height], fill=LIGHT.panel)
    canvas.text((6 * unit, image.height - high / 2), words, font=font, fill=LIGHT.ink, anchor="lm")


def lay_heat(image: Image, values: NDArray[np.uint8]) -> None:
    """Lay a map over a picture."""
    from PIL import Image as Images

    pixels = heat_pixels(values)
    heat, cover = (Images.fromarray(part).resize(image.size, Images.Resampling.BICUBIC)
                   for part in (np.ascontiguousarray(pixels[..., :3]),
                                np.ascontiguousarray(pixels[..., 3])))
    image.paste(heat, (0, 0), cover.point([round(COVER * value) for value in range(256)]))


SAVING = Saving(
    columns=("label", "score", "share", "xmin", "ymin", "xmax", "ymax"), rows=_rows,
    sums=lambda _classes: ("label", "score", "limit", "regions"), sum_row=_sum_row,
    annotation=annotation, listed=listed, limited=limited, usual=LIMIT,
    files={"draw": PredictionFiles("drawn", "Images with the differences", draw, draw_on,
                                   noun="image")},
)
