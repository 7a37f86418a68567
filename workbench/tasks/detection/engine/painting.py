"""Pictures that are laid out of tiles, many at once, for devices that a loop would starve.

Scaling and smoothing, mirroring and cutting along one axis are one matrix: each row says of which
rows of the source a row of the picture is made. A picture is the sum over its tiles of
``down · source · acrossᵀ``, as tiles do not overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.engine.data.letterbox import FILL
from workbench.engine.data.upload import upload

_AT_ONCE = 64  # tiles, so that what lies between takes little memory

Span = tuple[int, int, int, int]
"""(left, top, right, bottom) in whole pixels."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture and what it shows."""

    picture: int
    source: int
    """Which picture of the new batch, and which image of the old one."""
    area: Span
    """The part of the picture that is painted."""
    window: Span
    """The part of the source that is brought to the area's size."""
    mirror: tuple[bool, bool] = (False, False)
    """Whether it is mirrored left to right, and top to bottom."""



def paint_at_once(images: Tensor, tiles: Sequence[Tile]) -> Tensor:
    """Draw the pictures that ``tiles`` describe: uint8, of the shape of ``images``.

    As :func:`workbench.tasks.detection.engine.augment.paint` does, but for rounding.
    """
    rows: list[list[Row]] = [[] for _ in range(len(images))]
    for tile in tiles:
        rows[tile.picture].append(_row(tile))
    painted = torch.full_like(images, FILL, memory_format=torch.channels_last)
    for many in {len(row) for row in rows if row}:  # those of as many tiles go together
        pictures = [place for place, row in enumerate(rows) if len(row) == many]
        step = max(1, _AT_ONCE // many)
        for first in range(0, len(pictures), step):
            part = pictures[first : first + step]
            table = upload(torch.tensor([rows[place] for place in part]), images.device)
            painted.index_copy_(0, upload(torch.tensor(part), images.device),
                                _painted(images, table))
    return painted


Row = tuple[float, ...]


def _row(tile: Tile) -> Row:
    """Source, painted and shown span along x, the same along y, and the mirrors."""
    x0, y0, x1, y1 = tile.area
    left, top, right, bottom = tile.window
    return tuple(map(float, (tile.source, x0, x1, left, right, y0, y1, top, bottom, *tile.mirror)))


def _painted(images: Tensor, table: Tensor) -> Tensor:
    """Some pictures, uint8 (B, 3, H, W), from float32 (B, T, 11), the rows of their tiles."""
    count, many = table.shape[:2]
    height, width = images.shape[2:]
    # half precision has eleven bits, of which a pixel takes eight
    kind = torch.float16 if images.is_cuda else torch.float32
    across = _along(width, table[..., 1:5], table[..., 9]).to(kind)
    down = _along(height, table[..., 5:9], table[..., 10]).to(kind)
    # around the grey of what is not painted, so that nothing painted is nothing added
    source = images.index_select(0, table[..., 0].flatten().long()).to(kind) - FILL
    wide = source.view(count, many, 3, height, width) @ across.mT[:, :, None]
    # the tiles of a picture below each other, and the matrices that bring them into place
    wide = wide.transpose(1, 2).reshape(count, 3, many * height, width)
    down = down.transpose(1, 2).reshape(count, 1, height, many * height)
    return (down @ wide + FILL).round_().clamp_(0, 255).to(torch.uint8)


def _along(size: int, spans: Tensor, mirror: Tensor) -> Tensor:
    """The matrices along one axis, float32 (B, T, size, size), from the painted span and the shown
    one, (B, T, 4): bilinear, smoothed where it shrinks, as ``interpolate(antialias=True)`` is."""
    low, high, start, stop = (spans[..., place, None] for place in range(4))
    place = torch.arange(size, device=spans.device, dtype=torch.float32)
    inside = (place >= low) & (place < high)
    own = torch.where(mirror[..., None] > 0, high - 1 - place, place - low) + 0.5
    scale = (stop - start) / (high - low).clamp(min=1)
    middle = (start + own * scale)[..., None]
    shown = (place >= start) & (place < stop)
    weight = 1 - (place + 0.5 - middle).abs() / scale.clamp(min=1)[..., None]
    weight = weight.clamp_(min=0) * shown[..., None, :]
    weight = weight / weight.sum(-1, keepdim=True).clamp(min=1e-6)
    return weight * inside[..., None]
