"""Varies whole training batches: mosaic, scale, shift, flips and colour.

A picture is laid out of tiles. Each tile shows a window of one image of the batch, scaled and
perhaps mirrored: one tile for a plain picture, four for a mosaic. uint8 resizing of such tiles
costs a fraction of warping every pixel through a grid, and boxes follow in one vectorised step.
Colour is three numbers for each picture and channel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional

from workbench.core.schema import Value
from workbench.engine.data.letterbox import FILL
from workbench.engine.data.upload import upload
from workbench.extension.detection import Targets
from workbench.extension.settings import TRAINING
from workbench.tasks.detection.engine import details
from workbench.tasks.detection.engine.painting import Span, Tile, paint_at_once
from workbench.tasks.detection.engine.types import DetectionTarget


@dataclass(frozen=True, slots=True)
class Variation:
    """How strongly to vary: the values of the settings ``augment.NAME``, which
    :mod:`workbench.extension.settings` declares and explains."""

    mosaic: float
    smallest: float
    largest: float
    stretch: float
    flip_x: float
    flip_y: float
    turn: float
    brightness: float
    contrast: float
    saturation: float
    hue: float
    until: float

    @classmethod
    def read(cls, settings: Mapping[str, Value]) -> Variation:
        """Take the strengths from ``settings``, or their defaults; with ``any_way_up`` half of the
        tiles are mirrored top to bottom, and most images are turned, unless something else was
        asked for."""
        names = [f"augment.{field.name}" for field in fields(cls)]
        values = {name: settings.get(name, TRAINING[name].default) for name in names}
        if settings.get("any_way_up"):
            values |= {name: share for name, share in _ANY_WAY_UP.items()
                       if unchanged(settings, name)}
        return cls(*(float(values[name]) for name in names))


def unchanged(settings: Mapping[str, Value], name: str) -> bool:
    """Whether a setting has the value that it has when nobody chooses."""
    return settings.get(name, TRAINING[name].default) == TRAINING[name].default


_ANY_WAY_UP = {"augment.flip_y": 0.5, "augment.turn": 0.75}
"""What is set where images can be any way up."""

KEEP = 0.2
"""A box that is cut is dropped when less than this share of it is left."""

OFTEN = 100
"""Times from which on images are seen so often that they are varied more."""

SEEN_OFTEN: Mapping[str, Value] = {"augment.mosaic": 0.8, "augment.smallest": 0.5}
"""What is set then: it takes longer to learn from, and longer until it is known by heart."""


@dataclass(frozen=True, slots=True)
class BatchLabels:
    """The labels of a batch in one list, on the processor.

    ``boxes`` float32 (G, 4) xyxy in input pixels, ``labels`` int64 (G,), ``image`` int64 (G,) the
    place of the image in the batch, rising; ``details`` as :mod:`.details` has them,
    or None.
    """

    boxes: Tensor
    labels: Tensor
    image: Tensor
    details: Tensor | None = None

    @classmethod
    def join(cls, targets: Sequence[Targets]) -> BatchLabels:
        """Those of each image laid end to end."""
        counts = torch.tensor([len(item.labels) for item in targets])
        return cls(torch.cat([item.boxes for item in targets]).reshape(-1, 4),
                   torch.cat([item.labels for item in targets]),
                   torch.arange(len(targets)).repeat_interleave(counts), details.joined(targets))

    def where(self, kept: Tensor) -> BatchLabels:
        details = None if self.details is None else self.details[kept]
        return BatchLabels(self.boxes[kept], self.labels[kept], self.image[kept], details)

    def of_each(self, images: int) -> list[DetectionTarget]:
        """Those of each of so many images."""
        sizes = torch.bincount(self.image, minlength=images).tolist()
        none: list[Tensor | None] = [None] * images
        details = none if self.details is None else list(torch.split(self.details, sizes))
        return [DetectionTarget(*parts) for parts in zip(
            torch.split(self.boxes, sizes), torch.split(self.labels, sizes), details,
            strict=True)]


def augment_batch(
    images: Tensor, targets: Sequence[Targets], generator: torch.Generator,
    settings: Mapping[str, Value], progress: float,
) -> tuple[Tensor, BatchLabels]:
    """Vary a batch.

    Parameters
    ----------
    images
        uint8 (B, 3, H, W) RGB; left as it is.
    targets
        The labels of each image, on the processor.
    generator
        Makes the result repeatable: one state gives one result.
    settings
        ``augment`` switches it off, ``any_way_up`` also shows images upside down;
        ``augment.NAME`` set a strength (:class:`Variation`).
    progress
        How much of the run is over, 0..1.

    Returns
    -------
    images, labels
        A new batch of the same shape. Boxes are clipped to what is seen of them; those of which
        too little is left are dropped.
    """
    if not settings.get("augment", True):
        return images, BatchLabels.join(targets)
    how = Variation.read(settings)
    calm = progress > how.until
    tiles = _lay(len(images), (images.shape[3], images.shape[2]), how, generator, calm)
    varied = (paint if images.device.type == "cpu" else paint_at_once)(images, tiles)
    if not calm:
        varied = recolour(varied, how, generator)
    return varied, move_boxes(targets, tiles, KEEP)


def _lay(
    count: int, size: tuple[int, int], how: Variation, generator: torch.Generator, calm: bool
) -> list[Tile]:
    """Choose the tiles of ``count`` pictures of ``size`` (width, height)."""
    numbers = torch.rand((count, 40), generator=generator, device=generator.device).tolist()
    tiles = []
    for picture, row in enumerate(numbers):
        draw = iter(row)
        if not calm and next(draw) < how.mosaic:
            across = round(size[0] * (0.3 + 0.4 * next(draw)))
            down = round(size[1] * (0.3 + 0.4 * next(draw)))
            areas = [
                (0, 0, across, down), (across, 0, size[0], down),
                (0, down, across, size[1]), (across, down, size[0], size[1]),
            ]
        else:
            areas = [(0, 0, *size)]
        first = int(next(draw) * 4)
        for place, area in enumerate(areas):
            other = min(int(next(draw) * count), count - 1)
            source = picture if len(areas) == 1 or place == first else other
            mirror = (next(draw) < how.flip_x, next(draw) < how.flip_y)
            scale = (1.0, 1.0) if calm else _scale(how, next(draw), next(draw))
            spread = (next(draw), next(draw))
            tiles.append(_tile(picture, source, area, size, scale, spread, mirror))
    return tiles


def _scale(how: Variation, a: float, b: float) -> tuple[float, float]:
    """Scale along x and y from two numbers in 0..1."""
    both = math.exp(math.log(how.smallest) + a * math.log(how.largest / how.smallest))
    stretch = how.stretch ** (b - 0.5)
    return both * stretch, both / stretch


def _tile(
    picture: int, source: int, area: Span, size: tuple[int, int],
    scale: tuple[float, float], spread: tuple[float, float], mirror: tuple[bool, bool],
) -> Tile:
    """Fit a source into an area: cut at a random place if too large, else somewhere inside it."""
    x0, x1, left, right = _fit(area[0], area[2], size[0], scale[0], spread[0])
    y0, y1, top, bottom = _fit(area[1], area[3], size[1], scale[1], spread[1])
    return Tile(picture, source, (x0, y0, x1, y1), (left, top, right, bottom), mirror)


def _fit(low: int, high: int, size: int, scale: float, spread: float) -> tuple[int, int, int, int]:
    """Along one axis: start and stop of what is painted, and of what is shown of the source."""
    room = high - low
    if size * scale <= room:
        length = max(round(size * scale), 1)
        start = low + round((room - length) * spread)
        return start, start + length, 0, size
    shown = min(max(round(room / scale), 1), size)
    start = round((size - shown) * spread)
    return low, high, start, start + shown


def paint(images: Tensor, tiles: Sequence[Tile]) -> Tensor:
    """Draw the pictures that ``tiles`` describe: uint8, of the shape of ``images``."""
    # channels last is the layout in which uint8 resizing is fast
    source = images.contiguous(memory_format=torch.channels_last)
    canvas = torch.full_like(source, FILL)
    for tile in tiles:
        left, top, right, bottom = tile.window
        part = source[tile.source : tile.source + 1, :, top:bottom, left:right]
        x0, y0, x1, y1 = tile.area
        part = _resize(part, (y1 - y0, x1 - x0))
        flips = [axis for axis, flip in zip((3, 2), tile.mirror, strict=True) if flip]
        if flips:
            part = part.flip(flips)
        canvas[tile.picture, :, y0:y1, x0:x1] = part[0]
    return canvas


def _resize(part: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear, smoothed where it shrinks; uint8 (1, 3, h, w)."""
    if part.shape[2:] == size:
        return part
    return functional.interpolate(part, size=size, mode="bilinear", antialias=True)


