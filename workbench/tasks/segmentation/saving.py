"""What can be kept of areas: tables, labels, masks, and images with the areas laid over them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.class_maps import (
    LIKELIER,
    Areas,
    ClassMap,
    FoundPart,
    FoundRegion,
    numbers_of,
    parts_of_map,
    regions_of,
    shares_of,
)
from workbench.core.errors import FormatError
from workbench.core.flat_rings import flat_rings
from workbench.core.masks import mask_of_pixels
from workbench.core.specks import SMOOTHING, map_with_smooth_borders, map_without_specks
from workbench.core.splitting import LEAST_PIXELS
from workbench.core.text import share_text
from workbench.extension.saving import (
    SMALLEST,
    SMOOTH,
    SPLIT,
    Color,
    Limits,
    Prediction,
    PredictionFiles,
    Row,
    Saving,
    least_score,
)
from workbench.project.drawn_image import write_drawing
from workbench.tasks.segmentation.mask_stacks import write_stacks

if TYPE_CHECKING:
    from PIL.Image import Image

_VEIL = 110  # so much of its colour, of 255, lies over an area
_PALE = 225  # of the ground below words


def map_of(item: Prediction) -> ClassMap:
    """The map of an answer.

    Raises
    ------
    FormatError
        If it is damaged: answers are kept in files, too.
    """
    try:
        found = ClassMap.of_json(item["map"])
        if found.labels.max() >= len(item["classes"]):
            raise ValueError(f"there is no class {found.labels.max()}")
    except ValueError as error:
        raise FormatError("what is kept of what was found in it is damaged; name a new folder to "
                          "look at it again", path=item.get("file")) from error
    return found


def least_of(item: Prediction) -> list[float]:
    """From which score on a pixel of each class counts in an answer."""
    said = item.get("least", {})
    return [said.get(name, LIKELIER) for name in item["classes"]]


def parts_of_answer(item: Prediction) -> list[FoundPart]:
    """The connected regions of an answer as they lie in its map, the largest first; what touches
    is split where the answer says so."""
    return parts_of_map(map_of(item), least_of(item), item.get(SPLIT, 0.0))


def areas_of_answer(item: Prediction) -> Areas:
    """What is where in an answer."""
    return map_of(item).at(least_of(item))


def regions_of_answer(item: Prediction) -> list[FoundRegion]:
    """The connected regions of an answer, in pixels of the image, the largest first."""
    found, least = map_of(item), least_of(item)
    scale = found.labels.size / (item["size"][0] * item["size"][1])
    if item.get(SMOOTH):
        found = map_with_smooth_borders(found, least, SMOOTHING * math.sqrt(scale))
    # specks are no regions: they belong to what is around them, where there would be holes else
    found = map_without_specks(found, least, max(item.get(SMALLEST, 0) * scale, LEAST_PIXELS))
    return regions_of(found, least, item["size"], item.get(SPLIT, 0.0))


def limited(item: Prediction, limits: Limits) -> dict[str, Any]:
    """Without pixels that score less than their class needs, and with what touches split."""
    shown = {**item, "least": {name: least_score(limits, name) for name in item["classes"]},
             SPLIT: limits.get(SPLIT, 0.0)}
    shown["areas"] = {name: round(share, 6) for name, share in
                      shares_of(areas_of_answer(shown), item["classes"]).items()}
    return shown


def listed(item: Prediction) -> dict[str, Any]:
    """With its regions as objects that have outlines."""
    found = regions_of_answer(item)
    return {**item, "labels": [item["classes"][region.label] for region in found],
            "scores": [region.score for region in found],
            "boxes": [list(region.outline.bounds()) for region in found],
            "outlines": [flat_rings(region.outline) for region in found]}


def _rows(item: Prediction) -> Iterator[Row]:
    width, height = item["size"]
    found = map_of(item)
    scale = width / found.size[0], height / found.size[1]
    for part in parts_of_answer(item):
        box = (round(edge, 2) for edge in part.box(scale))
        yield (item["classes"][part.label], round(part.score, 5),
               round(part.share * width * height), round(part.share, 6), *box)


def _sum_row(item: Prediction, classes: Sequence[str]) -> Row:
    areas = item["areas"]
    width, height = item["size"]
    numbers: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for part in parts_of_answer(item):
        numbers[item["classes"][part.label]] += 1
        sizes[item["classes"][part.label]] += round(part.share * width * height)
    return (round(sum(areas.values()), 6), *(areas.get(name, "") for name in classes),
            *(numbers[name] if name in areas else "" for name in classes),
            *(round(sizes[name] / numbers[name], 1) if numbers[name] else "" for name in classes))


def annotation(item: Prediction) -> Annotation:
    """Each connected region as a polygon with its score."""
    width, height = item["size"]
    return Annotation(tuple(
        LabeledObject(item["classes"][region.label], region.outline,
                      {"score": round(region.score, 3)})
        for region in regions_of_answer(item)), size=(width, height))


def masks(item: Prediction) -> tuple[Annotation, tuple[int, int]]:
    """Each connected region as its pixels of the map: lines around these have steps, or were
    simplified."""
    width, height = item["size"]
    return Annotation(tuple(
        LabeledObject(item["classes"][part.label], mask_of_pixels(part.inside, part.left, part.top),
                      {"score": round(part.score, 3)})
        for part in parts_of_answer(item)), size=(width, height)), map_of(item).size


def draw(item: Prediction, folder: Path, name: str, color: Color) -> None:
    """Write the image as JPEG with its areas."""
    write_drawing(item, folder / f"{name}.jpg", color, draw_on)


def draw_on(image: Image, item: Prediction, color: Color) -> None:
    """Lay the areas over a picture, and say in a corner which is which."""
    from PIL import Image as Images
    from PIL import ImageColor

    areas = Images.fromarray(_parted(item)).resize(image.size, Images.Resampling.NEAREST)
    veil = areas.point([0] + [_VEIL] * 255)
    inks = [channel for name in item["classes"] for channel in ImageColor.getrgb(color(name))[:3]]
    areas.putpalette([0, 0, 0, *inks])
    image.paste(areas.convert("RGB"), (0, 0), veil)
    _draw_legend(image, item, color)


def _parted(item: Prediction) -> Areas:
    """What is where, with a line left free between things that were split."""
    areas = areas_of_answer(item)
    if item.get(SPLIT):
        numbers = numbers_of(parts_of_answer(item), (areas.shape[1], areas.shape[0]))
        areas[:, 1:][(numbers[:, 1:] != numbers[:, :-1]) & (areas[:, 1:] == areas[:, :-1])] = 0
        areas[1:][(numbers[1:] != numbers[:-1]) & (areas[1:] == areas[:-1])] = 0
    return areas


def _draw_legend(image: Image, item: Prediction, color: Color) -> None:
    """The classes that were found, with their colours and what they cover, largest first."""
    from PIL import Image as Images
    from PIL import ImageDraw, ImageFont

    from workbench.core.colors import LIGHT

    unit = max(1.0, min(image.size) / 400)
    font = ImageFont.load_default(round(11 * unit))
    lines = [(name, f"{name} {share_text(share)}") for name, share in found_shares(item)]
    high, edge = 15 * unit, 4 * unit
    if not lines or len(lines) * high + 2 * edge > image.height:
        return
    width = max(font.getlength(words) for _, words in lines) + high + 2 * edge
    top = image.height - len(lines) * high - 2 * edge
    corner = (0, round(top), min(image.width, round(width)), image.height)
    ground = Images.new("RGB", (corner[2], image.height - corner[1]), LIGHT.panel)
    image.paste(ground, corner, Images.new("L", ground.size, _PALE))
    canvas = ImageDraw.Draw(image)
    for place, (name, words) in enumerate(lines):
        y = top + edge + (place + 0.5) * high
        canvas.rectangle([edge, y - 4 * unit, edge + 8 * unit, y + 4 * unit], fill=color(name))
        canvas.text((edge + high, y), words, font=font, fill=LIGHT.ink, anchor="lm")


def found_shares(item: Prediction) -> list[tuple[str, float]]:
    """The classes that were found, and which share of the image each covers, the largest first."""
    there = ((name, share) for name, share in item["areas"].items() if share)
    return sorted(there, key=lambda pair: -pair[1])


def write_mask(item: Prediction, folder: Path, name: str, _color: Color) -> None:
    """Write the areas as PNG of the image's size: 0 is background, 1 the model's first class."""
    from PIL import Image

    from workbench.formats.atomic import write_below
    from workbench.formats.mask_images import png_of_values

    areas = Image.fromarray(areas_of_answer(item))
    full = np.asarray(areas.resize(item["size"], Image.Resampling.NEAREST))
    write_below(folder / f"{name}.png", png_of_values(full))


def write_about_masks(items: Iterable[Prediction], folder: Path) -> int:
    """Write what the values of masks mean, as programs that read such masks have it, and put those
    of the pages of a stack together."""
    from workbench.formats.atomic import write_below
    from workbench.formats.mask_images import LABEL_MAP, label_map

    item = next(iter(items), None)
    if item is not None:
        write_below(folder / LABEL_MAP, label_map(item["classes"]).encode())
        write_stacks(folder)
    return 0


SAVING = Saving(
    columns=("label", "score", "area", "share", "xmin", "ymin", "xmax", "ymax"), rows=_rows,
    sums=lambda classes: ("covered", *classes, *(f"{name} regions" for name in classes),
                          *(f"{name} mean area" for name in classes)),
    sum_row=_sum_row, splits=True,
    annotation=annotation, masks=masks, listed=listed, limited=limited, usual=LIKELIER,
    files={"draw": PredictionFiles("drawn", "Images with the areas", draw, draw_on, noun="image"),
           "masks": PredictionFiles("masks", "Masks", write_mask, whole=write_about_masks,
                                    noun="mask")},
)