def move_boxes(targets: Sequence[Targets], tiles: Sequence[Tile], keep: float) -> BatchLabels:
    """Labels of the pictures that ``tiles`` describe.

    Boxes are moved, mirrored and clipped with their tile; one that is cut is dropped when less than
    ``keep`` of its area or less than two pixels of a side are left.
    """
    counts = torch.tensor([len(targets[tile.source].labels) for tile in tiles])
    boxes = torch.cat([targets[tile.source].boxes for tile in tiles]).reshape(-1, 2, 2)
    labels = torch.cat([targets[tile.source].labels for tile in tiles])
    table = torch.tensor(
        [(*tile.area, *tile.window, *tile.mirror) for tile in tiles], dtype=torch.float32
    )
    spread = table.repeat_interleave(counts, dim=0)
    low, high, shown, limit, mirror = (spread[:, at : at + 2] for at in range(0, 10, 2))
    scale = (high - low) / (limit - shown)
    shift = low - shown * scale
    moved = boxes * scale[:, None] + shift[:, None]
    mirrored = (low + high)[:, None] - moved.flip(1)
    moved = torch.where(mirror[:, None] > 0, mirrored, moved)
    clipped = moved.clamp(min=low[:, None], max=high[:, None])
    side = clipped[:, 1] - clipped[:, 0]
    left = side.prod(1) / (moved[:, 1] - moved[:, 0]).prod(1).clamp(min=1e-6)
    kept = (left >= keep) & ((side.amin(1) >= 2.0) | (left > 0.999))
    picture = torch.tensor([tile.picture for tile in tiles]).repeat_interleave(counts)
    rows = details.joined([targets[tile.source] for tile in tiles])
    if rows is not None:
        rows = details.moved(rows, scale, shift, low + high, mirror)
    return BatchLabels(clipped.reshape(-1, 4), labels, picture, rows).where(kept)


def recolour(images: Tensor, how: Variation, generator: torch.Generator) -> Tensor:
    """Change brightness, contrast, saturation and tint of each picture; uint8 in and out.

    Every channel becomes ``a · itself + b · grey + c`` with numbers of its picture. The work is
    done plane by plane, which is several times faster than a matrix for every pixel.
    """
    draw = torch.rand((len(images), 6), generator=generator, device=generator.device) * 2 - 1
    draw = upload(draw, images.device).view(-1, 6, 1, 1)
    saturation = 1 + how.saturation * draw[:, :1]
    contrast = 1 + how.contrast * draw[:, 1:2]
    gain = contrast * (1 + how.hue * draw[:, 2:5])
    offset = FILL * (how.brightness * draw[:, 5:] + 1 - contrast)
    planes = images.contiguous().float()
    red, green, blue = planes[:, 0:1], planes[:, 1:2], planes[:, 2:3]
    grey = (red * 0.299).add_(green, alpha=0.587).add_(blue, alpha=0.114)
    planes.mul_(gain * saturation).addcmul_(grey, gain * (1 - saturation)).add_(offset)
    changed = planes.round_().clamp_(0, 255).to(torch.uint8)
    return changed.contiguous(memory_format=torch.channels_last)
